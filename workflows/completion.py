"""证照补齐: a licence that is missing or wrong is completed by its issuer; ``run`` reads like the procedure."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Actor, CommandRef, Receipt, command_ref
    from schemas.assignment import Step
    from schemas.collaboration_exchange import CollaborationCallback
    from schemas.completion import (
        ASKED,
        CannotComplete,
        CompletionAnswered,
        CompletionEnded,
        CompletionImpossible,
        CompletionStart,
        CompletionState,
        apply,
        batches,
        check_cannot_complete,
        check_completion_reply,
        issuer,
        opening,
        reachable,
        report_for,
        request_of,
        result_of,
    )
    from schemas.joining import JoinedCase
    from schemas.texts import zh

from workflows.desk import Desk
from workflows.joined import Due, Joined, Turn, stream_of_this_chain
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder
from workflows.watch import Lookout


@workflow.defn(name="LicenceCompletionWorkflow")
class LicenceCompletionWorkflow(Joined[CompletionState]):
    """One licence of one person, for every case that hit it."""

    @workflow.init
    def __init__(self, start: CompletionStart) -> None:
        self._start = self._licence = start
        self._recorder = Recorder(stream_of_this_chain(), start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        if start.carried is None:
            self._recorder.record(opening(start), start.operator)
        self._desk = Desk(self._recorder, start.policy.endless(Step.COMPLETION), start.calendar, start.queues, SYSTEM)
        self._lookout = Lookout(start.library, start.queues.get("platforms"))

    @workflow.run
    async def run(self, start: CompletionStart) -> None:
        """先查库 → 告知出具部门补齐（提醒、督办）→ 以本系统自行查得为准办结，告知各办件."""
        if start.carried is None:
            await self._look(batches(start, workflow.now()))
            await self._ask_issuer()
        if self._state.found is None:
            self._lookout.watch(batches(start, workflow.now()), start.policy.reask_seconds)
        await self._see_through()
        await self._finish(CompletionEnded.model_validate({"result": self._result()}))

    async def _ask_issuer(self) -> None:
        """Over the platform where the issuer is on it; its desk is told otherwise, with the task."""
        if self._state.found is None and reachable(self._licence):
            await self._recorder.flush()
            request = request_of(self._licence, self._desk.due(Step.COMPLETION))
            await self._ask_department(request, Step.COMPLETION)

    # --- what follows from the state -----------------------------------------------------------------------------

    def _turns(self) -> dict[str, Turn]:
        if self._result() is not None:
            return {}
        turn = Turn(
            step=Step.COMPLETION,
            assignee=issuer(self._licence),
            task=zh.TASK_COMPLETION.format(evidence=self._licence.kind.name),
            then=zh.THEN_CASES_WAIT,
            tell=not self._state.delivered,
        )
        return {ASKED: turn}

    def _due(self, case: JoinedCase) -> Due | None:
        report = report_for(self._licence, self._state, case)
        return Due(signal="completion_report", report=report, word=report.detail) if report is not None else None

    def _result(self) -> str | None:
        return result_of(self._state)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.update(name="reply", description="出具部门对补齐请求的答复（由一体化平台送达）")
    async def reply(self, callback: CollaborationCallback) -> Receipt:
        """Take in what the issuer says; that it is done is believed when our own lookup finds it."""

        def do(ref: CommandRef, actor: Actor) -> None:
            body = CompletionAnswered.model_validate(
                {
                    "command": ref,
                    "verdict": callback.verdict,
                    "reason": callback.reason,
                    "answered_at": callback.answered_at,
                }
            )
            self._recorder.record(body, actor)

        return await self._hear_reply(callback, lambda: check_completion_reply(self._state, callback), do)

    @workflow.update(name="cannot_complete", description="出具部门说明不能补齐的原因")
    async def cannot_complete(self, act: CannotComplete) -> Receipt:
        """The issuer cannot complete the licence."""
        ref = command_ref(Act.CANNOT_COMPLETE, act)
        body = CompletionImpossible(command=ref, reason=act.reason)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_cannot_complete(self._state, self._start.department, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> CompletionState:
        return self._recorder.state
