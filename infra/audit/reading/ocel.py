"""The events and what they are about, for object-centric process mining (OCEL 2.0, JSON).

Objects: applications, their requirements, evidence (a file that several cases use is one object), departments, tasks.
As in XES only events that stand.  What was seen before is looked up in a database on the disk, so that memory does not
grow with the number of cases.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from infra.audit.reading.case import ReadCase, ReadEvent, objects, text

PIECE = 1 << 20
SINCE = "1970-01-01T00:00:00Z"
"""An attribute that never changes holds from the beginning."""
OBJECTS = {
    "application": ("item_code", "item_name", "department", "catalogue"),
    "requirement": ("rule", "names"),
    "evidence": ("media_type",),
    "department": ("name",),
    "task": ("step", "who", "task", "due_at"),
}
"""Types of objects, and their attributes."""
EVENTS = ("code", "stream", "actor", "actor_kind", "route", "outcome", "how")
"""Attributes of an event, whatever its type."""
TABLES = """
    CREATE TABLE object (id TEXT PRIMARY KEY, type TEXT, attributes TEXT) WITHOUT ROWID;
    CREATE TABLE relation (source TEXT, target TEXT, qualifier TEXT, PRIMARY KEY (source, target, qualifier))
        WITHOUT ROWID;
    CREATE TABLE event_type (name TEXT PRIMARY KEY);
"""
KEEP = """
    INSERT INTO object VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET attributes = excluded.attributes WHERE excluded.attributes <> '{}'
"""

Told = dict[str, tuple[str, dict[str, str]]]
"""Objects of a case by id: type and attributes."""


class OcelLog:
    """The log, on the disk as it grows."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._known = sqlite3.connect("", isolation_level=None)  # a file that nobody else sees, gone with it
        self._known.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {TABLES}")
        self._between = b""

    def add(self, case: ReadCase) -> None:
        """The events and objects of a case."""
        told: Told = {}
        relations: set[tuple[str, str, str]] = set()
        names: set[str] = set()
        for event in case.standing:
            about = dict.fromkeys(_about(case, event, told, relations))
            names.add(event.name)
            self._file.write(self._between + _dump(_event(event, about)))
            self._between = b",\n"
        self._known.execute("BEGIN")
        self._known.executemany(KEEP, [(i, kind, _dump(each).decode()) for i, (kind, each) in told.items()])
        self._known.executemany("INSERT OR IGNORE INTO relation VALUES (?, ?, ?)", sorted(relations))
        self._known.executemany("INSERT OR IGNORE INTO event_type VALUES (?)", [(name,) for name in sorted(names)])
        self._known.execute("COMMIT")

    def pieces(self, report: str) -> Iterator[bytes]:
        """The log."""
        types = [{"name": name, "attributes": _typed(columns)} for name, columns in OBJECTS.items()]
        yield b'{"objectTypes":' + _dump(types) + b',\n"eventTypes":['
        between = b""
        for (name,) in self._known.execute("SELECT name FROM event_type ORDER BY name"):
            yield between + _dump({"name": name, "attributes": _typed(EVENTS)})
            between = b",\n"
        yield b'],\n"objects":['
        yield from self._objects()
        yield b'],\n"events":['
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece
        yield b"]}\n"

    def close(self) -> None:
        """Forget it."""
        self._file.close()
        self._known.close()

    def _objects(self) -> Iterator[bytes]:
        between = b""
        for i, kind, kept in self._known.execute("SELECT id, type, attributes FROM object ORDER BY id"):
            related = self._known.execute("SELECT target, qualifier FROM relation WHERE source = ? ORDER BY 1, 2", (i,))
            yield between + _dump(
                {
                    "id": i,
                    "type": kind,
                    "attributes": [
                        {"name": name, "time": SINCE, "value": value} for name, value in json.loads(kept).items()
                    ],
                    "relationships": [{"objectId": target, "qualifier": word} for target, word in related],
                }
            )
            between = b",\n"


def _about(
    case: ReadCase, event: ReadEvent, told: Told, relations: set[tuple[str, str, str]]
) -> Iterator[tuple[str, str]]:
    """The objects of an event, each with how it is about it; what it tells of them is added to what is told."""
    body = event.body
    own = f"application/{case.application_no}"

    def named(i: str, kind: str, **attributes: object) -> str:
        _, known = told.setdefault(i, (kind, {}))
        known.update({name: text(value) for name, value in attributes.items() if value})
        return i

    department, catalogue = text(body.get("department")), text(objects(body.get("catalogue")).get("version"))
    first = {"item_code": body.get("item_code"), "item_name": body.get("item_name"), "catalogue": catalogue}
    opening = event.type in ("application_received", "application_admitted")
    yield named(own, "application", **(first | {"department": department} if opening else {})), "case"
    raised = body.get("requirements")
    for each in map(objects, raised if isinstance(raised, list) else ()):
        names = each.get("names")
        key = f"{own}/requirement/{text(each.get('key'))}"
        said = "、".join(map(text, names)) if isinstance(names, list) else ""
        yield named(key, "requirement", rule=each.get("rule"), names=said), "raises"
        relations.add((key, own, "required in"))
    requirement = f"{own}/requirement/{event.requirement}"
    if event.requirement:
        yield named(requirement, "requirement"), "about"
        relations.add((requirement, own, "required in"))
    evidence = objects(objects(body.get("outcome")).get("evidence"))
    for digest in event.documents:
        i = named(f"evidence/{digest}", "evidence", media_type=evidence.get("media_type"))
        yield i, "uses"
        relations.add((i, requirement if event.requirement else own, "establishes"))
    actor = text(event.actor.get("department"))
    assignee = objects(body.get("assignee"))
    asked = text(assignee.get("department"))
    for code, name, word in (
        (actor, "", "acts"),
        (department, body.get("department_name"), "decides"),
        (asked, assignee.get("name"), "asked"),
    ):
        if code:
            yield named(f"department/{code}", "department", name=name), word
    if assignment := text(body.get("assignment")):
        i = f"task/{event.stream}#{assignment}"
        yield named(i, "task", step=body.get("step"), who=assignee.get("name"), task=body.get("task"),
                    due_at=body.get("due_at")), "task"  # fmt: skip
        relations.add((i, own, "task of"))


def _event(event: ReadEvent, about: dict[tuple[str, str], None]) -> dict[str, Any]:
    values = (
        event.type,
        event.stream,
        text(event.actor.get("actor_id")),
        text(event.actor.get("kind")),
        event.route,
        event.outcome,
        text(event.body.get("how")),
    )
    return {
        "id": text(event.tree.get("event_id")) or f"{event.stream}#{event.position}",
        "type": event.name,
        "time": event.at.isoformat().replace("+00:00", "Z") if event.at else SINCE,
        "attributes": [{"name": name, "value": value} for name, value in zip(EVENTS, values, strict=True) if value],
        "relationships": [{"objectId": i, "qualifier": word} for i, word in about],
    }


def _typed(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in names]


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
