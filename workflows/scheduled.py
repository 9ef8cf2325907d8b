"""What the county does by the clock: a workflow per job, thin, around one activity.

A job's workflow is started by its schedule (``workers/jobs.py``, ``infra/temporal/schedules.py``), or by hand for
another time.  It keeps no stream: what it did is put on record by its activity, in the register.  The activity
heartbeats (``activities/beating.py``), is idempotent, and raises ``ApplicationError`` of a type for what no retry
mends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

R = TypeVar("R")

HEARTBEAT = timedelta(minutes=1)
"""An activity that has said nothing for so long is taken to be dead, and is tried elsewhere."""

RETRY = RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=10))
"""Until ``within`` is over: the database or the server may be away for a while."""

SCHEDULED_FOR = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


def scheduled_for() -> datetime:
    """The time (UTC) this run was meant for, jitter included; of a run started by hand, when it was started.

    A run that was made up for later has the time it was meant for, so what it is about follows from this alone.
    """
    at = workflow.info().typed_search_attributes.get(SCHEDULED_FOR)
    return at if at is not None else workflow.info().start_time


async def once(
    activity: Callable[[Any, Any], Awaitable[R]],
    argument: object,
    *,
    within: timedelta,
    task_queue: str | None,
    summary: str,
) -> R:
    """The result of the one activity of a job, tried again for ``within``.

    Raises ActivityError, by which the run ends failed and is seen in the list, for what no retry mends or when the
    time is over.
    """
    return await workflow.execute_activity_method(
        activity,
        args=[argument],
        task_queue=task_queue,
        start_to_close_timeout=within,
        schedule_to_close_timeout=within,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=RETRY,
        summary=summary,
    )
