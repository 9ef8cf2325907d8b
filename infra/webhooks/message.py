"""The message itself: a CloudEvent 1.0 in structured JSON.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from infra.ledger import feed
from infra.ledger.feed import FeedEvent
from infra.settings import Settings
from schemas.outbound import VERSION, Reset, outbound

CONTENT_TYPE = "application/cloudevents+json"
TEST = "webhook_test"


@dataclass(frozen=True)
class Naming:
    """What the county calls its events."""

    prefix: str
    source: str
    dataschema: str

    @classmethod
    def of(cls, settings: Settings) -> Naming:
        """As the settings have it."""
        told = settings.webhooks
        return cls(told.type_prefix, told.source or f"urn:mianzheng:{settings.county}", f"{told.dataschema}:v{VERSION}")


async def told(source: asyncpg.Pool, event: FeedEvent, naming: Naming) -> bytes:
    """The bytes that are signed and sent: an event as others see it, the same for ever.

    Raises KeyError for one that is not public.
    """
    # Where no reset has been, the place in the stream and the place in the case are the same.
    resets = await feed.resets(source, event) if event.position != event.sequence else []
    return body_of(cloud_event(event, naming, tuple(Reset(position=i, sequence=s) for i, s in resets)))


def cloud_event(event: FeedEvent, naming: Naming, resets: tuple[Reset, ...] = ()) -> CloudEvent:
    """An event of the feed as a CloudEvent."""
    data = outbound(
        event.canonical,
        type_=event.type,
        application_no=event.application_no,
        index=event.index,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        resets=resets,
    )
    attributes = _attributes(naming, data.event, str(event.event_id), event.occurred_at)
    return CloudEvent(
        attributes | {"subject": event.application_no, "dataschema": naming.dataschema},
        data.model_dump(mode="json", exclude_none=True),
    )


def test_event(naming: Naming, event_id: UUID, at: datetime) -> CloudEvent:
    """What an owner sends to itself to see whether its receiver works."""
    return CloudEvent(_attributes(naming, TEST, str(event_id), at), {"text": "这是一条测试消息，与任何办件无关"})


def body_of(event: CloudEvent) -> bytes:
    """Structured JSON."""
    return to_structured_event(event).body


def _attributes(naming: Naming, name: str, event_id: str, at: datetime) -> dict[str, Any]:
    return {
        "id": event_id,
        "source": naming.source,
        "type": f"{naming.prefix}.{name}",
        "time": at,
        "datacontenttype": "application/json",
    }
