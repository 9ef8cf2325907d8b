"""One application with telemetry on, in a process of its own (a tracer provider is set once for a process).

Prints its spans, the Prometheus page and the log as one JSON object; run by ``test_telemetry``.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from infra.catalogue.files import load
from infra.catalogue.store import publish
from infra.sandbox.applications import sample_applications
from infra.sandbox.guard import Caller
from infra.sandbox.population import Population
from infra.sandbox.server import create_app, serve
from infra.sandbox.state import State
from infra.telemetry import start_telemetry
from infra.temporal.client import connect
from infra.temporal.search_attributes import register
from schemas.base import personal_values
from schemas.codes import Platform
from tests.e2e.stack import DEHUA, SECRET, settings_of
from workers.intake import Intake
from workers.resources import admission_of, open_resources
from workers.serve import build_workers


async def main(told: dict[str, Any]) -> dict[str, Any]:
    catalogue = load(DEHUA)
    state = State(Population(catalogue, seed=7, size=60), {p: Caller("county", SECRET.encode()) for p in Platform})
    async with serve(create_app(state)) as base_url:
        telemetry_settings = {
            "traces": True,
            "otlp_endpoint": "http://127.0.0.1:9",
            "metrics_address": f"127.0.0.1:{told['metrics_port']}",
        }
        folder = Path(told["folder"])
        settings = settings_of(told["address"], told["dsn"], base_url, folder, telemetry=telemetry_settings)
        exporter = InMemorySpanExporter()
        telemetry = start_telemetry(settings.telemetry, exporter=exporter)
        client = await connect(settings.temporal, plugins=telemetry.plugins, runtime=telemetry.runtime)
        await register(client)
        async with open_resources(settings) as resources:
            await publish(resources.pool, catalogue)
            intake = Intake(client, settings.temporal.task_queue, admission_of(settings, resources.pool))
            requests = list(sample_applications(catalogue, state.population, 12, 33))
            (worker,) = build_workers(client, settings.temporal, resources.activities)
            async with worker:
                for request in requests:
                    await (await intake.submit(request)).result()
                async with httpx.AsyncClient() as http:
                    page = (await http.get(f"http://127.0.0.1:{told['metrics_port']}/metrics")).text
        telemetry.close()
        spans = [
            {
                "name": span.name,
                "trace": format(span.context.trace_id, "032x"),
                "id": format(span.context.span_id, "016x"),
                "parent": format(span.parent.span_id, "016x") if span.parent else None,
                "attributes": {k: str(v) for k, v in (span.attributes or {}).items()},
            }
            for span in exporter.get_finished_spans()
            if span.context is not None
        ]
        personal = sorted({v for r in requests for _, _, v in personal_values(r) if isinstance(v, str) and len(v) > 3})
    return {"spans": spans, "metrics": page, "personal": personal}


if __name__ == "__main__":
    log = io.StringIO()
    with redirect_stderr(log):
        seen = asyncio.run(main(json.loads(sys.argv[1])))
    sys.stdout.write(json.dumps(seen | {"log": log.getvalue()}))
