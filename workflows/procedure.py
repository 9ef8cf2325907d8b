"""What every workflow of ours does alike: acts answered once, supervision, and an end that loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from schemas.acts import act_error
    from schemas.application import Act, Actor, CommandRef, LedgerPosition, Receipt, command_ref
    from schemas.assignment import AlarmAnnulled, AssignmentReassigned
    from schemas.claim_acts import ClaimAct, ClaimTask, HandOverTask, ReleaseTask, check_claim, claim_body
    from schemas.codes import ActorKind
    from schemas.errors import FieldError
    from schemas.intervention_acts import (
        ConfirmOverride,
        ProposeOverride,
        Remind,
        RetryNow,
        check_confirmation,
        check_proposal,
        check_reminder,
        check_retry,
        confirmed,
        proposed,
        reminded,
        retry_asked,
    )
    from schemas.stream import ActRefused, StreamState
    from schemas.supervision import AnnulAlarm, Reassign, check_annulment, check_reassignment, reassigned
    from schemas.timetable import Timetable

from workflows.columns import SLA_COLOUR, show
from workflows.recorder import Recorder

S = TypeVar("S", bound=StreamState)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")


class Procedure(Generic[S]):
    """Base of every workflow; a subclass sets ``_recorder`` in its ``@workflow.init``."""

    _recorder: Recorder[S]

    def _deciding(self) -> tuple[str, ...]:
        """The deciding departments of the cases this is about."""
        raise NotImplementedError

    def _reckoning(self) -> Timetable:
        """How working days become moments here, now."""
        raise NotImplementedError

    async def _act(
        self,
        ref: CommandRef,
        actor: Actor,
        check: Callable[[], tuple[FieldError, ...]],
        do: Callable[[], None],
    ) -> Receipt:
        """The same for every act: once per command id, checked, recorded, durable, answered (law 14)."""
        await self._ready_for_acts()
        if ref.command_id not in self._recorder.state.commands:
            errors = check()
            if errors:
                self._recorder.record(ActRefused(command=ref, act=ref.act, errors=errors), actor)
            else:
                do()
        position = await self._recorder.flush()
        answered = self._recorder.state.commands[ref.command_id]
        if answered.command != ref:
            raise refusal("CommandIdReused", (act_error("command_id", "command_id_reused"),))
        if answered.errors:
            raise refusal("ActRefused", answered.errors)
        return Receipt(command_id=ref.command_id, position=position)

    async def _ready_for_acts(self) -> None:
        """Return when an act can be judged; at once, unless a subclass has to look something up first."""

    async def _drained(self) -> LedgerPosition:
        """Everything recorded is durable and every act answered; nothing is awaited after the last check (law 2)."""
        while True:
            position = await self._recorder.flush()
            await workflow.wait_condition(lambda: self._recorder.pending or workflow.all_handlers_finished())
            if not self._recorder.pending:
                if self._recorder.state.ended:
                    show(SLA_COLOUR.value_unset())
                return position

    @workflow.update(name="annul_alarm", description="督办：撤销误报的预警（两个事实都保留）")
    async def annul_alarm(self, act: AnnulAlarm) -> Receipt:
        """A false alarm is annulled, with the reason."""
        ref = command_ref(Act.ANNUL_ALARM, act)
        body = AlarmAnnulled(command=ref, assignment=act.assignment, rung=act.rung, reason=act.reason)
        return await self._act(
            ref,
            act.actor,
            check=lambda: check_annulment(self._recorder.state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="reassign", description="督办：改派至本单位其他岗位")
    async def reassign(self, act: Reassign) -> Receipt:
        """A task goes to another desk of its office."""
        ref = command_ref(Act.REASSIGN, act)

        def do() -> None:
            to = reassigned(self._recorder.state.assignments[act.assignment], act)
            body = AssignmentReassigned(command=ref, assignment=act.assignment, assignee=to, reason=act.reason)
            self._recorder.record(body, act.actor)

        return await self._act(ref, act.actor, check=lambda: check_reassignment(self._recorder.state, act), do=do)

    @workflow.update(name="claim_task", description="认领本单位的待办")
    async def claim_task(self, act: ClaimTask) -> Receipt:
        """Somebody of the office takes a task in hand."""
        return await self._claim(act)

    @workflow.update(name="release_task", description="放回待办；督办人员可附理由放回他人认领的")
    async def release_task(self, act: ReleaseTask) -> Receipt:
        """A task goes back to its office."""
        return await self._claim(act)

    @workflow.update(name="hand_over_task", description="移交待办给本单位同事，附理由")
    async def hand_over_task(self, act: HandOverTask) -> Receipt:
        """A colleague takes a task in hand."""
        return await self._claim(act)

    async def _claim(self, act: ClaimAct) -> Receipt:
        body = claim_body(act)
        return await self._act(
            body.command,
            act.actor,
            check=lambda: check_claim(self._recorder.state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="remind", description="督办：再次提醒")
    async def remind(self, act: Remind) -> Receipt:
        """Whoever has to act is reminded again; the desk tells him when it sees the event."""
        body = reminded(act)
        return await self._act(
            body.command,
            act.actor,
            check=lambda: check_reminder(self._recorder.state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="retry_now", description="督办：立即重试（由入口唤醒，此处留痕）")
    async def retry_now(self, act: RetryNow) -> Receipt:
        """That a retry was wanted is on record; what retries is woken from outside."""
        body = retry_asked(act)
        return await self._act(
            body.command,
            act.actor,
            check=lambda: check_retry(self._recorder.state, act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="propose_override", description="主管部门或管委会提议延长环节时限，或不再等待")
    async def propose_override(self, act: ProposeOverride) -> Receipt:
        """One person wants to change what comes of a task; nothing changes yet."""
        body = proposed(act)
        return await self._act(
            body.command,
            act.actor,
            check=lambda: check_proposal(self._recorder.state, self._deciding(), act),
            do=lambda: self._recorder.record(body, act.actor),
        )

    @workflow.update(name="confirm_override", description="另一人确认该提议，即时生效")
    async def confirm_override(self, act: ConfirmOverride) -> Receipt:
        """A second person agrees, and it takes effect: the task has another deadline, or its end is now."""

        def do() -> None:
            task = self._recorder.state.assignments[act.assignment]
            self._recorder.record(confirmed(task, act, self._reckoning(), workflow.now()), act.actor)

        return await self._act(
            command_ref(Act.CONFIRM_OVERRIDE, act),
            act.actor,
            check=lambda: check_confirmation(self._recorder.state, self._deciding(), act),
            do=do,
        )


def refusal(kind: str, errors: tuple[FieldError, ...]) -> ApplicationError:
    """A business refusal: typed, never retried, with every field that is wrong as detail."""
    details = [e.model_dump(mode="json") for e in errors]
    return ApplicationError("; ".join(str(e) for e in errors), details, type=kind, non_retryable=True)
