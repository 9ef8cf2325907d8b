"""Walking a workflow as the server keeps it: every text in plain, and every payload, sealed or opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.enums.v1 import EventType
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus

SEALED = b"binary/encrypted"
BESIDE: dict[EventType.ValueType, str] = {
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: "child",
}
"""What a supervisor sees on a timeline; each must have its sentence."""


@dataclass
class Walked:
    """One run of a workflow, opened."""

    workflow_id: str
    running: bool = False
    summary: str = ""
    details: str = ""
    current: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    sentences: list[tuple[str, str]] = field(default_factory=list)
    """What each timer, activity and child says, by its kind."""
    failures: list[str] = field(default_factory=list)
    """What failures say, opened."""
    plain: list[str] = field(default_factory=list)
    """Every text that stands in the history or the description unsealed: ids, names, attributes, queues."""
    unsealed: list[str] = field(default_factory=list)
    """Where a payload lies open that is not a search attribute."""

    @property
    def shown(self) -> list[str]:
        """Everything that a person can read without opening inputs and results."""
        sentences = [sentence for _, sentence in self.sentences]
        return [*self.plain, *sentences, *self.failures, self.summary, self.details, self.current]


async def walk(client: Client, workflow_id: str) -> Walked:
    """Look at everything the server has of a workflow's last run."""
    handle = client.get_workflow_handle(workflow_id)
    described = await handle.describe()
    walked = Walked(workflow_id, running=described.status is WorkflowExecutionStatus.RUNNING)
    walked.summary = await described.static_summary() or ""
    walked.details = await described.static_details() or ""
    walked.columns = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    _note(walked, described.raw_description)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    walked.current = metadata.current_details
    async for event in handle.fetch_history_events():
        _note(walked, event)
        await _open(client, walked, event)
    return walked


async def _open(client: Client, walked: Walked, event: HistoryEvent) -> None:
    if event.event_type in BESIDE:
        sentence = await _opened(client, event.user_metadata.summary)
        walked.sentences.append((BESIDE[event.event_type], str(sentence or "")))
    for failure in _failures(event):
        walked.failures.append(failure.message)
        if failure.HasField("encoded_attributes"):
            walked.failures.append(str(await _opened(client, failure.encoded_attributes)))


async def _opened(client: Client, payload: Payload) -> Any:
    return (await client.data_converter.decode([payload]))[0] if payload.metadata else None


def _note(walked: Walked, message: Message) -> None:
    for path, found in _leaves(message):
        if isinstance(found, str):
            walked.plain.append(found)
        elif found.metadata.get("encoding") != SEALED and found.data:
            walked.unsealed.append(f"{type(message).__name__}{path}")


def _leaves(message: Message, path: str = "") -> Iterator[tuple[str, str | Payload]]:
    """Every text and every payload of a message; the values of search attributes are texts, for they lie open."""
    if isinstance(message, Payload):
        yield path, message
        return
    if isinstance(message, SearchAttributes):
        for name, value in message.indexed_fields.items():
            yield path, name
            yield path, value.data.decode("unicode_escape") if value.data else ""
        return
    for descriptor, value in message.ListFields():
        for child in _children(value):
            if isinstance(child, Message):
                yield from _leaves(child, f"{path}.{descriptor.name}")
            elif isinstance(child, str):
                yield path, child


def _children(value: Any) -> list[Any]:
    if hasattr(value, "items"):
        return [child for pair in value.items() for child in pair]
    return list(value) if not isinstance(value, (str, bytes, Message)) and hasattr(value, "__iter__") else [value]


def _failures(message: Message) -> Iterator[Failure]:
    if isinstance(message, Failure):
        yield message
    for _, value in message.ListFields():
        for child in _children(value):
            if isinstance(child, Message):
                yield from _failures(child)
