"""A case as it is read: its events in order of time, each with what tables and process mining ask of it (pure).

Whatever stands in the database is taken: what cannot be read as an event has only its places.  Personal values are
not among what is asked; the events hold no more than commitments to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from schemas.texts import zh

NOT_DOCUMENTS = ("command", "catalogue")
"""Whose digests are of no file."""
HEX = re.compile(r"[0-9a-f]{64}")


class ReadEvent(NamedTuple):
    """One event."""

    leaf: int | None
    """Its place in the log."""
    stream: str
    position: int
    stands: bool
    """Not replaced by a branch after a reset."""
    tree: dict[str, Any]
    at: datetime | None

    @property
    def body(self) -> dict[str, Any]:
        """What happened."""
        return objects(self.tree.get("body"))

    @property
    def actor(self) -> dict[str, Any]:
        """Who did it."""
        return objects(self.tree.get("actor"))

    @property
    def type(self) -> str:
        """Its code."""
        return text(self.body.get("type"))

    @property
    def name(self) -> str:
        """In Chinese."""
        return zh.EVENTS.get(self.type, self.type)

    @property
    def occurred_at(self) -> str:
        """As the event tells it."""
        return text(self.tree.get("occurred_at"))

    @property
    def route(self) -> str:
        """The route it is about, or the ground a requirement was settled on."""
        return text(self.body.get("route") or self.body.get("ground"))

    @property
    def requirement(self) -> str:
        """The requirement it is about."""
        return text(self.body.get("requirement") or objects(self.body.get("joining")).get("requirement"))

    @property
    def outcome(self) -> str:
        """What a source answered."""
        return text(objects(self.body.get("outcome")).get("kind"))

    @property
    def documents(self) -> tuple[str, ...]:
        """Digests of the files it names, each once."""
        return tuple(dict.fromkeys(_digests(self.body)))


class ReadCase(NamedTuple):
    """One case."""

    application_no: str
    events: tuple[ReadEvent, ...]

    @property
    def standing(self) -> Iterator[ReadEvent]:
        """The events that stand and can be placed in time."""
        return (event for event in self.events if event.stands and event.at is not None and event.type)


def read_case(application_no: str, rows: Sequence[Any]) -> ReadCase:
    """A case from its rows, whole streams, each in order of position."""
    lowest: dict[str, int] = {}
    events = []
    for row in reversed(rows):
        stream, sequence = row["stream"], row["sequence"]
        stands = sequence < lowest.get(stream, sequence + 1)
        lowest[stream] = min(sequence, lowest.get(stream, sequence))
        tree = _parsed(row["canonical"])
        events.append(
            ReadEvent(row["index"], stream, row["position"], stands, tree, moment(text(tree.get("occurred_at"))))
        )
    never = datetime.min.replace(tzinfo=UTC)
    events.sort(key=lambda event: (event.at or never, event.stream, event.position))
    return ReadCase(application_no, tuple(events))


def text(value: object) -> str:
    """A value as a text that can be written, whatever it is."""
    told = "" if value is None else str(value)
    return told.encode("utf-8", "replace").decode()


def objects(value: object) -> dict[str, Any]:
    """A value where it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def moment(told: str) -> datetime | None:
    """A moment in UTC; ``None`` for what is none, or has no time zone."""
    try:
        at = datetime.fromisoformat(told)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _digests(value: object, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NOT_DOCUMENTS:
                yield from _digests(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _digests(inner, name)
    elif isinstance(value, str) and name.endswith(("digest", "digests")) and HEX.fullmatch(value):
        yield value


def _parsed(canonical: str) -> dict[str, Any]:
    try:
        return objects(json.loads(canonical))
    except (ValueError, RecursionError):
        return {}
