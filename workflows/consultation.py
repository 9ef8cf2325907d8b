"""意见征集: ask one department for its opinion on a stage of a case; ``run`` reads like the procedure."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Actor, CommandRef, Receipt, command_ref
    from schemas.assignment import Step
    from schemas.collaboration_exchange import CollaborationCallback
    from schemas.consultation import (
        UNANSWERED,
        ConsultationEnded,
        ConsultationStart,
        ConsultationState,
        OpinionLapsed,
        apply,
        consulted,
        opening,
        report_of,
        request_of,
    )
    from schemas.consultation_acts import (
        EndConsultation,
        called_over,
        check_calling_over,
        check_opinion,
        check_recusal,
        given,
    )
    from schemas.recusal import PersonRecused, Recuse, recusal_of
    from schemas.request_events import ReportUndelivered
    from schemas.route_events import CaseNewsKind
    from schemas.texts import zh

from workflows.columns import CASE_STAGE, nobodys_turn, show, wait_for
from workflows.desk import Desk
from workflows.long_route import Conversation
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder

ASKED = "asked"
"""The task: the opinion of the department that is asked."""
SHORTEST_WAIT = timedelta(seconds=1)


@workflow.defn(name="ConsultationWorkflow")
class ConsultationWorkflow(Conversation[ConsultationState]):
    """One department, one stage of one case."""

    @workflow.init
    def __init__(self, start: ConsultationStart) -> None:
        self._start = self._consultation = start
        self._recorder = Recorder(start.stream, start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        self._desk = Desk(self._recorder, start.policy, start.calendar, start.queues, SYSTEM)
        self._told: int | None = None
        if start.carried is None:
            self._recorder.record(opening(start), start.operator)

    @workflow.run
    async def run(self, start: ConsultationStart) -> None:
        """发出 → 等待意见（提醒、催办）→ 告知征求单位 → 继续听取至征求单位结束；逾期既非同意，也非反对."""
        await self._recorder.flush()
        if not self._state.asked:
            await self._ask_department(request_of(start, self._desk.due(Step.OPINION)), Step.OPINION)
        await self._await_opinion()
        if not self._state.over and self._state.said is None:
            self._recorder.record(OpinionLapsed(), SYSTEM)
        await self._listen_and_tell()
        await self._call_back()
        self._desk.close_all("ended")
        result = "answered" if self._state.opinion else "unanswered"
        self._recorder.record(ConsultationEnded.model_validate({"result": result}), SYSTEM)
        await self._drained()

    async def _await_opinion(self) -> None:
        """Until the department answers, its time is over, or nobody needs it any more.

        Where the platform did not take the question in, the department is told by the notification channel instead,
        and answers at the counter page.
        """
        if self._answered_or_over() or self._state.lapsed:
            return
        if ASKED not in self._state.assignments:
            budget = self._start.policy.step(Step.OPINION)
            self._desk.open(
                ASKED,
                Step.OPINION,
                consulted(self._consultation),
                task=zh.TASK_OPINION.format(about=self._consultation.about),
                then=zh.THEN_UNANSWERED,
                gives_up_after=budget.gives_up_after or budget.working_days,
                tell=self._state.undelivered is not None,
            )
        await self._await(ASKED, lambda: self._answered_or_over() or not self._desk.is_open(ASKED))

    async def _listen_and_tell(self) -> None:
        """Whoever asked hears what was said, late or not, until he says that it is over or it cannot matter."""
        until = self._desk.timetable.due(workflow.now(), self._start.policy.late_days).at
        summary = zh.LISTENING_OPINION.format(who=self._consultation.asked_name)
        while True:
            await self._recorder.flush()
            if self._news_to_tell():
                self._told = self._state.said
                await self._tell_asker()
                self._show_said()
                continue
            if self._state.over:
                return
            wait = max(SHORTEST_WAIT, until - workflow.now())
            try:
                await workflow.wait_condition(
                    lambda: self._state.over or self._news_to_tell() or self._recorder.pending,
                    timeout=wait,
                    timeout_summary=summary,
                )
            except TimeoutError:
                return

    async def _call_back(self) -> None:
        """The case is over before the department has answered: it need not work for nothing.

        No other reason withdraws an opinion (law 7).
        """
        state, ended = self._state, CaseNewsKind.APPLICATION_ENDED.value
        if state.news == ended and state.delivered and state.opinion is None:
            await self._withdraw_request(state.key, state.department, zh.WITHDRAWN[ended])

    def _news_to_tell(self) -> bool:
        return self._state.said is not None and self._state.said != self._told

    def _show_said(self) -> None:
        """Whoever has answered is waited on no more; one who has not still is."""
        opinion = self._state.opinion
        words = zh.OPINIONS[opinion.verdict if opinion is not None else UNANSWERED]
        wait_for("asker", self._consultation.asker, workflow.now(), opinion=words)
        stage = CASE_STAGE.value_set(zh.WAITS["asker"][0])
        if opinion is not None:
            show(stage, *nobodys_turn(), progress=self._recorder.progressed_at)
        else:
            show(stage)

    async def _tell_asker(self) -> None:
        report = report_of(self._consultation, self._state)
        if not await self._tell_workflow(self._consultation.report_to, "opinion_report", report):
            number, stage = self._start.application_no, self._state.stage
            self._recorder.record(ReportUndelivered(application_no=number, requirement=stage), SYSTEM)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.update(name="reply", description="被征求部门的意见（由一体化平台送达，或在柜台页面填写）")
    async def reply(self, callback: CollaborationCallback) -> Receipt:
        """Take in the department's opinion; one that cannot count is recorded as refused."""

        def do(ref: CommandRef, actor: Actor) -> None:
            self._recorder.record(given(self._state, callback, ref), actor)
            self._desk.close(ASKED, "done")

        return await self._hear_reply(callback, lambda: check_opinion(self._state, callback), do)

    @workflow.update(name="recuse", description="被征求部门的人员回避")
    async def recuse(self, act: Recuse) -> Receipt:
        """A person of the department steps aside."""
        ref = command_ref(Act.RECUSE, act)
        body = PersonRecused(command=ref, recusal=recusal_of(act))
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_recusal(self._state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="end_consultation", description="征求单位不再需要意见")
    async def end_consultation(self, act: EndConsultation) -> Receipt:
        """Whoever asked says that it is over."""
        ref = command_ref(Act.END_CONSULTATION, act)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_calling_over(self._state, act),
            do=lambda: self._recorder.record(called_over(act, ref), act.actor),
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> ConsultationState:
        return self._recorder.state

    def _answered_or_over(self) -> bool:
        return self._state.opinion is not None or self._state.over
