"""Asking the credit platforms before a commitment or a deferral counts: silence is never taken for a clear record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.credit import CreditActivities
    from schemas.credit_exchange import CreditFinding, CreditQuery
    from schemas.texts import zh

from workflows.stuck import Snags, is_not_kept

STUCK_ON = zh.STUCK_PLATFORM.format(platform=zh.CREDIT_PLATFORMS)
ASK_TIMEOUT = timedelta(seconds=20)
ASK_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=4)
FIRST_PAUSE = timedelta(minutes=1)


async def ask_credit(
    query: CreditQuery,
    bar: Callable[[CreditFinding | None], str | None],
    *,
    until: datetime,
    longest_pause: timedelta,
    queue: str | None,
    snags: Snags,
    pointless: Callable[[], bool],
) -> CreditFinding | None:
    """What the platforms say; ``None`` where neither answered.

    Asked again, ever more rarely, while ``bar`` finds that nobody has said enough, at most ``until`` then; it stops
    as soon as it is ``pointless``.  Meanwhile the list of cases says on whom it is stuck.
    """
    pause, number, stuck = FIRST_PAUSE, 0, None
    while True:
        number += 1
        finding, ours = await _asked(query.model_copy(update={"key": f"{query.key}/{number}"}), queue)
        said_enough = bar(finding) != "credit_unavailable"
        late = workflow.now() + pause > until and not ours
        if not (said_enough or late or pointless()):
            stuck = snags.changed(stuck, zh.STUCK_STORE if ours else STUCK_ON)
            try:
                await workflow.wait_condition(pointless, timeout=pause, timeout_summary=zh.SUMMARY_CREDIT_AGAIN)
            except TimeoutError:
                pause = min(2 * pause, max(longest_pause, FIRST_PAUSE))
                continue
        snags.changed(stuck, None)
        return finding


async def _asked(query: CreditQuery, queue: str | None) -> tuple[CreditFinding | None, bool]:
    """One finding, and whether it is our own store that failed: that is waited for without limit, like the ledger."""
    try:
        finding = await workflow.execute_activity_method(
            CreditActivities.check,
            query,
            task_queue=queue,
            start_to_close_timeout=ASK_TIMEOUT,
            retry_policy=ASK_RETRY,
            summary=zh.SUMMARY_CREDIT,
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return None, is_not_kept(error)
    return finding, False
