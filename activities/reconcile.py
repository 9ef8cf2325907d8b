"""对账 as an activity: it says how far it has got, and raises an alarm for what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from temporalio import activity

from activities.beating import beating
from schemas.reconcile_events import ReconcileAsked, ReconcileDone

if TYPE_CHECKING:
    from temporalio.client import Client

FINDINGS = "mianzheng_reconcile_findings"


class Reconciler(Protocol):
    """What holds the histories against the ledger and enters the result in the register."""

    async def reconcile(self, client: Client, asked: ReconcileAsked) -> ReconcileDone:
        """Do it; a number that was done gives its result again."""


class ReconcileActivities:
    """One reconciliation; done again for the same number it gives the same."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    @activity.defn(name="audit.reconcile")
    async def reconcile(self, asked: ReconcileAsked) -> ReconcileDone:
        """The result, which is in the register by then.  Raises what the database or Temporal raises: tried again."""
        async with beating():
            done = await self._reconciler.reconcile(activity.client(), asked)
        found = sum(done.counts.values())
        activity.metric_meter().create_gauge(FINDINGS, "Findings of the last reconciliation").set(found)
        told = {"reconciliation": done.number, "counts": {str(code): count for code, count in done.counts.items()}}
        if found:
            activity.logger.error("the ledger and the histories disagree", extra=told)
        else:
            activity.logger.info("the ledger and the histories agree", extra=told)
        return done
