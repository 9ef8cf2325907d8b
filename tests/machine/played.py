"""A whole case without Temporal: the same pure decisions in the same order as ``workflows.application`` makes them.

What the workflow leaves to Temporal is left to the game here: when time passes, when a platform answers, and how much
happens before the case gets to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from schemas.acts import act_error, check_actor, check_open, check_volunteered
from schemas.application import Act, Actor, ApplicationRequest, CommandRef, Volunteered, application_stream
from schemas.application_start import admitted
from schemas.asking import Question
from schemas.assignment import (
    AssignmentClosed,
    Moment,
    RungFired,
    moments_of,
    next_moment,
    opened,
    recomputed,
)
from schemas.case import Case, RequirementStanding, apply
from schemas.case_acts import Acted, Sight, choose, declare_origin
from schemas.case_commands import Choose, DeclareOrigin
from schemas.case_reports import at_the_end, call_off
from schemas.clock import WorkingCalendar
from schemas.codes import ActorKind
from schemas.course import LEGS, Bearings, CloseTask, CloseTasks, Move, OpenTask
from schemas.deferral import deferral_task, lapsed, on_lapse, on_supply, party_facts, pointless, supplied
from schemas.errors import FieldError
from schemas.events import (
    ActRefused,
    Event,
    EventBody,
    EvidenceVolunteered,
    RequirementNotExempted,
    RequirementSettled,
    RungFinding,
    UnlistedEvidenceQueried,
    make_event_id,
    received,
)
from schemas.evidence import Outcome, OutcomeKind
from schemas.ladder import Ask, Climb, GiveUp, Query, Settle, climb
from schemas.long_ladder import facts_of
from schemas.policy import Admission
from schemas.route_events import RequirementReopened
from schemas.route_starts import long_policy
from schemas.views import VOLUNTEERED_CLAUSE

SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")
Errors = tuple[FieldError, ...]
SOON = 20
"""Rounds after which a case that waits for nobody must have come to rest."""
Saw = Callable[[Case | None, Event, Case], None]


class Played:
    """One case; ``saw`` is shown every event, with the case before and after it."""

    case: Case

    def __init__(self, request: ApplicationRequest, admission: Admission, at: datetime, saw: Saw) -> None:
        self.request = request
        self.admission = admission
        self.now = at
        self.long = long_policy(admission)
        self.events: list[Event] = []
        self.asking: dict[str, Question] = {}
        self.strays: list[Question] = []
        self._climbs: dict[tuple[str, int, datetime], Climb] = {}
        self._saw = saw
        self._state: Case | None = None
        assert admission.calendar is not None
        self.timetable = self.long.timetable(admission.calendar)
        self.record(received(request, at), request.operator)
        self.record(admitted(self.request, self.admission))
        self._take_what_came_along()

    # --- the one way it changes ----------------------------------------------------------------------------------

    def record(self, body: EventBody, actor: Actor = SYSTEM) -> None:
        last = self.events[-1].event_id if self.events else None
        stream = application_stream(self.request.application_no)
        event = Event(
            event_id=make_event_id(stream, len(self.events), last, self.now),
            stream=stream,
            application_no=self.request.application_no,
            sequence=len(self.events),
            previous_id=last,
            occurred_at=self.now,
            actor=actor,
            body=body,
        )
        before, self._state = self._state, apply(self._state, event)
        self.case = self._state
        self.events.append(event)
        self._saw(before, event, self.case)

    def record_all(self, bodies: tuple[EventBody, ...], actor: Actor = SYSTEM) -> None:
        for body in bodies:
            self.record(body, actor)

    # --- acts ----------------------------------------------------------------------------------------------------

    def act(self, ref: CommandRef, actor: Actor, check: Callable[[], Errors], do: Callable[[], None]) -> Errors:
        """What ``Procedure._act`` answers: nothing wrong, what was wrong, or an id used for something else."""
        if ref.command_id not in self.case.commands:
            errors = check()
            if errors:
                self.record(ActRefused(command=ref, act=ref.act, errors=errors), actor)
            else:
                do()
        answered = self.case.commands[ref.command_id]
        if answered.command != ref:
            return (act_error("command_id", "command_id_reused"),)
        return answered.errors

    def decided_by(
        self,
        ref: CommandRef,
        actor: Actor,
        decide: Callable[[], Acted],
        guard: Callable[[], Errors] = tuple,
        *,
        ends: bool = False,
    ) -> Errors:
        def do() -> None:
            events = decide().events
            if ends:
                self.close_everything()
            self.record_all(events, actor)

        return self.act(ref, actor, lambda: guard() or check_open(self.case) or decide().errors, do)

    def his(self, actor: Actor) -> Errors:
        return check_actor(actor, self.admission.rules, self.request.operator)

    def sight(self, key: str) -> Sight:
        known = self.case.requirements.get(key)
        lookable = (RequirementStanding.OPEN, RequirementStanding.NOT_EXEMPTED)
        step = self.climb(key) if known is not None and known.standing in lookable else None
        parties = party_facts(self.request)
        return Sight(case=self.case, rules=self.admission.rules, climb=step, now=self.now, parties=parties)

    def volunteer(self, ref: CommandRef | None, given: Volunteered, actor: Actor) -> None:
        rules, key = self.admission.rules, f"{given.requirement_code}/{given.party_id}"
        known = self.case.requirements[key]
        findings = self.findings(key)
        evidence = next(k for k in known.raised.evidence if rules.evidence[k].code == given.evidence_type)
        self.record(EvidenceVolunteered(command=ref, requirement=key, given=given), actor)
        self._close_question(key)
        if known.standing is RequirementStanding.PROVISIONAL:
            self.record(RequirementReopened(requirement=key, reason="choice", stream=None), actor)
        settled = RequirementSettled(
            requirement=key,
            evidence=evidence,
            ground="volunteered",
            basis=VOLUNTEERED_CLAUSE,
            evidence_digest=given.document_digest,
            findings=findings,
        )
        self.record(settled, actor)
        self.record_all(call_off(known, key))

    def check_volunteered(self, given: Volunteered) -> Errors:
        return check_volunteered(self.case, self.admission.rules, given)

    def close_everything(self) -> None:
        self._close_questions()
        self.record_all(at_the_end(self.case))
        self._close_tasks("ended")

    # --- what comes from outside ---------------------------------------------------------------------------------

    def answered(self, question: Question, outcome: Outcome) -> None:
        """A platform answers: one that is still waited for, or one that nobody waits for any more."""
        known = self.case.requirements[question.requirement]
        waited_for = self.asking.get(question.requirement) is question
        if waited_for:
            del self.asking[question.requirement]
        else:
            self.strays.remove(question)
        if self.case.ended:
            return
        wanted = waited_for and known.standing is RequirementStanding.OPEN
        self.record(question.attempt(outcome, used=wanted))
        if wanted and outcome.kind is OutcomeKind.HIT:
            self.record(question.settlement(outcome, "示例依据第一条"))

    def hear(self, events: Callable[[], tuple[EventBody, ...]]) -> None:
        if self.case.ended:
            return
        for body in events():
            if isinstance(body, RequirementSettled):
                self._close_question(body.requirement)
            self.record(body)

    def findings(self, key: str) -> tuple[RungFinding, ...]:
        known = self.case.requirements.get(key)
        if known is None:
            return ()
        open_ = known.standing is RequirementStanding.OPEN
        return known.findings or (self.climb(key).findings if open_ else ())

    def publish(self, calendar: WorkingCalendar) -> None:
        """A newer calendar is read (``Desk._read_calendar``)."""
        self.timetable = self.long.timetable(calendar)
        for task in list(self.case.assignments.values()):
            changed = recomputed(task, self.timetable)
            if changed is not None:
                self.record(changed)

    # --- the procedure -------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """The main course of the case, until only others can go on: it comes to rest and asks for nothing more."""
        for _ in range(SOON):
            before = len(self.events)
            if not self.case.ended:
                self._look()
            if self.case.ended or not (len(self.events) > before or self.fire()):
                return
        raise AssertionError("the case never comes to rest")

    def let_pass(self, until: datetime) -> None:
        """Time passes as the timers see it: the case goes on at every moment on the way."""
        while (moment := self.next_moment()) is not None and moment.at <= until and not self.case.ended:
            self.now = max(self.now, moment.at)
            self.go_on()
        self.now = max(self.now, until)
        self.go_on()

    def next_moment(self) -> Moment | None:
        return next_moment(self.case.assignments, self.long.rungs, self.timetable)

    def fire(self) -> bool:
        """As ``Desk.fire``."""
        before = len(self.events)
        for assignment in list(self.case.assignments):
            while moments := self._due(assignment):
                if moments[0].rung is None:
                    self._close_task(assignment, "expired")
                    break
                self.record(RungFired(assignment=assignment, rung=moments[0].rung))
        return len(self.events) > before

    def climb(self, key: str) -> Climb:
        """What the ladder says; asked once for each state and moment, for it always says the same."""
        place = (key, len(self.events), self.now)
        if place not in self._climbs:
            admission, facts = self.admission, facts_of(self.request)
            self._climbs = {p: c for p, c in self._climbs.items() if p[1:] == place[1:]}
            self._climbs[place] = climb(admission.rules, admission.policy, self.case, key, (), self.now, facts)
        return self._climbs[place]

    # --- pieces --------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """As the loop of ``_carry_through``: the ladder first, then the course."""
        upper: dict[str, Climb] = {}
        for key in self.case.open_requirements():
            if key in self.asking:
                continue
            step = self.climb(key)
            match step.decision:
                case Ask() as ask:
                    question = Question(requirement=key, ask=ask, findings=step.findings, asked_at=self.now)
                    self.asking[key] = question
                case Settle() as settle:
                    self.record(
                        RequirementSettled(
                            requirement=key,
                            evidence=settle.evidence,
                            ground="abolished",
                            basis=settle.act,
                            evidence_digest=None,
                            findings=settle.findings,
                        )
                    )
                case Query() as query:
                    self.record(UnlistedEvidenceQueried(requirement=key, evidence=query.evidence))
                case GiveUp() as give_up:
                    self.record(RequirementNotExempted(requirement=key, findings=give_up.findings))
                    if step.corrections:
                        upper[key] = step
                case _:
                    upper[key] = step
        self._tend_deferrals()
        if self.case.ended:
            return
        at = Bearings(
            rules=self.admission.rules,
            long=self.long,
            window=self.request.operator.department,
            timetable=self.timetable,
            now=self.now,
        )
        for leg in LEGS:
            for move in leg(self.case, upper, at):
                self._make(move)

    def _make(self, move: Move) -> None:
        match move:
            case OpenTask():
                budget = self.long.step(move.step)
                task = opened(
                    move.assignment,
                    move.step,
                    move.assignee,
                    task=move.task,
                    then=move.then,
                    working_days=move.working_days or budget.working_days,
                    gives_up_after=budget.gives_up_after,
                    timetable=self.timetable,
                    now=self.now,
                    requirement=move.requirement,
                    due=move.due,
                    ends_at=move.ends_at,
                )
                self.record(task)
            case CloseTask():
                self._close_task(move.assignment, move.how)
            case CloseTasks():
                self._close_questions()
                self._close_tasks(move.how)
            case _:
                self.record(move)

    def _tend_deferrals(self) -> None:
        """As ``Deferral.tend``, but for the question to the credit platforms, which the game answers."""
        if self.case.ended:
            return
        for requirement in supplied(self.case):
            self.record_all(on_supply(self.case, requirement))
            self._close_task(deferral_task(requirement), "done")
        for requirement in lapsed(self.case):
            said = on_lapse(self.case, self.admission.rules, requirement)
            self._close_questions()
            self._close_tasks("ended")
            self.record_all(said)
            return
        for assignment in pointless(self.case):
            self._close_task(assignment, "withdrawn")

    def _close_task(self, assignment: str, how: str) -> None:
        task = self.case.assignments.get(assignment)
        if task is not None and task.open:
            self.record(AssignmentClosed.model_validate({"assignment": assignment, "how": how}))

    def _close_tasks(self, how: str) -> None:
        for assignment in list(self.case.assignments):
            self._close_task(assignment, how)

    def _close_questions(self) -> None:
        for key in list(self.asking):
            self._close_question(key, ended=True)

    def _close_question(self, key: str, *, ended: bool = False) -> None:
        question = self.asking.pop(key, None)
        if question is not None:
            self.record(question.closed(ended=ended))
            self.strays.append(question)

    def _due(self, assignment: str) -> list[Moment]:
        found = moments_of(self.case.assignments[assignment], self.long.rungs, self.timetable)
        return sorted((m for m in found if m.at <= self.now), key=lambda m: (m.at, m.rung is None))

    def _take_what_came_along(self) -> None:
        for given in self.request.volunteered:
            self.volunteer(None, given, self.request.operator)
        for origin in self.request.origins:
            key = f"{origin.requirement_code}/{origin.party_id}"
            said = DeclareOrigin(command_id="start", actor=self.request.operator, origin=origin)
            self._take(declare_origin(self.sight(key), said, None), Act.DECLARE_ORIGIN)
        for choice in self.request.choices:
            key = f"{choice.requirement_code}/{choice.party_id}"
            wanted = Choose(command_id="start", actor=self.request.operator, choice=choice)
            self._take(choose(self.sight(key), wanted, None), Act.CHOOSE)

    def _take(self, acted: Acted, act: Act) -> None:
        refused = (ActRefused(command=None, act=act, errors=acted.errors),) if acted.errors else ()
        self.record_all((*refused, *acted.events), self.request.operator)
