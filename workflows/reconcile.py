"""对账: Temporal's histories are held against the ledger, once for each time it is scheduled."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reconcile import ReconcileActivities
    from schemas.reconcile_events import ReconcileAsked, ReconcileDone, ReconcileJob
    from schemas.texts import zh_reconcile

from workflows.scheduled import once, scheduled_for

WITHIN = timedelta(hours=12)


@workflow.defn(name="ReconcileWorkflow")
class ReconcileWorkflow:
    """One reconciliation; its result is in the register, and its findings are alarms."""

    @workflow.run
    async def run(self, job: ReconcileJob) -> ReconcileDone:
        """逐个流程核对历史与台账，把结果记入登记簿."""
        number = f"{scheduled_for():%Y%m%dT%H%M%SZ}-{workflow.info().run_id[:8]}"
        return await once(
            ReconcileActivities.reconcile,
            ReconcileAsked(number=number, deep=job.deep),
            within=WITHIN,
            task_queue=job.queue,
            summary=zh_reconcile.SUMMARY,
        )
