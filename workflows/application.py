"""办件: carries one application from 收件 to hand-over; ``run`` reads like the procedure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.catalogue import AdmitRequest, CatalogueActivities, still_holds
    from schemas import case_acts
    from schemas.application import (
        Act,
        ApplicationRequest,
        ApplicationResult,
        ApplicationStatus,
        CommandRef,
        Explanation,
    )
    from schemas.application_start import ApplicationStart, admitted
    from schemas.asking import Question, group
    from schemas.case import Case, apply
    from schemas.case_acts import Acted
    from schemas.case_commands import Choose, DeclareOrigin
    from schemas.case_reports import on_completion, on_report, on_review
    from schemas.consultation import OpinionReport
    from schemas.events import (
        ApplicationCancelled,
        ApplicationHandedOver,
        ApplicationRefused,
        EventBody,
        RequirementNotExempted,
        RequirementSettled,
        UnlistedEvidenceQueried,
        received,
    )
    from schemas.ladder import Ask, Climb, GiveUp, Query, Settle
    from schemas.long_route import RouteView, tasks_of
    from schemas.notice import make_notice
    from schemas.overview import CaseOverview, overview_of
    from schemas.policy import Admission, AdmissionResult
    from schemas.route_events import CompletionReport, ReviewReport, RouteReport, RungFinding
    from schemas.route_starts import long_policy, watchable
    from schemas.stage_opinion import on_opinion
    from schemas.stream import ActRefused
    from schemas.texts import zh
    from schemas.views import explain, result_of, status_of

from workflows.application_acts import ApplicationActs
from workflows.course import Course
from workflows.deferral import Deferral
from workflows.desk import Desk
from workflows.glance import Glance
from workflows.inquiry import Inquiry
from workflows.procedure import SYSTEM, refusal
from workflows.recorder import Recorder
from workflows.roads import Roads
from workflows.watch import Watch

ADMIT_TIMEOUT = timedelta(seconds=10)
LONGEST_REASON = 200


@workflow.defn(name="ApplicationWorkflow")
class ApplicationWorkflow(ApplicationActs):
    """One case.  People act by Update, look by Query, and get the result only when the ledger has it."""

    @workflow.init
    def __init__(self, start: ApplicationStart) -> None:
        self._request = request = start.request()
        self._recorder = Recorder(workflow.info().workflow_id, request.application_no, apply, start.carried)
        self._first = received(request, workflow.now())
        self._glance = Glance(self._recorder)
        self._looked = start.carried is not None
        if start.carried is None:
            self._recorder.record(self._first, request.operator)

    @workflow.run
    async def run(self, start: ApplicationStart) -> ApplicationResult:
        """收件 → 登记 → 查验 → 移交; see ``schemas.application`` for what goes in and comes out."""
        try:
            admission = await self._admitted_or_carried(start)
            if self._desk is None or self._roads is None:
                await self._establish()
                self._hand_over(admission)
            else:
                await self._carry_through(self._desk, self._roads, start)
            position = await self._drained()
        except asyncio.CancelledError:
            if not await self._ended_before_cancellation():
                raise
            admission, position = self._admitted(), await self._drained()
        return result_of(self._case, admission.rules, position)

    # --- the procedure -------------------------------------------------------------------------------------------

    async def _admitted_or_carried(self, start: ApplicationStart) -> Admission:
        """登记 with what came along; a later run of the same case has its admission with it."""
        if start.carried is not None and start.admission is not None:
            self._equip(start.admission)
            return start.admission
        admission = await self._admit(self._request, start.admission)
        self._take_volunteered(self._request)
        self._take_choices(self._request)
        return admission

    def _equip(self, admission: Admission) -> None:
        """What a case works with once it is admitted; desk and roads only where long routes are offered."""
        self._recorder.task_queue = admission.policy.queues.get("ledger")
        self._inquiry = Inquiry(self._request, admission, self._recorder, self._glance, SYSTEM)
        if admission.policy.long is not None and admission.calendar is not None:
            long, calendar, queues = admission.policy.long, admission.calendar, admission.policy.queues
            self._desk = desk = Desk(
                self._recorder,
                long,
                calendar,
                queues,
                SYSTEM,
                show=lambda: self._glance.people(admission, desk.timetable),
            )
            self._roads = Roads(self._request, admission, self._recorder)
        self._admission = admission
        self._glance.asking()

    async def _admit(self, request: ApplicationRequest, found: Admission | None) -> Admission:
        """登记: pin the catalogue version, raise the requirements; or refuse, naming every field."""
        stream, started_at = workflow.info().workflow_id, workflow.info().start_time
        if found is not None and still_holds(request, self._first, started_at, stream, found):
            result = AdmissionResult(admission=found)
        else:
            result = await workflow.execute_local_activity_method(
                CatalogueActivities.admit,
                AdmitRequest(request=request, received=self._first, started_at=started_at, stream=stream),
                start_to_close_timeout=ADMIT_TIMEOUT,
                summary=zh.SUMMARY_ADMIT,
            )
        if result.admission is None:
            self._recorder.record(ApplicationRefused(errors=result.errors), SYSTEM)
            await self._drained()
            raise refusal("InvalidApplication", result.errors)
        admission = result.admission
        self._recorder.record(admitted(request, admission), SYSTEM)
        self._equip(admission)
        return admission

    def _take_volunteered(self, request: ApplicationRequest) -> None:
        """What the applicant handed in with the application [五(一)]; what is not asked for is handed back."""
        for given in request.volunteered:
            errors = self._volunteer_errors(given)
            if errors:
                refused = ActRefused(command=None, act=Act.VOLUNTEER_EVIDENCE, errors=errors)
                self._recorder.record(refused, request.operator)
            else:
                self._settle_volunteered(None, given, request.operator)

    def _take_choices(self, request: ApplicationRequest) -> None:
        """What he said with the application: which routes he wants or will not have, where facts would come from."""
        if self._desk is None:
            return
        ids = CommandRef(command_id="start", act=Act.CHOOSE, digest="0" * 64)
        for origin in request.origins:
            said = DeclareOrigin(command_id=ids.command_id, actor=request.operator, origin=origin)
            key = f"{origin.requirement_code}/{origin.party_id}"
            self._take(case_acts.declare_origin(self._sight(key), said, None), Act.DECLARE_ORIGIN)
        for choice in request.choices:
            wanted = Choose(command_id=ids.command_id, actor=request.operator, choice=choice)
            key = f"{choice.requirement_code}/{choice.party_id}"
            self._take(case_acts.choose(self._sight(key), wanted, None), Act.CHOOSE)

    def _take(self, acted: Acted, act: Act) -> None:
        refused = (ActRefused(command=None, act=act, errors=acted.errors),) if acted.errors else ()
        self._record_all((*refused, *acted.events), self._request.operator)

    async def _establish(self) -> None:
        """查验: climb the ladder for every open requirement at once until none is open."""
        inquiry = self._inquiry_of()
        while not self._case.ended:
            questions, _ = self._climb_all()
            known = self._recorder.recorded
            if inquiry.send(group(questions)):
                await self._recorder.flush()
            if inquiry.asking:
                await inquiry.progress(known)
            elif not self._case.open_requirements():
                return

    def _climb_all(self) -> tuple[tuple[Question, ...], dict[str, Climb]]:
        """Questions to be sent, and what the ladder says of requirements that people have to go on with.

        What asks nobody is recorded at once.
        """
        questions: list[Question] = []
        upper: dict[str, Climb] = {}
        for key in self._case.open_requirements():
            if key in self._inquiry_of().asking:
                continue
            step = self._climb(key)
            match step.decision:
                case Ask() as ask:
                    now = workflow.now()
                    questions.append(Question(requirement=key, ask=ask, findings=step.findings, asked_at=now))
                case Settle() | Query() | GiveUp():
                    self._close(key, step)
                    if step.corrections:
                        upper[key] = step
                case _:
                    upper[key] = step
        return tuple(questions), upper

    async def _carry_through(self, desk: Desk[Case], roads: Roads, start: ApplicationStart) -> None:
        """查验 → 补正 → 受理 → 决定 → 办结, as far as anything is owed; ends at hand-over where nothing is."""
        request, admission, inquiry = self._request, self._admitted(), self._inquiry_of()
        course = Course(request, admission, long_policy(admission), self._recorder, desk, SYSTEM, inquiry.close_all)
        watch = Watch(request, admission, self._recorder, self._glance, SYSTEM, inquiry.close)
        deferral = Deferral(request, admission, self._recorder, desk, self._findings, SYSTEM, inquiry.close_all)
        own = (inquiry, watch, deferral)
        guard = asyncio.create_task(self._ask_nothing_for_an_ended_case(watch))
        while not self._case.ended:
            if desk.quiet and roads.idle and deferral.idle and not inquiry.asking:
                await self._continue_as_new_when_due(start)
            questions, upper = self._climb_all()
            waits = inquiry.send(group(questions))
            known = self._recorder.recorded  # what is recorded from here on may change what the ladder says next
            deferral.tend()
            if not self._case.ended:
                course.steer(upper)
            if self._case.ended:
                break
            self._watch(watch, upper)
            self._looked = self._looked or not inquiry.asking
            if waits or desk.busy or not roads.idle:
                desk.show()
                await self._recorder.flush()
                await roads.tend()  # after it: a route is told nothing before it has begun
            await desk.pause(lambda: self._recorder.recorded > known or any(o.broken for o in own))  # noqa: B023
            for each in own:
                each.raise_defect()
        deferral.tend()
        await self._recorder.flush()
        guard.cancel()
        await roads.tend()
        watch.stop_all()  # last, so that it goes out with the end and costs no workflow task of its own
        self._glance.ended()

    async def _ask_nothing_for_an_ended_case(self, watch: Watch) -> None:
        """While the ledger does not take the end in, nothing is asked for the case any more (law 9).

        Beside the course of the case: that may be waiting for the ledger since before the end.
        """
        await workflow.wait_condition(lambda: self._case.ended and self._recorder.snags.any)
        watch.stop_all()

    def _watch(self, watch: Watch, upper: dict[str, Climb]) -> None:
        """While people are working sharing is asked again: the record may have been put there meanwhile (law 7)."""
        for key in watch.watched:
            if key not in upper:
                watch.stop(key)
        for key, step in upper.items():
            watch.ensure(watchable(self._admitted(), self._case, key, step.findings, workflow.now()))

    async def _continue_as_new_when_due(self, start: ApplicationStart) -> None:
        """A history that grew long is left behind at a quiet moment; all that is pending is state and goes along."""
        if not workflow.info().is_continue_as_new_suggested():
            return
        await self._drained()
        if not self._case.ended:
            carried = {"admission": self._admitted(), "carried": self._recorder.carry()}
            workflow.continue_as_new(start.model_copy(update=carried))

    def _close(self, key: str, step: Climb) -> None:
        """Record a decision that asks nobody."""
        match step.decision:
            case Settle() as settle:
                settled = RequirementSettled(
                    requirement=key,
                    evidence=settle.evidence,
                    ground="abolished",
                    basis=settle.act,
                    evidence_digest=None,
                    findings=settle.findings,
                )
                self._recorder.record(settled, SYSTEM)
                self._glance.settled("abolished")
            case Query() as query:
                self._recorder.record(UnlistedEvidenceQueried(requirement=key, evidence=query.evidence), SYSTEM)
            case GiveUp() as give_up:
                self._recorder.record(RequirementNotExempted(requirement=key, findings=give_up.findings), SYSTEM)

    def _hand_over(self, admission: Admission) -> None:
        """移交: the outcome, with the one notice where something is still required."""
        if not self._case.ended:
            self._recorder.record(ApplicationHandedOver(notice=make_notice(self._case, admission.rules)), SYSTEM)
        self._glance.ended()

    async def _ended_before_cancellation(self) -> bool:
        """An operator cancelled through Temporal: said in the ledger, unless the outcome stood already."""
        outcome_stands = self._case.ended
        if not outcome_stands:
            self._close_everything()
            reason = (workflow.cancellation_reason() or "")[:LONGEST_REASON]
            self._recorder.record(ApplicationCancelled(reason=reason), SYSTEM)
            if self._roads is not None:  # whoever works on it is told, once the ledger has it
                await self._recorder.flush()
                await self._roads.tend()
        await self._drained()
        return outcome_stands

    # --- what the long routes tell -------------------------------------------------------------------------------

    @workflow.signal(name="report", description="长路径向办件回报（本系统工作流之间）")
    def report(self, report: RouteReport) -> None:
        """A long route tells what came of it; heard once."""
        findings = self._findings(report.requirement)
        self._hear(lambda: on_report(self._case, report, findings))

    @workflow.signal(name="review_report", description="异常复核结论回报（本系统工作流之间）")
    def review_report(self, report: ReviewReport) -> None:
        """The deciding department has looked at an answer no machine may pass over."""
        findings = self._findings(report.requirement)
        self._hear(lambda: on_review(self._case, report, findings))

    @workflow.signal(name="completion_report", description="证照补齐结果回报（本系统工作流之间）")
    def completion_report(self, report: CompletionReport) -> None:
        """A licence was completed, or cannot be."""
        self._hear(lambda: on_completion(self._case, report))

    @workflow.signal(name="opinion_report", description="环节意见征集回报（本系统工作流之间）")
    def opinion_report(self, report: OpinionReport) -> None:
        """A department that was asked about a stage of the case has spoken, or its time is over."""
        self._hear(lambda: on_opinion(self._case, report))

    def _hear(self, events: Callable[[], tuple[EventBody, ...]]) -> None:
        if self._case.ended:
            return
        for body in events():
            if isinstance(body, RequirementSettled) and self._inquiry is not None:  # a report can come before ``run``
                self._inquiry.close(body.requirement)
            self._recorder.record(body, SYSTEM)

    def _findings(self, key: str) -> tuple[RungFinding, ...]:
        known = self._case.requirements.get(key)
        if known is None:
            return ()
        return known.findings or self._live_findings().get(key, ())

    # --- what people see -----------------------------------------------------------------------------------------

    @workflow.query(name="status", description="办件与各证明要求的状态")
    def status(self) -> ApplicationStatus:
        """How the case stands; no personal data."""
        return status_of(self._case, self._recorder.durable)

    @workflow.query(name="tasks", description="办件自身的待办与期限（各长路径另有其工作流）")
    def tasks(self) -> RouteView:
        """The tasks of the case itself: the applicant's, the window's, the deciding department's."""
        state = self._case
        return RouteView(
            stream=workflow.info().workflow_id,
            application_no=state.application_no,
            ended=state.ended,
            tasks=tasks_of(state),
            recorded=self._recorder.recorded,
            durable=self._recorder.durable,
        )

    @workflow.query(name="explain", description="各证明要求走了或没走哪条路径，为何，依据哪一条")
    def explain(self) -> Explanation:
        """For every requirement every route: taken or passed over, why, under which clause."""
        return explain(self._case, self._live_findings())

    @workflow.query(name="overview", description="办件全貌：状态、缘由、待办与结果")
    def overview(self) -> CaseOverview:
        """All of it in one answer."""
        rules = self._admission.rules if self._admission is not None else None
        recorder = self._recorder
        return overview_of(
            self._case, self._request.operator, rules, self._live_findings(), recorder.position, recorder.durable
        )

    @workflow.update(name="first_answer", description="等首轮查验的结果（收件与答复一次往返）")
    async def first_answer(self) -> CaseOverview:
        """Return when sharing has said what it can and the ledger has it: the outcome, or who is waited for now."""
        await workflow.wait_condition(lambda: self._case.ended or self._looked)
        await self._recorder.flush()
        return self.overview()

    @workflow.query(name="request", description="收到的申请原文（加密传输）")
    def request(self) -> ApplicationRequest:
        """The request as it started the case; a second start under the same number is compared with it."""
        return self._request
