"""Temporal Schedules: declared once, kept as declared, as often as one likes.

A schedule that somebody paused stays paused; one whose declaration did not change is left alone, for an update makes
the server forget what it has yet to catch up on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from pydantic import BaseModel
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

COUNTY_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Job:
    """Something the county does by the clock: which workflow, on what, and when (county time).

    ``name`` is the schedule's id and begins the id of each run; never changed, for another name is another schedule.
    """

    name: str
    workflow: str
    argument: BaseModel
    at: time
    days: tuple[int, ...] = ()
    """Days of the month; none: every day."""
    jitter: timedelta = timedelta(minutes=5)
    catchup: timedelta = timedelta(days=3)
    """How long a run that the server slept through is still made up for."""
    summary: str = ""
    enabled: bool = True
    """Off: there is no such schedule."""


async def keep(client: Client, task_queue: str, jobs: Iterable[Job]) -> tuple[str, ...]:
    """Bring the schedules in line with what is declared; gives the names of those that changed."""
    changed = [job.name for job in jobs if await _keep(client, task_queue, job)]
    return tuple(changed)


async def _keep(client: Client, task_queue: str, job: Job) -> bool:
    handle = client.get_schedule_handle(job.name)
    if not job.enabled:
        try:
            await handle.delete()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True
    declared = _schedule(task_queue, job)
    try:
        await client.create_schedule(job.name, declared)
    except ScheduleAlreadyRunningError:
        pass
    else:
        return True
    if await _same(client, (await handle.describe()).schedule, declared, job):
        return False

    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        declared.state = found.description.schedule.state
        return ScheduleUpdate(schedule=declared)

    await handle.update(update)
    return True


def _schedule(task_queue: str, job: Job) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            job.workflow,
            job.argument,
            id=job.name,
            task_queue=task_queue,
            static_summary=job.summary or None,
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    second=_at(job.at.second),
                    minute=_at(job.at.minute),
                    hour=_at(job.at.hour),
                    day_of_month=tuple(ScheduleRange(day) for day in job.days) or (ScheduleRange(1, 31),),
                )
            ],
            jitter=job.jitter,
            time_zone_name=COUNTY_ZONE,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=job.catchup),
        state=ScheduleState(note=job.summary or None),
    )


def _at(value: int) -> Sequence[ScheduleRange]:
    return (ScheduleRange(value),)


async def _same(client: Client, found: Schedule, declared: Schedule, job: Job) -> bool:
    ours, theirs = declared.action, found.action
    if not isinstance(ours, ScheduleActionStartWorkflow) or not isinstance(theirs, ScheduleActionStartWorkflow):
        return False
    if (theirs.workflow, theirs.task_queue) != (ours.workflow, ours.task_queue):
        return False
    timed = (found.spec.calendars, found.spec.jitter, found.spec.time_zone_name, found.policy)
    if timed != (declared.spec.calendars, declared.spec.jitter, declared.spec.time_zone_name, declared.policy):
        return False
    try:
        (argument,) = await client.data_converter.decode(theirs.args, [type(job.argument)])
    except Exception:  # sealed with a key that is gone, or of an older shape: it is to be written anew
        return False
    return bool(argument == job.argument)
