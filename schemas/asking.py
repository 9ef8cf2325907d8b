"""From the ladder's decisions to what is sent: questions grouped by platform, and their outcomes to events (pure)."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from schemas.application import ApplicationRequest
from schemas.base import Model
from schemas.catalogue import ItemRules, Source
from schemas.codes import Platform, Route
from schemas.events import AttemptClosed, AttemptMade, RequirementSettled, RungFinding
from schemas.evidence import Outcome, OutcomeKind
from schemas.exchange import Batch, EvidenceQuery, Subject
from schemas.ladder import Ask
from schemas.policy import Admission

LARGEST_BATCH = 20
"""Queries in one activity; more go side by side in several."""


class Question(Model):
    """One requirement to be put to one source, with what the ladder found on the way to it."""

    requirement: str
    ask: Ask
    findings: tuple[RungFinding, ...]
    asked_at: AwareDatetime

    @property
    def source(self) -> Source:
        """The source asked."""
        return self.ask.source

    def attempt(self, outcome: Outcome, used: bool) -> AttemptMade:
        """The event of its outcome."""
        return AttemptMade(
            requirement=self.requirement,
            evidence=self.ask.evidence,
            route=self.source.route,
            platform=self.source.platform,
            resource_code=self.source.resource_code,
            round=self.ask.round,
            asked_at=self.asked_at,
            outcome=outcome,
            used=used,
        )

    def settlement(self, outcome: Outcome, basis: str) -> RequirementSettled:
        """The event of a hit."""
        taken = RungFinding(route=self.source.route, evidence=self.ask.evidence, reason=f"tried_{OutcomeKind.HIT}")
        return RequirementSettled(
            requirement=self.requirement,
            evidence=self.ask.evidence,
            ground=self.source.route.value,
            basis=basis,
            evidence_digest=outcome.evidence.digest if outcome.evidence else None,
            findings=(*self.findings, taken),
        )

    def closed(self, ended: bool) -> AttemptClosed:
        """The event of a question nobody waits for any more."""
        return AttemptClosed(
            requirement=self.requirement,
            evidence=self.ask.evidence,
            route=self.source.route,
            platform=self.source.platform,
            round=self.ask.round,
            asked_at=self.asked_at,
            reason="application_ended" if ended else "settled_otherwise",
        )


class QuestionGroup(Model):
    """Questions for one platform that go out together.  ``wait_seconds`` is the shortest budget left among them."""

    platform: Platform
    route: Route
    wait_seconds: int | None
    questions: tuple[Question, ...]


def group(questions: tuple[Question, ...]) -> tuple[QuestionGroup, ...]:
    """Questions by platform, route and whether they are asked again, in batches of at most ``LARGEST_BATCH``."""
    lots: dict[tuple[Platform, Route, bool], list[Question]] = {}
    for question in questions:
        again = question.ask.wait_seconds is not None
        lots.setdefault((question.source.platform, question.source.route, again), []).append(question)
    return tuple(
        QuestionGroup(
            platform=platform,
            route=route,
            wait_seconds=min((q.ask.wait_seconds or 0 for q in part), default=0) if again else None,
            questions=tuple(part),
        )
        for (platform, route, again), lot in lots.items()
        for part in (lot[i : i + LARGEST_BATCH] for i in range(0, len(lot), LARGEST_BATCH))
    )


def batch_of(group: QuestionGroup, request: ApplicationRequest, admission: Admission, asked_on: date) -> Batch:
    """What the activity gets: each question with its party, purpose and operator on it (law 9).

    ``asked_on`` is the county's date, against which validity is judged.
    """
    rules = admission.rules
    return Batch(
        application_no=request.application_no,
        item_code=rules.item_code,
        item_name=rules.item_name,
        platform=group.platform,
        route=group.route,
        purpose=request.purpose,
        operator=request.operator,
        home_area=rules.county,
        asked_on=asked_on,
        may_wait=group.wait_seconds is not None,
        queries=tuple(_query(q, request, admission) for q in group.questions),
    )


def _query(question: Question, request: ApplicationRequest, admission: Admission) -> EvidenceQuery:
    code, _, party_id = question.requirement.rpartition("/")
    rule = next(r for r in admission.rules.requirements if r.code == code)
    kind = admission.rules.evidence[question.ask.evidence]
    party = next(p for p in request.parties if p.party_id == party_id)
    return EvidenceQuery(
        requirement=question.requirement,
        evidence_type=kind.code,
        evidence_name=kind.name,
        resource_code=question.source.resource_code,
        polarity=kind.polarity,
        sensitivity=kind.sensitivity,
        accepted_statuses=rule.accepted_statuses,
        condition=rule.condition,
        needed_coverage=rule.needed_coverage,
        source_coverage=question.source.coverage,
        party_id=party.party_id,
        subject=Subject(
            subject_ref=admission.subject_refs[party.party_id],
            id_type=party.id_type,
            id_number=party.id_number,
            name=party.name,
            facts=party.facts,
        ),
        round=question.ask.round,
    )


def names_of(group: QuestionGroup, rules: ItemRules, most: int = 3) -> str:
    """The evidence asked for, in words for a summary: at most ``most`` names."""
    names = [f"「{rules.evidence[q.ask.evidence].name}」" for q in group.questions]
    more = f"等{len(names)}项" if len(names) > most else ""
    return "".join(names[:most]) + more
