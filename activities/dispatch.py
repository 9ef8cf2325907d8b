"""Sending what an event has set in motion, once the event is durable (``schemas.outgoing``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from schemas.attributes import ATTRIBUTES, AttributeType
from schemas.outgoing import Begin, Columns, Word, plain

if TYPE_CHECKING:
    from temporalio.client import Client

KEYS: dict[AttributeType, Callable[[str], SearchAttributeKey[Any]]] = {
    AttributeType.KEYWORD: SearchAttributeKey.for_keyword,
    AttributeType.KEYWORD_LIST: SearchAttributeKey.for_keyword_list,
    AttributeType.INT: SearchAttributeKey.for_int,
    AttributeType.DATETIME: SearchAttributeKey.for_datetime,
}
BETWEEN_TWO = "BetweenTwo"
"""Error type: what cases share ended before it was joined; the next try starts it anew."""


async def begin(client: Client, message: Begin) -> None:
    """Start it, once; the same again changes nothing."""
    shared = message.join is not None
    try:
        await client.start_workflow(
            message.workflow,
            message.start,
            id=message.stream,
            task_queue=message.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE if shared else WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=_typed(message.columns),
            static_summary=message.summary,
            static_details=message.details,
        )
    except WorkflowAlreadyStartedError:
        if message.join is None:
            return
        joining = Word(stream=message.stream, signal="join", said=plain(message.join))
        if not await tell(client, joining):
            raise ApplicationError(f"{message.stream} ended before it was joined", type=BETWEEN_TWO) from None


async def tell(client: Client, message: Word) -> bool:
    """Bring word to another workflow of ours; whether it still runs."""
    try:
        await client.get_workflow_handle(message.stream).signal(message.signal, message.said)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _typed(columns: Columns) -> TypedSearchAttributes:
    return TypedSearchAttributes([_pair(name, value) for name, value in columns.items()])


def _pair(name: str, value: int | str | list[str]) -> SearchAttributePair[Any]:
    kind = ATTRIBUTES[name]
    typed = datetime.fromisoformat(str(value)) if kind is AttributeType.DATETIME else value
    return SearchAttributePair(KEYS[kind](name), typed)
