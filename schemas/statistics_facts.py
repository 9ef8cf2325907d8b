"""What the ledger's events say, as facts to be counted (pure); ``schemas.statistics`` says what each fact means.

Facts are a function of the events that stand: all streams of a case are folded together from their beginning, so a
branch after a reset replaces what it replaced, and whoever builds anew gets the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.acceptance import (
    ApplicationAccepted,
    DecisionReported,
    DeferralGranted,
    DeferralLapsed,
    DeferredSupplied,
)
from schemas.application import application_stream
from schemas.assignment import (
    ASSIGNMENT_BODIES,
    COLOURS,
    AlarmAnnulled,
    Assignment,
    AssignmentBody,
    RungFired,
    Step,
    apply_assignment,
)
from schemas.assistance import AssistanceEnded, AssistanceOpened
from schemas.case import Case, ImpossibleEvent, RequirementStanding, RequirementState, apply
from schemas.case_state import ENDED, Stage
from schemas.clock import county_date
from schemas.commitment_events import CommitmentChecked, CommitmentHeard, CommitmentOpened
from schemas.complaint import ComplaintRecorded
from schemas.completion import CompletionAnswered, CompletionImpossible, CompletionOpened
from schemas.digitisation import BackfillImpossible, DigitisationEnded, DigitisationOpened, PaperAnswered
from schemas.disposition_events import DispositionDecided, DispositionProposed
from schemas.events import ApplicationAdmitted, AttemptMade, Event
from schemas.lookup import LibraryAnswered
from schemas.request_events import RequestDelivered, RequestUndelivered
from schemas.route_events import RungFinding
from schemas.statistics import Answering, Fact, Measure, Treatment
from schemas.verification import VerificationAnswered, VerificationEnded, VerificationLapsed, VerificationOpened

Stream = Sequence[Event]

_CODE = re.compile(r"[a-z][a-z0-9_]{1,59}")

SHARING = ("elicence", "data_sharing", "trusted_document")
TRIED_IN_VAIN = frozenset(
    f"tried_{word}"
    for word in (
        *("no_record", "mismatch", "ambiguous", "transient", "quota", "config"),
        *("no_answer", "needs_more", "declined"),
        *("request_not_on_platform", "request_refused", "request_unavailable", "issuer_cannot_backfill"),
    )
)
"""The route was walked and did not lead there for want of a record or of an answer; adverse answers are answers."""
NO_WAY = frozenset({"no_source", "issuer_not_on_platform"})
"""There is no such route; a gap only where no library had the evidence."""

_BY_GROUND = {
    "abolished": Treatment.ABOLISHED,
    "volunteered": Treatment.VOLUNTEERED,
    "commitment": Treatment.COMMITMENT,
    "deferred_supply": Treatment.DEFERRED,
    "paper_first": Treatment.PAPER,
}
_BY_STANDING = {
    RequirementStanding.APPLICANT_MADE: Treatment.APPLICANT_MADE,
    RequirementStanding.NOT_EXEMPTED: Treatment.NOT_EXEMPTED,
    RequirementStanding.QUERIED: Treatment.UNLISTED,
}
WITHOUT_DECISION = frozenset(ENDED) - {Stage.HANDED_OVER, Stage.COMPLETED}
"""Nothing is owed in a case that ended so."""


class Place(NamedTuple):
    """Where a case belongs; what nobody said is empty."""

    department: str = ""
    taken_in_by: str = ""
    item: str = ""

    def fact(self, measure: Measure, detail: str, at: datetime, evidence: str = "", route: str = "") -> Fact:
        """A fact of the case."""
        kind, issuer = _kind(evidence)
        return Fact(measure, detail, county_date(at), *self, kind, issuer, route)


def facts_of(streams: Sequence[Stream]) -> tuple[Fact, ...]:
    """The facts of the streams of one case (or of the register), each the events that stand, from the first on.

    Raises ImpossibleEvent where they are no streams of ours.
    """
    case_stream = next((s for s in streams if s[0].stream == application_stream(s[0].application_no)), None)
    case = _folded(case_stream) if case_stream is not None else None
    place = _place(case, case_stream) if case is not None and case_stream is not None else Place()
    facts: list[Fact] = []
    if case is not None and case_stream is not None:
        borne_out = {s[0].stream: treatment for s in streams if (treatment := _borne_out(s)) is not None}
        facts += _of_case(case, case_stream, place, borne_out)
    for stream in streams:
        facts += _of_tasks(stream, place)
        facts += _of_stream(stream, place)
    return tuple(facts)


def treatment_of(case: Case, requirement: RequirementState, borne_out: Mapping[str, Treatment]) -> Treatment:
    """How a requirement was met.

    ``borne_out`` says, by stream, which checks have borne out what was settled on them: a case that has ended does not
    hear of it any more.
    """
    if requirement.standing is RequirementStanding.PROVISIONAL:
        return borne_out.get(requirement.settled_stream or "") or (
            Treatment.DROPPED if case.stage in WITHOUT_DECISION else Treatment.PROVISIONAL
        )
    if requirement.standing is RequirementStanding.SETTLED:
        return _BY_GROUND.get(requirement.ground or "", Treatment.EXEMPTED)
    if requirement.standing is RequirementStanding.OPEN:
        return Treatment.DROPPED if case.ended else Treatment.PENDING
    return _BY_STANDING[requirement.standing]


def is_gap(finding: RungFinding, settled_by: str | None) -> bool:
    """Whether a library or an issuer let a case down; ``settled_by`` is the ground on which its requirement closed."""
    return finding.reason in TRIED_IN_VAIN or (finding.reason in NO_WAY and settled_by not in SHARING)


# --- the stream of the case --------------------------------------------------------------------------------------


def _folded(stream: Stream) -> Case:
    case: Case | None = None
    for event in stream:
        case = apply(case, event)
    assert case is not None  # noqa: S101 - a stream has a first event
    return case


def _place(case: Case, stream: Stream) -> Place:
    admitted = next((b for e in stream if isinstance(b := e.body, ApplicationAdmitted)), None)
    department = admitted.department if admitted is not None else None
    return Place(department or "", stream[0].actor.department or "", case.item_code)


def _borne_out(stream: Stream) -> Treatment | None:
    """What a requirement that rests on this stream comes to, where its check has shown that it is so."""
    bodies = [event.body for event in stream]
    if any(isinstance(b, CommitmentChecked) and b.found_true for b in bodies):
        return Treatment.COMMITMENT
    if any(isinstance(b, CommitmentHeard) and b.cleared for b in bodies):
        return Treatment.COMMITMENT
    if any(isinstance(b, DigitisationEnded) and b.result != "paper_false" for b in bodies):
        return Treatment.PAPER
    return None


def _of_case(case: Case, stream: Stream, place: Place, borne_out: Mapping[str, Treatment]) -> Iterator[Fact]:
    yield place.fact(Measure.CASE, "received", case.received_at)
    if case.ended:
        yield place.fact(Measure.CASE, "ended", _ended_at(stream))
    for requirement in case.requirements.values():
        yield from _of_requirement(case, requirement, place, borne_out)
    kinds = {key: requirement.raised.evidence[0] for key, requirement in case.requirements.items()}
    for event in stream:
        match event.body:
            case ApplicationAccepted(accepted_at=at):
                yield place.fact(Measure.CASE, "accepted", at)
            case DecisionReported(decided_at=at):
                yield place.fact(Measure.CASE, "decided", at)
            case AttemptMade() as made:
                kind = made.outcome.kind.value
                yield place.fact(Measure.LOOKUP, kind, made.asked_at, made.evidence, made.route.value)
            case DeferralGranted(requirement=key):
                yield place.fact(Measure.DEFERRAL, "granted", event.occurred_at, kinds.get(key, ""))
            case DeferredSupplied(requirement=key):
                yield place.fact(Measure.DEFERRAL, "supplied", event.occurred_at, kinds.get(key, ""))
            case DeferralLapsed(requirement=key):
                yield place.fact(Measure.DEFERRAL, "lapsed", event.occurred_at, kinds.get(key, ""))


def _ended_at(stream: Stream) -> datetime:
    """When the case ended: what is recorded after that is only refused acts."""
    return next(e.occurred_at for e in reversed(stream) if e.body.type != "act_refused")


def _of_requirement(
    case: Case, requirement: RequirementState, place: Place, borne_out: Mapping[str, Treatment]
) -> Iterator[Fact]:
    treatment = treatment_of(case, requirement, borne_out)
    evidence = requirement.settled_by or requirement.raised.evidence[0]
    ground = requirement.ground if treatment is not Treatment.VOLUNTEERED else None
    yield place.fact(Measure.REQUIREMENT, treatment, case.received_at, evidence, ground or "")
    gaps = {(f.route, f.evidence): f for f in requirement.findings if is_gap(f, requirement.ground)}
    for finding in gaps.values():
        yield place.fact(Measure.GAP, finding.reason, case.received_at, finding.evidence, finding.route.value)


# --- every stream ------------------------------------------------------------------------------------------------


def _of_tasks(stream: Stream, place: Place) -> Iterator[Fact]:
    """The alarms of its tasks, each of the office whose task it was then; annulled ones apart."""
    tasks: dict[str, Assignment] = {}
    raised: dict[tuple[str, int, str], Fact] = {}
    for event in stream:
        body = event.body
        if not isinstance(body, ASSIGNMENT_BODIES):
            continue
        tasks = _with(tasks, body, event)
        task = tasks[body.assignment]
        if isinstance(body, RungFired | AlarmAnnulled) and body.rung in COLOURS:
            key = body.assignment, task.opening, body.rung.value
            if isinstance(body, RungFired):
                raised[key] = place.fact(Measure.COLOUR, body.rung.value, event.occurred_at)._replace(
                    department=task.assignee.department or ""
                )
            elif key in raised:
                raised[key] = raised[key]._replace(detail=f"annulled_{body.rung.value}")
    yield from raised.values()


def _with(tasks: dict[str, Assignment], body: AssignmentBody, event: Event) -> dict[str, Assignment]:
    try:
        return apply_assignment(tasks, body, event.occurred_at)
    except KeyError:
        raise ImpossibleEvent(f"{event.stream}: {body.type} of a task that was never opened") from None


def _of_stream(stream: Stream, place: Place) -> Iterator[Fact]:
    match stream[0].body:
        case VerificationOpened() as opened:
            yield _of_verification(stream, opened, place)
        case CommitmentOpened() as opened:
            yield from _of_commitment(stream, opened, place)
        case AssistanceOpened():
            yield from _begun_and_ended(stream, Measure.ASSISTANCE, place, "", AssistanceEnded)
        case DigitisationOpened() as opened:
            own = place if place.department else place._replace(department=opened.joining.department)
            yield from _begun_and_ended(stream, Measure.PAPER, own, opened.joining.evidence, DigitisationEnded)
            if opened.exempt is None:
                yield from _aggregated(stream, place, opened.joining.evidence, opened.issuer)
        case CompletionOpened() as opened:
            yield from _aggregated(stream, place, opened.evidence_type, opened.issuer)
        case DispositionProposed() as opened:
            yield from _of_disposition(stream, opened, place)
        case ComplaintRecorded() as complaint:
            kind = complaint.evidence or ""
            yield Fact(Measure.COMPLAINT, complaint.channel, complaint.happened_on, complaint.department, evidence=kind)


def _begun_and_ended(
    stream: Stream,
    measure: Measure,
    place: Place,
    evidence: str,
    end: type[AssistanceEnded | DigitisationEnded],
) -> Iterator[Fact]:
    yield place.fact(measure, "opened", stream[0].occurred_at, evidence)
    for event in stream:
        if isinstance(body := event.body, end):
            yield place.fact(measure, body.result, event.occurred_at, evidence)


def _of_verification(stream: Stream, opened: VerificationOpened, place: Place) -> Fact:
    """Of the department that was asked, on the day the question reached it; the first answer is the answer."""
    asked_at = next((e.occurred_at for e in stream if isinstance(e.body, RequestDelivered)), stream[0].occurred_at)
    tasks: dict[str, Assignment] = {}
    answering, seconds, lapsed = Answering.PENDING, None, False
    for event in stream:
        match event.body:
            case RequestUndelivered():
                answering = Answering.UNDELIVERED
            case VerificationAnswered() if seconds is None:
                due = [t.due_at for t in tasks.values() if t.step is Step.VERIFICATION]
                in_time = event.occurred_at <= due[0] if due else not event.body.late
                answering = Answering.ON_TIME if in_time else Answering.LATE
                seconds = int((event.occurred_at - asked_at).total_seconds())
            case VerificationLapsed():
                lapsed = True
                answering = Answering.SILENT if answering is Answering.PENDING else answering
            case VerificationEnded(result="withdrawn") if answering is Answering.PENDING:
                answering = Answering.WITHDRAWN
            case body if isinstance(body, ASSIGNMENT_BODIES):
                tasks = _with(tasks, body, event)
                if not lapsed and answering in (Answering.PENDING, Answering.SILENT):
                    overdue = any(task.colour for task in tasks.values())  # a false alarm says nothing
                    answering = Answering.SILENT if overdue else Answering.PENDING
    fact = place.fact(Measure.VERIFICATION, answering, asked_at, opened.evidence, "verification")
    return fact._replace(department=opened.department, seconds=seconds)


def _of_commitment(stream: Stream, opened: CommitmentOpened, place: Place) -> Iterator[Fact]:
    """Signed when signed; checked when checked: cleared where the hearing showed that it was true after all."""
    yield place.fact(Measure.COMMITMENT, "signed", opened.signed_at, opened.evidence, "commitment")
    cleared = any(isinstance(b := e.body, CommitmentHeard) and b.cleared for e in stream)
    for event in stream:
        if isinstance(body := event.body, CommitmentChecked):
            found = "true" if body.found_true else "cleared" if cleared else "false"
            yield place.fact(Measure.COMMITMENT, found, event.occurred_at, opened.evidence, "commitment")
            return


def _of_disposition(stream: Stream, opened: DispositionProposed, place: Place) -> Iterator[Fact]:
    begun = stream[0].occurred_at
    yield place.fact(Measure.DISPOSITION, "opened", begun, opened.evidence, "flexible_disposition")
    for event in stream:
        if isinstance(event.body, DispositionDecided):
            fact = place.fact(
                Measure.DISPOSITION, "decided", event.occurred_at, opened.evidence, "flexible_disposition"
            )
            yield fact._replace(seconds=int((event.occurred_at - begun).total_seconds()))


def _aggregated(stream: Stream, place: Place, evidence: str, issuer: str | None) -> Iterator[Fact]:
    """当日归集: the issuer confirmed the fact, so the library ought to have it the same day [四(三)2].

    Only our own lookup says that it has; what the library had before, and what cannot be put there, owes nothing.
    """
    confirmed_at, found_at = None, None
    for event in stream:
        match event.body:
            case PaperAnswered(verdict="confirmed") | CompletionAnswered(verdict="confirmed"):
                confirmed_at = confirmed_at or event.occurred_at
            case BackfillImpossible() | CompletionImpossible():
                return
            case LibraryAnswered() as said if said.found is not None:
                if confirmed_at is None:
                    return
                found_at = found_at or event.occurred_at
    if confirmed_at is None:
        return
    day = county_date(confirmed_at)
    detail = "open" if found_at is None else "same_day" if county_date(found_at) == day else "later"
    yield place.fact(Measure.AGGREGATION, detail, confirmed_at, evidence)._replace(department=issuer or "")


def _kind(evidence: str) -> tuple[str, str]:
    """Type and issuer class of a kind of evidence; a demand on no list has only words, and these are not counted by."""
    kind, _, issuer = evidence.partition("@")
    return (kind, issuer) if _CODE.fullmatch(kind) else ("", "")
