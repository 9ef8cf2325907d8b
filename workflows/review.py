"""异常复核: one task of the deciding department; ``run`` reads like the procedure (law 5)."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Receipt, command_ref
    from schemas.assignment import Step
    from schemas.review import (
        ReviewConcluded,
        ReviewEnded,
        ReviewHeard,
        ReviewRechecked,
        ReviewStart,
        ReviewState,
        apply,
        opening,
        report_of,
    )
    from schemas.review_acts import ConcludeReview, Hear, Recheck, check_conclusion, check_reviewer
    from schemas.texts import zh
    from schemas.verification import deciding

from workflows.desk import Desk
from workflows.long_route import LongRoute
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder

REVIEW = "review"
"""The task."""


@workflow.defn(name="AdverseReview")
class AdverseReviewWorkflow(LongRoute[ReviewState]):
    """One answer about one requirement of one case."""

    @workflow.init
    def __init__(self, start: ReviewStart) -> None:
        self._start = self._review = start
        self._recorder = Recorder(start.stream, start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        self._desk = Desk(self._recorder, start.policy.endless(Step.REVIEW), start.calendar, start.queues, SYSTEM)
        if start.carried is None:
            self._recorder.record(opening(start), SYSTEM)

    @workflow.run
    async def run(self, start: ReviewStart) -> None:
        """复查 → 听取申请人意见 → 结论；逾期只督办，不自行结束."""
        if REVIEW not in self._state.assignments:
            evidence, outcome = start.kind.name, zh.OUTCOMES[start.outcome.value]
            self._desk.open(
                REVIEW,
                Step.REVIEW,
                deciding(start),
                task=zh.TASK_REVIEW.format(evidence=evidence, outcome=outcome),
                then=zh.THEN_REVIEW,
                requirement=start.requirement,
            )
        await self._await(REVIEW, lambda: self._state.concluded is not None or self._state.called_off)
        if self._state.concluded is not None:
            await self._report("review_report", report_of(start, self._state, self._state.concluded))
        self._desk.close_all("withdrawn" if self._state.concluded is None else "ended")
        result = "concluded" if self._state.concluded is not None else "application_ended"
        self._recorder.record(ReviewEnded.model_validate({"result": result}), SYSTEM)
        await self._drained()

    # --- what the department does ----------------------------------------------------------------------------------

    @workflow.update(name="recheck", description="主管部门复查")
    async def recheck(self, act: Recheck) -> Receipt:
        """The answer is checked again."""
        ref = command_ref(Act.RECHECK, act)
        body = ReviewRechecked(
            command=ref,
            checked=act.checked,
            finding=act.finding,
            notes=act.notes,
            document_digest=act.document_digest,
        )
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_reviewer(self._review, self._state, act.actor),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="hear", description="听取申请人意见")
    async def hear(self, act: Hear) -> Receipt:
        """The applicant was heard."""
        ref = command_ref(Act.HEAR, act)
        body = ReviewHeard(command=ref, said=act.said, record_digest=act.record_digest)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_reviewer(self._review, self._state, act.actor),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="conclude_review", description="主管部门作出复核结论")
    async def conclude_review(self, act: ConcludeReview) -> Receipt:
        """The department concludes."""
        ref = command_ref(Act.CONCLUDE_REVIEW, act)
        body = ReviewConcluded(
            command=ref,
            conclusion=act.conclusion,
            reasons=act.reasons,
            document_digest=act.document_digest,
        )

        def do() -> None:
            self._recorder.record(body, act.actor)
            self._desk.close(REVIEW, "done")

        return await self._act(ref, act.actor, check=lambda: check_conclusion(self._review, self._state, act), do=do)

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> ReviewState:
        return self._recorder.state
