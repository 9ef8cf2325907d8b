"""The course of a case whose facts need people: which tasks are whose, when the one notice goes out, when it ends.

Level-triggered like the roads: what is done follows from the state, so it may be asked as often as one likes.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.acceptance import ApplicationCompleted, ApplicationTerminated, NoticeIssued, ResultReleased
    from schemas.acceptance_acts import accepted, charge_applicant, discharge_applicant
    from schemas.application import Actor, ApplicationRequest
    from schemas.assignment import Assignee, Responsible, Step
    from schemas.case import Case, RequirementStanding, Stage
    from schemas.events import ApplicationHandedOver, EventBody
    from schemas.ladder import Climb, Offer, Open, Propose, proposal_task
    from schemas.long_ladder import choice_task
    from schemas.long_route import ROUTE_WORDS, long_route_stream
    from schemas.notice import make_notice
    from schemas.policy import Admission, LongPolicy
    from schemas.route_events import CompletionJoined, ReviewOpened, RouteOpened
    from schemas.route_starts import completion_stream, review_about, review_stream
    from schemas.texts import zh
    from schemas.timetable import ClockKind, Due, due_of

from workflows.desk import Desk
from workflows.recorder import Recorder

NOTICE, SUPPLEMENT, ACCEPTANCE, DECISION = "notice", "supplement", "acceptance", "decision"
"""Tasks of the case as a whole; those about a requirement have its key behind their step."""
ABOUT_REQUIREMENT = (Step.CHOICE, Step.PROPOSAL)


class Course:
    """Steers one case; ``climbs`` are what the ladder says of its open requirements right now."""

    def __init__(
        self,
        request: ApplicationRequest,
        admission: Admission,
        long: LongPolicy,
        recorder: Recorder[Case],
        desk: Desk[Case],
        system: Actor,
    ) -> None:
        self._request = request
        self._admission = admission
        self._long = long
        self._recorder = recorder
        self._desk = desk
        self._system = system

    def steer(self, climbs: dict[str, Climb]) -> None:
        """Open what the ladder asks for, close the tasks that have lost their point, and move the stage on."""
        for key, step in climbs.items():
            self._open(key, step)
        self._sweep(climbs)
        if not self._case.open_requirements():
            self._all_closed()
        self._lapse()
        if not self._case.ended:
            self._charge()
            self._watch_the_notice()

    # --- requirements --------------------------------------------------------------------------------------------

    def _open(self, key: str, step: Climb) -> None:
        state = self._case.requirements[key]
        for evidence in step.reviews:
            outcome, detail = review_about(state, evidence)
            stream = review_stream(self._case.application_no, key, len(state.reviews) + 1)
            self._record(
                ReviewOpened(requirement=key, evidence=evidence, stream=stream, outcome=outcome, detail=detail)
            )
        for correction in step.corrections:
            party = next(p for p in self._case.parties if p.party_id == state.raised.party_id)
            kind = self._admission.rules.evidence[correction.evidence]
            stream = completion_stream(kind.code, party.subject_ref)
            self._record(CompletionJoined(requirement=key, evidence=correction.evidence, stream=stream))
        match step.decision:
            case Open() as up:
                word = ROUTE_WORDS[up.route]
                self._record(
                    RouteOpened(
                        command=None,
                        requirement=key,
                        evidence=up.evidence,
                        route=up.route,
                        stream=long_route_stream(word, self._case.application_no, key, up.round),
                        round=up.round,
                        document_digest=None,
                        findings=up.findings,
                    )
                )
            case Offer() as offer:
                self._ask_applicant(key, offer)
            case Propose() as propose:
                self._ask_department(key, propose.evidence)

    def _ask_applicant(self, key: str, offer: Offer) -> None:
        """His will is needed: one task, visible as his, charged to him; silence presumes nothing."""
        if self._desk.is_open(choice_task(key)):
            return
        routes = tuple(dict.fromkeys(option.route for option in offer.options))
        names = "、".join(zh.ROUTES[route.value] for route in routes)
        evidence = self._admission.rules.evidence[offer.options[0].evidence].name
        self._desk.open(
            choice_task(key),
            Step.CHOICE,
            self._applicant(),
            task=zh.TASK_CHOICE.format(evidence=evidence, options=names),
            then=zh.THEN_WITHOUT_HIM,
            requirement=key,
        )

    def _ask_department(self, key: str, evidence: str) -> None:
        if self._desk.is_open(proposal_task(key)):
            return
        self._desk.open(
            proposal_task(key),
            Step.PROPOSAL,
            self._department(),
            task=zh.TASK_PROPOSAL.format(evidence=self._admission.rules.evidence[evidence].name),
            then=zh.THEN_NOT_EXEMPTED,
            requirement=key,
        )

    def _sweep(self, climbs: dict[str, Climb]) -> None:
        """A question that has lost its point is withdrawn: the requirement went another way."""
        wanted: dict[Step, type[Offer] | type[Propose]] = {Step.CHOICE: Offer, Step.PROPOSAL: Propose}
        for task in list(self._case.assignments.values()):
            if task.open and task.step in ABOUT_REQUIREMENT and task.requirement is not None:
                step = climbs.get(task.requirement)
                if step is None or not isinstance(step.decision, wanted[task.step]):
                    self._desk.close(task.assignment, "done")

    # --- the case as a whole -------------------------------------------------------------------------------------

    def _all_closed(self) -> None:
        """Nothing is open: what is lacking is told at once and whole; what is final is handed over."""
        case = self._case
        lacking = case.standing(RequirementStanding.NOT_EXEMPTED)
        owed = case.standing(RequirementStanding.PROVISIONAL)
        match case.stage:
            case Stage.ESTABLISHING if not lacking and not owed:
                self._desk.close_all("done")
                self._record(ApplicationHandedOver(notice=case.notice))
            case Stage.ESTABLISHING if lacking:
                self._give_notice()
            case Stage.ESTABLISHING:
                self._ask_for_acceptance()
            case Stage.ACCEPTED:
                self._ask_for_decision()
            case Stage.DECIDED if not case.deferrals_owed or case.decision == "refused":
                self._complete()

    def _give_notice(self) -> None:
        """补正告知, once and complete; then it is the applicant's turn."""
        if self._case.notice is None:
            notice = make_notice(self._case, self._admission.rules)
            if notice is None:
                return
            self._record(NoticeIssued(command=None, notice=notice))
        self._desk.close(NOTICE, "done")
        if SUPPLEMENT not in self._case.assignments:
            self._desk.open(
                SUPPLEMENT, Step.SUPPLEMENT, self._applicant(), task=zh.TASK_SUPPLEMENT, then=zh.THEN_SUPPLEMENT
            )

    def _ask_for_acceptance(self) -> None:
        self._desk.close(SUPPLEMENT, "done")
        if not self._desk.is_open(NOTICE) and ACCEPTANCE not in self._case.assignments:
            self._desk.open(
                ACCEPTANCE, Step.ACCEPTANCE, self._department(), task=zh.TASK_ACCEPTANCE, then=zh.THEN_ALARM
            )

    def _ask_for_decision(self) -> None:
        for task in (NOTICE, ACCEPTANCE, SUPPLEMENT):
            self._desk.close(task, "done")
        if DECISION in self._case.assignments:
            return
        clock = self._case.clocks.get(ClockKind.PROMISED) or self._case.clocks.get(ClockKind.STATUTORY)
        due = due_of(clock, self._desk.timetable, workflow.now()) if clock is not None else None
        self._desk.open(DECISION, Step.DECISION, self._department(), task=zh.TASK_DECISION, then=zh.THEN_ALARM, due=due)

    def _complete(self) -> None:
        self._desk.close_all("done")
        if self._case.withheld:
            self._record(ResultReleased())
        self._record(ApplicationCompleted())

    def _lapse(self) -> None:
        """Deadlines of the whole case that passed: deemed acceptance, an applicant who never supplied."""
        case = self._case
        if case.ended:
            return
        notice, supplement = case.assignments.get(NOTICE), case.assignments.get(SUPPLEMENT)
        if notice is not None and notice.closed == "expired" and case.stage is Stage.ESTABLISHING:
            self._record_all(accepted(self._admission.rules, None, case.received_at, self._desk.timetable, deemed=True))
        if supplement is not None and supplement.closed == "expired" and not case.decided:
            self._desk.close_all("ended")
            self._record(
                ApplicationTerminated(command=None, cause="not_supplied", reason=zh.BASIS_LAPSED, document_digest=None)
            )

    def _charge(self) -> None:
        """While only the applicant can go on, the clocks that may stand still, do; the statutory one never does."""
        his = (Step.CHOICE, Step.SUPPLEMENT)
        turn = next((t for t in self._case.assignments.values() if t.open and t.step in his), None)
        if turn is not None:
            self._record_all(charge_applicant(self._case, turn.task))
        else:
            self._record_all(discharge_applicant(self._case, self._desk.timetable, workflow.now()))

    def _watch_the_notice(self) -> None:
        """A case that waits for people before 受理 has the five-working-day clock of its notice running (law: §32)."""
        case = self._case
        waits = any(t.open for t in case.assignments.values()) or any(
            r.standing.value == "open" for q in case.requirements.values() for r in q.routes
        )
        before = case.stage is Stage.ESTABLISHING and case.notice is None and NOTICE not in case.assignments
        if not (waits and before) or case.notice_due is None:
            return
        due = self._notice_due()
        deemed = self._admission.rules.item_type in self._long.deemed_accepted
        self._desk.open(
            NOTICE,
            Step.NOTICE,
            self._department(),
            task=zh.TASK_NOTICE,
            then=zh.THEN_DEEMED if deemed else zh.THEN_ALARM,
            working_days=self._admission.rules.notice_working_days,
            ends_at=due.at if deemed else None,
            due=due,
            tell=False,
        )

    def _notice_due(self) -> Due:
        """From 收件, on the real calendar; a demonstration's short days run from 收件 too."""
        if self._long.working_day_seconds is not None:
            return self._desk.timetable.due(self._case.received_at, self._admission.rules.notice_working_days)
        assert self._case.notice_due is not None  # noqa: S101 - set at admission
        closing = self._desk.timetable.closing(self._case.notice_due)
        return Due(at=closing, provisional=self._case.notice_due_provisional)

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _case(self) -> Case:
        return self._recorder.state

    def _record(self, body: EventBody) -> None:
        self._recorder.record(body, self._system)

    def _record_all(self, bodies: tuple[EventBody, ...]) -> None:
        for body in bodies:
            self._record(body)

    def _applicant(self) -> Assignee:
        """The applicant, reached through the window that took his application in."""
        department = self._request.operator.department or self._admission.rules.department
        return Assignee(responsible=Responsible.APPLICANT, name=zh.APPLICANT, department=department)

    def _department(self) -> Assignee:
        rules = self._admission.rules
        return Assignee(responsible=Responsible.DEPARTMENT, name=rules.department_name, department=rules.department)
