"""The filters of a supervisor, asked of a real server over cases that wait in every way."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.assignment import Step
from schemas.codes import Platform, Route
from schemas.exchange import AnswerClass
from schemas.list_filters import (
    APPLICANT,
    COMMITMENT,
    COMMITTEE,
    DEFECT,
    DUE_SOON,
    LEDGER,
    PAPER,
    RED,
    WAITS,
    ListFilter,
    platform_down,
    questions,
    stalled,
    waiting_on,
)
from schemas.policy import StepBudget
from tests.temporal_fixtures import BIN, FAST_QUEUES
from tests.workflows.fakes import World, said
from tests.workflows.long_world import bodies_of, county, policy, serving
from tests.workflows.requests import request
from tests.workflows.scenes import SCENES, Scene
from tests.workflows.waiting import eventually
from workflows import stuck

HEALTHY, LATE, DOWN, OURS = WAITS
UNENDING = policy().steps | {Step.VERIFICATION: StepBudget(working_days=1)}


async def listed(client: Client, asked: ListFilter, staged: dict[str, str]) -> set[str]:
    """Which of the staged workflows a filter finds, by what they are staged as."""
    return {staged[found.id] async for found in client.list_workflows(asked.query) if found.id in staged}


async def finds(client: Client, asked: ListFilter, staged: dict[str, str], *wanted: str) -> None:
    """A filter finds exactly these, as soon as the list has caught up."""
    found: set[str] = set()
    for _ in range(150):
        found = await listed(client, asked, staged)
        if found == set(wanted):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{asked.name}: {found} where {set(wanted)} are meant")


async def test_each_filter_finds_exactly_the_cases_it_asks_for(
    client: Client, temporal_settings: TemporalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck, "SHORT", timedelta(seconds=0.5))
    worlds = {
        "healthy": county("r_verify"),
        "silent": county("r_verify", steps=UNENDING, working_day_seconds=0.3),
        "platform": county("r_verify"),
        "ledger": county("r_verify"),
        "applicant": county("r_village", offered=(Route.ASSISTANCE,)),
    }
    sharing = worlds["platform"].platforms[Platform.DATA_SHARING]
    sharing.answers = {"fertility": lambda q: said(AnswerClass.TRANSIENT)}
    staged: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for name, world in worlds.items():
            world.ledger.down = name == "ledger"
            queue = await stack.enter_async_context(serving(client, temporal_settings, world))
            handle = await submit(client, queue, request())
            staged[handle.id] = name
            if name == "ledger":
                stack.push_async_callback(handle.terminate, "end of the test")
        staged[await verification(worlds["silent"])] = "department"
        staged[await verification(worlds["healthy"])] = "asked"
        await finds(client, RED, staged, "department")
        await finds(client, DOWN, staged, "platform")
        await finds(client, OURS, staged, "ledger")
        await finds(client, LEDGER, staged, "ledger")
        await finds(client, platform_down(Platform.DATA_SHARING), staged, "platform")
        await finds(client, platform_down(Platform.COLLABORATION), staged)
        await finds(client, APPLICANT, {k: v for k, v in staged.items() if v != "silent"}, "applicant")
        await finds(
            client, HEALTHY, {k: v for k, v in staged.items() if v != "silent"}, "healthy", "asked", "applicant"
        )
        await finds(client, LATE, {k: v for k, v in staged.items() if v != "silent"}, "department")
        await finds(client, waiting_on("德化县卫生健康局"), {k: v for k, v in staged.items() if v in PROCEDURES},
                    "department", "asked")  # fmt: skip
        await finds(client, stalled(datetime.now(UTC) - timedelta(days=1), 1), staged)
        for asked in questions(datetime.now(UTC), 1, "德化县公安局", Platform.COLLABORATION):
            await listed(client, asked, staged)  # the server takes every filter of the page


PROCEDURES = ("department", "asked")


async def verification(world: World) -> str:
    """The verification of a world, once its department was asked."""
    await eventually(lambda: bool(world.outside.collaboration.requests))
    (asked,) = world.outside.collaboration.requests.values()
    await eventually(lambda: "assignment_opened" in bodies_of(world, asked.stream))
    return asked.stream


async def test_procedures_that_are_late_near_their_end_or_before_the_committee(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    patient = {"steps": UNENDING | {Step.VERIFICATION: StepBudget(working_days=1, gives_up_after=200)}}
    settings: dict[str, dict[str, Any]] = {
        "verification": {"working_day_seconds": 3600.0},
        "commitment": patient,
        "digitisation": patient,
        "disposition": {},
    }
    staged: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for name, changes in settings.items():
            setting, opening = SCENES[name]
            world = setting(**changes)
            queue = await stack.enter_async_context(serving(client, temporal_settings, world))
            scene = Scene(client, queue, world)
            await opening(scene)
            if name == "commitment":
                await scene.decide()
                await scene.until("commitment", "assignment_opened")
            staged |= {scene.case.id: f"case of {name}", scene.workflow(name).id: name}
            if name == "verification":
                await asyncio.sleep(1)  # filters have whole seconds
                since = datetime.now(UTC)
        await finds(client, COMMITMENT, staged, "commitment")
        await finds(client, PAPER, staged, "digitisation")
        await finds(client, COMMITTEE, staged, "disposition")
        await finds(client, DUE_SOON, {i: n for i, n in staged.items() if n in settings}, "verification")
        await finds(client, stalled(since, 1), staged, "verification", "case of verification")


@workflow.defn(name="Wedged", sandboxed=False)
class Wedged:
    """Has a defect."""

    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("a defect")


async def test_a_defect_is_found_by_what_the_server_says_of_it() -> None:
    at_once = ["--dynamic-config-value", "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1"]
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=[*FAST_QUEUES, *at_once]
    )
    async with environment, Worker(environment.client, task_queue="wedged", workflows=[Wedged]):
        started = [
            await environment.client.start_workflow(name, id=name, task_queue=queue)
            for name, queue in (("Wedged", "wedged"), ("Waiting", "nobody"))
        ]
        await finds(environment.client, DEFECT, {handle.id: handle.id for handle in started}, "Wedged")
        for handle in started:
            await handle.terminate()
