"""登记簿: what is on record though no workflow did it: complaints, looks, erasures, submissions.

Such an event stands in a stream of its own in the same ledger, so that it is logged, proved and exported like any
other.  Its cause is what somebody did at the door, not a history of Temporal: law 2 speaks of the streams of workflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.application import Actor
from schemas.clock import county_date
from schemas.complaint import ComplaintRecorded
from schemas.erasure import RetentionBody
from schemas.events import Event, make_event_id
from schemas.look import LooksRecorded
from schemas.report import ReportBody
from schemas.submission import SubmissionReceived

PREFIX = "register/"

RegisterBody = ComplaintRecorded | LooksRecorded | RetentionBody | SubmissionReceived | ReportBody


def register_stream(kind: str, key: str) -> str:
    """The stream of one thing in the register; ``key`` is its own number, so the same thing has the same stream."""
    return f"{PREFIX}{kind}/{key}"


def is_register(stream: str) -> bool:
    """Whether no workflow keeps this stream."""
    return stream.startswith(PREFIX)


def register_number(at: datetime) -> str:
    """The number under which stands what concerns no case: one for each day of the county."""
    return f"R-{county_date(at):%Y%m%d}"


def register_events(
    stream: str,
    bodies: Sequence[RegisterBody],
    *,
    actor: Actor,
    at: datetime,
    application_no: str | None = None,
    after: Event | None = None,
) -> tuple[Event, ...]:
    """The bodies as events of a register stream, all at ``at`` (UTC), from its beginning or after ``after``.

    ``application_no`` is the case they concern, if one; a stream keeps the number it began with.
    """
    events: list[Event] = []
    number = after.application_no if after is not None else application_no or register_number(at)
    for body in bodies:
        sequence = after.sequence + 1 if after is not None else 0
        previous_id = after.event_id if after is not None else None
        after = Event(
            event_id=make_event_id(stream, sequence, previous_id, at),
            stream=stream,
            application_no=number,
            sequence=sequence,
            previous_id=previous_id,
            occurred_at=at,
            actor=actor,
            body=body,
        )
        events.append(after)
    return tuple(events)
