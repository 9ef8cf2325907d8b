"""Asking something of ours or of a platform that may be away: tried for a moment, then kept trying, visibly.

A retrying activity is invisible in a list of cases.  So the first try is short; when nothing came of it, the workflow
says in a search attribute what it is stuck on, and goes on trying for as long as it may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.sharing import EVIDENCE_NOT_KEPT
    from schemas.texts import zh

from workflows.columns import STUCK_REASON, Change, either, show

R = TypeVar("R")

SHORT = timedelta(seconds=20)
"""What a healthy wait may take before it is called stuck."""


class Snags:
    """What one workflow is stuck on right now; the list of cases says the last of it."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    @property
    def column(self) -> Change:
        """What the list of cases has to say."""
        return either(STUCK_REASON, self._reasons[-1] if self._reasons else None)

    @property
    def any(self) -> bool:
        """Whether anything does not get on right now."""
        return bool(self._reasons)

    def begin(self, reason: str) -> None:
        """Something of it does not get on."""
        self._reasons.append(reason)

    def end(self, reason: str) -> None:
        """It does again, or is given up."""
        self._reasons.remove(reason)

    def changed(self, before: str | None, now: str | None) -> str | None:
        """One reason in place of another, said at once; gives the new one."""
        if before is not None:
            self.end(before)
        if now is not None:
            self.begin(now)
        show(self.column)
        return now


async def kept_trying(
    activity: Callable[[Any, Any], Awaitable[R]],
    argument: object,
    *,
    snags: Snags,
    stuck_on: str,
    within: timedelta | None,
    start_to_close: timedelta,
    retry: RetryPolicy,
    task_queue: str | None,
    summary: str,
) -> R:
    """The activity's result, asked for as long as ``within`` (``None``: without limit).

    ``stuck_on`` is what the list of cases says while it does not answer.  Raises ActivityError for what no retry mends,
    and when the time is over.
    """
    short = min(SHORT, within) if within is not None else SHORT

    async def once(limit: timedelta | None) -> R:
        return await workflow.execute_activity_method(
            activity,
            args=[argument],
            task_queue=task_queue,
            start_to_close_timeout=start_to_close,
            schedule_to_close_timeout=limit,
            retry_policy=retry,
            summary=summary,
        )

    try:
        return await once(short)
    except ActivityError as error:
        over = within is not None and within <= short
        if over or is_cancelled_exception(error) or error.retry_state is RetryState.NON_RETRYABLE_FAILURE:
            raise
        reason = zh.STUCK_STORE if is_not_kept(error) else stuck_on
    snags.changed(None, reason)
    try:
        result = await once(within - short if within is not None else None)
    except ActivityError:
        snags.changed(reason, None)
        raise
    snags.changed(reason, None)
    return result


def is_not_kept(error: ActivityError) -> bool:
    """Whether our own store did not take the evidence: like the ledger it is waited for, and no source is blamed."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == EVIDENCE_NOT_KEPT
