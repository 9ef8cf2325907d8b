"""What the lists make of the ledger is what every workflow answers when it is asked."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client

from infra.settings import TemporalSettings
from schemas.joining import workflow_of
from schemas.long_route import RouteView, TaskView, tasks_of
from schemas.overview import CaseOverview
from schemas.stream import StreamState
from schemas.worklist import part_of
from tests.workflows.fakes import World
from tests.workflows.long_world import DECIDING, serving
from tests.workflows.scenes import SCENES, Scene


@pytest.mark.parametrize("word", SCENES)
async def test_the_lists_say_what_the_workflows_answer(
    client: Client, temporal_settings: TemporalSettings, word: str
) -> None:
    setting, opening = SCENES[word]
    world = setting(working_day_seconds=3600.0)
    async with serving(client, temporal_settings, world) as queue:
        scene = Scene(client, queue, world)
        await opening(scene)
        await asyncio.sleep(0.5)  # until everybody who is told was told
        seen: CaseOverview = await scene.workflow("application").query("overview", result_type=CaseOverview)
        streams = [s for s in world.ledger.streams if not s.startswith("application/")]
        own = part_of(world.ledger.streams[scene.stream("application")])
        assert own.facts is not None
        assert (own.facts.stage, own.facts.item_name) == (seen.status.stage, seen.item_name)
        assert (own.facts.department, own.facts.department_name) == (seen.department, seen.department_name)
        assert own.taken_in_by == seen.taken_in_by
        assert sum(own.facts.standings.values()) == len(seen.status.requirements)
        assert _views(scene.stream("application"), world) == set(seen.tasks)
        for stream in streams:
            view: RouteView = await client.get_workflow_handle(workflow_of(stream)).query(
                "status", result_type=RouteView
            )
            assert _views(stream, world) == set(view.tasks), stream
        parts = [part_of(world.ledger.streams[s]) for s in streams]
        assert all({c.application_no for c in p.cases} == {seen.status.application_no} for p in parts)
        assert seen.department == DECIDING


def _views(stream: str, world: World) -> set[TaskView]:
    tasks = {each.task.assignment: each.task for each in part_of(world.ledger.streams[stream]).tasks}
    return set(tasks_of(StreamState(application_no="any", assignments=tasks)))
