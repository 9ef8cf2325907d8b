"""办件: carries one application from 收件 to hand-over; ``run`` reads like the procedure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.catalogue import AdmitRequest, CatalogueActivities, still_holds
    from schemas.acts import act_error, check_actor, check_open, check_volunteered
    from schemas.admission import raise_requirements
    from schemas.application import (
        Act,
        Actor,
        ApplicationRequest,
        ApplicationResult,
        ApplicationStatus,
        CommandRef,
        Explanation,
        LedgerPosition,
        Receipt,
        Volunteered,
        VolunteerEvidence,
        Withdraw,
        command_ref,
    )
    from schemas.application_start import ApplicationStart
    from schemas.asking import Question, group
    from schemas.case import Case, apply
    from schemas.codes import ActorKind
    from schemas.errors import FieldError
    from schemas.events import (
        ActRefused,
        ApplicationAdmitted,
        ApplicationCancelled,
        ApplicationHandedOver,
        ApplicationRefused,
        ApplicationWithdrawn,
        EvidenceVolunteered,
        PartyRecord,
        RequirementNotExempted,
        RequirementSettled,
        RungFinding,
        UnlistedEvidenceQueried,
        received,
    )
    from schemas.ladder import Ask, Climb, GiveUp, Query, Settle, climb
    from schemas.notice import make_notice
    from schemas.policy import Admission, AdmissionResult
    from schemas.texts import zh
    from schemas.views import VOLUNTEERED_CLAUSE, explain, result_of, status_of

from workflows.glance import Glance
from workflows.inquiry import Inquiry
from workflows.recorder import Recorder

ADMIT_TIMEOUT = timedelta(seconds=10)
LONGEST_REASON = 200
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")


@workflow.defn(name="ApplicationWorkflow")
class ApplicationWorkflow:
    """One case.  People act by Update, look by Query, and get the result only when the ledger has it."""

    @workflow.init
    def __init__(self, start: ApplicationStart) -> None:
        self._request = request = start.request()
        self._recorder = Recorder(workflow.info().workflow_id, request.application_no, apply)
        self._first = received(request, workflow.now())
        self._recorder.record(self._first, request.operator)
        self._admission: Admission | None = None
        self._inquiry: Inquiry | None = None
        self._glance = Glance()

    @workflow.run
    async def run(self, start: ApplicationStart) -> ApplicationResult:
        """收件 → 登记 → 查验 → 移交; see ``schemas.application`` for what goes in and comes out."""
        try:
            admission = await self._admit(self._request, start.admission)
            self._take_volunteered(self._request)
            await self._establish(admission)
            self._hand_over(admission)
            position = await self._drained()
        except asyncio.CancelledError:
            if not await self._ended_before_cancellation():
                raise
            admission, position = self._admitted(), await self._drained()
        return result_of(self._case, admission.rules, position)

    # --- the procedure -------------------------------------------------------------------------------------------

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
            raise _refusal("InvalidApplication", result.errors)
        admission = result.admission
        self._recorder.task_queue = admission.policy.queues.get("ledger")
        self._recorder.record(
            ApplicationAdmitted(
                catalogue=admission.rules.ref,
                item_name=admission.rules.item_name,
                parties=tuple(
                    PartyRecord(
                        party_id=p.party_id,
                        role=p.role,
                        kind=p.kind,
                        subject_ref=admission.subject_refs[p.party_id],
                        id_type=p.id_type,
                        id_number=p.id_number,
                        name=p.name,
                        facts=p.facts,
                    )
                    for p in request.parties
                ),
                requirements=raise_requirements(request, admission.rules),
                notice_due=admission.notice_due,
                notice_due_provisional=admission.notice_due_provisional,
            ),
            SYSTEM,
        )
        self._inquiry = Inquiry(request, admission, self._recorder, self._glance, SYSTEM)
        self._admission = admission
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

    async def _establish(self, admission: Admission) -> None:
        """查验: climb the ladder for every open requirement at once until none is open."""
        inquiry = self._inquiry_of()
        while not self._case.ended:
            questions = []
            for key in self._case.open_requirements():
                if key not in inquiry.asking:
                    step = self._climb(admission, key)
                    if isinstance(step.decision, Ask):
                        now = workflow.now()
                        questions.append(
                            Question(requirement=key, ask=step.decision, findings=step.findings, asked_at=now)
                        )
                    else:
                        self._close(key, step)
            known = self._recorder.recorded
            if inquiry.send(group(tuple(questions))):
                await self._recorder.flush()
            if inquiry.asking:
                await inquiry.progress(known)
            elif not self._case.open_requirements():
                return

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
            case Ask():
                raise AssertionError("a question is sent, not closed")

    def _hand_over(self, admission: Admission) -> None:
        """移交: the outcome, with the one notice where something is still required."""
        if not self._case.ended:
            self._recorder.record(ApplicationHandedOver(notice=make_notice(self._case, admission.rules)), SYSTEM)
        self._glance.ended(self._case)

    async def _ended_before_cancellation(self) -> bool:
        """An operator cancelled through Temporal: said in the ledger, unless the outcome stood already."""
        outcome_stands = self._case.ended
        if not outcome_stands:
            if self._inquiry is not None:
                self._inquiry.close_all()
            reason = (workflow.cancellation_reason() or "")[:LONGEST_REASON]
            self._recorder.record(ApplicationCancelled(reason=reason), SYSTEM)
        await self._drained()
        return outcome_stands

    async def _drained(self) -> LedgerPosition:
        """Everything recorded is durable and every act answered; nothing is awaited after the last check (law 2)."""
        while True:
            position = await self._recorder.flush()
            await workflow.wait_condition(lambda: self._recorder.pending or workflow.all_handlers_finished())
            if not self._recorder.pending:
                return position

    # --- what people do ------------------------------------------------------------------------------------------

    @workflow.update(name="volunteer_evidence", description="申请人自愿提交证明材料 [五(一)]")
    async def volunteer_evidence(self, command: VolunteerEvidence) -> Receipt:
        """Take in evidence the applicant chooses to hand in; refused acts are recorded, then raised."""
        ref = command_ref(Act.VOLUNTEER_EVIDENCE, command)
        return await self._act(
            ref,
            command.actor,
            check=lambda: self._volunteer_errors(command.evidence),
            do=lambda: self._settle_volunteered(ref, command.evidence, command.actor),
        )

    @workflow.update(name="withdraw", description="申请人撤回申请")
    async def withdraw(self, command: Withdraw) -> Receipt:
        """End the case at the applicant's word; every question still out is closed."""
        ref = command_ref(Act.WITHDRAW, command)
        return await self._act(
            ref,
            command.actor,
            check=lambda: check_open(self._case),
            do=lambda: self._withdraw(ref, command),
        )

    async def _act(
        self,
        ref: CommandRef,
        actor: Actor,
        check: Callable[[], tuple[FieldError, ...]],
        do: Callable[[], None],
    ) -> Receipt:
        """The same for every act: once per command id, checked, recorded, durable, answered (law 14)."""
        await workflow.wait_condition(lambda: self._admission is not None or self._case.ended)
        if ref.command_id not in self._case.commands:
            errors = self._actor_errors(actor) or check()
            if errors:
                self._recorder.record(ActRefused(command=ref, act=ref.act, errors=errors), actor)
            else:
                do()
        position = await self._recorder.flush()
        answered = self._case.commands[ref.command_id]
        if answered.command != ref:
            raise _refusal("CommandIdReused", (act_error("command_id", "command_id_reused"),))
        if answered.errors:
            raise _refusal("ActRefused", answered.errors)
        return Receipt(command_id=ref.command_id, position=position)

    def _actor_errors(self, actor: Actor) -> tuple[FieldError, ...]:
        if self._admission is None:
            return ()
        return check_actor(actor, self._admission.rules, self._request.operator)

    def _withdraw(self, ref: CommandRef, command: Withdraw) -> None:
        if self._inquiry is not None:
            self._inquiry.close_all()
        self._recorder.record(ApplicationWithdrawn(command=ref, reason=command.reason), command.actor)

    def _volunteer_errors(self, given: Volunteered) -> tuple[FieldError, ...]:
        if self._admission is None:
            return check_open(self._case)
        return check_volunteered(self._case, self._admission.rules, given)

    def _settle_volunteered(self, command: CommandRef | None, given: Volunteered, actor: Actor) -> None:
        """Record the evidence and what it settles; a question still out for it is closed (law 7)."""
        rules = self._admitted().rules
        key = f"{given.requirement_code}/{given.party_id}"
        known = self._case.requirements[key]
        findings = known.findings or self._live_findings().get(key, ())
        evidence = next(k for k in known.raised.evidence if rules.evidence[k].code == given.evidence_type)
        self._recorder.record(EvidenceVolunteered(command=command, requirement=key, given=given), actor)
        self._inquiry_of().close(key)
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
        self._glance.settled("volunteered")

    # --- what people see -----------------------------------------------------------------------------------------

    @workflow.query(name="status", description="办件与各证明要求的状态")
    def status(self) -> ApplicationStatus:
        """How the case stands; no personal data."""
        return status_of(self._case, self._recorder.durable)

    @workflow.query(name="explain", description="各证明要求走了或没走哪条路径，为何，依据哪一条")
    def explain(self) -> Explanation:
        """For every requirement every route: taken or passed over, why, under which clause."""
        return explain(self._case, self._live_findings())

    @workflow.query(name="request", description="收到的申请原文（加密传输）")
    def request(self) -> ApplicationRequest:
        """The request as it started the case; a second start under the same number is compared with it."""
        return self._request

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _case(self) -> Case:
        return self._recorder.state

    def _admitted(self) -> Admission:
        if self._admission is None:
            raise RuntimeError("not admitted yet")
        return self._admission

    def _inquiry_of(self) -> Inquiry:
        if self._inquiry is None:
            raise RuntimeError("not admitted yet")
        return self._inquiry

    def _climb(self, admission: Admission, key: str) -> Climb:
        party_id = self._case.requirements[key].raised.party_id
        party = next(p for p in self._request.parties if p.party_id == party_id)
        authorised = tuple(a.scope for a in party.authorisations)
        return climb(admission.rules, admission.policy, self._case, key, authorised, workflow.now())

    def _live_findings(self) -> dict[str, tuple[RungFinding, ...]]:
        """What the ladder says so far of the requirements still open."""
        if self._admission is None:
            return {}
        return {key: self._climb(self._admission, key).findings for key in self._case.open_requirements()}


def _refusal(kind: str, errors: tuple[FieldError, ...]) -> ApplicationError:
    """A business refusal: typed, never retried, with every field that is wrong as detail."""
    details = [e.model_dump(mode="json") for e in errors]
    return ApplicationError("; ".join(str(e) for e in errors), details, type=kind, non_retryable=True)
