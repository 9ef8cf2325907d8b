"""The two yardsticks of the benchmark.

The *bare* workflow has the shape of an application and none of its domain code: the same codec and sandbox, two
activities at once that make the same HTTP calls, one activity that inserts as many rows of the same size into tables
with the same indexes, and the same number of bytes in and out everywhere.  The *no-op* workflow only starts and ends.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tests.benchmarks.workload import (
        ASK_BYTES,
        RESULT_BYTES,
        ROW_BYTES,
        ROWS,
        SEALED_BYTES,
        SEALED_ROWS,
        Bare,
        BareActivities,
        BareResult,
        Rows,
    )

TIMEOUT = timedelta(seconds=15)


@workflow.defn(name="NoopWorkflow")
class NoopWorkflow:
    @workflow.run
    async def run(self, number: str) -> str:
        return number


@workflow.defn(name="BareWorkflow")
class BareWorkflow:
    @workflow.run
    async def run(self, told: Bare) -> BareResult:
        asked = told.model_copy(update={"padding": told.padding[:ASK_BYTES]})
        licence, shared = await asyncio.gather(
            workflow.execute_activity_method(
                BareActivities.licence, asked, start_to_close_timeout=TIMEOUT, summary="licence"
            ),
            workflow.execute_activity_method(
                BareActivities.shared, asked, start_to_close_timeout=TIMEOUT, summary="shared"
            ),
        )
        rows = [(f"{told.number}/{n}/" + told.padding)[:ROW_BYTES] for n in range(ROWS)]
        sealed = [(f"{n}/" + told.padding)[:SEALED_BYTES] for n in range(SEALED_ROWS)]
        await workflow.execute_activity_method(
            BareActivities.insert,
            Rows(number=told.number, rows=rows, sealed=sealed),
            start_to_close_timeout=TIMEOUT,
            summary="insert",
        )
        return BareResult(digests=[*licence.digests, *shared.digests], padding=told.padding[:RESULT_BYTES])
