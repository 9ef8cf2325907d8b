"""What a case makes of the reports of its long routes: every kind, against every standing, once."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from schemas.acceptance import ApplicationAccepted, DecisionReported
from schemas.case import Case, RequirementStanding, RouteStanding
from schemas.case_reports import call_off, on_completion, on_report, on_review
from schemas.codes import Route
from schemas.events import EventBody
from schemas.evidence import OutcomeKind
from schemas.route_events import (
    CaseNewsKind,
    CompletionJoined,
    CompletionReport,
    ReportKind,
    RequirementReopened,
    ReviewOpened,
    ReviewReport,
    RouteClosed,
    RouteReport,
    RouteReported,
)
from tests.schemas.builders import DIGEST, NOW, attempt, command, evidence_rule, finding, not_exempted, settled, source
from tests.schemas.long_cases import KEY, RULES, STREAM, opened, provisional, report, reported, rules, standing

ASKED = opened(Route.VERIFICATION)
PAPER = (opened(Route.PAPER_FIRST), provisional())
SPENT = not_exempted(KEY, finding(Route.VERIFICATION, "tried_no_answer"))
LAPSED = reported(ReportKind.FAILED, sequence=2)
ACCEPTED = ApplicationAccepted(command=None, deemed=False, accepted_at=NOW)
DECIDED = (
    ACCEPTED,
    DecisionReported(command=command("d-1"), decision="granted", reference="doc-1", decided_at=NOW, withheld=False),
)
FOUND = (finding(Route.VERIFICATION, "rising"),)
Standing = RequirementStanding


def heard(case: Case, said: RouteReport) -> list[str]:
    return [body.type for body in on_report(case, said, FOUND)]


def after(case_bodies: tuple[EventBody, ...], said: RouteReport) -> Case:
    """The case once the report was heard; the fold refuses what cannot be."""
    case = standing(RULES, *case_bodies)
    return standing(RULES, *case_bodies, *on_report(case, said, FOUND))


# --- whom is heard, and how often ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        report(ReportKind.SETTLED, requirement="other/p1"),
        report(ReportKind.SETTLED, stream="verification/another/need/p1"),
        report(ReportKind.SETTLED, sequence=5),
        report(ReportKind.REVERSED, sequence=4),
    ],
    ids=["another requirement", "another stream", "the same again", "an older one"],
)
def test_a_stranger_and_an_old_story_are_not_heard(said: RouteReport) -> None:
    case = standing(RULES, ASKED, reported(ReportKind.FAILED, sequence=5))
    assert on_report(case, said, FOUND) == ()


@pytest.mark.parametrize("said", list(ReportKind))
@pytest.mark.parametrize(
    "before",
    [
        (ASKED, settled(ground="data_sharing")),
        (ASKED, *PAPER, *DECIDED),
        (ASKED, SPENT, *DECIDED),
        (ASKED, RouteClosed(
            command=None, requirement=KEY, route=Route.VERIFICATION, stream=ASKED.stream, reason=CaseNewsKind.REVOKED
        )),
    ],
    ids=["settled for good", "decided, provisional", "decided, not exempted", "called off"],
)  # fmt: skip
def test_what_comes_too_late_is_kept_and_changes_nothing(before: tuple[EventBody, ...], said: ReportKind) -> None:
    case = standing(RULES, *before)
    assert on_report(case, report(said), FOUND) == (RouteReported(report=report(said), used=False),)
    now = after(before, report(said)).requirements[KEY]
    was = case.requirements[KEY]
    assert now.model_copy(update={"routes": was.routes}) == was
    assert [r.standing for r in now.routes] == [r.standing for r in was.routes]
    assert now.routes[0].heard == 5, "and is not heard again"


# --- every kind, against every standing ------------------------------------------------------------------------------

OPEN = (ASKED,)
GONE_ON = (ASKED, LAPSED, SPENT)
ELSEWHERE = (ASKED, *PAPER)
RESTING = (ASKED, reported(ReportKind.PROVISIONAL, sequence=2), provisional(Route.VERIFICATION))


@pytest.mark.parametrize(
    ("before", "said", "comes_to", "stands"),
    [
        (OPEN, ReportKind.SETTLED, ["requirement_settled"], Standing.SETTLED),
        (OPEN, ReportKind.CONFIRMED, ["requirement_settled"], Standing.SETTLED),
        (OPEN, ReportKind.PROVISIONAL, ["requirement_provisionally_settled"], Standing.PROVISIONAL),
        (OPEN, ReportKind.FAILED, [], Standing.OPEN),
        (OPEN, ReportKind.REVERSED, [], Standing.OPEN),
        (OPEN, ReportKind.ADVERSE, [], Standing.OPEN),
        (GONE_ON, ReportKind.SETTLED, ["requirement_reopened", "requirement_settled"], Standing.SETTLED),
        (GONE_ON, ReportKind.CONFIRMED, ["requirement_reopened", "requirement_settled"], Standing.SETTLED),
        (GONE_ON, ReportKind.PROVISIONAL, ["requirement_reopened", "requirement_provisionally_settled"],
         Standing.PROVISIONAL),
        (GONE_ON, ReportKind.FAILED, [], Standing.NOT_EXEMPTED),
        (GONE_ON, ReportKind.REVERSED, [], Standing.NOT_EXEMPTED),
        (GONE_ON, ReportKind.ADVERSE, ["requirement_reopened"], Standing.OPEN),
        (ELSEWHERE, ReportKind.SETTLED, ["requirement_reopened", "requirement_settled"], Standing.SETTLED),
        (ELSEWHERE, ReportKind.CONFIRMED, ["requirement_reopened", "requirement_settled"], Standing.SETTLED),
        (ELSEWHERE, ReportKind.FAILED, [], Standing.PROVISIONAL),
        (ELSEWHERE, ReportKind.REVERSED, [], Standing.PROVISIONAL),
        (ELSEWHERE, ReportKind.ADVERSE, ["requirement_reopened"], Standing.OPEN),
        (RESTING, ReportKind.CONFIRMED, ["settlement_confirmed"], Standing.SETTLED),
        (RESTING, ReportKind.SETTLED, ["requirement_reopened", "requirement_settled"], Standing.SETTLED),
        (RESTING, ReportKind.REVERSED, ["requirement_reopened"], Standing.OPEN),
        (RESTING, ReportKind.FAILED, ["requirement_reopened"], Standing.OPEN),
        (RESTING, ReportKind.ADVERSE, ["requirement_reopened"], Standing.OPEN),
    ],
)  # fmt: skip
def test_a_report_comes_to(
    before: tuple[EventBody, ...], said: ReportKind, comes_to: list[str], stands: RequirementStanding
) -> None:
    case = standing(RULES, *before)
    assert heard(case, report(said)) == ["route_reported", *comes_to]
    assert after(before, report(said)).requirements[KEY].standing is stands


@pytest.mark.parametrize("before", [ELSEWHERE, RESTING], ids=["on a paper", "on itself"])
def test_what_is_provisional_is_not_settled_provisionally_again(before: tuple[EventBody, ...]) -> None:
    said = report(ReportKind.PROVISIONAL)
    assert on_report(standing(RULES, *before), said, FOUND) == (RouteReported(report=said, used=False),)


@pytest.mark.parametrize(
    ("before", "said", "reason"),
    [
        (GONE_ON, ReportKind.SETTLED, "late_answer"),
        (ELSEWHERE, ReportKind.ADVERSE, "late_answer"),
        (RESTING, ReportKind.REVERSED, "reversed"),
        (RESTING, ReportKind.FAILED, "reversed"),
    ],
)
def test_why_it_is_open_again(before: tuple[EventBody, ...], said: ReportKind, reason: str) -> None:
    (reopened,) = (
        b for b in on_report(standing(RULES, *before), report(said), FOUND) if isinstance(b, RequirementReopened)
    )
    assert (reopened.reason, reopened.stream) == (reason, ASKED.stream)


def test_a_settlement_names_its_ground_the_evidence_and_how_it_came_there() -> None:
    said = report(ReportKind.SETTLED, evidence_digest=DIGEST)
    known = after(OPEN, said).requirements[KEY]
    assert (known.ground, known.settled_by, known.evidence_digest) == ("verification", "marriage", DIGEST)
    assert [f.reason for f in known.findings] == ["rising", "tried_confirmed"]


def test_a_provisional_settlement_names_the_stream_it_rests_on() -> None:
    known = after(OPEN, report(ReportKind.PROVISIONAL)).requirements[KEY]
    assert (known.ground, known.settled_stream) == ("verification", ASKED.stream)
    assert after(RESTING, report(ReportKind.REVERSED)).requirements[KEY].settled_stream is None


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        (ReportKind.SETTLED, RouteStanding.SETTLED),
        (ReportKind.CONFIRMED, RouteStanding.SETTLED),
        (ReportKind.PROVISIONAL, RouteStanding.OPEN),
        (ReportKind.FAILED, RouteStanding.FAILED),
        (ReportKind.REVERSED, RouteStanding.FAILED),
        (ReportKind.ADVERSE, RouteStanding.FAILED),
    ],
)
def test_how_the_route_stands_then(said: ReportKind, stands: RouteStanding) -> None:
    (route,) = after(OPEN, report(said, detail="confirmed")).requirements[KEY].routes
    assert (route.standing, route.result, route.heard) == (stands, "confirmed", 5)


# --- the first to settle closes the others (law 7) -------------------------------------------------------------------

EVERYTHING = tuple(opened(route) for route in STREAM)


@pytest.mark.parametrize("said", [ReportKind.SETTLED, ReportKind.CONFIRMED])
def test_what_settles_for_good_calls_off_what_is_still_asked(said: ReportKind) -> None:
    closed = [b for b in on_report(standing(RULES, *EVERYTHING), report(said), FOUND) if isinstance(b, RouteClosed)]
    assert {b.route for b in closed} == {Route.DEFERRED_SUPPLY, Route.ASSISTANCE, Route.FLEXIBLE_DISPOSITION}
    assert {b.reason for b in closed} == {CaseNewsKind.SETTLED_OTHERWISE}


@pytest.mark.parametrize("said", [ReportKind.PROVISIONAL, ReportKind.FAILED, ReportKind.REVERSED, ReportKind.ADVERSE])
def test_nothing_else_calls_anything_off(said: ReportKind) -> None:
    assert "route_closed" not in heard(standing(RULES, *EVERYTHING), report(said))


def test_confirming_what_was_provisional_calls_off_the_others_too() -> None:
    case = standing(RULES, ASKED, opened(Route.COMMITMENT), *PAPER)
    said = on_report(case, report(ReportKind.CONFIRMED, Route.PAPER_FIRST), FOUND)
    assert [b.route for b in said if isinstance(b, RouteClosed)] == [Route.VERIFICATION]


def test_a_deferral_falls_with_the_settlement_that_rested_on_it() -> None:
    owed = (ASKED, opened(Route.DEFERRED_SUPPLY), provisional(Route.DEFERRED_SUPPLY))
    assert heard(standing(RULES, *owed), report(ReportKind.ADVERSE)) == [
        "route_reported",
        "requirement_reopened",
        "route_closed",
    ]


def test_at_the_end_of_the_case_all_is_called_off_but_the_checks() -> None:
    known = standing(RULES, *EVERYTHING).requirements[KEY]
    closed = [b for b in call_off(known, KEY, ended=True) if isinstance(b, RouteClosed)]
    assert {b.route for b in closed} == set(STREAM) - {Route.PAPER_FIRST, Route.COMMITMENT}
    assert {b.reason for b in closed} == {CaseNewsKind.APPLICATION_ENDED}


def test_what_is_closed_already_is_not_called_off_again() -> None:
    assert call_off(standing(RULES, ASKED, LAPSED).requirements[KEY], KEY) == ()


# --- 异常复核 --------------------------------------------------------------------------------------------------------

REVIEW = f"review/x/{KEY}/1"
LOOKED_AT = ReviewOpened(
    requirement=KEY, evidence="marriage", stream=REVIEW, outcome=OutcomeKind.ADVERSE, detail="refuted"
)
REFUTED = (ASKED, reported(ReportKind.ADVERSE, sequence=2), LOOKED_AT)
Conclusion = Literal["accepted", "corrected", "not_exempted"]


def review(conclusion: Conclusion, **over: Any) -> ReviewReport:
    fields: dict[str, Any] = {
        "stream": REVIEW,
        "sequence": 4,
        "requirement": KEY,
        "evidence": "marriage",
        "conclusion": conclusion,
        "basis": "示例",
    }
    return ReviewReport.model_validate(fields | over)


@pytest.mark.parametrize(
    ("conclusion", "comes_to", "stands"),
    [
        ("accepted", ["requirement_settled"], Standing.SETTLED),
        ("corrected", [], Standing.OPEN),
        ("not_exempted", [], Standing.OPEN),
    ],
)
def test_a_review_comes_to(conclusion: Conclusion, comes_to: list[str], stands: RequirementStanding) -> None:
    said = on_review(standing(RULES, *REFUTED), review(conclusion), FOUND)
    assert [b.type for b in said] == ["review_reported", *comes_to]
    known = standing(RULES, *REFUTED, *said).requirements[KEY]
    assert (known.standing, known.reviews[0].conclusion) == (stands, conclusion)


@pytest.mark.parametrize(
    "said",
    [review("accepted", requirement="other/p1"), review("accepted", stream="review/another/1")],
    ids=["another requirement", "another review"],
)
def test_a_strange_review_is_not_heard(said: ReviewReport) -> None:
    assert on_review(standing(RULES, *REFUTED), said, FOUND) == ()


def test_a_review_is_concluded_once() -> None:
    said = on_review(standing(RULES, *REFUTED), review("not_exempted"), FOUND)
    assert on_review(standing(RULES, *REFUTED, *said), review("accepted"), FOUND) == ()


@pytest.mark.parametrize("late", [(settled(),), DECIDED], ids=["settled meanwhile", "decided meanwhile"])
def test_a_review_that_comes_too_late_changes_nothing(late: tuple[EventBody, ...]) -> None:
    said = on_review(standing(RULES, *REFUTED, *late), review("accepted"), FOUND)
    assert [b.type for b in said] == ["review_reported"]
    assert not getattr(said[0], "used", True)


def test_accepting_with_reasons_calls_off_what_is_still_asked() -> None:
    case = standing(RULES, *REFUTED, opened(Route.ASSISTANCE))
    said = on_review(case, review("accepted", evidence_digest=DIGEST), FOUND)
    assert [b.route for b in said if isinstance(b, RouteClosed)] == [Route.ASSISTANCE]


@pytest.mark.parametrize(
    ("before", "ground"),
    [
        (REFUTED, "verification"),
        ((opened(Route.ASSISTANCE), reported(ReportKind.ADVERSE, Route.ASSISTANCE), LOOKED_AT), "assistance"),
        ((*PAPER, reported(ReportKind.REVERSED, Route.PAPER_FIRST, outcome=OutcomeKind.ADVERSE),
          RequirementReopened(requirement=KEY, reason="reversed", stream=STREAM[Route.PAPER_FIRST]), LOOKED_AT),
         "paper_first"),
        ((attempt(OutcomeKind.ADVERSE, source()), LOOKED_AT), "elicence"),
    ],
    ids=["a department refuted it", "the helper brought it", "the paper was false", "the library said so"],
)  # fmt: skip
def test_the_ground_of_a_review_is_the_route_whose_answer_was_looked_at(
    before: tuple[EventBody, ...], ground: str
) -> None:
    of = rules(evidence_rule())
    said = on_review(standing(of, *before), review("accepted"), FOUND)
    assert standing(of, *before, *said).requirements[KEY].ground == ground


# --- 证照补齐 --------------------------------------------------------------------------------------------------------

WAITED = CompletionJoined(requirement=KEY, evidence="marriage", stream="completion/marriage/s_1")


def completion(completed: bool, **over: Any) -> CompletionReport:
    fields: dict[str, Any] = {
        "stream": WAITED.stream,
        "sequence": 4,
        "requirement": KEY,
        "evidence": "marriage",
        "completed": completed,
        "detail": "completed",
    }
    return CompletionReport.model_validate(fields | over)


@pytest.mark.parametrize(
    ("before", "completed", "used", "reopens"),
    [
        ((), True, True, False),
        ((), False, False, False),
        ((SPENT,), True, True, True),
        ((SPENT,), False, False, False),
        (PAPER, True, True, False),
        ((settled(),), True, False, False),
        ((SPENT, *DECIDED), True, False, False),
    ],
    ids=["open", "open, in vain", "not exempted", "not exempted, in vain", "provisional", "settled", "decided"],
)
def test_a_completion_comes_to(before: tuple[EventBody, ...], completed: bool, used: bool, reopens: bool) -> None:
    said = on_completion(standing(RULES, WAITED, *before), completion(completed))
    assert getattr(said[0], "used", None) is used
    assert [b.type for b in said[1:]] == (["requirement_reopened"] if reopens else [])
    known = standing(RULES, WAITED, *before, *said).requirements[KEY]
    assert known.completions[0].completed is completed


@pytest.mark.parametrize(
    "said",
    [completion(True, requirement="other/p1"), completion(True, stream="completion/other/s_1")],
    ids=["another requirement", "another licence"],
)
def test_a_strange_completion_is_not_heard(said: CompletionReport) -> None:
    assert on_completion(standing(RULES, WAITED), said) == ()


def test_a_completion_is_heard_once() -> None:
    said = on_completion(standing(RULES, WAITED), completion(False))
    assert on_completion(standing(RULES, WAITED, *said), completion(True)) == ()
