"""A whole case played at random on the pure core: thousands of interleavings, each looked at after every step."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.acceptance import AcceptanceBody, DeferralGranted
from schemas.application import Act, Actor, Choice, Origin, command_ref
from schemas.asking import Question
from schemas.assignment import (
    AlarmAnnulled,
    Assignee,
    AssignmentBody,
    EscalationDelivered,
    EscalationFailed,
    Responsible,
    Rung,
    Step,
    opened,
)
from schemas.case import RequirementStanding, RouteStanding, Stage
from schemas.case_reports import on_completion, on_report, on_review
from schemas.case_state import CompletionState, ReviewState, RouteState
from schemas.codes import ActorKind, Platform, Route
from schemas.consultation import OpinionReport
from schemas.credit_exchange import CreditAnswer, CreditFinding, CreditStanding
from schemas.deferral import deferral_task, in_question, on_credit, supply_days, terms_of
from schemas.events import CaseBody
from schemas.evidence import FOR_A_PERSON, OutcomeKind
from schemas.ladder import Ask
from schemas.route_events import CompletionReport, ReportKind, ReviewReport, RouteBody, RouteReport
from schemas.stage_opinion import on_opinion
from schemas.stage_opinion_events import StageOpinionBody
from schemas.supervision import AnnulAlarm, check_annulment
from tests.machine import acts, counties
from tests.machine.played import Played
from tests.machine.witness import Witness
from tests.schemas.builders import evidence, outcome

pytestmark = pytest.mark.timeout(400)
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "0"))
"""More games, other ones each time: ``MACHINE_EXAMPLES=20000 pytest tests/machine``."""
few = st.integers(0, 7)
odd = st.integers(0, 5).map(lambda n: n == 5)
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="watch-1")

DETAILS: dict[ReportKind, tuple[str, ...]] = {
    ReportKind.SETTLED: ("confirmed", "commitment_unchecked"),
    ReportKind.PROVISIONAL: ("provisional",),
    ReportKind.CONFIRMED: ("commitment_fulfilled", "confirmed"),
    ReportKind.REVERSED: ("commitment_broken", "refuted"),
    ReportKind.FAILED: ("no_answer", "declined", "no_record", "request_unavailable", "credit_serious"),
    ReportKind.ADVERSE: ("refuted",),
}
_PLAUSIBLE: dict[Route, tuple[ReportKind, ...]] = {
    Route.VERIFICATION: (ReportKind.FAILED, ReportKind.FAILED, ReportKind.SETTLED, ReportKind.ADVERSE),
    Route.PAPER_FIRST: (ReportKind.CONFIRMED, ReportKind.REVERSED),
    Route.COMMITMENT: (ReportKind.PROVISIONAL, ReportKind.PROVISIONAL, ReportKind.FAILED),
    Route.ASSISTANCE: (ReportKind.FAILED, ReportKind.SETTLED),
    Route.FLEXIBLE_DISPOSITION: (ReportKind.PROVISIONAL, ReportKind.SETTLED, ReportKind.FAILED),
}
SAID = (*OutcomeKind, OutcomeKind.NO_RECORD, OutcomeKind.NO_RECORD, OutcomeKind.NO_RECORD, OutcomeKind.TRANSIENT)
"""What a platform says; mostly that it has nothing, for only then people are needed."""
BY_OPERATORS = ("application_refused", "application_cancelled")
EVERYTHING = {
    body.model_fields["type"].default
    for part in (CaseBody, RouteBody, AcceptanceBody, AssignmentBody, StageOpinionBody)
    for body in get_args(part)
    if body.model_fields["type"].default not in (*BY_OPERATORS, "assignment_held", "assignment_reassigned")
}
"""Every event of a case that the games have to bring about."""
LATE = {
    "acceptance_refused",
    "application_accepted",
    "application_completed",
    "clock_started",
    "clock_extended",
    "clock_suspended",
    "clock_resumed",
    "decision_reported",
    "deferred_supplied",
    "deferral_lapsed",
    "due_changed",
    "result_released",
    "stage_opinion_asked",
    "stage_opinion_heard",
}
"""Those that come late or seldom: a game from the start need not come to them."""


class WholeCase(RuleBasedStateMachine):
    """One case: platforms, long routes, applicant, department and time, in any order."""

    played: Played
    seen: ClassVar[Counter[str]] = Counter()
    stages: ClassVar[Counter[Stage]] = Counter()
    games: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.witness = Witness()
        self.commands: list[tuple[acts.Command, acts.Errors]] = []
        self.at_once = 0
        self.reports: list[RouteReport] = []

    @initialize(
        item=st.integers(0, len(counties.ITEMS) - 1),
        long=st.integers(0, len(counties.POLICIES) - 1),
        start=st.sampled_from(counties.STARTS),
        origin=st.sampled_from((None, None, *acts.ORIGINS)),
        wanted=st.sampled_from((None, None, *acts.CHOSEN)),
        n=few,
    )
    def received(
        self, item: int, long: int, start: datetime, origin: dict[str, Any] | None, wanted: Route | None, n: int
    ) -> None:
        code = counties.ITEMS[item][n % len(counties.ITEMS[item])]
        origins = (Origin(requirement_code=code, party_id="p1", **origin),) if origin else ()
        choice = Choice(requirement_code=code, party_id="p1", route=wanted, wanted=n % 3 > 0) if wanted else None
        request = counties.asked(item, choices=(choice,) if choice else (), origins=origins)
        self.played = Played(request, counties.admission(item, counties.POLICIES[long], start), start, self.witness.saw)
        self._went_on()
        self.prologue(n)

    def prologue(self, n: int) -> None:
        """What has happened already when the game begins."""

    # --- platforms -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.played.asking)
    @rule(n=few, kind=st.sampled_from(SAID), seconds=st.integers(0, 30))
    def a_platform_answers(self, n: int, kind: OutcomeKind, seconds: int) -> None:
        asking = list(self.played.asking.values())
        self.played.now += timedelta(seconds=seconds)
        self._answer(asking[n % len(asking)], kind)

    @precondition(lambda self: self.played.asking)
    @rule()
    def no_platform_knows_anything(self) -> None:
        for _ in range(6):
            for question in list(self.played.asking.values()):
                self._answer(question, OutcomeKind.NO_RECORD)

    @precondition(lambda self: self.played.strays)
    @rule(n=few, kind=st.sampled_from(OutcomeKind))
    def an_answer_comes_for_nobody(self, n: int, kind: OutcomeKind) -> None:
        self._answer(self.played.strays[n % len(self.played.strays)], kind)

    @precondition(lambda self: self._tried())
    @rule(n=few, kind=st.sampled_from((OutcomeKind.HIT, OutcomeKind.HIT, *FOR_A_PERSON)))
    def a_watch_finds_something(self, n: int, kind: OutcomeKind) -> None:
        """As ``Watch._answered``: sharing asked again while people work (law 7)."""
        key, question = (found := self._tried())[n % len(found)]
        standing = self.played.case.requirements[key].standing
        if standing is RequirementStanding.OPEN and not self.played.case.decided and key not in self.played.asking:
            self.played.asking[key] = question
            self._answer(question, kind)

    # --- long routes ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self._routes())
    @rule(n=few, kind=st.sampled_from(ReportKind), detail=few, step=st.sampled_from((1, 1, 1, 3, 0, -1)))
    def a_route_reports(self, n: int, kind: ReportKind, detail: int, step: int) -> None:
        key, route = (found := self._routes())[n % len(found)]
        self._report(key, route, kind, detail, step)

    def _report(self, key: str, route: RouteState, kind: ReportKind, detail: int, step: int) -> None:
        details = DETAILS[kind]
        report = RouteReport(
            stream=route.stream,
            sequence=max(0, route.heard + step),
            requirement=key,
            route=route.route,
            kind=kind,
            detail=details[detail % len(details)],
            basis="示例",
            evidence_digest="e" * 64 if kind is ReportKind.SETTLED else None,
            outcome=OutcomeKind.ADVERSE if kind is ReportKind.ADVERSE else None,
        )
        self.reports.append(report)
        self._hears(report)

    @precondition(lambda self: self.reports)
    @rule(n=st.integers(0, 30))
    def a_report_comes_again(self, n: int) -> None:
        report = self.reports[n % len(self.reports)]
        before, ended = self.witness.heard(report), self.played.case.ended
        self._hears(report)
        expected = before if ended else max(before, report.sequence)
        assert self.witness.heard(report) == expected, "heard once, and only forwards"

    @rule(kind=st.sampled_from(ReportKind), known=st.booleans())
    def a_stranger_reports(self, kind: ReportKind, known: bool) -> None:
        before = self.played.case
        key = next(iter(before.requirements)) if known else "r_other/p9"
        report = RouteReport(
            stream="verification/T-other/r_other/p9",
            sequence=9,
            requirement=key,
            route=Route.VERIFICATION,
            kind=kind,
            detail="confirmed",
            basis="示例",
        )
        self.played.hear(lambda: on_report(self.played.case, report, ()))
        assert self.played.case == before, "a stranger is not heard"

    @precondition(lambda self: self._reviews())
    @rule(n=few, conclusion=st.sampled_from(("accepted", "corrected", "not_exempted")), foreign=odd)
    def a_review_is_concluded(self, n: int, conclusion: Any, foreign: bool) -> None:
        key, review = (found := self._reviews())[n % len(found)]
        report = ReviewReport(
            stream="review/T-other/1" if foreign else review.stream,
            sequence=n,
            requirement=key,
            evidence=review.evidence,
            conclusion=conclusion,
            basis="示例",
        )
        self.played.hear(lambda: on_review(self.played.case, report, self.played.findings(key)))
        self._went_on()

    @precondition(lambda self: self._completions())
    @rule(n=few, completed=st.booleans())
    def a_licence_is_completed(self, n: int, completed: bool) -> None:
        key, joined = (found := self._completions())[n % len(found)]
        report = CompletionReport(
            stream=joined.stream,
            sequence=n,
            requirement=key,
            evidence=joined.evidence,
            completed=completed,
            detail="completed",
        )
        self.played.hear(lambda: on_completion(self.played.case, report))
        self._went_on()

    @precondition(lambda self: self.played.case.opinions)
    @rule(
        n=few, step=st.sampled_from((1, 1, 0)), verdict=st.sampled_from(("agree", "disagree", "unanswered")), late=odd
    )
    def an_opinion_is_given(self, n: int, step: int, verdict: Any, late: bool) -> None:
        self._opinion(n, step, verdict, late=late)

    def _opinion(self, n: int, step: int, verdict: Any, *, late: bool) -> None:
        asked = self.played.case.opinions[n % len(self.played.case.opinions)]
        report = OpinionReport(
            stream=asked.stream,
            sequence=max(0, asked.heard + step),
            stage=asked.stage,
            department=asked.department,
            verdict=verdict,
            reason=None,
            conditions=None,
            document_digest=None,
            unit=None,
            person=None,
            recusals=(),
            late=late,
        )
        self.played.hear(lambda: on_opinion(self.played.case, report))
        self._went_on()

    @precondition(lambda self: not self.played.case.ended and bool(in_question(self.played.case)))
    @rule(n=few, standing=st.sampled_from((CreditStanding.CLEAR, CreditStanding.CLEAR, *CreditStanding)))
    def credit_answers(self, n: int, standing: CreditStanding) -> None:
        self._credit(n, standing)

    def _credit(self, n: int, standing: CreditStanding) -> None:
        """As ``Deferral.grant``."""
        played, asked = self.played, in_question(self.played.case)
        key, rules = asked[n % len(asked)][0], self.played.admission.rules
        finding = CreditFinding(
            answers=(
                CreditAnswer(
                    platform=Platform.CREDIT_CITY,
                    standing=standing,
                    detail="示例",
                    repaired=n == 7,
                    evidence_digest=None,
                    answered_at=played.now,
                ),
            )
        )
        days = supply_days(terms_of(rules, key), rules.promised_working_days)
        due = played.timetable.due(played.now, days)
        said = on_credit(played.case, rules, key, finding, due, played.findings(key))
        played.record_all(said)
        if any(isinstance(body, DeferralGranted) for body in said):
            who = Assignee(responsible=Responsible.APPLICANT, name="申请人", department=rules.department)
            task = opened(
                deferral_task(key),
                Step.DEFERRED_SUPPLY,
                who,
                task="补交",
                then="退件",
                working_days=days,
                gives_up_after=days,
                timetable=played.timetable,
                now=played.now,
                requirement=key,
            )
            played.record(task)
        self._went_on()

    # --- people --------------------------------------------------------------------------------------------------

    @rule(actor=st.sampled_from(acts.ACTORS), which=st.integers(0, acts.HIS_ACTS - 1), n=few, wrong=odd)
    def the_applicant_wants(self, actor: Actor, which: int, n: int, wrong: bool) -> None:
        self._do(acts.of_his_will(self.played, self._id(), actor, which, n, wrong))

    @precondition(lambda self: bool(self._his_own()))
    @rule(n=few, kind=st.sampled_from(ReportKind))
    def he_takes_it_back_while_its_report_is_under_way(self, n: int, kind: ReportKind) -> None:
        """A commitment or his consent to assistance; what the route had sent meanwhile comes after it."""
        key, route = (found := self._his_own())[n % len(found)]
        self._do(acts.taken_back(self._id(), key, route.route))
        self._report(key, route, kind, n, 1)

    @rule(actor=st.sampled_from(acts.ACTORS), which=st.integers(0, acts.DEPARTMENTS_ACTS - 1), n=few, wrong=odd)
    def the_department_acts(self, actor: Actor, which: int, n: int, wrong: bool) -> None:
        self._do(acts.of_the_department(self.played, self._id(), actor, which, n, wrong))

    @precondition(lambda self: not self.played.case.ended)
    @rule(turns=st.lists(few, min_size=1, max_size=5))
    def it_goes_its_way(self, turns: list[int]) -> None:
        """What would come next if everybody did his part; so that the games come to where the odd things matter."""
        for n in turns:
            self._further(n)

    @rule(actor=st.sampled_from(acts.ACTORS), which=st.integers(0, 3), really=few)
    def somebody_ends_it(self, actor: Actor, which: int, really: int) -> None:
        if really > 5:
            self._do(acts.that_ends_it(self.played, self._id(), actor, which))

    @precondition(lambda self: self.commands)
    @rule(n=st.integers(0, 40), other=st.booleans())
    def a_command_comes_again(self, n: int, other: bool) -> None:
        command, answer = self.commands[n % len(self.commands)]
        before = self.played.case
        if other:
            errors = acts.done(self.played, acts.changed(command))
            assert [e.code for e in errors] == ["command_id_reused"]
        else:
            assert acts.done(self.played, command) == answer, "the same act has the same answer"
        assert self.played.case == before, "and is done once"

    @precondition(lambda self: self._fired())
    @rule(n=few)
    def an_alarm_is_annulled(self, n: int) -> None:
        name, rung = (found := self._fired())[n % len(found)]
        act = AnnulAlarm(command_id=self._id(), actor=SUPERVISOR, assignment=name, rung=rung, reason="误报")
        ref, played = command_ref(Act.ANNUL_ALARM, act), self.played
        body = AlarmAnnulled(command=ref, assignment=name, rung=rung, reason=act.reason)
        played.act(
            ref,
            SUPERVISOR,
            lambda: check_annulment(played.case, act),
            lambda: played.record(body, SUPERVISOR),
        )
        self._went_on()

    @precondition(lambda self: self.played.case.assignments and not self.played.case.ended)
    @rule(n=few, reached=st.booleans())
    def a_desk_was_told(self, n: int, reached: bool) -> None:
        name = list(self.played.case.assignments)[n % len(self.played.case.assignments)]
        told = EscalationDelivered(assignment=name, rung=None, recipient="d-1", substituted_for=(), channel="sms")
        failed = EscalationFailed(assignment=name, rung=Rung.BLUE, reason="not_in_time")
        self.played.record(told if reached else failed)
        self._went_on()

    # --- time ----------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 30, 61, 700, 3600)))
    def a_while_passes(self, seconds: int) -> None:
        self._until(self.played.now + timedelta(seconds=seconds))

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        self._until(self.played.now + timedelta(days=days))

    @rule(more=st.integers(1, 4))
    def the_next_moment_comes(self, more: int) -> None:
        for _ in range(more):
            moment = self.played.next_moment()
            if moment is not None:
                self._until(max(self.played.now, moment.at))

    @rule(many=st.integers(1, 4))
    def several_things_happen_at_once(self, many: int) -> None:
        """What comes within one workflow task: the course of the case goes on only after all of it."""
        self.at_once = many

    @precondition(lambda self: self.played.timetable.calendar.version != counties.NEXT_YEAR.version)
    @precondition(lambda self: not self.played.case.ended)
    @rule()
    def the_calendar_is_published(self) -> None:
        self.played.publish(counties.NEXT_YEAR)
        self._went_on()

    # --- invariants ----------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "played"):
            self.witness.looks(self.played, at_rest=not self.at_once)

    def teardown(self) -> None:
        if hasattr(self, "played"):
            self.at_once = 0
            self.played.go_on()
            self.witness.looks(self.played, at_rest=True)
            self.witness.tells_the_whole(self.played)
            kind = type(self)
            kind.games += 1
            kind.stages[self.played.case.stage] += 1
            kind.seen.update(self.witness.seen)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _went_on(self) -> None:
        if self.at_once:
            self.at_once -= 1
        if not self.at_once:
            self.played.go_on()

    def _further(self, n: int) -> None:
        played, case = self.played, self.played.case
        if case.ended:
            return
        waiting = [r for _, r in self._routes() if r.under_way]
        if played.asking:
            self._answer(next(iter(played.asking.values())), OutcomeKind.HIT if n == 7 else OutcomeKind.NO_RECORD)
        elif in_question(case):
            self._credit(0, CreditStanding.CLEAR)
        elif case.stage is Stage.ACCEPTED and any(o.verdict is None for o in case.opinions):
            self.an_opinion_is_given(
                next(i for i, o in enumerate(case.opinions) if o.verdict is None), 1, "agree", False
            )
        elif case.stage is Stage.ACCEPTED:
            which = (acts.EXTEND, acts.EXCLUDE, acts.RESUME)[n % 3] if n < 6 else acts.DECIDE
            self._do(acts.of_the_department(played, self._id(), acts.CLERK, which, 1 + n % 2, False))
        elif case.deferrals_owed and n % 2:
            self._do(acts.supply(played, self._id(), case.deferrals_owed[0]))
        elif n < 5 and (option := acts.option(played, self._id(), n)) is not None:
            self._do(option)
        elif waiting:
            kind = _PLAUSIBLE[waiting[0].route][n % len(_PLAUSIBLE[waiting[0].route])]
            key = next(k for k, known in case.requirements.items() if waiting[0] in known.routes)
            self._report(key, waiting[0], kind, n, 1)
        elif not case.open_requirements() and case.stage is Stage.ESTABLISHING:
            self._do(acts.of_the_department(played, self._id(), acts.CLERK, acts.ACCEPT, n, False))
        else:
            self._until(played.now + timedelta(hours=7))

    def _until(self, at: datetime) -> None:
        if self.at_once:
            self.played.now = max(self.played.now, at)
            self._went_on()
        else:
            self.played.let_pass(at)

    def _id(self) -> str:
        return f"c-{len(self.commands)}-{len(self.played.events)}"

    def _do(self, command: acts.Command) -> None:
        self.commands.append((command, acts.done(self.played, command)))
        self._went_on()

    def _answer(self, question: Question, kind: OutcomeKind) -> None:
        now = self.played.now
        found = evidence(subject_ref="s_" + "1" * 32) if kind is OutcomeKind.HIT else None
        self.played.answered(question, outcome(kind, asked_at=question.asked_at, answered_at=now, evidence=found))
        self._went_on()

    def _hears(self, report: RouteReport) -> None:
        played = self.played
        before = played.case.requirements[report.requirement]
        played.hear(lambda: on_report(played.case, report, played.findings(report.requirement)))
        after = played.case.requirements[report.requirement]
        assert after.reopened - before.reopened in (0, 1), "a late answer reopens once"
        if played.case.decided:
            assert after.standing is before.standing
        self._went_on()

    def _routes(self) -> list[tuple[str, RouteState]]:
        return [
            (key, r)
            for key, known in self.played.case.requirements.items()
            for r in known.routes
            if r.route is not Route.DEFERRED_SUPPLY
        ]

    def _his_own(self) -> list[tuple[str, RouteState]]:
        own = (Route.COMMITMENT, Route.ASSISTANCE)
        return [(k, r) for k, r in self._routes() if r.route in own and r.standing is RouteStanding.OPEN]

    def _reviews(self) -> list[tuple[str, ReviewState]]:
        return [(key, r) for key, known in self.played.case.requirements.items() for r in known.reviews]

    def _completions(self) -> list[tuple[str, CompletionState]]:
        return [(key, c) for key, known in self.played.case.requirements.items() for c in known.completions]

    def _fired(self) -> list[tuple[str, Rung]]:
        return [(t.assignment, f.rung) for t in self.played.case.assignments.values() for f in t.fired]

    def _tried(self) -> list[tuple[str, Question]]:
        """Requirements people are working on, with a question to a source that was asked before."""
        found = []
        for key, known in self.played.case.requirements.items():
            walking = any(r.standing is RouteStanding.OPEN for r in known.routes)
            for a in known.attempts if walking else ():
                sources = self.played.admission.rules.evidence[a.evidence].sources
                source = next((s for s in sources if s.resource_code == a.resource_code), None)
                if source is not None:
                    ask = Ask(evidence=a.evidence, source=source, round=len(known.attempts) + 1, wait_seconds=None)
                    question = Question(requirement=key, ask=ask, findings=(), asked_at=self.played.now)
                    found.append((key, question))
        return found


class AcceptedCase(WholeCase):
    """The same from 受理 on, where the clocks run, papers and promises are owed, and the decision comes."""

    def prologue(self, n: int) -> None:
        """No platform knows anything; he hands in papers, signs, owes; the department accepts, or decided already."""
        played = self.played
        for turn in range(n, n + 20):
            committed = [(k, r) for k, r in self._routes() if r.route is Route.COMMITMENT and r.under_way]
            if played.case.stage is not Stage.ESTABLISHING:
                break
            if played.asking:
                self._answer(next(iter(played.asking.values())), OutcomeKind.NO_RECORD)
            elif in_question(played.case):
                self._credit(0, CreditStanding.CLEAR)
            elif committed:
                self._report(*committed[0], ReportKind.PROVISIONAL, 0, 1)
            elif owing := (acts.option(played, self._id(), turn, (Route.DEFERRED_SUPPLY,)) if n > 4 else None):
                self._do(owing)
            elif (way := acts.option(played, self._id(), turn, acts.PROVISIONAL)) is not None:
                self._do(way)
            else:
                self._do(acts.of_the_department(played, self._id(), acts.CLERK, acts.ACCEPT, 0, False))
        if played.case.deferrals_owed and n > 5:
            self._do(acts.of_the_department(played, self._id(), acts.CLERK, acts.DECIDE, 1, False))


def play(machine: type[WholeCase]) -> Counter[str]:
    """Many games; which events they brought about."""
    machine.seen, machine.stages, machine.games = Counter(), Counter(), 0
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or 800,
            stateful_step_count=25,
            deadline=None,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine.seen


def test_a_case_keeps_its_laws_whatever_happens_in_whatever_order() -> None:
    seen = play(WholeCase)
    assert EVERYTHING - set(seen) <= LATE, "the games come everywhere"
    assert set(WholeCase.stages) >= {Stage.ESTABLISHING, Stage.WITHDRAWN, Stage.HANDED_OVER, Stage.TERMINATED}


def test_after_acceptance_too() -> None:
    seen = play(AcceptedCase)
    assert LATE - set(seen) <= {"acceptance_refused"}
    assert set(AcceptedCase.stages) >= {Stage.ACCEPTED, Stage.COMPLETED, Stage.TERMINATED}
