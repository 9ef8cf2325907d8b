"""Sharing asked again while a department is working: it costs no workflow task, and the first to settle wins."""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.catalogue import AdmitRequest
from schemas.application import application_stream
from schemas.application_start import start_of
from schemas.case import fold
from schemas.codes import Platform
from schemas.events import received
from schemas.exchange import AnswerClass
from schemas.policy import Admission
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World, found, said
from tests.workflows.long_world import bodies_of, county
from tests.workflows.requests import request
from tests.workflows.waiting import eventually
from tests.workflows.watching import WatchedCase
from workers.registry import Role
from workers.serve import build_workers

SETTINGS = settings_for("unused:0")
KEY = "r_shared/p1"
Handle = WorkflowHandle[Any, Any]
_numbers = itertools.count(1)


async def admission_of(world: World, number: str) -> Admission:
    """The admission of a case, as its door would look it up."""
    asked, now = request(number), datetime.now(UTC)
    (admit,) = world.activities()[Role.CASES]
    result = await admit(
        AdmitRequest(request=asked, received=received(asked, now), started_at=now, stream=application_stream(number))
    )
    admission: Admission = result.admission
    return admission


@asynccontextmanager
async def watching(environment: WorkflowEnvironment, world: World) -> AsyncIterator[Handle]:
    number = f"W-{next(_numbers)}"
    settings = SETTINGS.model_copy(update={"task_queue": f"watch-{number}"})
    (worker,) = build_workers(environment.client, settings, world.activities(), extra_workflows=(WatchedCase,))
    async with worker:
        handle: Handle = await environment.client.start_workflow(
            "WatchedCase",
            start_of(request(number), await admission_of(world, number)),
            id=application_stream(number),
            task_queue=settings.task_queue,
        )
        try:
            yield handle
        finally:
            with suppress(RPCError):
                await handle.terminate("end of the test")


async def kinds(handle: Handle) -> list[EventType.ValueType]:
    return [event.event_type for event in (await handle.fetch_history()).events]


async def test_while_nothing_is_found_the_history_does_not_grow(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=3600)
    asked = world.platforms[Platform.DATA_SHARING].asked
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        before = len(await kinds(handle))
        await skipping.sleep(timedelta(days=10))
        assert len(asked) >= 200, "asked every hour"
        assert len(set(asked)) == len(asked), "each ask is one of its own"
        assert len(await kinds(handle)) == before, "not one workflow task for all that"


async def test_the_first_ask_comes_after_the_interval(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=3600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        await skipping.sleep(timedelta(minutes=30))
        assert world.platforms[Platform.DATA_SHARING].asked == []
        await skipping.sleep(timedelta(minutes=45))
        assert len(world.platforms[Platform.DATA_SHARING].asked) == 1, "one watch, however often it was ensured"


async def test_a_hit_settles_and_calls_off_what_people_were_asked(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        world.platforms[Platform.DATA_SHARING].answers["household"] = found
        await skipping.sleep(timedelta(minutes=25))
        await handle.signal("over")
        assert await handle.result() == [KEY], "what else was out for it is closed"
    assert bodies_of(world, handle.id)[-3:] == ["attempt_made", "requirement_settled", "route_closed"]
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None
    requirement = case.requirements[KEY]
    assert (requirement.standing.value, requirement.ground) == ("settled", "data_sharing")
    assert [(a.kind.value, a.round) for a in requirement.attempts] == [("hit", 2)]
    assert [(r.standing.value, r.result) for r in requirement.routes] == [("closed", "settled_otherwise")]


async def test_news_that_settles_nothing_is_recorded_and_leaves_it_open(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        world.platforms[Platform.DATA_SHARING].answers["household"] = lambda q: said(AnswerClass.ADVERSE)
        await skipping.sleep(timedelta(minutes=25))
        assert await handle.query("watched") == []
        await handle.signal("over")
        assert await handle.result() == []
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None
    requirement = case.requirements[KEY]
    assert (requirement.standing.value, [a.kind.value for a in requirement.attempts]) == ("open", ["adverse"])
    assert [r.standing.value for r in requirement.routes] == ["open"]


async def test_a_hit_that_comes_too_late_is_kept_and_changes_nothing(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        await handle.signal("volunteer")
        world.platforms[Platform.DATA_SHARING].answers["household"] = found
        await skipping.sleep(timedelta(minutes=25))
        await handle.signal("over")
        assert await handle.result() == []
    events = [e.body for e in world.ledger.streams[handle.id]]
    assert [b.used for b in events if b.type == "attempt_made"] == [False]
    assert [b.type for b in events].count("requirement_settled") == 1


@pytest.mark.parametrize("word", ["stop", "over"])
async def test_a_watch_called_off_leaves_nothing_running(
    skipping: WorkflowEnvironment, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = county("r_shared", reask_seconds=600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        await skipping.sleep(timedelta(minutes=15))
        asked = len(world.platforms[Platform.DATA_SHARING].asked)
        assert asked == 1
        await handle.signal(word)
        if word == "stop":
            assert await handle.query("watched") == []
            assert EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED in await kinds(handle)
        else:
            await handle.result()
        await skipping.sleep(timedelta(hours=5))
        assert len(world.platforms[Platform.DATA_SHARING].asked) == asked
        description = await handle.describe()
        assert not description.raw_description.pending_activities
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_one_that_was_stopped_can_be_watched_again(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=600)
    async with watching(skipping, world) as handle:
        await eventually_scheduled(handle)
        await handle.signal("stop")
        await handle.signal("ensure")
        assert await handle.query("watched") == [KEY]
        world.platforms[Platform.DATA_SHARING].answers["household"] = found
        await skipping.sleep(timedelta(minutes=25))
        await eventually(lambda: world.platforms[Platform.DATA_SHARING].asked != [])
        await handle.signal("over")
        assert await handle.result() == [KEY]


async def eventually_scheduled(handle: Handle) -> None:
    """Until the watch stands on the server."""
    while EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED not in await kinds(handle):
        pass
