"""The deep way: the workflow's own code is run over a history again, and every event it records is heard.

The history is cut after its last completed workflow task and what that commanded, for what came later no code has seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.plugin import SimplePlugin
from temporalio.worker import Interceptor, Replayer, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from infra.reconcile.history import Recorded, Run
from schemas.events import Event
from schemas.ledger import TAP
from schemas.reconcile import Code, Derived, Finding, Standing

_TASK_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


class NotReplayable(Exception):
    """The code of today does not give the commands of the history."""


class Replay:
    """Replays one history at a time; it is work for the processor, and the next waits."""

    def __init__(self, workflows: Sequence[type], plugin: SimplePlugin) -> None:
        self._heard: list[Event] = []
        self._one = asyncio.Lock()
        self._replayer = Replayer(workflows=list(workflows), plugins=[plugin], interceptors=[_Tap(self._heard)])

    async def events(self, history: WorkflowHistory) -> tuple[Event, ...]:
        """Every event the run records, in order.  Raises NotReplayable."""
        cut = _cut(history)
        if cut is None:
            return ()
        async with self._one:
            self._heard.clear()
            result = await self._replayer.replay_workflow(cut, raise_on_replay_failure=False)
            if result.replay_failure is not None:
                raise NotReplayable(type(result.replay_failure).__name__)
            return tuple(self._heard)


class _Tap(Interceptor):
    def __init__(self, heard: list[Event]) -> None:
        self._heard = heard

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        input.unsafe_extern_functions[TAP] = self._hear
        return None

    def _hear(self, event: Event) -> None:
        if not _is_put_away():
            self._heard.append(event)


def _is_put_away() -> bool:
    """Whether the replay is over and the workflow is only being taken down: its tasks are cancelled then, and its code
    records what it would at a cancellation.  Nothing of that ever happened."""
    try:
        workflow.random()
    except BaseException:  # how the library says that a workflow is being evicted
        return True
    return False


COMMANDED = frozenset(
    getattr(EventType, f"EVENT_TYPE_{name}")
    for name in (
        "ACTIVITY_TASK_SCHEDULED",
        "ACTIVITY_TASK_CANCEL_REQUESTED",
        "TIMER_STARTED",
        "TIMER_CANCELED",
        "MARKER_RECORDED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
        "WORKFLOW_PROPERTIES_MODIFIED",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
        "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED",
        "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED",
        "START_CHILD_WORKFLOW_EXECUTION_INITIATED",
        "WORKFLOW_EXECUTION_COMPLETED",
        "WORKFLOW_EXECUTION_FAILED",
        "WORKFLOW_EXECUTION_CANCELED",
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
    )
)
"""What a completed workflow task leaves behind it; an update is not even seen by a replay without its acceptance."""


def _cut(history: WorkflowHistory) -> WorkflowHistory | None:
    """The history up to the last completed workflow task and what it has commanded."""
    events = history.events
    tasks = [place for place, event in enumerate(events) if event.event_type == _TASK_COMPLETED]
    if not tasks:
        return None
    end = tasks[-1] + 1
    while end < len(events) and events[end].event_type in COMMANDED:
        end += 1
    return WorkflowHistory(history.workflow_id, events[:end])


def deepen(run: Run, replayed: Sequence[Event]) -> list[Finding]:
    """Add to a run what only its replay gives; gives a finding for each event that it gives otherwise.

    A replay that gives one otherwise is not believed in anything else.  What an older release did not write of an event
    is no difference.
    """
    known = {each.derived.event_id: each for each in run.recorded}
    diverged: list[tuple[str, UUID]] = []
    unsent: list[Recorded] = []
    for event in replayed:
        appended = known.pop(event.event_id, None)
        if appended is None:
            unsent.append(_unsent(run, event))
        elif not _within(appended.tree, event.model_dump(mode="json")):
            diverged.append((event.stream, event.event_id))
    diverged += [(left.derived.stream, left.derived.event_id) for left in known.values()]
    if not diverged:
        run.recorded += unsent
    return [
        Finding(code=Code.DIVERGED, stream=stream, run_id=run.listed.run_id, event_id=event_id)
        for stream, event_id in diverged
    ]


def _within(written: Any, given: Any) -> bool:
    """Whether everything that was written is given, and the same."""
    if isinstance(written, dict) and isinstance(given, dict):
        return all(name in given and _within(value, given[name]) for name, value in written.items())
    if isinstance(written, list) and isinstance(given, list):
        return len(written) == len(given) and all(map(_within, written, given))
    return bool(written == given)


def _unsent(run: Run, event: Event) -> Recorded:
    derived = Derived(
        event.event_id,
        event.stream,
        event.sequence,
        run.listed.run_id,
        run.chain,
        Standing.RECORDED,
    )
    return Recorded(derived, event.model_dump(mode="json"), replayed=True)
