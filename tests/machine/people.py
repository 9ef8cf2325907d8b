"""What people do: the applicant, the department, supervision; also what everybody would do next if he did his part."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from schemas.application import Act, Actor, command_ref
from schemas.assignment import AlarmAnnulled, EscalationDelivered, EscalationFailed, Rung
from schemas.case import RouteStanding, Stage
from schemas.case_state import RouteState
from schemas.codes import ActorKind, Route
from schemas.credit_exchange import CreditStanding
from schemas.deferral import in_question
from schemas.evidence import OutcomeKind
from schemas.route_events import ReportKind
from schemas.supervision import AnnulAlarm, check_annulment
from tests.machine import acts
from tests.machine.game import few, odd
from tests.machine.routes import FromOutside

SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="watch-1")
_PLAUSIBLE: dict[Route, tuple[ReportKind, ...]] = {
    Route.VERIFICATION: (ReportKind.FAILED, ReportKind.FAILED, ReportKind.SETTLED, ReportKind.ADVERSE),
    Route.PAPER_FIRST: (ReportKind.CONFIRMED, ReportKind.REVERSED),
    Route.COMMITMENT: (ReportKind.PROVISIONAL, ReportKind.PROVISIONAL, ReportKind.FAILED),
    Route.ASSISTANCE: (ReportKind.FAILED, ReportKind.SETTLED),
    Route.FLEXIBLE_DISPOSITION: (ReportKind.PROVISIONAL, ReportKind.SETTLED, ReportKind.FAILED),
}


class WholeCase(FromOutside):
    """One case: platforms, long routes, applicant, department and time, in any order."""

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

    # --- pieces --------------------------------------------------------------------------------------------------

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
            outstanding = next(i for i, o in enumerate(case.opinions) if o.verdict is None)
            self._opinion(outstanding, 1, "agree", late=False)
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

    def _his_own(self) -> list[tuple[str, RouteState]]:
        own = (Route.COMMITMENT, Route.ASSISTANCE)
        return [(k, r) for k, r in self._routes() if r.route in own and r.standing is RouteStanding.OPEN]

    def _fired(self) -> list[tuple[str, Rung]]:
        return [(t.assignment, f.rung) for t in self.played.case.assignments.values() for f in t.fired]


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
