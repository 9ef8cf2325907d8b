"""What each figure counts: table tests of the facts of every kind of stream, and of what follows from counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.acceptance import ApplicationAccepted, DecisionReported
from schemas.application import Act, Actor, CommandRef, Volunteered, application_stream
from schemas.assignment import (
    AlarmAnnulled,
    AssignmentClosed,
    AssignmentOpened,
    AssignmentReassigned,
    Rung,
    RungFired,
    Step,
    of_department,
)
from schemas.assistance import AssistanceEnded, AssistanceOpened
from schemas.assistance_forms import accepted_form
from schemas.base import Model
from schemas.case_commands import DispositionProposal, SignedBy
from schemas.codes import ActorKind, CheckMode, Implementation, Platform, Route
from schemas.commitment_events import CommitmentChecked, CommitmentHeard, CommitmentOpened
from schemas.complaint import ComplaintRecorded
from schemas.completion import CompletionAnswered, CompletionImpossible, CompletionOpened
from schemas.digitisation import BackfillImpossible, DigitisationEnded, DigitisationOpened, PaperAnswered
from schemas.disposition_events import Disposal, DispositionDecided, DispositionProposed
from schemas.events import (
    ApplicationWithdrawn,
    Event,
    EventBody,
    EvidenceVolunteered,
    RequirementNotExempted,
    UnlistedEvidenceQueried,
    make_event_id,
)
from schemas.evidence import OutcomeKind
from schemas.joining import Joining
from schemas.lookup import LibraryAnswered
from schemas.recusal import InternalUnit
from schemas.request_events import RequestDelivered, RequestUndelivered
from schemas.route_events import RequirementProvisionallySettled, RungFinding
from schemas.statistics import CONCLUDED, Answering, Fact, Figures, Measure, Period, Treatment, figures_of
from schemas.statistics_facts import facts_of
from schemas.texts import zh_statistics
from schemas.verification import VerificationAnswered, VerificationEnded, VerificationLapsed, VerificationOpened
from tests.ledger.cases import admitted, attempt, received, settled
from tests.schemas.builders import evidence, outcome

NUMBER = "A-1"
START = datetime(2026, 5, 31, 15, 30, tzinfo=UTC)
"""Half past eleven in the evening, on the last of May; half an hour later it is June."""
MAY, JUNE = date(2026, 5, 31), date(2026, 6, 1)
DECIDING, POLICE, WINDOW = "11350526MB0000001C", "11350526MB0000002F", "11350526MB0000010A"
CLERK = Actor(kind=ActorKind.CLERK, actor_id="clerk-1", department=WINDOW)
PAPER = "b" * 64
KIND = "marriage@civil_affairs"

Timed = EventBody | tuple[float, EventBody]
"""A body, or one that comes so many hours after the beginning."""


def stream(name: str, *bodies: Timed, start: datetime = START) -> tuple[Event, ...]:
    """The bodies as the events of a stream."""
    events: list[Event] = []
    at = start
    for given in bodies:
        hours, body = given if isinstance(given, tuple) else (None, given)
        at = at if hours is None else start + timedelta(hours=hours)
        before = events[-1] if events else None
        sequence, previous = (before.sequence + 1, before.event_id) if before else (0, None)
        events.append(
            Event(
                event_id=make_event_id(name, sequence, previous, at),
                stream=name,
                application_no=NUMBER,
                sequence=sequence,
                previous_id=previous,
                occurred_at=at,
                actor=CLERK,
                body=body,
            )
        )
    return tuple(events)


def case(*bodies: Timed) -> tuple[Event, ...]:
    """A case with three requirements, received late on the last of May."""
    begun = received().model_copy(update={"received_at": START})
    opened = admitted().model_copy(update={"department": DECIDING, "department_name": "某局"})
    return stream(application_stream(NUMBER), begun, opened, *bodies)


def facts(*streams: Sequence[Event], measure: Measure) -> list[Fact]:
    return [fact for fact in facts_of(streams) if fact.measure is measure]


def said(*streams: Sequence[Event], measure: Measure) -> list[tuple[str, date]]:
    return [(fact.detail, fact.day) for fact in facts(*streams, measure=measure)]


def ref(word: str = "c-1") -> CommandRef:
    return CommandRef(command_id=word, act=Act.REPLY, digest="a" * 64)


def finding(route: Route, reason: str) -> RungFinding:
    return RungFinding(route=route, evidence="ev_0", reason=reason)


def closed(ground: str, *findings: RungFinding) -> EventBody:
    return settled(0).model_copy(update={"ground": ground, "findings": findings})


def provisional(route: Route) -> EventBody:
    return RequirementProvisionallySettled(
        requirement="req_0/applicant",
        evidence="ev_0",
        ground=route,
        stream="x",
        basis="依据",
        evidence_digest=None,
        findings=(),
    )


# --- the case ----------------------------------------------------------------------------------------------------


def test_a_case_counts_on_its_own_days_in_the_county() -> None:
    given = case(
        (1, ApplicationAccepted(command=None, deemed=True, accepted_at=START + timedelta(hours=1))),
        (
            48,
            DecisionReported(
                command=ref(), decision="granted", reference="d", decided_at=START + timedelta(hours=25), withheld=False
            ),
        ),
    )
    assert said(given, measure=Measure.CASE) == [
        ("received", MAY),
        ("accepted", JUNE),
        ("decided", date(2026, 6, 2)),
    ]
    [fact, *_] = facts(given, measure=Measure.CASE)
    assert (fact.department, fact.taken_in_by, fact.item) == (DECIDING, WINDOW, "pottery_market_entry")


@pytest.mark.parametrize(
    ("bodies", "treatment", "route"),
    [
        pytest.param((closed("elicence"),), Treatment.EXEMPTED, "elicence", id="shared"),
        pytest.param((closed("verification"),), Treatment.EXEMPTED, "verification", id="verified"),
        pytest.param((closed("assistance"),), Treatment.EXEMPTED, "assistance", id="fetched for him"),
        pytest.param((closed("flexible_disposition"),), Treatment.EXEMPTED, "flexible_disposition", id="disposed"),
        pytest.param((closed("commitment"),), Treatment.COMMITMENT, "commitment", id="committed"),
        pytest.param((closed("deferred_supply"),), Treatment.DEFERRED, "deferred_supply", id="supplied later"),
        pytest.param((closed("paper_first"),), Treatment.PAPER, "paper_first", id="paper"),
        pytest.param((provisional(Route.COMMITMENT),), Treatment.PROVISIONAL, "commitment", id="check is owed"),
        pytest.param(
            (provisional(Route.COMMITMENT), (99, ApplicationWithdrawn(command=ref(), reason="改日"))),
            Treatment.DROPPED,
            "commitment",
            id="withdrawn, so nothing is owed",
        ),
        pytest.param((closed("abolished"),), Treatment.ABOLISHED, "abolished", id="abolished"),
        pytest.param(
            (
                EvidenceVolunteered(
                    command=None,
                    requirement="req_0/applicant",
                    given=Volunteered(
                        requirement_code="req_0", party_id="applicant", evidence_type="ev_0", document_digest=PAPER
                    ),
                ),
                closed("volunteered"),
            ),
            Treatment.VOLUNTEERED,
            "",
            id="volunteered",
        ),
        pytest.param(
            (UnlistedEvidenceQueried(requirement="req_0/applicant", evidence="ev_0"),),
            Treatment.UNLISTED,
            "",
            id="on no list",
        ),
        pytest.param(
            (RequirementNotExempted(requirement="req_0/applicant", findings=()),),
            Treatment.NOT_EXEMPTED,
            "",
            id="not exempted",
        ),
        pytest.param((), Treatment.PENDING, "", id="open"),
        pytest.param(
            ((99, ApplicationWithdrawn(command=ref(), reason="改日")),), Treatment.DROPPED, "", id="withdrawn"
        ),
    ],
)
def test_every_requirement_counts_once_on_the_day_its_case_came(
    bodies: tuple[Timed, ...], treatment: Treatment, route: str
) -> None:
    found = facts(case(*bodies), measure=Measure.REQUIREMENT)
    assert len(found) == 3
    [fact] = [fact for fact in found if fact.evidence == "ev_0"]
    assert (fact.detail, fact.route, fact.day) == (treatment, route, MAY)


def test_a_check_that_ends_when_its_case_is_over_bears_out_what_rests_on_it() -> None:
    """A case ends with the decision, a check may come weeks later, and the case does not hear of it."""

    def detail(*bodies: Timed) -> str:
        own = stream("x", commitment(), *bodies)
        found = facts(case(provisional(Route.COMMITMENT)), own, measure=Measure.REQUIREMENT)
        [fact] = [fact for fact in found if fact.evidence == "ev_0"]
        return fact.detail

    assert detail() == Treatment.PROVISIONAL
    assert detail((500.0, checked(True))) == Treatment.COMMITMENT
    assert detail((500.0, checked(False))) == Treatment.PROVISIONAL
    assert detail((500.0, checked(False)), (600.0, heard(True))) == Treatment.COMMITMENT


def test_what_the_applicant_makes_himself_is_apart() -> None:
    own = admitted().requirements[0].model_copy(update={"applicant_made": True})
    opened = admitted().model_copy(update={"requirements": (own,)})
    given = stream(application_stream(NUMBER), received(), opened)
    assert [fact.detail for fact in facts(given, measure=Measure.REQUIREMENT)] == [Treatment.APPLICANT_MADE]


def test_a_demand_on_no_list_is_not_counted_by_its_words() -> None:
    free = admitted().requirements[0].model_copy(update={"evidence": ("街道开的证明",), "rule": None})
    given = stream(application_stream(NUMBER), received(), admitted().model_copy(update={"requirements": (free,)}))
    assert [fact.evidence for fact in facts(given, measure=Measure.REQUIREMENT)] == [""]


def test_every_lookup_counts_when_the_source_was_asked() -> None:
    asked = attempt(0).model_copy(update={"asked_at": START + timedelta(hours=1), "evidence": "ev_0@police"})
    failed = asked.model_copy(update={"outcome": asked.outcome.model_copy(update={"kind": OutcomeKind.NO_RECORD})})
    found = facts(case(failed, asked), measure=Measure.LOOKUP)
    assert [(f.detail, f.day, f.route, f.evidence, f.issuer) for f in found] == [
        ("no_record", JUNE, "elicence", "ev_0", "police"),
        ("hit", JUNE, "elicence", "ev_0", "police"),
    ]


@pytest.mark.parametrize(
    ("ground", "reason", "counts"),
    [
        pytest.param("verification", "tried_no_record", True, id="no record"),
        pytest.param("data_sharing", "tried_no_record", True, id="no record here, a hit there"),
        pytest.param("verification", "tried_transient", True, id="out of order"),
        pytest.param("commitment", "tried_no_answer", True, id="silent"),
        pytest.param("commitment", "tried_refuted", False, id="an adverse answer is an answer"),
        pytest.param("verification", "no_source", True, id="no source and no library had it"),
        pytest.param("data_sharing", "no_source", False, id="another library had it"),
        pytest.param("commitment", "not_on_paper_exempt_list", False, id="the list's will"),
        pytest.param("commitment", "refused_by_applicant", False, id="the applicant's will"),
    ],
)
def test_a_gap_is_a_want_of_records_or_answers(ground: str, reason: str, counts: bool) -> None:
    given = case(closed(ground, finding(Route.ELICENCE, reason), finding(Route.ELICENCE, reason)))
    expected = [(reason, MAY)] if counts else []
    assert said(given, measure=Measure.GAP) == expected


# --- verification ------------------------------------------------------------------------------------------------


def asked_of_police() -> EventBody:
    return VerificationOpened(
        requirement="req_0/applicant",
        evidence="ev_0@police",
        evidence_name="某证明",
        department=POLICE,
        key="k",
        question="是否属实",
    )


def task(name: str = "asked", *, due: float = 9.0, department: str | None = POLICE) -> EventBody:
    return AssignmentOpened(
        assignment=name,
        step=Step.VERIFICATION,
        requirement=None,
        assignee=of_department("某局", department),
        task="请核验",
        then="转下一路径",
        working_days=1,
        due_at=START + timedelta(hours=due),
        due_provisional=False,
        calendar_version="2026",
        ends_at=None,
    )


def answer() -> EventBody:
    return VerificationAnswered(
        command=ref(), verdict="confirmed", reason=None, document_digest=None, answered_at=START, late=False
    )


DELIVERED = (1.0, RequestDelivered(key="k", platform_ref="p"))
BLUE = RungFired(assignment="asked", rung=Rung.BLUE)
FALSE_ALARM = AlarmAnnulled(command=ref(), assignment="asked", rung=Rung.BLUE, reason="误报")


@pytest.mark.parametrize(
    ("bodies", "answering", "hours"),
    [
        pytest.param((DELIVERED, task(), (4.0, answer())), Answering.ON_TIME, 3, id="in time"),
        pytest.param((DELIVERED, task(), (9.0, answer())), Answering.ON_TIME, 8, id="at the last moment"),
        pytest.param((DELIVERED, task(), (9.0, BLUE), (10.0, answer())), Answering.LATE, 9, id="late"),
        pytest.param(
            (DELIVERED, task(), (9.0, BLUE), (33.0, VerificationLapsed()), (57.0, answer())),
            Answering.LATE,
            56,
            id="after the case went on",
        ),
        pytest.param((DELIVERED, task(), (9.0, BLUE)), Answering.SILENT, None, id="due and silent"),
        pytest.param((DELIVERED, task(), (33.0, VerificationLapsed())), Answering.SILENT, None, id="given up"),
        pytest.param((DELIVERED, task()), Answering.PENDING, None, id="not due"),
        pytest.param(
            (DELIVERED, task(), (9.0, BLUE), FALSE_ALARM, (9.5, VerificationEnded(result="withdrawn"))),
            Answering.WITHDRAWN,
            None,
            id="a false alarm says nothing",
        ),
        pytest.param(
            (DELIVERED, task(), RungFired(assignment="asked", rung=Rung.REMINDER)),
            Answering.PENDING,
            None,
            id="a reminder is no alarm",
        ),
        pytest.param(
            (DELIVERED, task(), (2.0, VerificationEnded(result="withdrawn"))),
            Answering.WITHDRAWN,
            None,
            id="taken back",
        ),
        pytest.param(
            (DELIVERED, task(), (9.0, BLUE), (10.0, VerificationEnded(result="withdrawn"))),
            Answering.SILENT,
            None,
            id="taken back when it was overdue",
        ),
        pytest.param(
            ((1.0, RequestUndelivered(key="k", reason="unavailable")), VerificationEnded(result="undelivered")),
            Answering.UNDELIVERED,
            None,
            id="never received",
        ),
    ],
)
def test_a_question_counts_for_whom_it_reached(
    bodies: tuple[Timed, ...], answering: Answering, hours: int | None
) -> None:
    given = stream("verification/A-1/req_0", asked_of_police(), *bodies)
    [fact] = facts(case(), given, measure=Measure.VERIFICATION)
    assert (fact.detail, fact.department, fact.item) == (answering, POLICE, "pottery_market_entry")
    assert fact.seconds == (None if hours is None else hours * 3600)
    assert fact.day == (MAY if answering is Answering.UNDELIVERED else JUNE)


# --- the other long routes ---------------------------------------------------------------------------------------


def commitment() -> EventBody:
    return CommitmentOpened(
        requirement="req_0/applicant",
        evidence="ev_0",
        evidence_name="某证明",
        key="k",
        check=CheckMode.ALL,
        letter_version="letter_1",
        notice_digest=PAPER,
        letter_digest=PAPER,
        signed_digest=PAPER,
        signed_by=SignedBy.SELF,
        signer_party_id="applicant",
        signed_at=START,
    )


def checked(found_true: bool) -> EventBody:
    return CommitmentChecked(command=None, by="hand", found_true=found_true, finding="如此", evidence_digest=None)


def heard(cleared: bool) -> EventBody:
    return CommitmentHeard(command=ref(), attended=True, record_digest=PAPER, cleared=cleared, finding="如此")


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        pytest.param((), [("signed", MAY)], id="unchecked"),
        pytest.param(((1.0, checked(True)),), [("signed", MAY), ("true", JUNE)], id="true"),
        pytest.param(((1.0, checked(False)),), [("signed", MAY), ("false", JUNE)], id="broken"),
        pytest.param(
            ((1.0, checked(False)), (99.0, heard(False))), [("signed", MAY), ("false", JUNE)], id="heard in vain"
        ),
        pytest.param(((1.0, checked(False)), (99.0, heard(True))), [("signed", MAY), ("cleared", JUNE)], id="cleared"),
    ],
)
def test_a_commitment(bodies: tuple[Timed, ...], expected: list[tuple[str, date]]) -> None:
    given = stream("commitment/A-1/req_0", commitment(), *bodies)
    assert said(case(), given, measure=Measure.COMMITMENT) == expected


def paper(exempt: Any = None) -> EventBody:
    joining = Joining(
        application_no=NUMBER,
        requirement="req_0/applicant",
        evidence=KIND,
        department=DECIDING,
        department_name="某局",
    )
    return DigitisationOpened(
        joining=joining,
        evidence_name="某证明",
        subject_ref="s_" + "a1" * 16,
        document_digest=PAPER,
        issuer=POLICE,
        key="k",
        exempt=exempt,
        by_hand=None,
    )


def paper_answered(verdict: Any = "confirmed") -> EventBody:
    return PaperAnswered(command=ref(), verdict=verdict, reason="x", document_digest=None, answered_at=START)


def found(kind: OutcomeKind = OutcomeKind.HIT) -> EventBody:
    has = evidence(subject_ref="s_" + "a1" * 16) if kind is OutcomeKind.HIT else None
    return LibraryAnswered(
        route=Route.ELICENCE,
        platform=Platform.ELICENCE_PROVINCIAL,
        resource_code="r",
        outcome=outcome(kind, asked_at=START, answered_at=START, evidence=has),
    )


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        pytest.param((paper_answered(), found()), ["same_day"], id="the same day"),
        pytest.param((paper_answered(), found(OutcomeKind.NO_RECORD), (0.25, found())), ["same_day"], id="at last"),
        pytest.param((paper_answered(), (1.0, found())), ["later"], id="after midnight"),
        pytest.param((paper_answered(),), ["open"], id="not yet"),
        pytest.param((found(), paper_answered()), [], id="it was there before"),
        pytest.param((paper_answered("refuted"),), [], id="nothing to put there"),
        pytest.param(
            (paper_answered(), BackfillImpossible(command=ref(), reason="无此类目")), [], id="it cannot be put there"
        ),
    ],
)
def test_what_the_issuer_confirmed_ought_to_be_in_the_library_the_same_day(
    bodies: tuple[Timed, ...], expected: list[str]
) -> None:
    given = stream("digitisation/x/1", paper(), *bodies)
    found_facts = facts(given, measure=Measure.AGGREGATION)
    assert [fact.detail for fact in found_facts] == expected
    assert all((f.department, f.evidence, f.issuer) == (POLICE, "marriage", "civil_affairs") for f in found_facts)
    assert (
        facts(stream("digitisation/x/1", paper("issuer_out_of_province"), *bodies), measure=Measure.AGGREGATION) == []
    )


def test_a_paper_and_a_licence_that_no_case_began() -> None:
    given = stream("digitisation/x/1", paper(), (48.0, DigitisationEnded(result="backfilled")))
    assert said(given, measure=Measure.PAPER) == [("opened", MAY), ("backfilled", date(2026, 6, 2))]
    assert {fact.department for fact in facts(given, measure=Measure.PAPER)} == {DECIDING}
    opened = CompletionOpened(
        evidence_type="marriage",
        evidence_name="结婚证",
        subject_ref="s_" + "a1" * 16,
        opened_by="holder",
        lack="no_record",
        case=None,
        issuer=POLICE,
        key="k",
    )
    done = CompletionAnswered(command=ref(), verdict="confirmed", reason=None, answered_at=START)
    completion = stream("completion/marriage/s/1", opened, done, found())
    assert [(f.detail, f.department) for f in facts_of([completion])] == [("same_day", POLICE)]
    cannot = CompletionImpossible(command=ref(), reason="无此类目")
    assert facts_of([stream("completion/marriage/s/1", opened, cannot)]) == ()


def test_assistance_comes_in_and_goes_out() -> None:
    opened = AssistanceOpened(
        requirement="req_0/applicant",
        evidence_names=("某证明",),
        key="k",
        window=WINDOW,
        authorisation_digest=PAPER,
        form=accepted_form(NUMBER, "某事项", ("某证明",), PAPER),
    )
    given = stream("assistance/A-1/req_0", opened, (50.0, AssistanceEnded(result="obtained")))
    assert said(case(), given, measure=Measure.ASSISTANCE) == [("opened", MAY), ("obtained", date(2026, 6, 3))]


def test_a_disposition_is_timed_from_proposal_to_decision() -> None:
    proposal = DispositionProposal.model_validate(
        {
            "cause": "out_of_province",
            "materiality": "非唯一依据",
            "relation": "相互印证",
            "risk": "可控",
            "proposed": "exempted",
            "legal_basis": "四(七)",
        }
    )
    opened = DispositionProposed(
        requirement="req_0/applicant",
        evidence="ev_0",
        evidence_name="某证明",
        proposer="staff-1",
        unit=InternalUnit(department=DECIDING, unit="review_unit"),
        proposal=proposal,
        required=(),
        consulted=(),
    )
    disposal = Disposal.model_validate({"outcome": "exempted", "reasons": "足以认定", "legal_basis": "四(七)"})
    decided = DispositionDecided(command=ref(), disposal=disposal, followed=True)
    given = stream("disposition/A-1/req_0", opened, (72.0, decided))
    [begun, ended] = facts(case(), given, measure=Measure.DISPOSITION)
    assert (begun.detail, begun.day, begun.seconds) == ("opened", MAY, None)
    assert (ended.detail, ended.day, ended.seconds) == ("decided", date(2026, 6, 3), 72 * 3600)


def test_alarms_count_for_whose_task_it_was_and_annulled_ones_apart() -> None:
    away = of_department("别局", DECIDING)
    given = case(
        task("t"),
        (1.0, RungFired(assignment="t", rung=Rung.REMINDER)),
        (1.0, RungFired(assignment="t", rung=Rung.BLUE)),
        (2.0, AssignmentReassigned(command=ref(), assignment="t", assignee=away, reason="换岗")),
        (30.0, RungFired(assignment="t", rung=Rung.ORANGE)),
        (99.0, AlarmAnnulled(command=ref("c-2"), assignment="t", rung=Rung.BLUE, reason="误报")),
        (99.0, AssignmentClosed(assignment="t", how="done")),
        (99.0, task("t")),
        (120.0, RungFired(assignment="t", rung=Rung.BLUE)),
        (121.0, task("nobodys", department=None)),
        (122.0, RungFired(assignment="nobodys", rung=Rung.RED)),
    )
    assert [(f.detail, f.day.day, f.department) for f in facts(given, measure=Measure.COLOUR)] == [
        ("annulled_blue", 1, POLICE),
        ("orange", 2, DECIDING),
        ("blue", 5, POLICE),
        ("red", 6, ""),
    ]


def test_a_complaint_counts_on_the_day_it_happened() -> None:
    body = ComplaintRecorded(
        reference="1", department=POLICE, evidence="marriage", channel="letter", happened_on=date(2026, 4, 2)
    )
    [fact] = facts_of([stream("register/complaint/1", body)])
    expected = Fact(Measure.COMPLAINT, "letter", date(2026, 4, 2), POLICE, evidence="marriage")
    assert fact == expected


# --- from counts to figures --------------------------------------------------------------------------------------


def test_the_rate_of_exemption_is_of_what_was_lawfully_needed_and_concluded() -> None:
    numbers = {treatment: n for n, treatment in enumerate(Treatment, start=1)}
    routes = {Treatment.EXEMPTED: "data_sharing", Treatment.PROVISIONAL: "commitment"}
    counts = {(Measure.REQUIREMENT, t.value, routes.get(t, "")): n for t, n in numbers.items()}
    found = figures_of(counts, {}).evidence
    assert found.concluded == sum(numbers[t] for t in CONCLUDED)
    assert found.exempted_rate == round(numbers[Treatment.EXEMPTED] / found.concluded, 4)
    assert found.exempted_by_way == {Implementation.DATA_SHARING: found.exempted}
    assert found.provisional_by_route == {Route.COMMITMENT: found.provisional}
    assert all(getattr(found, t.value) == n for t, n in numbers.items())


def test_rates_of_nothing_are_none() -> None:
    nothing = figures_of({}, {})
    assert nothing == Figures()
    assert nothing.evidence.exempted_rate is nothing.verification.on_time_rate is nothing.aggregation.rate is None


def test_a_department_is_not_measured_by_what_it_never_received_or_may_still_answer() -> None:
    numbers = dict.fromkeys(Answering, 1) | {Answering.ON_TIME: 5, Answering.UNDELIVERED: 7}
    counts = {(Measure.VERIFICATION, a.value, "verification"): n for a, n in numbers.items()}
    found = figures_of(counts, {Measure.VERIFICATION: 5400.0}).verification
    assert (found.received, found.overdue, found.silent, found.undelivered) == (9, 2, 1, 7)
    assert (found.on_time_rate, found.median_hours) == (round(5 / 7, 4), 1.5)


def test_hit_rates_and_colours() -> None:
    counts = {
        (Measure.LOOKUP, "hit", "elicence"): 3,
        (Measure.LOOKUP, "no_record", "elicence"): 2,
        (Measure.LOOKUP, "adverse", "elicence"): 1,
        (Measure.LOOKUP, "quota", "elicence"): 1,
        (Measure.LOOKUP, "config", "elicence"): 1,
        (Measure.LOOKUP, "hit", "data_sharing"): 1,
        (Measure.COLOUR, "blue", ""): 4,
        (Measure.COLOUR, "annulled_blue", ""): 1,
        (Measure.COLOUR, "annulled_red", ""): 1,
        (Measure.COMMITMENT, "cleared", ""): 1,
        (Measure.COMMITMENT, "false", ""): 1,
        (Measure.AGGREGATION, "same_day", ""): 1,
        (Measure.AGGREGATION, "open", ""): 1,
    }
    found = figures_of(counts, {})
    looked = found.lookups[Route.ELICENCE]
    assert (looked.asked, looked.no_record, looked.for_a_person, looked.unavailable, looked.refused) == (8, 2, 1, 1, 1)
    assert looked.hit_rate == 0.375 and found.lookups[Route.DATA_SHARING].hit_rate == 1.0
    assert (found.colours.blue, found.colours.red, found.colours.annulled) == (5, 1, 2)
    assert (found.commitments.checked, found.commitments.broken, found.aggregation.rate) == (2, 1, 0.5)


def test_a_period_is_of_whole_days_in_order() -> None:
    assert Period.month(2026, 12) == Period(first=date(2026, 12, 1), last=date(2026, 12, 31))
    assert Period.month(2028, 2).last.day == 29
    with pytest.raises(ValueError, match="不得早于"):
        Period(first=JUNE, last=MAY)


def test_every_figure_has_one_chinese_name_and_stands_in_the_document() -> None:
    paths: list[str] = []
    for name, field in Figures.model_fields.items():
        model: Any = field.annotation
        if name == "lookups":
            model = field.annotation.__args__[1]  # type: ignore[union-attr]
        inside = isinstance(model, type) and issubclass(model, Model)
        paths += [f"{name}.{inner}" for inner in model.model_fields] if inside else [name]
    assert set(zh_statistics.FIGURES) == set(paths)
    assert set(zh_statistics.GROUPS) == set(Figures.model_fields)
    assert set(zh_statistics.WAYS) == {way.value for way in Implementation}
    told = (Path(__file__).parents[2] / "docs/statistics.md").read_text(encoding="utf-8")
    assert [name for name in zh_statistics.FIGURES.values() if name not in told] == []
