"""Whose turn it is, for whoever looks at a list of cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.acceptance_acts import accepted, charge_applicant
from schemas.assignment import (
    Assignee,
    Assignment,
    AssignmentClosed,
    AssignmentOpened,
    Fired,
    Responsible,
    Rung,
    RungFired,
    Rungs,
    Step,
    apply_assignment,
)
from schemas.assignment import (
    opened as task_opened,
)
from schemas.case_state import Case, CompletionState, ReviewState, RouteStanding, RouteState
from schemas.codes import Route
from schemas.evidence import OutcomeKind
from schemas.long_route import long_route_stream
from schemas.route_events import CompletionJoined, OriginDeclared, ReportKind, ReviewOpened
from schemas.texts import zh
from schemas.timetable import ClockKind
from schemas.turn import case_tags, first_due, first_turn, is_due_soon, most_pressing, promised_at, task_tags, turn_of
from tests.schemas.builders import JUSTICE, NOW, command, settled
from tests.schemas.long_cases import KEY, LONG, RULES, TIMETABLE, kind, opened, provisional, reported, standing

OFFICE, APPLICANT = "德化县司法局", zh.APPLICANT
RUNGS = Rungs()
COUNTY = RULES.county


def asks(name: str, step: Step = Step.DECISION, days: int = 5, who: str = OFFICE) -> AssignmentOpened:
    applicant = who == APPLICANT
    return task_opened(
        name,
        step,
        Assignee(
            responsible=Responsible.APPLICANT if applicant else Responsible.DEPARTMENT, name=who, department=JUSTICE
        ),
        task="办理",
        then="催办",
        working_days=days,
        timetable=TIMETABLE,
        now=NOW,
    )


def task(days: int = 5, *rungs: Rung, **over: Any) -> Assignment:
    (found,) = apply_assignment({}, asks("a", days=days), NOW).values()
    return found.model_copy(update={"fired": tuple(Fired(rung=r, at=NOW) for r in rungs)} | over)


def who(case: Case) -> str | None:
    turn = turn_of(case, RULES)
    return turn.who if turn is not None else None


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_the_worst_alarm_presses_before_the_earliest_deadline() -> None:
    tasks = {
        "later": task(9),
        "sooner": task(2),
        "red": task(9, Rung.REMINDER, Rung.BLUE, Rung.ORANGE, Rung.RED),
        "blue": task(1, Rung.BLUE),
        "closed": task(1, Rung.RED, closed="done"),
    }
    assert most_pressing(tasks) == tasks["red"]
    del tasks["red"]
    assert most_pressing(tasks) == tasks["blue"]
    del tasks["blue"]
    assert most_pressing(tasks) == tasks["sooner"]
    assert most_pressing({"closed": tasks["closed"]}) is None


def test_a_task_is_due_soon_from_its_reminder_to_its_first_alarm() -> None:
    one = task(5)
    reminder = TIMETABLE.shifted(one.due_at, -1)
    assert not is_due_soon(one, RUNGS, TIMETABLE, reminder - timedelta(seconds=1))
    assert is_due_soon(one, RUNGS, TIMETABLE, reminder)
    for over in ({"fired": (Fired(rung=Rung.BLUE, at=NOW),)}, {"closed": "done"}, {"held_since": NOW}):
        assert not is_due_soon(one.model_copy(update=over), RUNGS, TIMETABLE, reminder)


def test_what_the_list_says_of_a_task() -> None:
    late = TIMETABLE.shifted(task(5).due_at, -1)
    his = task(5, assignee=Assignee(responsible=Responsible.APPLICANT, name=APPLICANT))
    assert list(task_tags(his, RUNGS, TIMETABLE, late)) == ["applicant", "due_soon"]
    assert list(task_tags(task(5, held_since=NOW), RUNGS, TIMETABLE, late)) == ["held"]


# --- a case as a whole -----------------------------------------------------------------------------------------------


def test_nobodys_turn_while_only_platforms_are_asked() -> None:
    assert turn_of(standing(), RULES) is None


def test_the_notice_is_in_the_background_until_it_is_late() -> None:
    notice, verification = asks("notice", Step.NOTICE), opened(Route.VERIFICATION)
    assert who(standing(RULES, notice)) == OFFICE, "nothing else is waited for"
    case = standing(RULES, verification, notice)
    turn = turn_of(case, RULES)
    assert turn is not None
    assert (turn.who, turn.route, turn.until) == ("德化县公安局", Route.VERIFICATION, notice.due_at)
    assert who(standing(RULES, verification, notice, RungFired(assignment="notice", rung=Rung.BLUE))) == OFFICE


def test_a_task_of_the_case_comes_before_what_is_asked_of_others() -> None:
    case = standing(RULES, opened(Route.VERIFICATION), asks("choice", Step.CHOICE, who=APPLICANT))
    turn = turn_of(case, RULES)
    assert turn is not None
    assert (turn.who, turn.route) == (APPLICANT, None)


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (Route.VERIFICATION, "德化县公安局"),
        (Route.COMMITMENT, "信用平台"),
        (Route.ASSISTANCE, "帮代办员"),
        (Route.FLEXIBLE_DISPOSITION, "管委会"),
    ],
)
def test_a_route_says_whose_turn_it_is(route: Route, name: str) -> None:
    assert who(standing(RULES, opened(route))) == name


def test_what_has_said_its_part_is_waited_for_no_more() -> None:
    case = standing(RULES, opened(Route.PAPER_FIRST), provisional())
    assert turn_of(case, RULES) is None
    assert turn_of(standing(RULES, opened(Route.VERIFICATION), settled(KEY)), RULES) is None


def test_a_review_and_a_completion_hold_a_requirement() -> None:
    asked = (opened(Route.VERIFICATION), reported(ReportKind.ADVERSE))
    review = ReviewOpened(
        requirement=KEY, evidence="marriage", stream="review/1", outcome=OutcomeKind.ADVERSE, detail="refuted"
    )
    assert who(standing(RULES, *asked, review)) == RULES.department_name
    joined = CompletionJoined(requirement=KEY, evidence="marriage", stream="completion/marriage/s_1")
    assert who(standing(RULES, joined)) == "德化县公安局"


# --- tags and dates --------------------------------------------------------------------------------------------------


def declared(**origin: Any) -> OriginDeclared:
    fields: dict[str, Any] = {"command": command("o-1"), "requirement": KEY, "area": None}
    return OriginDeclared.model_validate(fields | {"historical": False, "abroad": False} | origin)


@pytest.mark.parametrize(
    ("events", "tags"),
    [
        ((), []),
        ((asks("choice", Step.CHOICE, who=APPLICANT),), ["等申请人"]),
        ((asks("choice", Step.CHOICE, who=APPLICANT), AssignmentClosed(assignment="choice", how="done")), []),
        ((declared(area="360100"),), ["省外"]),
        ((declared(historical=True),), ["历史遗留"]),
        ((declared(area="360100", abroad=True),), []),
        ((opened(Route.PAPER_FIRST), provisional()), ["纸质待核"]),
        ((opened(Route.COMMITMENT), provisional(Route.COMMITMENT)), ["承诺待核"]),
        ((opened(Route.DEFERRED_SUPPLY), provisional(Route.DEFERRED_SUPPLY)), ["容缺"]),
    ],
)
def test_tags_of_a_case(events: tuple[Any, ...], tags: list[str]) -> None:
    assert case_tags(standing(RULES, *events), COUNTY, RUNGS, TIMETABLE, NOW) == tags


def test_the_promised_date_is_known_while_its_clock_runs() -> None:
    taken = (opened(Route.PAPER_FIRST), provisional(), *accepted(RULES, None, NOW, TIMETABLE, deemed=False))
    assert promised_at(standing(), TIMETABLE, NOW) is None
    case = standing(RULES, *taken)
    assert promised_at(case, TIMETABLE, NOW) == TIMETABLE.due(NOW, 10).at
    assert case.clocks[ClockKind.PROMISED].allowed == 10
    still = standing(RULES, *taken, *charge_applicant(case, "补交"))
    assert promised_at(still, TIMETABLE, NOW) is None
    assert case_tags(still, COUNTY, RUNGS, TIMETABLE, NOW) == ["时限停走", "纸质待核"]


# --- at the start of a procedure -------------------------------------------------------------------------------------


def about(route: Route) -> RouteState:
    stream = long_route_stream("x", "N-1", KEY, 1)
    return RouteState(
        route=route, evidence="marriage", stream=stream, round=1, standing=RouteStanding.OPEN, opened_at=NOW
    )


@pytest.mark.parametrize(
    ("beside", "first"),
    [
        (about(Route.VERIFICATION), ("德化县公安局", Step.VERIFICATION)),
        (about(Route.PAPER_FIRST), ("德化县公安局", Step.PAPER_CHECK)),
        (about(Route.COMMITMENT), ("信用平台", None)),
        (about(Route.ASSISTANCE), ("帮代办员", Step.ASSISTANCE)),
        (about(Route.FLEXIBLE_DISPOSITION), ("会商部门", Step.OPINION)),
        (ReviewState(evidence="marriage", stream="r", outcome=OutcomeKind.ADVERSE), (OFFICE, Step.REVIEW)),
        (CompletionState(evidence="marriage", stream="c"), ("德化县公安局", Step.COMPLETION)),
    ],
)
def test_whose_turn_a_procedure_begins_with(beside: Any, first: tuple[str, Step | None]) -> None:
    assert first_turn(beside, kind(), OFFICE) == first


def test_a_first_turn_may_be_due_soon_from_the_start() -> None:
    calendar = TIMETABLE.calendar
    due, tags = first_due(Step.VERIFICATION, LONG, calendar, NOW)
    assert (due, tags) == (TIMETABLE.due(NOW, 3).at, [])
    short = LONG.model_copy(update={"steps": LONG.steps | {Step.VERIFICATION: LONG.step(Step.REVIEW)}})
    evening = datetime.fromisoformat("2026-03-02T18:00:00+08:00")
    one_day = short.step(Step.VERIFICATION).model_copy(update={"working_days": 1})
    short = short.model_copy(update={"steps": short.steps | {Step.VERIFICATION: one_day}})
    assert first_due(Step.VERIFICATION, short, calendar, evening)[1] == ["临期"]
    assert first_due(None, LONG, calendar, NOW) == (None, [])
