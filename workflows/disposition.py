"""灵活处置: propose, consult, conclude, decide, follow up; ``run`` reads like the procedure [四(七)]."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas import disposition_acts as acts
    from schemas.application import Act, CommandRef, Receipt, command_ref
    from schemas.assignment import Assignee, Step
    from schemas.case_commands import CaseCommand, DispositionOutcome
    from schemas.consultation import OVER, OpinionReport
    from schemas.disposition import DispositionStart, DispositionState, apply, is_news, opening
    from schemas.disposition_commands import (
        Conclude,
        DecideDisposition,
        MeetCondition,
        RecordInquiry,
        ReturnProposal,
        SupplyFacts,
    )
    from schemas.disposition_events import ConditionLapsed, ConsultationAsked, DispositionEnded, OpinionHeard
    from schemas.disposition_reports import asking, committee_of, consultation_start, report_of
    from schemas.events import Event, EventBody
    from schemas.outgoing import Begin
    from schemas.recusal import Recuse
    from schemas.route_events import CaseNewsKind
    from schemas.texts import zh
    from schemas.verification import deciding

from workflows.columns import CASE_STAGE, WAITING_ON, show, wait_for
from workflows.consulting import call_over, consultation
from workflows.desk import Desk
from workflows.long_route import LongRoute
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder

A = TypeVar("A", bound=CaseCommand)
DECISION, INQUIRY, CONDITION = "decision", "inquiry", acts.CONDITION
"""Tasks of the deciding department; those of a round have its number behind."""
ENDLESS = (Step.CONCLUSION, Step.MORE_FACTS, Step.DEPARTMENT_DECISION)
"""Steps that silence never ends: nobody else may do them, and nothing is presumed (law 6)."""


@workflow.defn(name="FlexibleDispositionWorkflow")
class FlexibleDispositionWorkflow(LongRoute[DispositionState]):
    """One proposal for one requirement of one case."""

    @workflow.init
    def __init__(self, start: DispositionStart) -> None:
        self._start = self._disposition = start
        self._recorder = Recorder(start.stream, start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        self._desk = Desk(self._recorder, start.policy.endless(*ENDLESS), start.calendar, start.queues, SYSTEM)
        self._recorder.outgoing = self._set_in_motion
        self._told: int | None = None
        if start.carried is None:
            self._recorder.record(opening(start), start.proposed_by)

    @workflow.run
    async def run(self, start: DispositionStart) -> None:
        """处置意见 → 会商（可退回补充后再会商）→ 管委会办件处理意见 → 主管部门决定 → 落实."""
        await self._recorder.flush()
        if not start.bodies_known:
            await self._tell_case()
            self._end("bodies_missing")
        else:
            while not self._concluded_or_off():
                await self._consult()
                await self._await_conclusion()
                await self._await_facts()
            await self._await_decision()
            await self._call_consultations_over()
            if self._state.decision is not None:
                await self._tell_case()
                await self._follow_up(self._state.decision.outcome)
            self._end("called_off" if self._state.decision is None else "decided")
        await self._drained()

    async def _consult(self) -> None:
        """审改 and 司法 always, the others as named, all at once; then until each has answered or had its time."""
        for one in [asking(self._disposition, self._state, department) for department in self._state.unasked]:
            self._recorder.record(one, SYSTEM)
        await self._recorder.flush()
        names = "、".join(c.name for c in self._state.silent)
        if names:
            wait_for("consulting", names, workflow.now())
            stage = CASE_STAGE.value_set(zh.WAITS["consulting"][0])
            show(stage, WAITING_ON.value_set(zh.CONSULTED), progress=self._recorder.progressed_at)
        while self._state.silent and not (self._concluded_or_off() or self._state.returned):
            await workflow.wait_condition(
                lambda: (
                    self._recorder.pending or not self._state.silent or self._concluded_or_off() or self._state.returned
                )
            )
            await self._recorder.flush()

    async def _await_conclusion(self) -> None:
        """管委会's task, until it concludes or asks for more facts."""
        task = self._conclusion
        if self._concluded_or_off() or self._state.returned:
            return
        self._open(task, Step.CONCLUSION, committee_of(self._disposition), zh.TASK_CONCLUSION)
        await self._await(task, lambda: self._concluded_or_off() or self._state.returned)

    async def _await_facts(self) -> None:
        """The department's task, where 管委会 asked for more."""
        if not self._state.returned or self._state.called_off:
            return
        task = self._facts
        self._open(task, Step.MORE_FACTS, deciding(self._start), zh.TASK_MORE_FACTS)
        await self._await(task, lambda: not self._state.returned or self._state.called_off)

    async def _await_decision(self) -> None:
        """The department's task: it decides the case, as 管委会 has it or otherwise."""
        if self._state.called_off or self._state.decision is not None:
            return
        self._open(DECISION, Step.DEPARTMENT_DECISION, deciding(self._start), zh.TASK_DISPOSITION)
        await self._await(DECISION, lambda: self._state.decision is not None or self._state.called_off)

    async def _follow_up(self, outcome: DispositionOutcome) -> None:
        """What a decision leaves to be done: the department's own inquiry, or a condition with its date."""
        if outcome is DispositionOutcome.OWN_INQUIRY and self._state.finding is None:
            self._open(INQUIRY, Step.DEPARTMENT_DECISION, deciding(self._start), zh.TASK_INQUIRY)
            await self._await(INQUIRY, lambda: self._state.finding is not None or self._state.called_off)
        if outcome is DispositionOutcome.CONDITIONAL:
            await self._follow_condition()
        if self._state.said != self._told and not self._state.called_off:
            await self._tell_case()

    async def _follow_condition(self) -> None:
        """Until the condition is met; when its time is over, what rested on it falls."""
        decision = self._state.decision
        days = decision.condition_days if decision is not None else None
        if CONDITION not in self._state.assignments:
            what = decision.condition or "" if decision is not None else ""
            self._desk.open(
                CONDITION,
                Step.CONDITION,
                deciding(self._start),
                task=zh.TASK_CONDITION.format(condition=what)[:200],
                then=zh.THEN_REVERSED,
                requirement=self._start.requirement,
                working_days=days,
                gives_up_after=days,
            )
        await self._await(
            CONDITION,
            lambda: self._state.met is not None or self._state.called_off or not self._desk.is_open(CONDITION),
        )
        if self._state.met is None and not self._state.called_off and not self._state.condition_lapsed:
            self._recorder.record(ConditionLapsed(), SYSTEM)

    def _set_in_motion(self, event: Event) -> Begin | None:
        """A department that is asked has a conversation of its own."""
        if not isinstance(event.body, ConsultationAsked):
            return None
        return consultation(consultation_start(self._disposition, self._state, event.body))

    async def _call_consultations_over(self) -> None:
        """Whoever has not answered need not any more.  Another settlement is no reason: opinions go on (law 7)."""
        news = self._state.news
        if self._state.decision is not None and not self._state.called_off:
            news = CaseNewsKind.DECIDED.value
        if news in OVER:
            for one in self._state.consultations:
                await call_over(one.stream, self._start.application_no, self._start.requirement, CaseNewsKind(news))

    async def _tell_case(self) -> None:
        self._told = self._state.said
        report = report_of(self._disposition, self._state)
        await self._recorder.flush()
        if report is not None:
            await self._report("report", report)

    def _end(self, result: str) -> None:
        self._desk.close_all("withdrawn" if self._state.called_off else "ended")
        self._recorder.record(DispositionEnded.model_validate({"result": result}), SYSTEM)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.signal(name="opinion_report", description="被征求部门的意见，或其期限已过")
    def opinion_report(self, report: OpinionReport) -> None:
        """From a consultation of ours; the same again changes nothing."""
        if not self._state.ended and is_news(self._state, report):
            self._recorder.record(OpinionHeard(report=report), SYSTEM)

    @workflow.update(name="conclude", description="管委会作出办件处理意见")
    async def conclude(self, act: Conclude) -> Receipt:
        """管委会 concludes."""
        return await self._take(Act.CONCLUDE, act, acts.check_conclude, acts.concluded, self._conclusion)

    @workflow.update(name="return_proposal", description="管委会退回主管部门补充事实")
    async def return_proposal(self, act: ReturnProposal) -> Receipt:
        """管委会 needs more facts."""
        return await self._take(Act.RETURN_PROPOSAL, act, acts.check_return, acts.returned, self._conclusion)

    @workflow.update(name="supply_facts", description="主管部门补充事实")
    async def supply_facts(self, act: SupplyFacts) -> Receipt:
        """The department supplies them, and another round begins."""
        return await self._take(Act.SUPPLY_FACTS, act, acts.check_facts, acts.supplied, self._facts)

    @workflow.update(name="recuse", description="管委会或主管部门人员回避")
    async def recuse(self, act: Recuse) -> Receipt:
        """A person steps aside."""
        return await self._take(Act.RECUSE, act, acts.check_recusal, acts.recused)

    @workflow.update(name="decide_disposition", description="主管部门作出处置决定")
    async def decide_disposition(self, act: DecideDisposition) -> Receipt:
        """The department decides."""
        return await self._take(Act.DECIDE_DISPOSITION, act, acts.check_decide, acts.decided, DECISION)

    @workflow.update(name="record_inquiry", description="主管部门自行调查核实的结果")
    async def record_inquiry(self, act: RecordInquiry) -> Receipt:
        """The department's own finding."""
        return await self._take(Act.RECORD_INQUIRY, act, acts.check_inquiry, acts.inquired, INQUIRY)

    @workflow.update(name="meet_condition", description="所附条件已履行")
    async def meet_condition(self, act: MeetCondition) -> Receipt:
        """The condition is met in time."""
        return await self._take(Act.MEET_CONDITION, act, acts.check_condition, acts.met, CONDITION)

    async def _take(
        self,
        kind: Act,
        act: A,
        check: Callable[[DispositionStart, DispositionState, A], acts.Errors],
        body: Callable[[DispositionStart, DispositionState, A, CommandRef], EventBody],
        closes: str | None = None,
    ) -> Receipt:
        """One act: checked against the state, recorded as its event, and the task it answers is done."""
        ref = command_ref(kind, act)

        def do() -> None:
            self._recorder.record(body(self._disposition, self._state, act, ref), act.actor)
            if closes is not None:
                self._desk.close(closes, "done")

        return await self._act(ref, act.actor, check=lambda: check(self._disposition, self._state, act), do=do)

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> DispositionState:
        return self._recorder.state

    @property
    def _conclusion(self) -> str:
        return f"conclusion/{self._state.round}"

    @property
    def _facts(self) -> str:
        return f"facts/{self._state.round}"

    def _concluded_or_off(self) -> bool:
        return self._state.conclusion is not None or self._state.called_off

    def _open(self, task: str, step: Step, assignee: Assignee, text: str) -> None:
        """Open a task once; a run that goes on finds it open."""
        if task not in self._state.assignments:
            self._desk.open(
                task,
                step,
                assignee,
                task=text.format(evidence=self._start.kind.name),
                then=zh.THEN_ALARM,
                requirement=self._start.requirement,
            )
