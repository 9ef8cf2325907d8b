"""The course of a case, leg by leg: what is opened, withdrawn, told once, and when the case ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.acceptance import ApplicationAccepted, DecisionReported, DeferralGranted, NoticeIssued
from schemas.acceptance_acts import accepted
from schemas.application import Notice
from schemas.assignment import Assignee, AssignmentClosed, AssignmentHeld, DueChanged, Responsible, Step
from schemas.assignment import opened as task_opened
from schemas.case import Case
from schemas.catalogue import ItemRules
from schemas.codes import ItemType, Route
from schemas.course import (
    ACCEPTANCE,
    DECISION,
    LEGS,
    NOTICE,
    SUPPLEMENT,
    Bearings,
    Climbs,
    CloseTask,
    CloseTasks,
    Move,
    OpenTask,
    charge,
    his_period,
    lapse,
    move_on,
    notice_in_time,
    sweep,
    take_up,
    watch_the_notice,
)
from schemas.events import EventBody
from schemas.evidence import OutcomeKind
from schemas.ladder import proposal_task
from schemas.long_ladder import choice_task
from schemas.route_events import (
    CaseNewsKind,
    ChoiceMade,
    OriginDeclared,
    ReportKind,
    RequirementProvisionallySettled,
    RequirementReopened,
    ReviewOpened,
    ReviewReport,
    ReviewReported,
    RouteClosed,
    RouteOpened,
)
from schemas.stage_opinion_events import StageOpinionAsked, StageOpinionClosed
from tests.schemas.builders import (
    JUSTICE,
    NOW,
    POLICE,
    TODAY,
    attempt,
    command,
    evidence_rule,
    finding,
    not_exempted,
    settled,
    source,
)
from tests.schemas.long_cases import (
    KEY,
    LONG,
    RULES,
    TIMETABLE,
    opened,
    provisional,
    reported,
    rules,
    seen,
    standing,
)

ASKED, SILENT = opened(Route.VERIFICATION), reported(ReportKind.FAILED)
PAPER = (opened(Route.PAPER_FIRST), provisional())
SPENT = not_exempted(KEY, finding(Route.VERIFICATION, "tried_no_answer"))
TOLD = NoticeIssued(command=None, notice=Notice(text="请补齐", due=TODAY, due_provisional=False))
IN_REVIEW = (
    ASKED,
    reported(ReportKind.ADVERSE),
    ReviewOpened(requirement=KEY, evidence="marriage", stream=f"review/x/{KEY}/1", outcome=OutcomeKind.ADVERSE,
                 detail="refuted"),
)  # fmt: skip
RUNNING = (*PAPER, *accepted(RULES, None, NOW, TIMETABLE, deemed=False))
DUE = datetime.fromisoformat("2026-03-09T17:30:00+08:00")
"""Five working days after 收件, when offices close."""


def decided(decision: str = "granted", withheld: bool = False) -> DecisionReported:
    return DecisionReported.model_validate(
        {"command": command("d-1"), "decision": decision, "reference": "doc-1", "decided_at": NOW,
         "withheld": withheld}
    )  # fmt: skip


def task(name: str, step: Step, how: str | None = None, requirement: str | None = None) -> tuple[EventBody, ...]:
    """A task, and how it was closed."""
    body = task_opened(
        name,
        step,
        Assignee(responsible=Responsible.DEPARTMENT, name="德化县司法局", department=JUSTICE),
        task="办理",
        then="催办",
        working_days=5,
        timetable=TIMETABLE,
        now=NOW,
        requirement=requirement,
    )
    closed = AssignmentClosed.model_validate({"assignment": name, "how": how}) if how else None
    return (body, closed) if closed else (body,)


def bearings(of: ItemRules = RULES, now: datetime = NOW, **long: Any) -> Bearings:
    policy = LONG.model_copy(update=long)
    return Bearings(rules=of, long=policy, window=POLICE, timetable=TIMETABLE, now=now)


def climbs(case: Case, of: ItemRules = RULES) -> Climbs:
    return {KEY: seen(case, of)} if case.open_requirements() else {}


def moves(leg: Any, case: Case, of: ItemRules = RULES, now: datetime = NOW, **long: Any) -> list[Move]:
    return list(leg(case, climbs(case, of), bearings(of, now, **long)))


def told(found: list[Move]) -> list[str]:
    """The moves in short: events by type, tasks by what becomes of them."""
    short = []
    for move in found:
        match move:
            case OpenTask():
                short.append(f"+{move.assignment}")
            case CloseTask():
                short.append(f"-{move.assignment}:{move.how}")
            case CloseTasks():
                short.append(f"-*:{move.how}")
            case _:
                short.append(move.type)
    return short


# --- take up ---------------------------------------------------------------------------------------------------------


def test_what_the_ladder_begins_by_itself_is_opened() -> None:
    (route,) = moves(take_up, standing())
    assert isinstance(route, RouteOpened)
    assert (route.command, route.route, route.stream) == (None, Route.VERIFICATION, ASKED.stream)


def test_he_is_asked_once_through_the_window_that_took_him_in() -> None:
    (question,) = moves(take_up, standing(RULES, ASKED, SILENT))
    assert isinstance(question, OpenTask)
    assert (question.assignment, question.step, question.requirement) == (choice_task(KEY), Step.CHOICE, KEY)
    assert (question.assignee.responsible, question.assignee.department) == (Responsible.APPLICANT, POLICE)
    asked = standing(RULES, ASKED, SILENT, *task(choice_task(KEY), Step.CHOICE, requirement=KEY))
    assert moves(take_up, asked) == []


WANTS_NONE = tuple(
    ChoiceMade(command=None, requirement=KEY, route=route, wanted=False)
    for route in (Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE)
)
OLD = OriginDeclared(command=None, requirement=KEY, area=None, historical=True, abroad=False)


def test_the_department_is_asked_for_a_proposal_once() -> None:
    before: tuple[EventBody, ...] = (ASKED, SILENT, *WANTS_NONE, OLD)
    (question,) = moves(take_up, standing(RULES, *before))
    assert isinstance(question, OpenTask)
    assert (question.assignment, question.assignee.department) == (proposal_task(KEY), JUSTICE)
    assert moves(take_up, standing(RULES, *before, *task(proposal_task(KEY), Step.PROPOSAL, requirement=KEY))) == []


def test_two_answers_that_need_a_person_are_two_reviews_with_streams_of_their_own() -> None:
    first, second = (source(resource_code=code, evidence_type=code) for code in ("marriage", "household"))
    of = rules(evidence_rule(sources=(first,)), evidence_rule("household", sources=(second,)))
    adverse = (attempt(OutcomeKind.ADVERSE, first), attempt(OutcomeKind.ADVERSE, second, evidence="household"))
    reviews = [m for m in moves(take_up, standing(of, *adverse), of) if isinstance(m, ReviewOpened)]
    assert [r.evidence for r in reviews] == ["marriage", "household"]
    assert len({r.stream for r in reviews}) == 2


def test_a_miss_of_the_library_is_completed_even_where_nothing_is_left_for_the_requirement() -> None:
    of = rules(evidence_rule(), item={"assistance": False}, commitments=(), deferral=None)
    (asked,) = of.evidence["marriage"].sources
    case = standing(of, attempt(OutcomeKind.NO_RECORD, asked))
    assert told(moves(take_up, case, of))[0] == "completion_joined"


# --- sweep -----------------------------------------------------------------------------------------------------------

CHOICE = task(choice_task(KEY), Step.CHOICE, requirement=KEY)


@pytest.mark.parametrize(
    ("after", "short"),
    [
        ((ASKED, SILENT, *CHOICE), []),
        ((ASKED, SILENT, *CHOICE, *WANTS_NONE), [f"-{choice_task(KEY)}:done"]),
        ((ASKED, SILENT, *CHOICE, *PAPER), [f"-{choice_task(KEY)}:done"]),
        ((ASKED, settled(ground="data_sharing")), ["route_closed"]),
        ((ASKED, SILENT, settled(ground="data_sharing")), []),
        ((*PAPER, RequirementReopened(requirement=KEY, reason="reversed", stream=None),
          *task(ACCEPTANCE, Step.ACCEPTANCE)), [f"-{ACCEPTANCE}:withdrawn"]),
        ((*PAPER, *task(ACCEPTANCE, Step.ACCEPTANCE)), []),
    ],
    ids=["still wanted", "he wants none", "he handed in a paper", "the watch found it", "nothing was out",
         "open again", "still to be accepted"],
)  # fmt: skip
def test_what_has_lost_its_point_is_withdrawn(after: tuple[EventBody, ...], short: list[str]) -> None:
    assert told(moves(sweep, standing(RULES, *after))) == short


def test_what_settles_calls_off_what_is_asked_of_others_and_never_the_check_of_a_paper() -> None:
    case = standing(RULES, ASKED, opened(Route.PAPER_FIRST), opened(Route.COMMITMENT), settled())
    closed = [m for m in moves(sweep, case) if isinstance(m, RouteClosed)]
    assert [(m.route, m.reason) for m in closed] == [(Route.VERIFICATION, CaseNewsKind.SETTLED_OTHERWISE)]


# --- move on ---------------------------------------------------------------------------------------------------------

OWED = (
    opened(Route.DEFERRED_SUPPLY),
    provisional(Route.DEFERRED_SUPPLY),
    DeferralGranted(requirement=KEY, notice_text="容缺受理通知书", supply_due_at=NOW),
)
ACCEPTED = ApplicationAccepted(command=None, deemed=False, accepted_at=NOW)
AFTER_ACCEPTANCE = [f"-{NOTICE}:done", f"-{ACCEPTANCE}:done", f"-{SUPPLEMENT}:done", f"+{DECISION}"]


@pytest.mark.parametrize(
    ("after", "short"),
    [
        ((), []),
        ((settled(),), ["-*:done", "application_handed_over"]),
        ((SPENT,), ["notice_issued", f"-{NOTICE}:done", f"+{SUPPLEMENT}"]),
        ((SPENT, TOLD), [f"-{NOTICE}:done", f"+{SUPPLEMENT}"]),
        ((SPENT, TOLD, *task(SUPPLEMENT, Step.SUPPLEMENT)), [f"-{NOTICE}:done"]),
        ((SPENT, TOLD, *task(SUPPLEMENT, Step.SUPPLEMENT, "done")), [f"-{NOTICE}:done", f"+{SUPPLEMENT}"]),
        (PAPER, [f"-{SUPPLEMENT}:done", f"+{ACCEPTANCE}"]),
        ((*PAPER, *task(NOTICE, Step.NOTICE)), [f"-{SUPPLEMENT}:done"]),
        ((*PAPER, *task(ACCEPTANCE, Step.ACCEPTANCE)), [f"-{SUPPLEMENT}:done"]),
        ((*PAPER, *task(ACCEPTANCE, Step.ACCEPTANCE, "withdrawn")), [f"-{SUPPLEMENT}:done", f"+{ACCEPTANCE}"]),
        ((*PAPER, ACCEPTED), AFTER_ACCEPTANCE),
        ((ACCEPTED,), AFTER_ACCEPTANCE),
        ((*PAPER, ACCEPTED, *task(DECISION, Step.DECISION)), AFTER_ACCEPTANCE[:3]),
        ((*PAPER, ACCEPTED, decided()), ["-*:done", "application_completed"]),
        ((*OWED, ACCEPTED, decided(withheld=True)), []),
        ((*OWED, ACCEPTED, decided("refused")), ["route_closed", "-*:done", "application_completed"]),
        ((ASKED, ACCEPTED, decided("refused")), ["route_closed", "-*:done", "application_completed"]),
        ((ASKED, *PAPER, ACCEPTED, decided()), ["route_closed", "-*:done", "application_completed"]),
    ],
    ids=["open", "all final", "lacking", "lacking and told", "it is his turn", "his turn again", "a check is owed",
         "the notice is watched", "acceptance is asked for", "asked for again", "accepted",
         "deemed, with something open", "the decision is asked for", "decided", "decided, a paper owed",
         "refused, a paper owed", "refused, something open", "decided, a question out"],
)  # fmt: skip
def test_where_a_case_goes_on_to(after: tuple[EventBody, ...], short: list[str]) -> None:
    assert told(moves(move_on, standing(RULES, *after))) == short


OPINION_ASKED = StageOpinionAsked(
    command=command("o-1"), stage="site_opinion", department=POLICE, department_name="德化县公安局", question="可否",
    stream="consultation/x/site_opinion",
)  # fmt: skip


def test_a_case_is_handed_over_with_the_opinion_that_was_asked_for_it() -> None:
    """Whoever asked wants it before it has the case; its own clock ends the wait."""
    met = (settled(KEY, "marriage", "volunteered"), OPINION_ASKED)
    assert moves(move_on, standing(RULES, *met)) == []
    assert told(moves(watch_the_notice, standing(RULES, *met))) == [f"+{NOTICE}"]
    closed = StageOpinionClosed(stage="site_opinion", stream=OPINION_ASKED.stream)
    assert told(moves(move_on, standing(RULES, *met, closed))) == ["-*:done", "application_handed_over"]


def test_an_end_closes_the_opinions_that_are_still_out() -> None:
    over = (SPENT, OPINION_ASKED, *task(SUPPLEMENT, Step.SUPPLEMENT, "expired"))
    assert told(moves(lapse, standing(RULES, *over))) == ["stage_opinion_closed", "-*:ended", "application_terminated"]


def test_the_decision_is_due_with_the_promise() -> None:
    (*_, question) = moves(move_on, standing(RULES, *RUNNING))
    assert isinstance(question, OpenTask) and question.due is not None
    assert question.due.at == TIMETABLE.due(NOW, 10).at


# --- deadlines of the whole case -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "short"),
    [
        (task(NOTICE, Step.NOTICE, "expired"), ["application_accepted", "clock_started", "clock_started"]),
        (task(NOTICE, Step.NOTICE, "done"), []),
        ((*PAPER, ACCEPTED, *task(NOTICE, Step.NOTICE, "expired")), []),
        ((SPENT, *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), ["-*:ended", "application_terminated"]),
        ((ASKED, *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), [f"+{SUPPLEMENT}"]),
        ((opened(Route.FLEXIBLE_DISPOSITION), *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), [f"+{SUPPLEMENT}"]),
        ((*IN_REVIEW, *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), [f"+{SUPPLEMENT}"]),
        ((*PAPER, *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), []),
        ((*PAPER, ACCEPTED, decided(), *task(SUPPLEMENT, Step.SUPPLEMENT, "expired")), []),
    ],
    ids=["no notice in time", "told in time", "accepted meanwhile", "never supplied", "a department is asked",
         "with the committee", "in review", "nothing lacking any more", "decided meanwhile"],
)  # fmt: skip
def test_what_follows_from_a_deadline_that_passed(after: tuple[EventBody, ...], short: list[str]) -> None:
    assert told(moves(lapse, standing(RULES, *after))) == short


def test_a_case_that_counts_as_accepted_is_not_told_what_it_lacks_at_the_same_moment() -> None:
    case = standing(RULES, SPENT, *task(NOTICE, Step.NOTICE, "expired"))
    first = next(leg for leg in LEGS if list(leg(case, climbs(case), bearings())))
    assert first is lapse


FRIDAY = DUE - timedelta(days=3)
"""A working day before it is due, when offices close."""


@pytest.mark.parametrize(
    ("now", "after", "short"),
    [
        (FRIDAY - timedelta(seconds=1), (), []),
        (FRIDAY, (), ["notice_issued", f"-{NOTICE}:done", f"+{SUPPLEMENT}"]),
        (DUE, (), ["notice_issued", f"-{NOTICE}:done", f"+{SUPPLEMENT}"]),
        (FRIDAY, (TOLD,), []),
        (FRIDAY, PAPER, []),
    ],
    ids=["too early", "a working day before", "at the last moment", "told already", "nothing lacking"],
)
def test_the_notice_goes_out_in_time_though_others_are_still_asked(
    now: datetime, after: tuple[EventBody, ...], short: list[str]
) -> None:
    watched = task(NOTICE, Step.NOTICE)
    assert told(moves(notice_in_time, standing(RULES, ASKED, *watched, *after), now=now)) == short


@pytest.mark.parametrize(
    ("after", "item_type", "opens", "ends"),
    [
        ((ASKED,), ItemType.LICENSING, True, True),
        ((ASKED,), ItemType.CONFIRMATION, True, False),
        (IN_REVIEW, ItemType.LICENSING, True, True),
        ((), ItemType.LICENSING, False, False),
        ((ASKED, TOLD), ItemType.LICENSING, False, False),
        ((ASKED, *task(NOTICE, Step.NOTICE, "done")), ItemType.LICENSING, False, False),
        ((ASKED, ACCEPTED), ItemType.LICENSING, False, False),
    ],
    ids=["a licence", "another item", "only a review", "nobody is asked", "told already", "watched before", "accepted"],
)
def test_the_clock_of_the_notice_is_watched_from_receipt(
    after: tuple[EventBody, ...], item_type: ItemType, opens: bool, ends: bool
) -> None:
    of = rules(item={"item_type": item_type})
    found = moves(watch_the_notice, standing(of, *after), of)
    assert told(found) == ([f"+{NOTICE}"] if opens else [])
    if opens:
        (watched,) = found
        assert isinstance(watched, OpenTask) and watched.due is not None
        assert (watched.due.at, watched.ends_at) == (DUE, DUE if ends else None)


# --- whose time it is ------------------------------------------------------------------------------------------------


def test_his_turn_is_charged_to_him_and_ends_with_it() -> None:
    his = (*RUNNING, *task(SUPPLEMENT, Step.SUPPLEMENT))
    (suspended,) = moves(charge, standing(RULES, *his))
    assert told([suspended]) == ["clock_suspended"]
    assert not isinstance(suspended, (OpenTask, CloseTask, CloseTasks))
    still = (*his, suspended)
    assert moves(charge, standing(RULES, *still)) == []
    over = AssignmentClosed(assignment=SUPPLEMENT, how="done")
    assert told(moves(charge, standing(RULES, *still, over))) == ["clock_resumed"]


def test_his_period_stands_still_while_others_have_what_is_lacking_in_hand() -> None:
    asked = (ASKED, *task(SUPPLEMENT, Step.SUPPLEMENT))
    (held,) = moves(his_period, standing(RULES, *asked))
    assert isinstance(held, AssignmentHeld)
    still = (*asked, held)
    assert moves(his_period, standing(RULES, *still)) == [], "once"
    (again,) = moves(his_period, standing(RULES, *still, SILENT, SPENT), now=NOW + timedelta(days=14))
    assert isinstance(again, DueChanged) and again.reason == "step_resumed"
    assert again.due_at == TIMETABLE.due(NOW, 5 + 10).at, "the two weeks were not his"
    assert moves(his_period, standing(RULES, *still, SILENT, SPENT, again)) == []


def test_a_period_that_stands_still_is_charged_to_nobody() -> None:
    (held,) = moves(his_period, standing(RULES, ASKED, *task(SUPPLEMENT, Step.SUPPLEMENT)))
    assert isinstance(held, AssignmentHeld)
    assert moves(charge, standing(RULES, *RUNNING, *task(SUPPLEMENT, Step.SUPPLEMENT), held)) == []


def test_a_commitment_counts_again_when_the_answer_against_it_was_corrected() -> None:
    counted = (opened(Route.COMMITMENT), reported(ReportKind.PROVISIONAL, Route.COMMITMENT, detail="provisional"))
    late = RequirementReopened(requirement=KEY, reason="late_answer", stream=None)
    adverse = (reported(ReportKind.ADVERSE, sequence=9), late, *IN_REVIEW[2:])
    report = ReviewReport.model_validate(
        {"stream": f"review/x/{KEY}/1", "sequence": 3, "requirement": KEY, "evidence": "marriage",
         "conclusion": "corrected", "basis": "示例"}
    )  # fmt: skip
    aside = (ASKED, SILENT, *counted, provisional(Route.COMMITMENT), *adverse, ReviewReported(report=report, used=True))
    (again,) = moves(take_up, standing(RULES, *aside))
    assert isinstance(again, RequirementProvisionallySettled)
    assert (again.ground, again.stream) == (Route.COMMITMENT, counted[0].stream)
    settled_again = standing(RULES, *aside, again).requirements[KEY]
    assert settled_again.standing.value == "provisional" and settled_again.settled_stream == again.stream


def test_a_case_that_has_ended_is_steered_no_more() -> None:
    case = standing(RULES, ASKED, *task(NOTICE, Step.NOTICE))
    ended = case.model_copy(update={"stage": "terminated"})
    for leg in (lapse, take_up, his_period, charge, watch_the_notice, notice_in_time, move_on):
        assert list(leg(ended, climbs(case), bearings())) == []
