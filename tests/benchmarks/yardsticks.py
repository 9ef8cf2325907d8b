"""The two yardsticks of the benchmark.

The *bare* workflow has the shape of an application (two activities at once that make the same HTTP calls, one activity
that inserts as many rows of the same size) and none of its domain code; the *no-op* workflow only starts and ends.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tests.benchmarks.workload import ROW_BYTES, ROWS, Bare, BareActivities, BareResult, Rows


@workflow.defn(name="NoopWorkflow")
class NoopWorkflow:
    @workflow.run
    async def run(self, number: str) -> str:
        return number


@workflow.defn(name="BareWorkflow")
class BareWorkflow:
    @workflow.run
    async def run(self, told: Bare) -> BareResult:
        licence, shared = await asyncio.gather(
            workflow.execute_activity_method(
                BareActivities.licence, told, start_to_close_timeout=timedelta(seconds=15), summary="licence"
            ),
            workflow.execute_activity_method(
                BareActivities.shared, told, start_to_close_timeout=timedelta(seconds=15), summary="shared"
            ),
        )
        rows = [f"{told.number}/{n}".ljust(ROW_BYTES, "x") for n in range(ROWS)]
        await workflow.execute_activity_method(
            BareActivities.insert,
            Rows(number=told.number, rows=rows),
            start_to_close_timeout=timedelta(seconds=15),
            summary="insert",
        )
        return BareResult(digests=[*licence.digests, *shared.digests])
