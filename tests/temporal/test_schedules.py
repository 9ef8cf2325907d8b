"""Schedules are kept as declared: made, changed, left alone when nothing changed, left paused when paused."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import time, timedelta

from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from infra.temporal.schedules import Job, keep
from schemas.base import Model


class Asked(Model):
    """What the job is about."""

    queue: str | None = None


def a_job() -> Job:
    return Job(
        name=f"job-{uuid.uuid4().hex[:8]}",
        workflow="NobodyServesThis",
        argument=Asked(queue="ledger"),
        at=time(6, 30),
        days=(8,),
        summary="每月一次",
    )


async def test_a_declared_job_is_scheduled_in_county_time(client: Client) -> None:
    job = a_job()
    assert await keep(client, "q", [job]) == (job.name,)
    described = await client.get_schedule_handle(job.name).describe()
    (calendar,) = described.schedule.spec.calendars
    assert [r.start for r in (*calendar.hour, *calendar.minute, *calendar.day_of_month)] == [6, 30, 8]
    assert described.schedule.spec.time_zone_name == "Asia/Shanghai"
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert described.schedule.policy.catchup_window == timedelta(days=3)
    first = described.info.next_action_times[0]
    assert (first.day, first.hour) == (7, 22)  # UTC
    assert first.minute >= 30


async def test_the_same_declaration_changes_nothing(client: Client) -> None:
    job = a_job()
    await keep(client, "q", [job])
    before = await client.get_schedule_handle(job.name).describe()
    assert await keep(client, "q", [job]) == ()
    after = await client.get_schedule_handle(job.name).describe()
    assert after.info.last_updated_at == before.info.last_updated_at


async def test_each_change_of_the_declaration_is_taken_over(client: Client) -> None:
    job = a_job()
    await keep(client, "q", [job])
    for changed in (
        replace(job, at=time(7)),
        replace(job, days=()),
        replace(job, argument=Asked()),
        replace(job, workflow="Another"),
        replace(job, jitter=timedelta(minutes=1)),
        replace(job, catchup=timedelta(days=1)),
    ):
        assert await keep(client, "q", [changed]) == (job.name,)
        assert await keep(client, "q", [changed]) == ()
    assert await keep(client, "r", [changed]) == (job.name,)


async def test_what_was_paused_stays_paused_with_its_note(client: Client) -> None:
    job = a_job()
    await keep(client, "q", [job])
    handle = client.get_schedule_handle(job.name)
    await handle.pause(note="正在迁移数据库")
    await keep(client, "q", [replace(job, at=time(7))])
    described = await handle.describe()
    assert described.schedule.state.paused
    assert described.schedule.state.note == "正在迁移数据库"
    assert described.schedule.spec.calendars[0].hour[0].start == 7


async def test_a_job_that_is_set_off_has_no_schedule(client: Client) -> None:
    job = a_job()
    await keep(client, "q", [job])
    off = replace(job, enabled=False)
    assert await keep(client, "q", [off]) == (job.name,)
    try:
        await client.get_schedule_handle(job.name).describe()
    except RPCError as error:
        assert error.status is RPCStatusCode.NOT_FOUND
    else:
        raise AssertionError("it is still there")
    assert await keep(client, "q", [off]) == ()


async def test_workers_that_start_together_keep_one_schedule(client: Client) -> None:
    import asyncio

    job = a_job()
    changed = await asyncio.gather(*(keep(client, "q", [job]) for _ in range(5)))
    assert (job.name,) in changed
    assert await keep(client, "q", [job]) == ()
