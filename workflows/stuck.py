"""Asking something of ours or of a platform that may be away: tried for a moment, then kept trying, visibly.

A retrying activity is invisible in a list of cases.  So the first try is short; when nothing came of it, the workflow
says in a search attribute what it is stuck on, and goes on trying for as long as it may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, RetryState, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from schemas import attributes

R = TypeVar("R")

STUCK_REASON = SearchAttributeKey.for_keyword(attributes.STUCK_REASON)
SHORT = timedelta(seconds=20)
"""What a healthy wait may take before it is called stuck."""


async def kept_trying(
    activity: Callable[[Any, Any], Awaitable[R]],
    argument: object,
    *,
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
    workflow.upsert_search_attributes([STUCK_REASON.value_set(stuck_on)])
    try:
        result = await once(within - short if within is not None else None)
    except ActivityError:
        workflow.upsert_search_attributes([STUCK_REASON.value_unset()])
        raise
    workflow.upsert_search_attributes([STUCK_REASON.value_unset()])
    return result
