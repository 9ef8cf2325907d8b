"""A refusal put on record beside what has ended: one event, durable before anybody is told."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.refused_act import RefusedAct, RefusedActStart, RefusedActState, apply
    from schemas.stream import ActRefused
    from schemas.texts import zh

from workflows.columns import wait_for
from workflows.recorder import Recorder


@workflow.defn(name="RefusedActWorkflow")
class RefusedActWorkflow:
    """One act that came too late."""

    @workflow.init
    def __init__(self, start: RefusedActStart) -> None:
        self._recorder: Recorder[RefusedActState] = Recorder(start.stream, start.application_no, apply)
        self._recorder.task_queue = start.ledger_queue
        body = ActRefused(command=start.command, act=start.command.act, errors=start.errors)
        self._recorder.record(body, start.actor)

    @workflow.run
    async def run(self, start: RefusedActStart) -> RefusedAct:
        """记入台账，然后告知."""
        wait_for("ledger", zh.OURSELVES, workflow.now())
        await self._recorder.flush()
        workflow.set_current_details(zh.CURRENT_ENDED)
        return RefusedAct(command=start.command, errors=start.errors)
