"""What an event sets in motion, on the real server: begun once, adopted, joined, told; and whom word does not reach.

Nobody serves the queue: what is looked at is what stands in the histories.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities.ledger import LedgerActivities
from schemas import attributes
from schemas.application import LedgerPosition
from schemas.events import ApplicationWithdrawn, Event, make_event_id
from schemas.joining import Joining
from schemas.ledger import AppendRequest
from schemas.outgoing import Appended, Begin, Outgoing, Word, columns_of
from tests.ledger.cases import SYSTEM, withdrawn
from tests.workflows.fakes import MemoryLedger
from tests.workflows.long_world import DECIDING

_numbers = itertools.count(1)
DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
Send = Callable[..., Any]


def begin(stream: str, *, shared: bool = False) -> Begin:
    joining = Joining(
        application_no="T-1", requirement="need/p1", evidence="e", department=DECIDING, department_name="示例局"
    )
    return Begin(
        workflow="VerificationWorkflow",
        stream=stream,
        task_queue="nobody",
        start={"requirement": "need/p1"},
        join=joining if shared else None,
        columns=columns_of(
            {
                attributes.WAITING_ON: "示例局",
                attributes.DUE_AT: DUE,
                attributes.OPEN_REQUIREMENTS: 1,
                attributes.CASE_TAGS: ["待申请人"],
                attributes.CATALOGUE_VERSION: None,
            }
        ),
        summary="信息核验",
        details="详情",
    )


def word(stream: str) -> Word:
    return Word(stream=stream, signal="report", said={"sequence": 1})


async def append(client: Client, ledger: MemoryLedger, *outgoing: Outgoing) -> LedgerPosition | Appended:
    """The append of one event that sets something in motion."""
    body: ApplicationWithdrawn = withdrawn()
    number = next(_numbers)
    event = Event(
        event_id=make_event_id(f"s-{number}", 0, None, DUE),
        stream=f"s-{number}",
        application_no="T-1",
        sequence=0,
        previous_id=None,
        occurred_at=DUE,
        actor=SYSTEM,
        body=body,
    )
    request = AppendRequest(run_id="r", chain_run_id="r", events=(event,), outgoing=outgoing)
    said: LedgerPosition | Appended = await ActivityEnvironment(client=client).run(
        LedgerActivities(ledger).append, request
    )
    return said


async def signals(handle: WorkflowHandle[Any, Any]) -> list[str]:
    return [
        e.workflow_execution_signaled_event_attributes.signal_name
        async for e in handle.fetch_history_events()
        if e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]


@pytest.fixture
async def running(client: Client) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """The handle of what a test begins."""
    handle = client.get_workflow_handle(f"dispatch-{next(_numbers)}-{datetime.now(UTC).timestamp()}")
    yield handle
    await handle.terminate("end of the test")


async def test_an_append_that_sets_nothing_in_motion_says_where_the_ledger_stands(client: Client) -> None:
    assert isinstance(await append(client, MemoryLedger()), LedgerPosition)


async def test_it_is_begun_once_with_its_columns_and_adopted_the_second_time(
    client: Client, running: WorkflowHandle[Any, Any]
) -> None:
    said = await append(client, MemoryLedger(), begin(running.id))
    assert isinstance(said, Appended) and said.unheard == ()
    first = await running.describe()
    shown = {pair.key.name: pair.value for pair in first.typed_search_attributes}
    assert shown[attributes.DUE_AT] == DUE
    assert (shown[attributes.WAITING_ON], shown[attributes.OPEN_REQUIREMENTS]) == ("示例局", 1)
    assert list(shown[attributes.CASE_TAGS]) == ["待申请人"]
    assert await first.static_summary() == "信息核验"
    await append(client, MemoryLedger(), begin(running.id))
    assert (await running.describe()).run_id == first.run_id
    assert await signals(running) == []


async def test_what_cases_share_is_joined_where_it_runs_already(
    client: Client, running: WorkflowHandle[Any, Any]
) -> None:
    await append(client, MemoryLedger(), begin(running.id, shared=True))
    assert await signals(running) == []
    await append(client, MemoryLedger(), begin(running.id, shared=True))
    assert await signals(running) == ["join"]


async def test_word_reaches_who_runs_and_says_whom_it_does_not(
    client: Client, running: WorkflowHandle[Any, Any]
) -> None:
    said = await append(client, MemoryLedger(), begin(running.id), word(running.id), word("nobody/there"))
    assert isinstance(said, Appended)
    assert said.unheard == ("nobody/there",)
    assert await signals(running) == ["report"]


async def test_nothing_goes_out_before_the_record_is_durable(client: Client, running: WorkflowHandle[Any, Any]) -> None:
    await append(client, MemoryLedger(), begin(running.id))
    away = MemoryLedger()
    away.down = True
    with pytest.raises(ConnectionError):
        await append(client, away, word(running.id))
    assert await signals(running) == []
