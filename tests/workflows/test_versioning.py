"""Worker versioning on a real server: a case begun on one build is carried on by the next one."""

from __future__ import annotations

import uuid

from temporalio.client import Client

from infra.settings import TemporalSettings
from infra.temporal.deployment import make_current
from infra.temporal.start import submit
from schemas.codes import Platform
from schemas.exchange import AnswerClass
from tests.workflows.catalogues import sample_catalogue
from tests.workflows.fakes import World, said
from tests.workflows.requests import request
from tests.workflows.waiting import eventually
from workers.serve import build_workers


async def test_a_waiting_case_moves_to_the_new_build(client: Client, temporal_settings: TemporalSettings) -> None:
    name = f"deployment-{uuid.uuid4().hex[:6]}"
    queue = f"versioned-{uuid.uuid4().hex[:6]}"
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.answers = dict.fromkeys(("household", "no_criminal_record"), lambda q: said(AnswerClass.TRANSIENT))

    def build(build_id: str) -> TemporalSettings:
        return temporal_settings.model_copy(update={"task_queue": queue, "deployment_name": name, "build_id": build_id})

    (old,) = build_workers(client, build("1"), world.activities())
    async with old:
        await make_current(client, build("1"))
        handle = await submit(client, queue, request())
        await eventually(lambda: len(sharing.asked) >= 4)
    (new,) = build_workers(client, build("2"), world.activities())
    async with new:
        await make_current(client, build("2"))
        sharing.answers = {"no_criminal_record": lambda q: said(AnswerClass.NOT_FOUND)}
        result = await handle.result()
    assert result.status == "settled"
    info = (await handle.describe()).raw_description.workflow_execution_info.versioning_info
    assert info.deployment_version.build_id == "2"
