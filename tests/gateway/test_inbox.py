"""A message of a platform is kept before it is handed on: whatever stops in between, the case gets it, once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from infra.gateway.callbacks import ActNotTaken, Callback, CallbackState, NoSuchStream, NotNow
from infra.gateway.inbox import Inbox
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError
from tests.workflows.waiting import eventually_async

KEY = bytes(range(32))
WRONG = FieldError(field="department", code="not_asked", message="未问此部门")


@dataclass
class Case:
    """Takes what is handed on, or does not."""

    failure: Exception | None = None
    taken: list[Callback] = field(default_factory=list)

    async def __call__(self, callback: Callback) -> CallbackState:
        if self.failure is not None:
            raise self.failure
        self.taken.append(callback)
        return CallbackState.ACCEPTED


def reply(**changed: Any) -> CollaborationCallback:
    said: dict[str, Any] = {
        "message_id": "m-1",
        "stream": "verification/A-1/x/p1",
        "key": "k",
        "department": "11350526MB0000002F",
        "verdict": "confirmed",
        "reason": "姓名张三的档案相符",
        "document_digest": None,
        "conditions": None,
        "answered_at": datetime(2026, 2, 2, tzinfo=UTC),
    }
    return CollaborationCallback.model_validate(said | changed)


async def state_of(inbox: Inbox, message_id: str = "m-1") -> CallbackState | None:
    found = await inbox.state(Platform.COLLABORATION, message_id)
    return found[0] if found is not None else None


async def due_now(owner: asyncpg.Pool) -> None:
    await owner.execute("UPDATE inbox.message SET next_try_at = clock_timestamp() WHERE state = 'delivered'")


async def test_what_the_case_takes_is_accepted_and_the_same_message_again_is_the_same(database: asyncpg.Pool) -> None:
    case = Case()
    inbox = Inbox(database, KEY, case)
    assert await inbox(reply()) is await inbox(reply()) is CallbackState.ACCEPTED
    assert len(case.taken) == 1
    assert await state_of(inbox) is CallbackState.ACCEPTED
    assert await state_of(inbox, "m-2") is None
    with pytest.raises(ActNotTaken) as another:
        await inbox(reply(verdict="refuted"))
    assert [(e.field, e.code) for e in another.value.errors] == [("message_id", "command_id_reused")]
    assert await inbox.step() == 0


async def test_what_cannot_be_handed_on_now_is_kept_and_handed_on_by_another_door(
    database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    case = Case(NotNow("timeout"))
    inbox = Inbox(database, KEY, case)
    assert await inbox(reply()) is CallbackState.DELIVERED
    assert await inbox(reply()) is CallbackState.DELIVERED
    assert await inbox.step() == 0, "not before its time"
    await due_now(owner)
    assert await inbox.step() == 1 and await state_of(inbox) is CallbackState.DELIVERED
    case.failure = None
    await due_now(owner)
    assert await Inbox(database, KEY, case).step() == 1
    assert case.taken == [reply()]
    assert await state_of(inbox) is await inbox(reply()) is CallbackState.ACCEPTED
    assert len(case.taken) == 1


async def test_a_door_that_died_with_a_message_in_hand_loses_nothing(
    database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    class Died(BaseException):
        pass

    case = Case()

    async def dying(callback: Callback) -> CallbackState:
        raise Died

    with pytest.raises(Died):
        await Inbox(database, KEY, dying)(reply())
    inbox = Inbox(database, KEY, case)
    assert await state_of(inbox) is CallbackState.DELIVERED
    await due_now(owner)
    assert await inbox.step() == 1 and case.taken == [reply()]


async def test_a_message_that_cannot_be_handed_on_holds_up_no_other(
    database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    await Inbox(database, bytes(32), Case(NotNow("timeout")))(reply(message_id="m-0"))  # sealed under a lost key
    for failure, message_id in ((NotNow("timeout"), "m-1"), (RuntimeError(), "m-2")):
        with suppress(RuntimeError):
            await Inbox(database, KEY, Case(failure))(reply(message_id=message_id))
    await due_now(owner)
    case, stopping = Case(RuntimeError()), asyncio.Event()
    inbox = Inbox(database, KEY, case)
    running = asyncio.create_task(inbox.run(stopping))

    async def waiting() -> set[str]:
        await due_now(owner)
        rows = await database.fetch("SELECT message_id FROM inbox.message WHERE state = 'delivered' AND tries > 1")
        return {row["message_id"] for row in rows}

    await eventually_async(waiting, {"m-0", "m-1", "m-2"})
    case.failure = None

    async def taken() -> set[str]:
        await due_now(owner)
        return {callback.message_id for callback in case.taken}

    await eventually_async(taken, {"m-1", "m-2"})
    assert await state_of(inbox, "m-0") is CallbackState.DELIVERED
    stopping.set()
    await running


@pytest.mark.parametrize(
    ("failure", "state"),
    [(ActNotTaken((WRONG,)), CallbackState.REFUSED), (NoSuchStream(), CallbackState.UNKNOWN_STREAM)],
)
async def test_what_is_not_taken_is_told_again_the_same_way(
    database: asyncpg.Pool, failure: Exception, state: CallbackState
) -> None:
    case = Case(failure)
    inbox = Inbox(database, KEY, case)
    for _ in range(2):
        with pytest.raises(type(failure)):
            await inbox(reply())
    case.failure = None
    with pytest.raises(type(failure)) as told:
        await inbox(reply())
    errors = (WRONG,) if state is CallbackState.REFUSED else ()
    assert getattr(told.value, "errors", ()) == errors
    assert await inbox.state(Platform.COLLABORATION, "m-1") == (state, errors)


async def test_nobody_reads_in_the_database_what_was_said(database: asyncpg.Pool, admin: asyncpg.Pool) -> None:
    await Inbox(database, KEY, Case())(reply())
    row = await admin.fetchrow("SELECT m::text AS told FROM inbox.message m")
    assert row is not None and "张三" not in row["told"] and "张三".encode().hex() not in row["told"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.execute("DELETE FROM inbox.message")
