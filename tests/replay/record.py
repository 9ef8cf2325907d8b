"""Records the histories anew: ``python -m tests.replay.record RELEASE`` writes ``histories/RELEASE/*.json``.

Run once for each release that changed a workflow; what earlier releases recorded stays, for their cases still run.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from infra.temporal.client import connect
from infra.temporal.search_attributes import register
from tests.replay.scenarios import SCENARIOS, play
from tests.temporal_fixtures import BIN, FAST_QUEUES, settings_for
from tests.workflows.catalogues import sample_catalogue
from tests.workflows.fakes import World
from workers.serve import build_workers

FOLDER = Path(__file__).parent / "histories"


async def main(release: str) -> None:
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=FAST_QUEUES
    )
    async with environment:
        settings = settings_for(environment.client.service_client.config.target_host)
        client = await connect(settings)
        await register(client)
        (FOLDER / release).mkdir(parents=True, exist_ok=True)
        for name, scenario in SCENARIOS.items():
            queue, world = f"record-{uuid.uuid4().hex[:6]}", World(sample_catalogue())
            (worker,) = build_workers(client, settings.model_copy(update={"task_queue": queue}), world.activities())
            async with worker:
                text = await play(scenario, client, queue, world)
            (FOLDER / release / f"{name}.json").write_text(text)
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
