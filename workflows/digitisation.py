"""纸质材料电子化: the issuer checks the paper and back-fills the library; ``run`` reads like the procedure."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Actor, CommandRef, Receipt, command_ref
    from schemas.assignment import Step
    from schemas.collaboration_exchange import CollaborationCallback
    from schemas.digitisation import (
        ASKED,
        BACKFILL,
        BY_HAND,
        BackfillImpossible,
        DigitisationEnded,
        DigitisationStart,
        DigitisationState,
        PaperAnswered,
        PaperChecked,
        apply,
        batches,
        deciding,
        issuer,
        opening,
        report_for,
        request_of,
        result_of,
        turns,
    )
    from schemas.digitisation_acts import (
        CannotBackfill,
        RecordPaperCheck,
        check_cannot_backfill,
        check_own_check,
        check_paper_reply,
        open_looks,
    )
    from schemas.joining import JoinedCase
    from schemas.late_check import CheckClosed, CloseCheck, check_close
    from schemas.texts import zh

from workflows.desk import Desk
from workflows.joined import Due, Joined, Turn, stream_of_this_chain
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder
from workflows.watch import Lookout

NEVER_GIVEN_UP = (Step.PAPER_CHECK, Step.BACKFILL, Step.LATE_CHECK)
"""Silence presumes nothing here: only alarms rise, whatever the settings say of these steps."""


@workflow.defn(name="DigitisationWorkflow")
class DigitisationWorkflow(Joined[DigitisationState]):
    """One paper, for every case in which it is handed in."""

    @workflow.init
    def __init__(self, start: DigitisationStart) -> None:
        self._start = self._paper = start
        self._recorder = Recorder(stream_of_this_chain(), start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        if start.carried is None:
            self._recorder.record(opening(start), start.operator)
        policy = start.policy.endless(*NEVER_GIVEN_UP)
        self._desk = Desk(self._recorder, policy, start.calendar, start.queues, SYSTEM)
        self._lookout = Lookout(start.library, start.queues.get("platforms"))

    @workflow.run
    async def run(self, start: DigitisationStart) -> None:
        """先查库 → 送出具部门核验（不能送达的由主管部门核对）→ 告知各办件 → 补录；以本系统自行查得为准办结."""
        if start.carried is None:
            await self._look(batches(start, workflow.now()))
            await self._ask_issuer()
        if self._state.found is None:
            self._lookout.watch(batches(start, workflow.now()), start.policy.reask_seconds)
        await self._see_through()
        await self._finish(DigitisationEnded.model_validate({"result": self._result()}))

    async def _ask_issuer(self) -> None:
        """The question and the paper's digest go to the issuer, where it can be reached and is needed."""
        if self._state.found is None and self._state.by_hand is None:
            await self._recorder.flush()
            request = request_of(self._paper, self._desk.due(Step.PAPER_CHECK))
            await self._ask_department(request, Step.PAPER_CHECK)

    # --- what follows from the state -------------------------------------------------------------------------------

    def _turns(self) -> dict[str, Turn]:
        return {assignment: self._turn(assignment) for assignment in turns(self._state)}

    def _turn(self, assignment: str) -> Turn:
        evidence, requirement = self._paper.kind.name, self._paper.requirement
        if assignment == ASKED:
            task, then = zh.TASK_PAPER.format(evidence=evidence), zh.THEN_STAYS_PROVISIONAL
            who = issuer(self._paper)
            return Turn(step=Step.PAPER_CHECK, assignee=who, task=task, then=then, requirement=requirement, tell=False)
        if assignment == BY_HAND:
            task, then = zh.TASK_PAPER_BY_HAND.format(evidence=evidence), zh.THEN_STAYS_PROVISIONAL
            who = deciding(self._paper.joining)
            return Turn(step=Step.PAPER_CHECK, assignee=who, task=task, then=then, requirement=requirement)
        if assignment == BACKFILL:
            task, then = zh.TASK_BACKFILL.format(evidence=evidence), zh.THEN_LIBRARY_LACKS
            who = issuer(self._paper)
            return Turn(step=Step.BACKFILL, assignee=who, task=task, then=then, requirement=requirement)
        joining = self._state.cases[assignment.partition("/")[2]].joining
        return Turn(
            step=Step.LATE_CHECK,
            assignee=deciding(joining),
            task=zh.TASK_FALSE_PAPER.format(number=joining.application_no, evidence=evidence),
            then=zh.THEN_NOTHING_CHANGES,
            requirement=joining.requirement,
        )

    def _due(self, case: JoinedCase) -> Due | None:
        report = report_for(self._paper, self._state, case)
        return Due(signal="report", report=report, word=report.kind.value) if report is not None else None

    def _result(self) -> str | None:
        return result_of(self._state)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.update(name="reply", description="出具部门对纸质材料的核验答复（由一体化平台送达）")
    async def reply(self, callback: CollaborationCallback) -> Receipt:
        """Take in what the issuer says of the paper; what cannot count is recorded as refused."""

        def do(ref: CommandRef, actor: Actor) -> None:
            body = PaperAnswered.model_validate(
                {
                    "command": ref,
                    "verdict": callback.verdict,
                    "reason": callback.reason,
                    "document_digest": callback.document_digest,
                    "answered_at": callback.answered_at,
                }
            )
            self._recorder.record(body, actor)

        return await self._hear_reply(callback, lambda: check_paper_reply(self._state, callback), do)

    @workflow.update(name="record_check", description="主管部门自行核对纸质材料的结果（出具部门无法送达或未能答复）")
    async def record_check(self, act: RecordPaperCheck) -> Receipt:
        """The deciding department has checked the paper itself."""
        ref = command_ref(Act.RECORD_CHECK, act)
        body = PaperChecked(command=ref, verdict=act.verdict, finding=act.finding)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_own_check(self._state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="cannot_backfill", description="出具部门说明不能补录的原因")
    async def cannot_backfill(self, act: CannotBackfill) -> Receipt:
        """The issuer cannot put the record into the library."""
        ref = command_ref(Act.CANNOT_BACKFILL, act)
        body = BackfillImpossible(command=ref, reason=act.reason)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_cannot_backfill(self._state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="close_check", description="主管部门办结对虚假材料的事后核查（不改变决定）")
    async def close_check(self, act: CloseCheck) -> Receipt:
        """A department that had decided has looked at what the false paper means for it."""
        ref, department = command_ref(Act.CLOSE_CHECK, act), act.actor.department or ""

        def do() -> None:
            looks = open_looks(self._state, department)
            self._recorder.record(CheckClosed(command=ref, finding=act.finding), act.actor)
            for assignment in looks:
                self._desk.close(assignment, "done")

        return await self._act(
            ref,
            act.actor,
            check=lambda: check_close(bool(open_looks(self._state, department)), department, act),
            do=do,
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> DigitisationState:
        return self._recorder.state
