"""受理 to 办结: every refusal of the department's acts, and what each act comes to; the clocks keep the law."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.acceptance import (
    Accept,
    AcceptanceRefused,
    ApplicationAccepted,
    ApplicationTerminated,
    ClockExtended,
    ClockResumed,
    ClockStarted,
    ClockSuspended,
    DecisionReported,
    DeferralGranted,
    ExcludeTime,
    ExtendClock,
    NoticeIssued,
    RefuseAcceptance,
    ReportDecision,
    Terminate,
)
from schemas.acceptance_acts import (
    accept,
    accepted,
    charge_applicant,
    department_only,
    discharge_applicant,
    exclude_time,
    extend_clock,
    issue_notice,
    refuse_acceptance,
    report_decision,
    resume_clock,
    terminate,
)
from schemas.application import Actor, Notice
from schemas.case import Case, Stage
from schemas.case_acts import Acted
from schemas.codes import ActorKind, PartyKind, Route
from schemas.events import ApplicationHandedOver, EventBody
from schemas.route_events import RequirementReopened
from schemas.stage_opinion_events import StageOpinionAsked
from schemas.timetable import ClockKind, SuspensionGround, Timetable, account_of, due_of
from tests.schemas.builders import (
    CLERK,
    DOCUMENT,
    HOUSING,
    JUSTICE,
    NOW,
    POLICE,
    TODAY,
    calendar,
    command,
    finding,
    not_exempted,
    settled,
    withdrawn,
)
from tests.schemas.long_cases import KEY, RULES, TIMETABLE, opened, provisional, rules, standing

REF = command("d-1")
ACT: dict[str, Any] = {"command_id": "d-1", "actor": CLERK}
NOTICE = Notice(text="请补齐", due=TODAY, due_provisional=False)
SPENT = not_exempted(KEY, finding(Route.VERIFICATION, "tried_no_answer"))
PAPER = (opened(Route.PAPER_FIRST), provisional())
OWED = (
    opened(Route.DEFERRED_SUPPLY),
    provisional(Route.DEFERRED_SUPPLY),
    DeferralGranted(requirement=KEY, notice_text="容缺受理通知书", supply_due_at=NOW),
)
ACCEPTED = ApplicationAccepted(command=None, deemed=False, accepted_at=NOW)
RUNNING = (*PAPER, *accepted(RULES, None, NOW, TIMETABLE, deemed=False))
REFUSED = DecisionReported(
    command=command("d-0"), decision="refused", reference="doc-1", decided_at=NOW, withheld=False
)
ENDS: dict[str, tuple[EventBody, ...]] = {
    "withdrawn": (withdrawn(),),
    "handed over": (settled(), ApplicationHandedOver(notice=None)),
    "accepted": (*PAPER, ACCEPTED),
    "decided": (*PAPER, ACCEPTED, REFUSED),
}


def codes(acted: Acted) -> list[str]:
    assert not (acted.errors and acted.events), "a refused act comes to nothing"
    assert all(error.message for error in acted.errors)
    return [error.code for error in acted.errors]


def types(acted: Acted) -> list[str]:
    assert acted.errors == ()
    return [body.type for body in acted.events]


# --- who -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "department", "code"),
    [
        (ActorKind.CLERK, JUSTICE, None),
        (ActorKind.DEPARTMENT, JUSTICE, None),
        (ActorKind.BUSINESS_SYSTEM, JUSTICE, None),
        (ActorKind.CLERK, HOUSING, "wrong_department"),
        (ActorKind.DEPARTMENT, None, "wrong_department"),
        (ActorKind.APPLICANT, JUSTICE, "wrong_actor"),
        (ActorKind.REPRESENTATIVE, JUSTICE, "wrong_actor"),
        (ActorKind.SYSTEM, JUSTICE, "wrong_actor"),
        (ActorKind.CASE_HELPER, JUSTICE, "wrong_actor"),
        (ActorKind.COMMITTEE, JUSTICE, "wrong_actor"),
        (ActorKind.SUPERVISOR, JUSTICE, "wrong_actor"),
        (ActorKind.PLATFORM, JUSTICE, "wrong_actor"),
    ],
)
def test_only_the_deciding_department_decides(kind: ActorKind, department: str | None, code: str | None) -> None:
    errors = department_only(Actor(kind=kind, actor_id="x-1", department=department), RULES)
    assert [e.code for e in errors] == ([code] if code else [])


# --- the notice ------------------------------------------------------------------------------------------------------


def test_the_notice_goes_out_once() -> None:
    acted = issue_notice(standing(), NOTICE, REF)
    assert acted.events == (NoticeIssued(command=REF, notice=NOTICE),)
    assert codes(issue_notice(standing(RULES, *acted.events), NOTICE, REF)) == ["notice_issued_already"]


@pytest.mark.parametrize("after", ENDS.values(), ids=ENDS)
def test_no_notice_after_acceptance_or_the_end(after: tuple[EventBody, ...]) -> None:
    assert codes(issue_notice(standing(RULES, *after), NOTICE, REF)) == ["already_accepted_stage"]


def test_no_notice_where_nothing_is_lacking() -> None:
    assert codes(issue_notice(standing(), None, REF)) == ["nothing_lacking"]


# --- acceptance ------------------------------------------------------------------------------------------------------


def accepts(case: Case, now: datetime = NOW, **over: Any) -> Acted:
    return accept(case, RULES, Accept.model_validate(ACT | over), REF, TIMETABLE, now)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ((), "requirements_open"),
        ((SPENT,), "still_lacking"),
        ((settled(), ApplicationHandedOver(notice=None)), "already_accepted_stage"),
        ((*PAPER, ACCEPTED), "already_accepted_stage"),
        ((*PAPER, ACCEPTED, REFUSED), "already_accepted_stage"),
    ],
    ids=["open", "lacking", "handed over", "accepted", "decided"],
)
def test_what_keeps_a_case_from_being_accepted(after: tuple[EventBody, ...], code: str) -> None:
    assert codes(accepts(standing(RULES, *after))) == [code]


@pytest.mark.parametrize("days", [-1, 1])
def test_acceptance_lies_between_receipt_and_now(days: int) -> None:
    case = standing(RULES, *PAPER)
    assert codes(accepts(case, accepted_at=NOW + timedelta(days=days))) == ["out_of_time"]


def test_acceptance_starts_the_clocks_of_law_and_of_promise() -> None:
    said, law, promise = accepts(standing(RULES, *PAPER)).events
    assert said == ApplicationAccepted(command=REF, deemed=False, accepted_at=NOW)
    assert isinstance(law, ClockStarted) and isinstance(promise, ClockStarted)
    assert (law.clock, law.working_days, law.due_at) == (ClockKind.STATUTORY, 20, TIMETABLE.due(NOW, 20).at)
    assert (promise.clock, promise.working_days) == (ClockKind.PROMISED, 10)
    assert law.calendar_version == TIMETABLE.calendar.version and not law.due_provisional
    case = standing(RULES, *PAPER, said, law, promise)
    assert (case.stage, case.accepted_at) == (Stage.ACCEPTED, NOW)
    assert set(case.clocks) == {ClockKind.STATUTORY, ClockKind.PROMISED}


def test_the_clocks_run_from_the_day_it_was_accepted_on() -> None:
    later = NOW + timedelta(days=3)
    said = accepts(standing(RULES, *PAPER), now=later, accepted_at=NOW + timedelta(days=1)).events
    assert {b.started_at for b in said if isinstance(b, ClockStarted)} == {NOW + timedelta(days=1)}


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ({"statutory_working_days": None}, [ClockKind.PROMISED]),
        ({"promised_working_days": None}, [ClockKind.STATUTORY]),
        ({"statutory_working_days": None, "promised_working_days": None}, []),
    ],
)
def test_an_item_without_a_period_has_no_clock_for_it(item: dict[str, Any], kinds: list[ClockKind]) -> None:
    said = accepted(rules(item=item), None, NOW, TIMETABLE, deemed=True)
    assert [b.clock for b in said if isinstance(b, ClockStarted)] == kinds
    assert said[0] == ApplicationAccepted(command=None, deemed=True, accepted_at=NOW)


def test_a_due_date_past_the_published_calendar_is_provisional() -> None:
    late = datetime.fromisoformat("2026-12-21T09:00:00+08:00")
    said = accepted(RULES, None, late, TIMETABLE, deemed=False)
    assert {b.clock: b.due_provisional for b in said if isinstance(b, ClockStarted)} == {
        ClockKind.STATUTORY: True,
        ClockKind.PROMISED: True,
    }


REFUSES = RefuseAcceptance.model_validate(ACT | {"reason": "不属职权", "legal_basis": "行政许可法第三十二条"})


@pytest.mark.parametrize("after", ENDS.values(), ids=ENDS)
def test_acceptance_is_refused_before_it_only(after: tuple[EventBody, ...]) -> None:
    assert codes(refuse_acceptance(standing(RULES, *after), REFUSES, REF)) == ["already_accepted_stage"]


def test_not_accepted_is_the_end_with_reason_and_basis() -> None:
    acted = refuse_acceptance(standing(), REFUSES, REF)
    assert acted.events == (AcceptanceRefused(command=REF, reason="不属职权", legal_basis="行政许可法第三十二条"),)
    assert standing(RULES, *acted.events).stage is Stage.NOT_ACCEPTED


# --- 延长 ------------------------------------------------------------------------------------------------------------


def extends(case: Case, now: datetime = NOW, **over: Any) -> Acted:
    fields: dict[str, Any] = {
        "clock": ClockKind.STATUTORY,
        "working_days": 10,
        "reason": "案情复杂",
        "decided_by": "head-1",
        "notice_digest": DOCUMENT,
    }
    return extend_clock(case, ExtendClock.model_validate(ACT | fields | over), REF, TIMETABLE, now)


@pytest.mark.parametrize(
    ("after", "over", "code"),
    [
        (PAPER, {}, "no_such_clock"),
        (RUNNING, {"clock": ClockKind.STEP}, "no_such_clock"),
        ((*RUNNING, REFUSED), {}, "no_such_clock"),
        (RUNNING, {"decided_by": CLERK.actor_id}, "head_must_decide"),
        (RUNNING, {"working_days": 11}, "extension_too_long"),
    ],
    ids=["no clock runs", "another clock", "it was stopped", "by himself", "too long"],
)
def test_an_extension_is_refused(after: tuple[EventBody, ...], over: dict[str, Any], code: str) -> None:
    assert codes(extends(standing(RULES, *after), **over)) == [code]


def test_a_clock_is_extended_once_and_its_due_date_moves() -> None:
    acted = extends(standing(RULES, *RUNNING))
    (body,) = acted.events
    assert isinstance(body, ClockExtended)
    assert (body.decided_by, body.notice_digest, body.due_at) == ("head-1", DOCUMENT, TIMETABLE.due(NOW, 30).at)
    longer = standing(RULES, *RUNNING, body)
    assert longer.clocks[ClockKind.STATUTORY].allowed == 30
    assert codes(extends(longer)) == ["already_extended"]
    assert types(extends(longer, clock=ClockKind.PROMISED, working_days=30)) == ["clock_extended"]


# --- 扣除 ------------------------------------------------------------------------------------------------------------

EXCLUDES = ExcludeTime.model_validate(ACT | {"procedure": "hearing", "reason": "听证", "notice_digest": DOCUMENT})


def test_time_is_excluded_from_every_clock_that_runs() -> None:
    acted = exclude_time(standing(RULES, *RUNNING), RULES, EXCLUDES, REF)
    suspended = [b for b in acted.events if isinstance(b, ClockSuspended)]
    assert [(b.clock, b.ground, b.command) for b in suspended] == [
        (ClockKind.STATUTORY, SuspensionGround.EXCLUDED, REF),
        (ClockKind.PROMISED, SuspensionGround.EXCLUDED, None),
    ], "one act: the first event carries it"
    assert {(b.responsible, b.notice_digest) for b in suspended} == {(RULES.department_name, DOCUMENT)}
    still = standing(RULES, *RUNNING, *acted.events)
    assert codes(exclude_time(still, RULES, EXCLUDES, REF)) == ["clock_stands_still"]


@pytest.mark.parametrize("after", [PAPER, (*RUNNING, REFUSED)], ids=["none runs", "stopped by the decision"])
def test_nothing_is_excluded_where_no_clock_runs(after: tuple[EventBody, ...]) -> None:
    case = standing(RULES, *after)
    assert codes(exclude_time(case, RULES, EXCLUDES, REF)) == ["no_such_clock"]
    assert codes(resume_clock(case, REF, TIMETABLE, NOW)) == ["clock_runs"]


def test_what_was_excluded_is_over_once() -> None:
    still = (*RUNNING, *exclude_time(standing(RULES, *RUNNING), RULES, EXCLUDES, REF).events)
    assert codes(resume_clock(standing(RULES, *RUNNING), REF, TIMETABLE, NOW)) == ["clock_runs"]
    later = NOW + timedelta(days=7)
    acted = resume_clock(standing(RULES, *still), REF, TIMETABLE, later)
    resumed = [b for b in acted.events if isinstance(b, ClockResumed)]
    assert [(b.clock, b.command) for b in resumed] == [(ClockKind.STATUTORY, REF), (ClockKind.PROMISED, None)]
    assert resumed[0].due_at == TIMETABLE.due(NOW, 25).at, "five working days later"
    runs = standing(RULES, *still, *acted.events)
    assert codes(resume_clock(runs, REF, TIMETABLE, later)) == ["clock_runs"]
    assert types(exclude_time(runs, RULES, EXCLUDES, REF)) == ["clock_suspended", "clock_suspended"]


# --- the applicant's turn (law 11) -----------------------------------------------------------------------------------


def test_a_wait_for_the_applicant_never_stops_the_clock_of_law() -> None:
    charged = charge_applicant(standing(RULES, *RUNNING), "申请人选择路径")
    (suspended,) = charged
    assert isinstance(suspended, ClockSuspended)
    assert (suspended.clock, suspended.ground, suspended.responsible, suspended.reason) == (
        ClockKind.PROMISED, SuspensionGround.APPLICANT, "applicant", "申请人选择路径",
    )  # fmt: skip
    still = standing(RULES, *RUNNING, *charged)
    assert charge_applicant(still, "又一次") == (), "charged once"
    assert not still.clocks[ClockKind.STATUTORY].standing_still


def test_his_turn_ends_and_the_promise_runs_again() -> None:
    still = standing(RULES, *RUNNING, *charge_applicant(standing(RULES, *RUNNING), "选择"))
    later = NOW + timedelta(days=2)
    (resumed,) = discharge_applicant(still, TIMETABLE, later)
    assert isinstance(resumed, ClockResumed)
    assert (resumed.clock, resumed.ground, resumed.due_at) == (
        ClockKind.PROMISED, SuspensionGround.APPLICANT, TIMETABLE.due(NOW, 12).at,
    )  # fmt: skip
    assert discharge_applicant(standing(RULES, *RUNNING), TIMETABLE, later) == ()


def test_his_turn_and_an_excluded_procedure_are_counted_once() -> None:
    bodies: tuple[EventBody, ...] = (*RUNNING, *charge_applicant(standing(RULES, *RUNNING), "选择"))
    bodies = (*bodies, *exclude_time(standing(RULES, *bodies), RULES, EXCLUDES, REF).events)
    clock = standing(RULES, *bodies).clocks[ClockKind.PROMISED]
    account = account_of(clock, TIMETABLE, NOW + timedelta(days=7))
    assert (account.elapsed, account.suspended, account.consumed) == (5, 5, 0)


def test_nobody_is_charged_where_no_clock_runs() -> None:
    assert charge_applicant(standing(RULES, *PAPER), "选择") == ()


# --- decision --------------------------------------------------------------------------------------------------------


def decides(case: Case, decision: str = "granted", now: datetime = NOW + timedelta(days=1), **over: Any) -> Acted:
    fields: dict[str, Any] = {"decision": decision, "reference": "doc-1"}
    return report_decision(case, ReportDecision.model_validate(ACT | fields | over), REF, now)


REOPENED = RequirementReopened(requirement=KEY, reason="reversed", stream=None)
ASKED = StageOpinionAsked(
    command=command("o-1"), stage="acceptance", department=POLICE, department_name="德化县公安局",
    question="有无意见", stream="consultation/x/acceptance",
)  # fmt: skip


@pytest.mark.parametrize(
    ("after", "over", "code"),
    [
        ((), {}, "not_accepted_yet"),
        (PAPER, {}, "not_accepted_yet"),
        ((*RUNNING, REFUSED), {}, "already_decided"),
        ((*RUNNING, ASKED), {}, "opinion_outstanding"),
        ((*RUNNING, REOPENED), {}, "requirements_open"),
        (RUNNING, {"decided_at": NOW - timedelta(days=1)}, "out_of_time"),
        (RUNNING, {"decided_at": NOW + timedelta(days=2)}, "out_of_time"),
    ],
    ids=["open", "not accepted", "decided", "an opinion is out", "something is open", "before receipt", "in future"],
)
def test_a_decision_is_refused(after: tuple[EventBody, ...], over: dict[str, Any], code: str) -> None:
    assert codes(decides(standing(RULES, *after), **over)) == [code]


def test_what_is_open_keeps_nobody_from_refusing() -> None:
    assert types(decides(standing(RULES, *RUNNING, REOPENED), "refused")) == ["decision_reported"]


@pytest.mark.parametrize(
    ("before", "decision", "withheld"),
    [(PAPER, "granted", False), (OWED, "granted", True), (OWED, "refused", False)],
    ids=["nothing owed", "a paper owed", "refused anyway"],
)
def test_the_result_is_withheld_while_a_deferred_paper_is_owed(
    before: tuple[EventBody, ...], decision: str, withheld: bool
) -> None:
    bodies = (*before, *accepted(RULES, None, NOW, TIMETABLE, deemed=False))
    (body,) = decides(standing(RULES, *bodies), decision).events
    assert isinstance(body, DecisionReported)
    assert (body.withheld, body.decided_at) == (withheld, NOW + timedelta(days=1))
    decided = standing(RULES, *bodies, body)
    assert (decided.stage, decided.decided) == (Stage.DECIDED, True)
    assert all(clock.stopped_at is not None for clock in decided.clocks.values())


# --- the applicant is no more ----------------------------------------------------------------------------------------


def ends(case: Case, cause: str, kind: PartyKind) -> Acted:
    fields: dict[str, Any] = {"cause": cause, "reason": "已注销", "document_digest": DOCUMENT}
    return terminate(case, kind, Terminate.model_validate(ACT | fields), REF)


@pytest.mark.parametrize(
    ("kind", "cause", "code"),
    [
        (PartyKind.LIVING, "applicant_died", None),
        (PartyKind.ORGANISATION, "company_dissolved", None),
        (PartyKind.LIVING, "company_dissolved", "wrong_cause"),
        (PartyKind.ORGANISATION, "applicant_died", "wrong_cause"),
    ],
)
def test_a_person_dies_and_a_company_is_dissolved(kind: PartyKind, cause: str, code: str | None) -> None:
    acted = ends(standing(), cause, kind)
    assert codes(acted) == ([code] if code else [])
    if code is None:
        (body,) = acted.events
        assert isinstance(body, ApplicationTerminated)
        assert (body.cause, body.document_digest) == (cause, DOCUMENT)
        assert standing(RULES, body).stage is Stage.TERMINATED


def test_nothing_is_terminated_after_the_decision() -> None:
    assert codes(ends(standing(RULES, *RUNNING, REFUSED), "applicant_died", PartyKind.LIVING)) == ["already_decided"]


# --- the sums of the clocks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "statutory", "promised"),
    [
        ("2026-09-28T09:00:00+08:00", "2026-10-30", "2026-10-16"),
        ("2026-02-11T09:00:00+08:00", "2026-03-17", "2026-03-03"),
    ],
    ids=["National Day", "Spring Festival"],
)
def test_the_clocks_count_the_holidays_and_the_days_made_up(start: str, statutory: str, promised: str) -> None:
    at = datetime.fromisoformat(start)
    table = Timetable(calendar=calendar())
    said = {b.clock: b for b in accepted(RULES, None, at, table, deemed=False) if isinstance(b, ClockStarted)}
    days = {clock: body.due_at.date().isoformat() for clock, body in said.items()}
    assert days == {ClockKind.STATUTORY: statutory, ClockKind.PROMISED: promised}


def test_a_due_date_is_the_day_on_which_nothing_is_left() -> None:
    clock = standing(RULES, *RUNNING).clocks[ClockKind.PROMISED]
    due = due_of(clock, TIMETABLE, NOW).at
    assert account_of(clock, TIMETABLE, due).left == 0
    assert account_of(clock, TIMETABLE, due - timedelta(days=1)).left == 1
