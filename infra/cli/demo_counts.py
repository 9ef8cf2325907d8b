"""Counting what the ledger keeps of the demo's cases: every number of the summary is of events that were verified."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.assignment import COLOURS, RungFired
from schemas.commitment_events import CommitmentChecked
from schemas.completion import CompletionEnded
from schemas.digitisation import DigitisationEnded
from schemas.disposition_events import DispositionDecided
from schemas.events import EventBody, EvidenceVolunteered, RequirementSettled
from schemas.review import ReviewConcluded
from schemas.route_events import RequirementProvisionallySettled, RouteOpened
from schemas.stream import ActRefused

if TYPE_CHECKING:
    from infra.ledger.trail import Trail


@dataclass
class Counts:
    """What happened, and one case for each way to look at."""

    events: int = 0
    streams: int = 0
    opened: Counter[str] = field(default_factory=Counter)
    """Long routes that were begun, by route."""
    commitments: Counter[str] = field(default_factory=Counter)
    """Commitments that were checked: borne out, or broken."""
    papers: Counter[str] = field(default_factory=Counter)
    """Papers by how their digitisation ended."""
    dispositions: Counter[str] = field(default_factory=Counter)
    """Flexible dispositions by what the department decided."""
    reviews: Counter[str] = field(default_factory=Counter)
    """Reviews by how the department concluded."""
    licences: Counter[str] = field(default_factory=Counter)
    """Licences that were to be completed, by what came of it."""
    alarms: Counter[str] = field(default_factory=Counter)
    refused_acts: int = 0
    look_at: dict[str, str] = field(default_factory=dict)
    """One application number for each route and ground: one that was settled so, where there is one."""
    _seen: set[str] = field(default_factory=set)
    _settled_so: set[str] = field(default_factory=set)

    def take(self, trail: Trail) -> None:
        """Count a trail; a stream that several cases share counts once."""
        from infra.ledger.trail import events_of

        fresh = {entry.row.stream for entry in trail.entries} - self._seen
        self._seen |= fresh
        self.streams += len(fresh)
        for event in events_of(trail):
            if event.stream in fresh:
                self.events += 1
                self._count(event.body, event.application_no)

    def _count(self, body: EventBody, number: str) -> None:
        match body:
            case RouteOpened():
                self.opened[body.route.value] += 1
                self.look_at.setdefault(body.route.value, number)
            case RequirementSettled() | RequirementProvisionallySettled():
                self._settled(str(body.ground), number)
            case EvidenceVolunteered():
                self._settled("volunteered", number)
            case CommitmentChecked():
                self.commitments["fulfilled" if body.found_true else "broken"] += 1
            case DigitisationEnded():
                self.papers[body.result] += 1
            case DispositionDecided():
                self.dispositions[body.disposal.outcome.value] += 1
            case ReviewConcluded():
                self.reviews[body.conclusion] += 1
                self.look_at.setdefault("review", number)
            case CompletionEnded():
                self.licences[body.result] += 1
            case RungFired() if body.rung in COLOURS:
                self.alarms[body.rung.value] += 1
            case ActRefused():
                self.refused_acts += 1

    def _settled(self, ground: str, number: str) -> None:
        """A case in which the way led to the end is the better one to look at."""
        if ground not in self._settled_so:
            self._settled_so.add(ground)
            self.look_at[ground] = number
