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
    from schemas.codes import ActorKind
    from schemas.errors import FieldError
    from schemas.stream import ActRefused, StreamState
    from schemas.supervision import AnnulAlarm, Reassign, check_annulment, check_reassignment, reassigned

from workflows.columns import SLA_COLOUR, show
from workflows.recorder import Recorder

S = TypeVar("S", bound=StreamState)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")


class Procedure(Generic[S]):
    """Base of every workflow; a subclass sets ``_recorder`` in its ``@workflow.init``."""

    _recorder: Recorder[S]

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


def refusal(kind: str, errors: tuple[FieldError, ...]) -> ApplicationError:
    """A business refusal: typed, never retried, with every field that is wrong as detail."""
    details = [e.model_dump(mode="json") for e in errors]
    return ApplicationError("; ".join(str(e) for e in errors), details, type=kind, non_retryable=True)
