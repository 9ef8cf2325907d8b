"""The upper rungs of the ladder: closed and why, begun, walked, spent, or the applicant's; and who is asked."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.assignment import Assignee, AssignmentClosed, AssignmentOpened, Responsible, Step
from schemas.assignment import opened as task_opened
from schemas.case import Case
from schemas.case_state import OriginState
from schemas.catalogue import ItemRules
from schemas.codes import Route, Sensitivity
from schemas.events import EventBody
from schemas.evidence import OutcomeKind
from schemas.ladder import Climb, GiveUp, Offer, Open, Propose, Resume, Wait, climb, proposal_task
from schemas.long_ladder import (
    CaseFacts,
    choice_task,
    commitment_closed,
    disposition_cause,
    facts_of,
    out_of_province,
    terms_for,
)
from schemas.route_events import (
    ChoiceMade,
    CompletionJoined,
    CompletionReport,
    CompletionReported,
    OriginDeclared,
    ReportKind,
    RequirementReopened,
    ReviewOpened,
    ReviewReport,
    ReviewReported,
)
from schemas.route_starts import review_about
from schemas.texts import zh
from tests.schemas.builders import NOW, attempt, evidence_rule, party, request
from tests.schemas.long_cases import (
    KEY,
    LONG,
    RULES,
    STREAM,
    TIMETABLE,
    kind,
    opened,
    policy,
    provisional,
    reported,
    rules,
    seen,
    standing,
    terms,
)

REFUSES = {route: ChoiceMade(command=None, requirement=KEY, route=route, wanted=False) for route in Route}
HISTORICAL = OriginDeclared(command=None, requirement=KEY, area=None, historical=True, abroad=False)
ABROAD = HISTORICAL.model_copy(update={"historical": False, "area": "440100", "abroad": True})
GUANGDONG = ABROAD.model_copy(update={"abroad": False})
ASKED, SILENT = opened(Route.VERIFICATION), reported(ReportKind.FAILED)


def reason(of: ItemRules, route: Route, *after: EventBody, **policy_: Any) -> str:
    """What the ladder says of one rung."""
    found = seen(standing(of, *after), of, LONG.model_copy(update=policy_)).findings
    (said,) = (f.reason for f in found if f.route is route)
    assert said in zh.REASONS
    return said


def said_to_him(name: str, how: str | None = None) -> tuple[EventBody, ...]:
    """A task was put to somebody, and closed."""
    step = Step.CHOICE if name.startswith("choice") else Step.PROPOSAL
    task: AssignmentOpened = task_opened(
        name,
        step,
        Assignee(responsible=Responsible.APPLICANT, name="申请人"),
        task="选择",
        then="继续",
        working_days=3,
        timetable=TIMETABLE,
        now=NOW,
        requirement=KEY,
    )
    closed = AssignmentClosed.model_validate({"assignment": name, "how": how}) if how else None
    return (task, closed) if closed else (task,)


# --- why a rung is closed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "of", "after", "why"),
    [
        (Route.VERIFICATION, RULES, (), "rising"),
        (Route.VERIFICATION, rules(kind(issuer_department=None)), (), "issuer_not_on_platform"),
        (Route.VERIFICATION, rules(kind(issuer_on_platform=False)), (), "issuer_not_on_platform"),
        (Route.VERIFICATION, RULES, (GUANGDONG,), "issuer_out_of_reach"),
        (Route.VERIFICATION, RULES, (ABROAD,), "issuer_out_of_reach"),
        (Route.VERIFICATION, RULES, (HISTORICAL,), "rising"),
        (Route.VERIFICATION, rules(kind(sensitivity=Sensitivity.HEALTH)), (), "holder_authorisation_missing"),
        (Route.VERIFICATION, rules(kind(sensitivity=Sensitivity.BANK)), (), "holder_authorisation_missing"),
        (Route.VERIFICATION, rules(kind(sensitivity=Sensitivity.CRIMINAL)), (), "rising"),
        (Route.VERIFICATION, RULES, (REFUSES[Route.VERIFICATION],), "refused_by_applicant"),
        (Route.PAPER_FIRST, RULES, (), "option"),
        (Route.PAPER_FIRST, RULES, (REFUSES[Route.PAPER_FIRST],), "refused_by_applicant"),
        (Route.COMMITMENT, RULES, (), "option"),
        (Route.COMMITMENT, rules(kind(commitment_listed=False)), (), "not_on_commitment_list"),
        (Route.COMMITMENT, rules(item={"commitment_excluded": True}), (), "commitment_domain_excluded"),
        (Route.COMMITMENT, rules(commitments=()), (), "commitment_terms_missing"),
        (Route.COMMITMENT, rules(commitments=(terms(predicate="false"),)), (), "commitment_predicate_false"),
        (Route.DEFERRED_SUPPLY, RULES, (), "option"),
        (Route.DEFERRED_SUPPLY, rules(deferrable=False), (), "not_deferrable"),
        (Route.DEFERRED_SUPPLY, rules(deferral=None), (), "deferral_terms_missing"),
        (Route.ASSISTANCE, RULES, (), "option"),
        (Route.ASSISTANCE, rules(item={"assistance": False}), (), "not_in_assistance_scope"),
        (Route.FLEXIBLE_DISPOSITION, RULES, (), "no_cause"),
        (Route.FLEXIBLE_DISPOSITION, RULES, (ABROAD,), "abroad_is_not_out_of_province"),
        (Route.FLEXIBLE_DISPOSITION, RULES, (HISTORICAL,), "proposal"),
        (Route.FLEXIBLE_DISPOSITION, RULES, (GUANGDONG,), "proposal"),
    ],
)
def test_a_rung_says_why(route: Route, of: ItemRules, after: tuple[EventBody, ...], why: str) -> None:
    assert reason(of, route, *after) == why


@pytest.mark.parametrize("route", STREAM)
def test_what_the_county_does_not_offer_is_not_walked(route: Route) -> None:
    others = tuple(r for r in STREAM if r is not route)
    assert reason(RULES, route, HISTORICAL, offered=others) == "not_yet_offered"
    assert reason(RULES, route, HISTORICAL) != "not_yet_offered"


@pytest.mark.parametrize("route", STREAM)
def test_what_is_under_way_is_walked_and_what_failed_is_spent(route: Route) -> None:
    assert reason(RULES, route, opened(route)) == "walking"
    assert reason(RULES, route, opened(route), reported(ReportKind.FAILED, route)) == "tried_no_answer"


@pytest.mark.parametrize("route", [Route.COMMITMENT, Route.FLEXIBLE_DISPOSITION, Route.VERIFICATION])
def test_a_route_that_has_said_its_part_is_not_waited_for(route: Route) -> None:
    """Only its check goes on: where its settlement fell, the ladder does."""
    said = reported(ReportKind.PROVISIONAL, route, detail="provisional")
    again = RequirementReopened(requirement=KEY, reason="late_answer", stream=None)
    assert reason(RULES, route, opened(route), said, provisional(route), again) == "tried_provisional"


def test_the_holders_authorisation_opens_verification() -> None:
    of = rules(kind(sensitivity=Sensitivity.HEALTH))
    found = climb(of, policy(), standing(of), KEY, (Sensitivity.HEALTH,), NOW).findings
    assert [f.reason for f in found if f.route is Route.VERIFICATION] == ["rising"]


@pytest.mark.parametrize("how", ["expired", "done"])
def test_silence_closes_his_options_and_nothing_else_does(how: str) -> None:
    expected = "not_chosen" if how == "expired" else "option"
    assert reason(RULES, Route.COMMITMENT, *said_to_him(choice_task(KEY), how)) == expected


# --- which way the requirement takes ---------------------------------------------------------------------------------


def decision(*after: EventBody, of: ItemRules = RULES) -> Climb:
    return seen(standing(of, *after), of)


def test_verification_begins_by_itself() -> None:
    up = decision().decision
    assert isinstance(up, Open)
    assert (up.route, up.evidence, up.round) == (Route.VERIFICATION, "marriage", 1)


def test_each_kind_of_evidence_is_verified_under_a_round_of_its_own() -> None:
    of = rules(kind(), kind("household"))
    up = decision(ASKED, of=of).decision
    assert isinstance(up, Open)
    assert (up.evidence, up.round) == ("household", 2), "or two questions would share one stream"


def test_a_route_under_way_is_waited_for() -> None:
    assert isinstance(decision(ASKED).decision, Wait)


def test_then_he_is_asked_for_everything_that_is_open_in_order() -> None:
    offer = decision(ASKED, SILENT).decision
    assert isinstance(offer, Offer)
    assert [o.route for o in offer.options] == [
        Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE,
    ]  # fmt: skip


NOTHING_LEFT = tuple(REFUSES[r] for r in (Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE))


def test_then_the_department_may_propose() -> None:
    propose = decision(ASKED, SILENT, *NOTHING_LEFT, HISTORICAL).decision
    assert isinstance(propose, Propose) and propose.evidence == "marriage"


@pytest.mark.parametrize(
    "after",
    [
        (ASKED, SILENT, *NOTHING_LEFT),
        (ASKED, SILENT, *said_to_him(choice_task(KEY), "expired")),
        (ASKED, SILENT, *NOTHING_LEFT, HISTORICAL, *said_to_him(proposal_task(KEY), "expired")),
    ],
    ids=["he wants none", "he is silent", "the department is silent"],
)
def test_at_last_nothing_is_left_and_every_rung_says_why(after: tuple[EventBody, ...]) -> None:
    up = decision(*after).decision
    assert isinstance(up, GiveUp)
    assert {f.route for f in up.findings} == set(Route)


def test_the_catalogue_may_leave_a_rung_out() -> None:
    of = rules(routes=(Route.COMMITMENT,))
    assert {f.route: f.reason for f in seen(standing(of), of).findings}[Route.VERIFICATION] == "left_out"
    assert isinstance(decision(of=of).decision, Offer)


# --- what needs a person of the department (law 5) -------------------------------------------------------------------

REFUTED = (ASKED, reported(ReportKind.ADVERSE))
REVIEW = f"review/x/{KEY}/1"


def reviewed(conclusion: str | None, number: int = 1, evidence: str = "marriage") -> tuple[EventBody, ...]:
    """A review, and what it came to."""
    stream = f"review/x/{KEY}/{number}"
    begun = ReviewOpened(
        requirement=KEY, evidence=evidence, stream=stream, outcome=OutcomeKind.ADVERSE, detail="refuted"
    )
    if conclusion is None:
        return (begun,)
    report = ReviewReport.model_validate(
        {"stream": stream, "sequence": 3, "requirement": KEY, "evidence": evidence, "conclusion": conclusion,
         "basis": "示例"}
    )  # fmt: skip
    return (begun, ReviewReported(report=report, used=True))


PAPER_FALSE = (
    opened(Route.PAPER_FIRST),
    provisional(),
    reported(ReportKind.REVERSED, Route.PAPER_FIRST, detail="paper_false", outcome=OutcomeKind.ADVERSE),
    RequirementReopened(requirement=KEY, reason="reversed", stream=STREAM[Route.PAPER_FIRST]),
)


@pytest.mark.parametrize(
    ("after", "about"),
    [
        (REFUTED, (OutcomeKind.ADVERSE, "refuted")),
        ((opened(Route.ASSISTANCE), reported(ReportKind.ADVERSE, Route.ASSISTANCE, detail="refuted")),
         (OutcomeKind.ADVERSE, "refuted")),
        (PAPER_FALSE, (OutcomeKind.ADVERSE, "paper_false")),
    ],
    ids=["refuted by the issuer", "brought by the helper", "the paper is false"],
)  # fmt: skip
def test_what_a_long_route_brings_against_him_is_one_review_and_holds_every_other_rung(
    after: tuple[EventBody, ...], about: tuple[OutcomeKind, str]
) -> None:
    case = standing(RULES, *after)
    said = seen(case)
    assert isinstance(said.decision, Wait) and said.reviews == ("marriage",)
    assert review_about(case.requirements[KEY], "marriage") == about
    held = {f.route: f.reason for f in said.findings}
    assert held[Route.COMMITMENT] == "held_by_adverse", "never a commitment"


def test_a_commitment_that_was_broken_is_no_answer_about_the_fact_by_itself() -> None:
    broken = reported(ReportKind.REVERSED, Route.COMMITMENT, detail="commitment_broken")
    assert decision(ASKED, SILENT, opened(Route.COMMITMENT), broken).reviews == ()


def test_what_a_route_brought_stands_though_it_says_something_else_afterwards() -> None:
    case = standing(RULES, *REFUTED, *reviewed(None), reported(ReportKind.FAILED, sequence=9))
    assert case.requirements[KEY].routes[0].outcome is OutcomeKind.ADVERSE
    assert isinstance(seen(case).decision, Wait)


def test_a_review_under_way_is_waited_for_and_not_asked_twice() -> None:
    said = decision(*REFUTED, *reviewed(None))
    assert isinstance(said.decision, Wait) and said.reviews == ()


def test_a_review_that_does_not_exempt_leaves_nothing() -> None:
    said = decision(*REFUTED, *reviewed("not_exempted"))
    assert isinstance(said.decision, GiveUp) and said.reviews == ()


def test_after_a_correction_the_ladder_goes_on() -> None:
    assert isinstance(decision(*REFUTED, *reviewed("corrected")).decision, Offer)


@pytest.mark.parametrize("route", [Route.COMMITMENT, Route.PAPER_FIRST])
def test_what_had_settled_provisionally_does_so_again_once_the_answer_against_it_was_corrected(route: Route) -> None:
    """Not before: while the answer stands no other act passes it (law 5)."""
    said = (reported(ReportKind.PROVISIONAL, route, detail="provisional"),) if route is Route.COMMITMENT else ()
    late = RequirementReopened(requirement=KEY, reason="late_answer", stream=STREAM[Route.VERIFICATION])
    aside = (ASKED, SILENT, opened(route), *said, provisional(route), reported(ReportKind.ADVERSE, sequence=9), late)
    assert isinstance(decision(*aside).decision, Wait)
    assert isinstance(decision(*aside, *reviewed(None)).decision, Wait)
    again = decision(*aside, *reviewed("corrected")).decision
    assert isinstance(again, Resume) and (again.route, again.evidence) == (route, "marriage")
    assert isinstance(decision(*aside, *reviewed("corrected"), *reviewed(None, 2)).decision, Wait)


def test_what_is_under_way_is_waited_for_though_another_answer_holds_the_rungs() -> None:
    helped = (opened(Route.ASSISTANCE), *REFUTED, *reviewed("not_exempted"))
    assert isinstance(decision(*helped).decision, Wait), "no request is left open behind a requirement that is closed"


def test_an_adverse_answer_after_a_correction_is_a_review_of_its_own() -> None:
    again = reported(ReportKind.ADVERSE, sequence=9)
    assert decision(*REFUTED, *reviewed("corrected"), again).reviews == ("marriage",)
    licence = rules(evidence_rule())
    (asked,) = licence.evidence["marriage"].sources
    bad = attempt(OutcomeKind.ADVERSE, asked)
    twice = (bad, *reviewed("corrected"), attempt(OutcomeKind.ADVERSE, asked, number=2))
    assert seen(standing(licence, *twice), licence).reviews == ("marriage",)


# --- 证照补齐 --------------------------------------------------------------------------------------------------------

LICENCE = rules(evidence_rule(issuer_on_platform=False))
JOINED = CompletionJoined(requirement=KEY, evidence="marriage", stream="completion/marriage/s_1")


def done(completed: bool) -> CompletionReported:
    report = CompletionReport(
        stream=JOINED.stream, sequence=3, requirement=KEY, evidence="marriage", completed=completed, detail="done"
    )
    return CompletionReported(report=report, used=True)


def missed(outcome: OutcomeKind, number: int = 1) -> EventBody:
    (asked,) = LICENCE.evidence["marriage"].sources
    return attempt(outcome, asked, number=number)


@pytest.mark.parametrize("outcome", [OutcomeKind.NO_RECORD, OutcomeKind.MISMATCH])
def test_a_miss_or_a_mismatch_of_the_library_is_completed_once(outcome: OutcomeKind) -> None:
    of = LICENCE
    (asked,) = of.evidence["marriage"].sources
    assert [c.source for c in seen(standing(of, missed(outcome)), of).corrections] == [asked]
    assert seen(standing(of, missed(outcome), JOINED), of).corrections == ()


def test_other_answers_complete_nothing() -> None:
    for outcome in (OutcomeKind.ADVERSE, OutcomeKind.AMBIGUOUS, OutcomeKind.CONFIG):
        assert seen(standing(LICENCE, missed(outcome)), LICENCE).corrections == ()


def test_a_mismatch_is_mended_before_anybody_reviews_it() -> None:
    mending = standing(LICENCE, missed(OutcomeKind.MISMATCH), JOINED)
    assert isinstance(seen(mending, LICENCE).decision, Wait) and seen(mending, LICENCE).reviews == ()
    in_vain = standing(LICENCE, missed(OutcomeKind.MISMATCH), JOINED, done(False))
    assert seen(in_vain, LICENCE).reviews == ("marriage",)


def test_a_mismatch_that_is_mended_hides_no_refutation() -> None:
    case = standing(LICENCE, ASKED, missed(OutcomeKind.MISMATCH), JOINED, reported(ReportKind.ADVERSE))
    assert seen(case, LICENCE).reviews == ("marriage",)
    assert review_about(case.requirements[KEY], "marriage") == (OutcomeKind.ADVERSE, "refuted")


def test_the_library_is_asked_again_once_the_licence_was_completed() -> None:
    case = standing(LICENCE, missed(OutcomeKind.NO_RECORD), JOINED, done(True))
    assert seen(case, LICENCE).decision.decision == "ask"
    again = standing(LICENCE, missed(OutcomeKind.NO_RECORD), JOINED, done(True), missed(OutcomeKind.NO_RECORD, 2))
    assert seen(again, LICENCE).decision.decision == "offer", "once"


# --- pieces ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "historical", "abroad", "out", "cause"),
    [
        (None, False, False, False, "no_cause"),
        ("350500", False, False, False, "no_cause"),
        ("440100", False, False, True, None),
        ("440100", False, True, False, "abroad_is_not_out_of_province"),
        ("440100", True, True, False, "abroad_is_not_out_of_province"),
        (None, True, False, False, None),
        ("350500", True, False, False, None),
    ],
)
def test_where_a_fact_comes_from(
    area: str | None, historical: bool, abroad: bool, out: bool, cause: str | None
) -> None:
    origin = OriginState(area=area, historical=historical, abroad=abroad)
    assert out_of_province(origin, "350526") is out
    assert disposition_cause(origin, "350526") == cause


def test_an_origin_nobody_declared_is_no_cause() -> None:
    assert not out_of_province(None, "350526")
    assert disposition_cause(None, "350526") == "no_cause"


@pytest.mark.parametrize(
    ("predicate", "facts", "open_"),
    [
        ("party.town == '浔中'", {"town": "浔中"}, True),
        ("party.town == '浔中'", {"town": "龙浔"}, False),
        ("party.town == '浔中'", {}, False),
        ("item.domain == 'general' && parties.size() == 1", {}, True),
        ("party.", {}, False),
    ],
    ids=["true", "false", "not known", "of the item", "no expression"],
)
def test_a_predicate_that_cannot_be_told_to_be_true_is_not(predicate: str, facts: dict[str, Any], open_: bool) -> None:
    asked = request(party(facts=facts))
    of = rules(commitments=(terms(predicate=predicate),))
    closed = commitment_closed(of.evidence["marriage"], of.requirements[0], of, "p1", facts_of(asked))
    assert closed == (None if open_ else "commitment_predicate_false")


def test_a_predicate_about_nobody_of_the_case_is_not_true() -> None:
    assert not CaseFacts().holds("true", RULES, "p1")
    assert facts_of(request()).holds("true", RULES, "p1")


def test_terms_belong_to_a_kind_of_evidence() -> None:
    rule = RULES.requirements[0]
    assert terms_for(rule, RULES.evidence["marriage"]) == terms()
    assert terms_for(rule, kind("household")) is None
    assert terms_for(None, kind()) is None


def test_a_case_admitted_without_long_routes_gives_up_as_before() -> None:
    case: Case = standing()
    without = policy().model_copy(update={"long": None})
    assert isinstance(climb(RULES, without, case, KEY, (), NOW).decision, GiveUp)
