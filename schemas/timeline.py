"""The trail of a case as a person reads it: who, what, on which ground, how long it took, which clock ran (pure).

It is made of the events alone and leaves none out.  Codes are left as codes, with the name of the list of texts that
they are looked up in, so that it reads in any language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from schemas.application import application_stream
from schemas.assignment import Rung
from schemas.base import Model
from schemas.codes import CLAUSE_OF_ROUTE, Route
from schemas.events import ApplicationAdmitted, ApplicationReceived, Event
from schemas.timeline_clocks import ClockRow, clocks_of
from schemas.timeline_words import Said, said_of
from schemas.views import VOLUNTEERED_CLAUSE

Tone = Literal["good", "bad", "warning", "plain"]
Stage = Literal["intake", "acceptance", "decision"]

NEXT_STAGE: dict[str, tuple[Stage, bool]] = {
    "application_handed_over": ("acceptance", True),
    "notice_issued": ("acceptance", True),
    "application_accepted": ("decision", False),
}
"""Where the case stands from an event on, and whether the event itself is part of that stage."""
GOOD = frozenset({
    "requirement_settled", "settlement_confirmed", "application_accepted", "application_completed", "result_released",
    "deferred_supplied", "condition_met", "commitment_counted",
})  # fmt: skip
BAD = frozenset({
    "requirement_not_exempted", "application_refused", "acceptance_refused", "application_terminated",
    "application_cancelled", "consequence_decided", "credit_record_ordered",
})  # fmt: skip
WARNING = frozenset({
    "act_refused", "rung_fired", "escalation_failed", "review_opened", "review_begun", "requirement_reopened",
    "verification_lapsed", "opinion_lapsed", "assistance_lapsed", "condition_lapsed", "deferral_lapsed",
    "request_undelivered", "override_proposed", "override_confirmed", "clock_suspended", "assignment_held",
    "complaint_recorded",
})  # fmt: skip
SINCE: dict[str, str] = {
    "requirement_settled": "application_admitted",
    "requirement_provisionally_settled": "application_admitted",
    "requirement_not_exempted": "application_admitted",
    "application_handed_over": "application_received",
    "notice_issued": "application_received",
    "application_accepted": "application_received",
    "acceptance_refused": "application_received",
    "decision_reported": "application_accepted",
    "application_completed": "application_received",
    "application_terminated": "application_received",
    "application_withdrawn": "application_received",
}
"""How long an event of the case took is counted from the last event of this type."""


class Kept(Model):
    """An event as the ledger keeps it; ``event`` is ``None`` for a row that was made into something that is none."""

    event_id: str
    stream: str
    position: int
    type: str
    occurred_at: AwareDatetime
    superseded: bool
    event: Event | None
    masked: int = 0
    """Personal values that are not shown here."""
    erased: int = 0
    """Those of them whose person was erased: nobody can read them any more."""


class Took(Model):
    """How long something took, and since which event (its type)."""

    seconds: float
    since: str


class Entry(Model):
    """One event, as it is read."""

    event_id: str
    stream: str
    position: int
    type: str
    at: AwareDatetime
    actor: str | None
    """The kind of actor; ``None`` where the row is no event any more."""
    actor_id: str | None
    department: str | None
    said: tuple[Said, ...]
    clauses: tuple[str, ...]
    """Clauses of 德政办〔2024〕28号 that it stands on."""
    took: Took | None
    colour: Rung | None
    tone: Tone
    superseded: bool
    masked: int
    erased: int


class Section(Model):
    """What belongs together: a stage of the case, or one requirement with all its routes."""

    kind: Literal["stage", "requirement"]
    key: str
    names: tuple[str, ...]
    """Of the evidence that a requirement wants."""
    result: str | None
    """Of a requirement: the type of the event that closed it last."""
    entries: tuple[Entry, ...]


class Timeline(Model):
    """A case from beginning to end."""

    application_no: str
    item_code: str | None
    item_name: str | None
    department_name: str | None
    catalogue_version: str | None
    sections: tuple[Section, ...]
    clocks: tuple[ClockRow, ...]


def timeline_of(application_no: str, kept: Sequence[Kept], now: datetime) -> Timeline:
    """The timeline of what is kept of a case, in the order of the trail."""
    own = application_stream(application_no)
    standing = [k.event for k in kept if k.event is not None and not k.superseded]
    owners = _owners(k.event for k in kept if k.event is not None)
    names: dict[str, tuple[str, ...]] = {}
    results: dict[str, str] = {}
    told: dict[str, object] = {}
    for event in standing:
        body = event.body
        if isinstance(body, ApplicationReceived) and event.stream == own:
            told["item_code"] = body.item_code
        elif isinstance(body, ApplicationAdmitted) and event.stream == own:
            told |= {"item_name": body.item_name, "department_name": body.department_name}
            told["catalogue_version"] = body.catalogue.version
            names |= {raised.key: raised.names for raised in body.requirements}
        elif body.type in RESULTS and event.stream == own:
            results[str(_of(body, "requirement"))] = body.type
    groups: dict[tuple[str, str], list[Entry]] = {("stage", "intake"): []}
    groups |= {("requirement", key): [] for key in names}
    groups |= {("stage", "acceptance"): [], ("stage", "decision"): []}
    stage: Stage = "intake"
    clock = _Since()
    for each in kept:
        following, at_once = NEXT_STAGE.get(each.type, (stage, False)) if each.stream == own else (stage, False)
        stage = following if at_once and not each.superseded else stage
        requirement = owners.get(each.stream, {}).get(_task(each.event)) or owners.get(each.stream, {}).get("")
        if each.event is not None and (named := _of(each.event.body, "requirement")):
            requirement = str(named)
        place = ("requirement", requirement) if requirement else ("stage", stage)
        groups.setdefault(place, []).append(_entry(each, clock.took(each)))
        stage = stage if each.superseded else following
    sections = tuple(
        Section(
            kind="requirement" if kind == "requirement" else "stage",
            key=key,
            names=names.get(key, ()),
            result=results.get(key) if kind == "requirement" else None,
            entries=tuple(entries),
        )
        for (kind, key), entries in groups.items()
        if entries
    )
    fields = {name: told.get(name) for name in ("item_code", "item_name", "department_name", "catalogue_version")}
    clocks = clocks_of(own, standing, owners, now)
    return Timeline.model_validate({"application_no": application_no, "sections": sections, "clocks": clocks, **fields})


RESULTS = (
    "requirement_settled",
    "requirement_provisionally_settled",
    "settlement_confirmed",
    "requirement_not_exempted",
    "requirement_reopened",
    "unlisted_evidence_queried",
)


def _of(body: BaseModel, *names: str) -> object:
    """The first of these that a body has; also of the report or the joining that it carries."""
    for holder in (body, getattr(body, "report", None), getattr(body, "joining", None)):
        for name in names:
            if (value := getattr(holder, name, None)) is not None:
                return value
    return None


def _task(event: Event | None) -> str:
    return str(getattr(event.body, "assignment", "")) if event is not None else ""


def _owners(events: Iterable[Event]) -> dict[str, dict[str, str]]:
    """The requirement that a task of a stream belongs to (by its id), and the whole stream (by the empty id)."""
    owners: dict[str, dict[str, str]] = {}
    for event in events:
        requirement = _of(event.body, "requirement")
        mine = owners.setdefault(event.stream, {})
        if requirement is None:
            requirement = mine.get("")
        elif event.body.type == "assignment_opened":
            mine[_task(event)] = str(requirement)
        elif event.stream != application_stream(event.application_no):
            mine.setdefault("", str(requirement))
        opened = getattr(event.body, "stream", None)
        if isinstance(opened, str) and requirement is not None:
            owners.setdefault(opened, {}).setdefault("", str(requirement))
    return owners


class _Since:
    """Remembers what durations are counted from."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], datetime] = {}
        self._began: dict[str, tuple[datetime, str]] = {}

    def took(self, kept: Kept) -> Took | None:
        """How long it took, where the event ends something."""
        at, event = kept.occurred_at, kept.event
        began, opening = self._began.setdefault(kept.stream, (at, kept.type))
        found: tuple[datetime, str] | None = None
        if event is not None and (asked := getattr(event.body, "asked_at", None)) is not None:
            found = (asked, "question")
        elif kept.type == "assignment_closed":
            since = self._last.get((kept.stream, f"assignment_opened {_task(event)}"))
            found = (since, "assignment_opened") if since else None
        elif kept.type in SINCE:
            since = self._last.get((kept.stream, SINCE[kept.type]))
            found = (since, SINCE[kept.type]) if since else None
        elif kept.type.endswith(("_ended", "_answered")) and at != began:
            found = (began, opening)
        if not kept.superseded:
            self._last[kept.stream, kept.type] = at
            self._last[kept.stream, f"{kept.type} {_task(event)}"] = at
        return Took(seconds=max(0.0, (at - found[0]).total_seconds()), since=found[1]) if found else None


def _entry(kept: Kept, took: Took | None) -> Entry:
    event = kept.event
    body = event.body if event else None
    tone: Tone = (
        "good" if kept.type in GOOD else "bad" if kept.type in BAD else "warning" if kept.type in WARNING else "plain"
    )
    rung = getattr(body, "rung", None)
    return Entry(
        event_id=kept.event_id,
        stream=kept.stream,
        position=kept.position,
        type=kept.type,
        at=kept.occurred_at,
        actor=event.actor.kind.value if event else None,
        actor_id=event.actor.actor_id if event else None,
        department=event.actor.department if event else None,
        said=said_of(body) if body else (),
        clauses=_clauses(body) if body else (),
        took=took,
        colour=rung,
        tone=tone,
        superseded=kept.superseded,
        masked=kept.masked,
        erased=kept.erased,
    )


def _clauses(body: BaseModel) -> tuple[str, ...]:
    """The clause of the route that an event goes, or of the ground that it settles on."""
    route = _of(body, "ground", "route")
    if route == "volunteered" or getattr(body, "type", "") == "evidence_volunteered":
        return (VOLUNTEERED_CLAUSE,)
    return (CLAUSE_OF_ROUTE[Route(str(route))],) if route in set(Route) else ()
