"""What people do to a case, each by its own Update: guard, record, durable, answered.  The rules are in ``schemas``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas import acceptance_acts, case_acts
    from schemas.acceptance import (
        Accept,
        DepartmentAct,
        ExcludeTime,
        ExtendClock,
        IssueNotice,
        RefuseAcceptance,
        ReportDecision,
        ResumeClock,
        Terminate,
    )
    from schemas.acts import act_error, check_actor, check_open, check_volunteered
    from schemas.application import (
        Act,
        Actor,
        ApplicationRequest,
        CommandRef,
        Receipt,
        Volunteered,
        VolunteerEvidence,
        Withdraw,
        command_ref,
    )
    from schemas.case import Case
    from schemas.case_acts import Acted, Sight
    from schemas.case_commands import (
        CaseCommand,
        Choose,
        ConsentAssistance,
        DeclareOrigin,
        ProposeDisposition,
        RequestProof,
        RevokeAssistance,
        SignCommitment,
        SignDeferral,
        SubmitPaper,
        SupplyDeferred,
        WithdrawCommitment,
    )
    from schemas.case_reports import at_the_end, call_off
    from schemas.case_state import RequirementStanding
    from schemas.deferral import party_facts
    from schemas.errors import FieldError
    from schemas.events import (
        ApplicationWithdrawn,
        EventBody,
        EvidenceVolunteered,
        RequirementSettled,
    )
    from schemas.ladder import Climb, climb
    from schemas.long_ladder import facts_of
    from schemas.notice import make_notice
    from schemas.policy import Admission
    from schemas.route_events import RequirementReopened, RouteOpened, RungFinding
    from schemas.stage_opinion import AskOpinion, ask_opinion
    from schemas.timetable import Timetable
    from schemas.views import VOLUNTEERED_CLAUSE

from workflows.desk import Desk
from workflows.glance import Glance
from workflows.inquiry import Inquiry
from workflows.procedure import SYSTEM, Procedure
from workflows.roads import Roads

C = TypeVar("C", bound=CaseCommand)


class ApplicationActs(Procedure[Case]):
    """The acts of a case, and the state they are judged by."""

    _request: ApplicationRequest
    _glance: Glance
    _admission: Admission | None = None
    _inquiry: Inquiry | None = None
    _desk: Desk[Case] | None = None
    _roads: Roads | None = None

    # --- the applicant's will ------------------------------------------------------------------------------------

    @workflow.update(name="volunteer_evidence", description="申请人自愿提交证明材料 [五(一)]")
    async def volunteer_evidence(self, command: VolunteerEvidence) -> Receipt:
        """Take in evidence the applicant chooses to hand in; refused acts are recorded, then raised."""
        ref = command_ref(Act.VOLUNTEER_EVIDENCE, command)
        return await self._act(
            ref,
            command.actor,
            check=lambda: self._actor_errors(command.actor) or self._volunteer_errors(command.evidence),
            do=lambda: self._settle_volunteered(ref, command.evidence, command.actor),
        )

    @workflow.update(name="withdraw", description="申请人撤回申请")
    async def withdraw(self, command: Withdraw) -> Receipt:
        """End the case at the applicant's word; every question still out is closed."""
        ref = command_ref(Act.WITHDRAW, command)

        def check() -> tuple[FieldError, ...]:
            decided = (act_error("command_id", "already_decided"),) if self._case.decided else ()
            return self._actor_errors(command.actor) or check_open(self._case) or decided

        def do() -> None:
            self._close_everything()
            self._recorder.record(ApplicationWithdrawn(command=ref, reason=command.reason), command.actor)

        return await self._act(ref, command.actor, check=check, do=do)

    @workflow.update(name="choose", description="申请人选择或不选择某一路径")
    async def choose(self, command: Choose) -> Receipt:
        """The applicant wants a route, or will not have it."""
        choice = command.choice
        key = f"{choice.requirement_code}/{choice.party_id}"
        return await self._of_his(Act.CHOOSE, command, key, case_acts.choose)

    @workflow.update(name="submit_paper", description="收到申请人所持纸质材料（扫描件摘要）[四(四)二]")
    async def submit_paper(self, command: SubmitPaper) -> Receipt:
        """The paper is taken in and settles provisionally; the issuer checks it."""
        return await self._of_his(Act.SUBMIT_PAPER, command, command.requirement, case_acts.submit_paper)

    @workflow.update(name="sign_commitment", description="申请人签署告知承诺书 [四(六)]")
    async def sign_commitment(self, command: SignCommitment) -> Receipt:
        """The letter is signed; the commitment's own procedure decides whether it counts."""
        return await self._of_his(Act.SIGN_COMMITMENT, command, command.requirement, case_acts.sign_commitment)

    @workflow.update(name="withdraw_commitment", description="申请人在决定前撤回承诺")
    async def withdraw_commitment(self, command: WithdrawCommitment) -> Receipt:
        """A commitment is taken back before the decision."""
        return await self._of_his(Act.WITHDRAW_COMMITMENT, command, command.requirement, case_acts.withdraw_commitment)

    @workflow.update(name="sign_deferral", description="申请人签署容缺受理承诺书")
    async def sign_deferral(self, command: SignDeferral) -> Receipt:
        """A material will be supplied later."""
        return await self._of_his(Act.SIGN_DEFERRAL, command, command.requirement, case_acts.sign_deferral)

    @workflow.update(name="supply_deferred", description="容缺材料补交")
    async def supply_deferred(self, command: SupplyDeferred) -> Receipt:
        """What was owed has arrived."""
        return await self._of_his(Act.SUPPLY_DEFERRED, command, command.requirement, case_acts.supply_deferred)

    @workflow.update(name="consent_assistance", description="受理窗口经申请人同意发起帮办代办 [四(五)]")
    async def consent_assistance(self, command: ConsentAssistance) -> Receipt:
        """The case is parked in assistance, with his consent and 委托书."""
        return await self._of_his(Act.CONSENT_ASSISTANCE, command, command.requirement, case_acts.consent_assistance)

    @workflow.update(name="revoke_assistance", description="申请人撤回帮办代办委托")
    async def revoke_assistance(self, command: RevokeAssistance) -> Receipt:
        """Consent is taken back."""
        return await self._of_his(Act.REVOKE_ASSISTANCE, command, command.requirement, case_acts.revoke_assistance)

    @workflow.update(name="request_proof", description="申请人主动要求获取证明材料 [五(一)]")
    async def request_proof(self, command: RequestProof) -> Receipt:
        """The applicant wants the document itself: handed to the issuer's item, with a number to follow."""
        return await self._of_his(Act.REQUEST_PROOF, command, command.requirement, case_acts.request_proof)

    @workflow.update(name="declare_origin", description="说明事实出自省外、境外或历史久远")
    async def declare_origin(self, command: DeclareOrigin) -> Receipt:
        """Where the fact would have to come from."""
        key = f"{command.origin.requirement_code}/{command.origin.party_id}"
        return await self._of_his(Act.DECLARE_ORIGIN, command, key, case_acts.declare_origin)

    # --- the deciding department ---------------------------------------------------------------------------------

    @workflow.update(name="propose_disposition", description="主管部门向管委会提出处置意见 [四(七)]")
    async def propose_disposition(self, command: ProposeDisposition) -> Receipt:
        """The department's analysis and proposal go to 管委会."""
        ref = command_ref(Act.PROPOSE_DISPOSITION, command)
        key = command.requirement
        return await self._decided_by(
            ref, command.actor, command, lambda: case_acts.propose_disposition(self._sight(key), command, ref)
        )

    @workflow.update(name="ask_opinion", description="主管部门就某一环节征求其他部门意见 [四(四)一]")
    async def ask_opinion(self, command: AskOpinion) -> Receipt:
        """Another department is asked; the decision waits until it has spoken or its time is over."""
        return await self._of_department(
            Act.ASK_OPINION,
            command,
            lambda ref: ask_opinion(self._case, self._admitted().rules, command, ref),
        )

    @workflow.update(name="issue_notice", description="主管部门发出一次性补正告知")
    async def issue_notice(self, command: IssueNotice) -> Receipt:
        """The one notice goes out, naming everything that is still required."""
        return await self._of_department(
            Act.ISSUE_NOTICE,
            command,
            lambda ref: acceptance_acts.issue_notice(
                self._case, make_notice(self._case, self._admitted().rules, with_open=True), ref
            ),
        )

    @workflow.update(name="accept", description="主管部门受理")
    async def accept(self, command: Accept) -> Receipt:
        """受理: the clocks of law and of promise start."""
        return await self._of_department(
            Act.ACCEPT,
            command,
            lambda ref: acceptance_acts.accept(
                self._case, self._admitted().rules, command, ref, self._timetable, workflow.now()
            ),
        )

    @workflow.update(name="refuse_acceptance", description="主管部门不予受理（说明理由和依据）")
    async def refuse_acceptance(self, command: RefuseAcceptance) -> Receipt:
        """不予受理 ends the case."""
        return await self._of_department(
            Act.REFUSE_ACCEPTANCE,
            command,
            lambda ref: acceptance_acts.refuse_acceptance(self._case, command, ref),
            ends=True,
        )

    @workflow.update(name="extend_clock", description="延长时限（行政许可法第四十二条，书面告知）")
    async def extend_clock(self, command: ExtendClock) -> Receipt:
        """延长, by decision of the head of the department."""
        return await self._of_department(
            Act.EXTEND_CLOCK,
            command,
            lambda ref: acceptance_acts.extend_clock(self._case, command, ref, self._timetable, workflow.now()),
        )

    @workflow.update(name="exclude_time", description="扣除时间开始（行政许可法第四十五条，书面告知）")
    async def exclude_time(self, command: ExcludeTime) -> Receipt:
        """扣除 begins."""
        return await self._of_department(
            Act.EXCLUDE_TIME,
            command,
            lambda ref: acceptance_acts.exclude_time(self._case, self._admitted().rules, command, ref),
        )

    @workflow.update(name="resume_clock", description="扣除时间结束")
    async def resume_clock(self, command: ResumeClock) -> Receipt:
        """扣除 ends."""
        return await self._of_department(
            Act.RESUME_CLOCK,
            command,
            lambda ref: acceptance_acts.resume_clock(self._case, ref, self._timetable, workflow.now()),
        )

    @workflow.update(name="report_decision", description="业务系统回报决定")
    async def report_decision(self, command: ReportDecision) -> Receipt:
        """决定 is reported back."""
        return await self._of_department(
            Act.REPORT_DECISION,
            command,
            lambda ref: acceptance_acts.report_decision(self._case, command, ref, workflow.now()),
        )

    @workflow.update(name="terminate", description="申请人死亡或法人终止，终止办理")
    async def terminate(self, command: Terminate) -> Receipt:
        """The case ends because the applicant is no more."""
        applicant = next(p.kind for p in self._request.parties if p.role == "applicant")
        return await self._of_department(
            Act.TERMINATE,
            command,
            lambda ref: acceptance_acts.terminate(self._case, applicant, command, ref),
            ends=True,
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _case(self) -> Case:
        return self._recorder.state

    async def _ready_for_acts(self) -> None:
        await workflow.wait_condition(lambda: self._admission is not None or self._case.ended)

    async def _of_his(self, act: Act, command: C, key: str, decide: Callable[[Sight, C, CommandRef], Acted]) -> Receipt:
        """An act of the applicant's will about one requirement."""
        ref = command_ref(act, command)
        return await self._decided_by(
            ref, command.actor, command, lambda: decide(self._sight(key), command, ref), his=True
        )

    async def _of_department(
        self, act: Act, command: DepartmentAct, decide: Callable[[CommandRef], Acted], *, ends: bool = False
    ) -> Receipt:
        """An act of the deciding department on the case as a whole."""
        ref = command_ref(act, command)
        return await self._decided_by(ref, command.actor, None, lambda: decide(ref), department=True, ends=ends)

    async def _decided_by(
        self,
        ref: CommandRef,
        actor: Actor,
        command: CaseCommand | None,
        decide: Callable[[], Acted],
        *,
        his: bool = False,
        department: bool = False,
        ends: bool = False,
    ) -> Receipt:
        def check() -> tuple[FieldError, ...]:
            if self._admission is None or self._desk is None:
                return check_open(self._case) or (act_error("command_id", "long_routes_not_offered"),)
            errors = self._actor_errors(actor) if his else ()
            if department:
                errors = acceptance_acts.department_only(actor, self._admission.rules)
            return errors or check_open(self._case) or decide().errors

        def do() -> None:
            events = decide().events
            if ends:
                self._close_everything()
            for body in events:
                self._recorder.record(body, actor)
                if isinstance(body, RouteOpened) and command is not None and self._roads is not None:
                    self._roads.remember(body.stream, command)

        return await self._act(ref, actor, check=check, do=do)

    def _sight(self, key: str) -> Sight:
        """What an act about a requirement is judged by; one that is not exempted is looked at as if it were open."""
        known = self._case.requirements.get(key)
        lookable = (RequirementStanding.OPEN, RequirementStanding.NOT_EXEMPTED)
        step = self._climb(key) if known is not None and known.standing in lookable else None
        return Sight(
            case=self._case,
            rules=self._admitted().rules,
            climb=step,
            now=workflow.now(),
            parties=party_facts(self._request),
        )

    def _climb(self, key: str) -> Climb:
        admission = self._admitted()
        party_id = self._case.requirements[key].raised.party_id
        party = next(p for p in self._request.parties if p.party_id == party_id)
        authorised = tuple(a.scope for a in party.authorisations)
        return climb(
            admission.rules,
            admission.policy,
            self._case,
            key,
            authorised,
            workflow.now(),
            facts_of(self._request),
        )

    def _actor_errors(self, actor: Actor) -> tuple[FieldError, ...]:
        if self._admission is None:
            return ()
        return check_actor(actor, self._admission.rules, self._request.operator)

    def _close_everything(self) -> None:
        """The case ends here: questions, routes and tasks that are still open are closed first."""
        if self._inquiry is not None:
            self._inquiry.close_all()
        if self._desk is not None:
            self._record_all(at_the_end(self._case))
            self._desk.close_all("ended")

    def _record_all(self, events: tuple[EventBody, ...], actor: Actor = SYSTEM) -> None:
        for body in events:
            self._recorder.record(body, actor)

    def _volunteer_errors(self, given: Volunteered) -> tuple[FieldError, ...]:
        if self._admission is None:
            return check_open(self._case)
        return check_volunteered(self._case, self._admission.rules, given)

    def _settle_volunteered(self, command: CommandRef | None, given: Volunteered, actor: Actor) -> None:
        """Record the evidence and what it settles; whatever is still out for it is closed (law 7)."""
        rules = self._admitted().rules
        key = f"{given.requirement_code}/{given.party_id}"
        known = self._case.requirements[key]
        findings = known.findings or self._live_findings().get(key, ())
        evidence = next(k for k in known.raised.evidence if rules.evidence[k].code == given.evidence_type)
        self._recorder.record(EvidenceVolunteered(command=command, requirement=key, given=given), actor)
        self._inquiry_of().close(key)
        if known.standing is RequirementStanding.PROVISIONAL:
            self._recorder.record(RequirementReopened(requirement=key, reason="choice", stream=None), actor)
        self._recorder.record(
            RequirementSettled(
                requirement=key,
                evidence=evidence,
                ground="volunteered",
                basis=VOLUNTEERED_CLAUSE,
                evidence_digest=given.document_digest,
                findings=findings,
            ),
            actor,
        )
        self._record_all(call_off(known, key))
        self._glance.settled("volunteered")

    def _live_findings(self) -> dict[str, tuple[RungFinding, ...]]:
        """What the ladder says so far of the requirements still open."""
        if self._admission is None:
            return {}
        return {key: self._climb(key).findings for key in self._case.open_requirements()}

    def _deciding(self) -> tuple[str, ...]:
        return (self._admission.rules.department,) if self._admission is not None else ()

    def _reckoning(self) -> Timetable:
        return self._timetable

    @property
    def _timetable(self) -> Timetable:
        if self._desk is None:
            raise RuntimeError("no long routes")
        return self._desk.timetable

    def _admitted(self) -> Admission:
        if self._admission is None:
            raise RuntimeError("not admitted yet")
        return self._admission

    def _inquiry_of(self) -> Inquiry:
        if self._inquiry is None:
            raise RuntimeError("not admitted yet")
        return self._inquiry
