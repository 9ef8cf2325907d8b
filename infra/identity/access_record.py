"""The access record: who wanted what of which case, and the answer.  Never a person, never what was seen.

Entries are written in batches beside the requests.  What must be on record before it is answered (trails, decodes)
waits for its batch; everything else waits at most a moment, and what then finds no room is counted, and the count kept.
The looks of a batch (``schemas.look.LOOKS``) are one event of the ledger, appended before the rows.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Self

import asyncpg
import structlog
from pydantic import TypeAdapter

from infra.ledger.register import enter
from infra.ledger.writer import PostgresLedger
from schemas.application import Actor
from schemas.authority import Action, Answer, Principal
from schemas.base import MASK, ShortText
from schemas.codes import ActorKind
from schemas.events import Event
from schemas.identifiers import check_application_no, refuse_resident_id
from schemas.look import LOOKS, MOST_CASES, Look, LookDoor, LooksRecorded
from schemas.register import register_events, register_stream

CAPACITY = 10_000
BATCH = 500
MOMENT_SECONDS = 0.05
"""How long a request waits for room."""
MUST_SECONDS = 3.0
"""How long it waits for what must be on record; then it is not answered."""
CLOSE_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0

_SHORT: TypeAdapter[str] = TypeAdapter(ShortText)

INSERT = """
    INSERT INTO access.entry
        (entry_id, kind, at, principal_id, roles, department, action, application_no, subject_ref, verdict, code,
         reason, count)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[])
    ON CONFLICT DO NOTHING
"""


class RecordUnavailable(Exception):
    """It could not be put on record in time, so it must not be answered."""


@dataclass(frozen=True)
class Entry:
    """One row.  ``application_no`` is what the caller named, whether it exists or not; what is no number is masked.

    ``cases`` are more that were shown; ``subject_ref`` the person whose uses were asked for.
    """

    action: Action | Literal["authenticate", "record"]
    verdict: str
    code: str = ""
    principal: Principal | None = None
    application_no: str | None = None
    reason: str | None = None
    cases: tuple[str, ...] = ()
    subject_ref: str | None = None
    kind: Literal["request", "alarm", "gap"] = "request"
    count: int = 1
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    entry_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def row(self) -> tuple[object, ...]:
        """Its columns."""
        who = self.principal
        return (
            self.entry_id,
            self.kind,
            self.at,
            who.principal_id if who else None,
            " ".join(who.roles) if who else "",
            who.department if who else None,
            str(self.action),
            _kept(self.application_no, check_application_no),
            self.subject_ref,
            self.verdict,
            self.code,
            _kept(self.reason, _SHORT.validate_python, refuse_resident_id),
            self.count,
        )

    def look(self) -> Look | None:
        """What of it is an event; ``None`` for what saw nothing that has to be one."""
        who = self.principal
        if self.kind != "request" or who is None or self.verdict != Answer.GRANTED or self.action not in LOOKS:
            return None
        named = _kept(self.application_no, check_application_no)
        return Look(
            look_id=self.entry_id,
            at=self.at,
            action=Action(self.action),
            who=who.principal_id,
            roles=who.roles,
            department=who.department,
            cases=tuple(dict.fromkeys((*([named] if named not in (None, MASK) else []), *self.cases))),
            subject_ref=self.subject_ref,
            reason=_kept(self.reason, _SHORT.validate_python, refuse_resident_id),
        )


def _kept(text: str | None, *checks: Callable[[str], str]) -> str | None:
    """A text somebody typed, where it is what it should be; otherwise masked, for it may name a person."""
    try:
        for check in checks:
            text = None if text is None else check(text)
    except ValueError:
        return MASK
    return text


def looks_event(door: LookDoor, batch: uuid.UUID, looks: Sequence[Look], at: datetime) -> Event:
    """A batch of looks as one event of the register, under the number of the day (pure)."""
    body = LooksRecorded(door=door, looks=tuple(looks))
    actor = Actor(kind=ActorKind.SYSTEM, actor_id=door)
    [event] = register_events(register_stream("looks", str(batch)), [body], actor=actor, at=at)
    return event


class AccessRecord:
    """The writer; ``async with`` it for as long as the door is open."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        ledger: PostgresLedger,
        door: LookDoor,
        *,
        capacity: int = CAPACITY,
        moment_seconds: float = MOMENT_SECONDS,
        must_seconds: float = MUST_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self._pool = pool
        self._ledger = ledger
        self._door = door
        self._queue: asyncio.Queue[tuple[Entry, asyncio.Future[None] | None]] = asyncio.Queue(capacity)
        self._moment = moment_seconds
        self._must = must_seconds
        self._close = close_seconds
        self._left_out = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write everything that was noted; what the database will not take in time is counted in the log."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), self._close)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._keep_count_of_left_out()
        if lost := self._queue.qsize() + self._left_out:
            structlog.get_logger().error("access_record_lost", entries=lost)

    async def note(self, entry: Entry) -> None:
        """Put an entry in the queue; return at once, or after a moment when it is full."""
        try:
            self._queue.put_nowait((entry, None))
        except asyncio.QueueFull:
            try:
                await asyncio.wait_for(self._queue.put((entry, None)), self._moment)
            except TimeoutError:
                self.leave_out()

    def leave_out(self) -> None:
        """Keep of an entry only that there was one."""
        if self._left_out == 0:
            structlog.get_logger().error("access_record_full")
        self._left_out += 1

    async def written(self, entry: Entry) -> None:
        """Return when the entry is in the database.  Raises RecordUnavailable."""
        done = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._must):
                await self._queue.put((entry, done))
                await done
        except TimeoutError:
            raise RecordUnavailable from None

    async def looked(
        self,
        who: Principal,
        action: Action,
        cases: Sequence[str],
        *,
        subject_ref: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Return when it is in the database that somebody sees these cases, however many.  Raises RecordUnavailable."""
        for first in range(0, max(1, len(cases)), MOST_CASES):
            some = tuple(cases[first : first + MOST_CASES])
            one = some[0] if len(cases) == 1 else None
            await self.written(Entry(action, Answer.GRANTED, "", who, one, reason, some, subject_ref))

    async def _write(self) -> None:
        while True:
            taken = [await self._queue.get()]
            while len(taken) < BATCH and not self._queue.empty():
                taken.append(self._queue.get_nowait())
            try:
                await self._keep([entry for entry, _ in taken])
            except asyncio.CancelledError:
                self._left_out += len(taken)
                raise
            for _, done in taken:
                if done is not None and not done.done():
                    done.set_result(None)
                self._queue.task_done()
            await self._keep_count_of_left_out()

    async def _keep(self, entries: Sequence[Entry]) -> None:
        """Append and insert a batch, as often as it takes; the ids make a repeated one collapse."""
        columns = [list(column) for column in zip(*(entry.row() for entry in entries), strict=True)]
        looks = [look for look in (entry.look() for entry in entries) if look is not None]
        event = looks_event(self._door, uuid.uuid4(), looks, datetime.now(UTC)) if looks else None
        pause, since = FIRST_PAUSE, time.monotonic()
        while True:
            try:
                if event is not None:
                    await enter(self._ledger, [event])
                    event = None
                await self._pool.execute(INSERT, *columns)
                return
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                waited = round(time.monotonic() - since, 1)
                structlog.get_logger().warning("access_record_waits", reason=type(error).__name__, seconds=waited)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _keep_count_of_left_out(self) -> None:
        count = self._left_out
        if count == 0:
            return
        gap = Entry(action="record", verdict="left_out", kind="gap", count=count)
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with asyncio.timeout(self._must):
                await self._pool.execute(INSERT, *[[value] for value in gap.row()])
            self._left_out -= count
