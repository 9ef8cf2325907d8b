"""Reading one run's history: the appends it asked for, the messages it sent and heard, and what was done to it by hand.

Needs no code of the workflow: the inputs of the append activities are the events as they were recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any
from uuid import UUID

from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode

from infra.ledger.canonical import canonical_json
from schemas.ledger import APPEND, LEDGER_REFUSED, NUMBER_TAKEN
from schemas.reconcile import Code, Derived, Finding, Heard, Message, RunDerived, Standing, by_hand

CANCELLATION_TOLD = ("application_cancelled",)
FAILURE_TOLD = ("application_refused",)
"""Events that tell why the run ended as it did."""

_ANSWERS = {LEDGER_REFUSED: Standing.REFUSED, NUMBER_TAKEN: Standing.DISCLAIMED}
_BROKEN = frozenset({WorkflowExecutionStatus.FAILED, WorkflowExecutionStatus.TIMED_OUT})
FORCED = frozenset({WorkflowExecutionStatus.TERMINATED, *_BROKEN})
"""Ends that no code of the workflow has seen."""


class Unreadable(Exception):
    """A payload that does not open, or is not what stands there by its name."""


_ENDS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: WorkflowExecutionStatus.COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: WorkflowExecutionStatus.FAILED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: WorkflowExecutionStatus.TIMED_OUT,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: WorkflowExecutionStatus.CANCELED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: WorkflowExecutionStatus.TERMINATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: WorkflowExecutionStatus.CONTINUED_AS_NEW,
}


@dataclass(frozen=True)
class Listed:
    """A run as the list of workflows has it."""

    workflow_id: str
    run_id: str
    problems: bool = False
    """``TemporalReportedProblems``: its workflow task fails again and again."""


@dataclass(frozen=True)
class Recorded:
    """One event of a history, with its content."""

    derived: Derived
    tree: dict[str, Any] = field(repr=False)
    """As it went to the ledger, before its personal values were sealed."""
    replayed: bool = False


@dataclass
class Run:
    """What one run's history tells."""

    listed: Listed
    history: WorkflowHistory = field(repr=False)
    recorded: list[Recorded] = field(default_factory=list, repr=False)
    sent: set[Message] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    touched: list[Finding] = field(default_factory=list)
    reset_of: set[str] = field(default_factory=set)
    """Runs that this one has taken the place of."""

    @property
    def status(self) -> WorkflowExecutionStatus:
        """How the history ends; the list of workflows is late by a moment."""
        return _ENDS.get(self.history.events[-1].event_type, WorkflowExecutionStatus.RUNNING)

    @property
    def chain(self) -> str:
        """The first run of its chain."""
        return self.history.events[0].workflow_execution_started_event_attributes.first_execution_run_id

    @property
    def successor(self) -> str | None:
        """The run that it went on as, to leave its history behind."""
        return self.history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id or None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.status is WorkflowExecutionStatus.RUNNING

    def derived_for(self, stream: str) -> RunDerived:
        """What it gives for one stream."""
        events = tuple(each.derived for each in self.recorded if each.derived.stream == stream)
        return RunDerived(self.listed.run_id, self.open, events)


async def read(client: Client, listed: Listed) -> Run | None:
    """One run; ``None`` when it is past retention meanwhile.  Raises Unreadable."""
    handle = client.get_workflow_handle(listed.workflow_id, run_id=listed.run_id)
    try:
        history = await handle.fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return await tell(listed, history, client.data_converter.payload_codec)


async def tell(listed: Listed, history: WorkflowHistory, codec: PayloadCodec | None) -> Run:
    """What a history tells.  Raises Unreadable."""
    return await _Reader(Run(listed, history), codec).read(history.events)


class _Reader:
    """Goes through a history once, in order."""

    def __init__(self, run: Run, codec: PayloadCodec | None) -> None:
        self._codec = codec
        self._run = run
        self._by_id: dict[UUID, int] = {}
        self._appends: dict[int, list[UUID]] = {}
        self._cancelled: Finding | None = None
        self._failed_task = False

    async def read(self, events: Sequence[HistoryEvent]) -> Run:
        for event in events:
            await self._take(event)
        self._conclude()
        return self._run

    async def _take(self, event: HistoryEvent) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled = event.activity_task_scheduled_event_attributes
                if scheduled.activity_type.name == APPEND:
                    await self._append(event.event_id, scheduled.input)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                self._answered(event.activity_task_completed_event_attributes.scheduled_event_id, Standing.DURABLE)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                failed = event.activity_task_failed_event_attributes
                answer = _ANSWERS.get(failed.failure.application_failure_info.type)
                if answer is not None:
                    self._answered(failed.scheduled_event_id, answer)
            case EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
                told = event.signal_external_workflow_execution_initiated_event_attributes
                said = await self._plain(told.input)
                self._run.sent.add(_message(told.workflow_execution.workflow_id, told.signal_name, said))
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                await self._signal(event)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                asked = event.workflow_execution_update_accepted_event_attributes.accepted_request
                if by_hand(asked.meta.identity):
                    self._touch(Code.UPDATED, event, asked.input.name)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
                self._cancelled = self._finding(Code.CANCELLED, event)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
                self._touch(Code.TERMINATED, event)
            case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                self._task_failed(event)
            case EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                self._failed_task = False

    async def _append(self, number: int, given: Payloads) -> None:
        tree = await self._plain(given)
        try:
            run_id, chain = tree["run_id"], tree["chain_run_id"]
            self._appends[number] = [self._event(each, run_id, chain) for each in tree["events"]]
            for each in tree.get("outgoing", ()):
                if each["kind"] == "word":
                    self._run.sent.add(_message(each["stream"], each["signal"], each["said"]))
                elif each["join"] is not None:
                    self._run.sent.add(_message(each["stream"], "join", each["join"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"{APPEND}: {type(error).__name__}") from error

    def _event(self, tree: dict[str, Any], run_id: str, chain: str) -> UUID:
        event_id = UUID(tree["event_id"])
        if event_id not in self._by_id:
            self._by_id[event_id] = len(self._run.recorded)
            derived = Derived(event_id, tree["stream"], tree["sequence"], run_id, chain, Standing.SENT)
            self._run.recorded.append(Recorded(derived, tree))
        return event_id

    def _answered(self, number: int, standing: Standing) -> None:
        for event_id in self._appends.get(number, ()):
            place = self._by_id[event_id]
            known = self._run.recorded[place]
            if standing > known.derived.standing:
                derived = replace(known.derived, standing=standing)
                self._run.recorded[place] = Recorded(derived, known.tree)

    async def _signal(self, event: HistoryEvent) -> None:
        said = event.workflow_execution_signaled_event_attributes
        message = _message(self._run.listed.workflow_id, said.signal_name, await self._plain(said.input))
        at = event.event_time.ToDatetime(tzinfo=UTC)
        # One workflow that signals another does so through the server, which gives no identity of its own.
        tool = by_hand(said.identity) and not said.HasField("external_workflow_execution")
        self._run.heard.append(Heard(message, self._run.listed.run_id, event.event_id, at, tool))

    def _task_failed(self, event: HistoryEvent) -> None:
        failed = event.workflow_task_failed_event_attributes
        if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
            return  # something arrived while the run was ending: it looks at that first, and nothing is wrong
        if failed.cause != WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW:
            self._failed_task = True
            return
        self._failed_task = False
        # What a reset copies from the run before tells of that run's own resets as well.
        if failed.new_run_id == self._run.listed.run_id:
            self._run.reset_of.add(failed.base_run_id)
            self._touch(Code.RESET, event)

    def _conclude(self) -> None:
        types = {each.tree.get("body", {}).get("type") for each in self._run.recorded}
        disclaimed = any(each.derived.standing is Standing.DISCLAIMED for each in self._run.recorded)
        if self._cancelled is not None and types.isdisjoint(CANCELLATION_TOLD):
            self._run.touched.append(self._cancelled)
        if self._run.status in _BROKEN and types.isdisjoint(FAILURE_TOLD) and not disclaimed:
            self._touch(Code.FAILED, self._run.history.events[-1])
        if self._run.open and (self._failed_task or self._run.listed.problems):
            self._touch(Code.WEDGED, None)

    def _touch(self, code: Code, event: HistoryEvent | None, detail: str = "") -> None:
        self._run.touched.append(self._finding(code, event, detail))

    def _finding(self, code: Code, event: HistoryEvent | None, detail: str = "") -> Finding:
        listed = self._run.listed
        number = event.event_id if event is not None else None
        return Finding(code=code, stream=listed.workflow_id, run_id=listed.run_id, history_event=number, detail=detail)

    async def _plain(self, payloads: Payloads) -> Any:
        """The one argument there is; ``None`` where there is none."""
        if not payloads.payloads:
            return None
        try:
            opened: Sequence[Payload] = payloads.payloads
            if self._codec is not None:
                opened = await self._codec.decode(opened)
            return json.loads(opened[0].data) if opened[0].data else None
        except (ValueError, RuntimeError) as error:
            raise Unreadable(type(error).__name__) from error


def _message(workflow_id: str, signal: str, said: Any) -> Message:
    return Message(workflow_id, signal, hashlib.sha256(canonical_json(said).encode()).hexdigest())
