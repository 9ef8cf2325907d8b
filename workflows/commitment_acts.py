"""What people do about a commitment, each by its own Update; the rules are in ``schemas.commitment_acts``."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Actor, CommandRef, Receipt, command_ref
    from schemas.assignment import Step
    from schemas.clock import county_date
    from schemas.codes import Consequence
    from schemas.collaboration_exchange import CollaborationCallback
    from schemas.commitment import CommitmentStart, CommitmentState
    from schemas.commitment_acts import (
        ConfirmRectified,
        DecideConsequence,
        HearCommitter,
        RecordCheck,
        RecordCredit,
        RecordRepair,
        check_by_hand,
        check_consequence,
        check_credit_record,
        check_hearing,
        check_rectified,
        check_repair,
        may_close,
    )
    from schemas.commitment_events import (
        CommitmentAnswered,
        CommitmentChecked,
        CommitmentHeard,
        ConsequenceDecided,
        CreditRecordOrdered,
        CreditRepaired,
        RectificationConfirmed,
    )
    from schemas.commitment_reports import check_answer, checked_by_issuer
    from schemas.late_check import CheckClosed, CloseCheck, check_close
    from schemas.timetable import Due
    from schemas.verification import deciding

from workflows.long_route import LongRoute

ANSWER, CHECK, HEARING, CONSEQUENCE, RECTIFICATION = "answer", "check", "hearing", "consequence", "rectification"
"""The tasks: the issuer's answer, the department's own check, hearing, consequence, and his putting it right."""


class CommitmentActs(LongRoute[CommitmentState]):
    """The acts of a commitment, and the tasks they close."""

    _commitment: CommitmentStart

    @workflow.update(name="reply", description="出具部门对承诺核查的答复（由一体化平台送达）")
    async def reply(self, callback: CollaborationCallback) -> Receipt:
        """属实 and 不属实 decide the check; any other answer leaves it to the department."""

        def do(ref: CommandRef, actor: Actor) -> None:
            answered = CommitmentAnswered(
                command=ref,
                verdict=callback.verdict,
                reason=callback.reason,
                document_digest=callback.document_digest,
                answered_at=callback.answered_at,
            )
            self._recorder.record(answered, actor)
            found = checked_by_issuer(self._commitment, callback)
            if found is not None:
                self._recorder.record(found, actor)
            self._desk.close(ANSWER, "done")

        return await self._hear_reply(callback, lambda: check_answer(self._commitment, self._state, callback), do)

    @workflow.update(name="record_check", description="主管部门记录承诺核查结果")
    async def record_check(self, act: RecordCheck) -> Receipt:
        """The department has checked by hand."""
        ref = command_ref(Act.RECORD_CHECK, act)
        body = CommitmentChecked(
            command=ref,
            by="hand",
            found_true=act.found_true,
            finding=act.finding,
            evidence_digest=act.document_digest,
        )
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_by_hand(self._state, self._start.department, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="hear", description="听取当事人陈述申辩")
    async def hear(self, act: HearCommitter) -> Receipt:
        """He was heard, or did not come when invited."""
        ref = command_ref(Act.HEAR, act)

        def do() -> None:
            body = CommitmentHeard(
                command=ref,
                attended=act.attended,
                record_digest=act.record_digest,
                cleared=act.cleared,
                finding=act.finding,
            )
            self._recorder.record(body, act.actor)
            self._desk.close(HEARING, "done")

        return await self._act(
            ref, act.actor, check=lambda: check_hearing(self._state, self._start.department, act), do=do
        )

    @workflow.update(name="decide_consequence", description="主管部门对不实承诺作出处理")
    async def decide_consequence(self, act: DecideConsequence) -> Receipt:
        """The department's act, by another person than the one who recorded the check."""
        ref = command_ref(Act.DECIDE_CONSEQUENCE, act)
        terms = self._commitment.terms

        def do() -> None:
            days = terms.rectify_days if Consequence.RECTIFY in act.consequences else None
            due = self._desk.timetable.due(workflow.now(), days).at if days is not None else None
            body = ConsequenceDecided(
                command=ref,
                consequences=act.consequences,
                reason=act.reason,
                legal_basis=act.legal_basis,
                rectify_due_at=due,
            )
            self._recorder.record(body, act.actor)
            self._desk.close(CONSEQUENCE, "done")
            self._desk.close(RECTIFICATION, "ended")

        return await self._act(
            ref,
            act.actor,
            check=lambda: check_consequence(self._state, self._start.department, terms, act),
            do=do,
        )

    @workflow.update(name="confirm_rectified", description="确认整改完成")
    async def confirm_rectified(self, act: ConfirmRectified) -> Receipt:
        """He has put it right."""
        ref = command_ref(Act.CONFIRM_RECTIFIED, act)

        def do() -> None:
            body = RectificationConfirmed(command=ref, finding=act.finding, document_digest=act.document_digest)
            self._recorder.record(body, act.actor)
            self._desk.close(RECTIFICATION, "done")

        return await self._act(
            ref, act.actor, check=lambda: check_rectified(self._state, self._start.department, act), do=do
        )

    @workflow.update(name="record_credit", description="凭生效法律文书报送失信记录（国办发〔2020〕49号）")
    async def record_credit(self, act: RecordCredit) -> Receipt:
        """Only on an effective legal document, after hearing and consequence."""
        ref = command_ref(Act.RECORD_CREDIT, act)
        body = CreditRecordOrdered(
            command=ref,
            document_no=act.document_no,
            document_digest=act.document_digest,
            effective_on=act.effective_on,
            fact=act.fact,
        )
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_credit_record(self._state, self._start.department, act, county_date(workflow.now())),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="record_repair", description="记录信用修复")
    async def record_repair(self, act: RecordRepair) -> Receipt:
        """信用修复 is done: nothing bars him any more."""
        ref = command_ref(Act.RECORD_REPAIR, act)
        body = CreditRepaired(command=ref, document_no=act.document_no, document_digest=act.document_digest)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_repair(self._state, self._start.department, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="close_check", description="主管部门了结不实承诺的处理（不报送失信记录）")
    async def close_check(self, act: CloseCheck) -> Receipt:
        """All that was ordered is done, and no credit record will follow."""
        ref = command_ref(Act.CLOSE_CHECK, act)
        body = CheckClosed(command=ref, finding=act.finding)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_close(may_close(self._state), self._start.department, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> CommitmentState:
        return self._recorder.state

    def _task(
        self,
        assignment: str,
        step: Step,
        task: str,
        then: str,
        working_days: int | None = None,
        due: Due | None = None,
    ) -> None:
        """A task of the deciding department, opened once."""
        if self._desk.is_open(assignment):
            return
        self._desk.open(
            assignment,
            step,
            deciding(self._start),
            task=task.format(evidence=self._start.kind.name),
            then=then,
            requirement=self._start.requirement,
            working_days=working_days,
            due=due,
        )
