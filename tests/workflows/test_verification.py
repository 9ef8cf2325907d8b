"""信息核验 with its case: answered in time, late, never, refuted, withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from infra.temporal.start import submit
from schemas.application import ApplicationStatus
from schemas.case import fold
from tests.temporal_fixtures import settings_for
from tests.workflows.long_world import bodies_of, county, reply, serving
from tests.workflows.requests import request
from tests.workflows.waiting import eventually

SETTINGS = settings_for("unused:0")


async def test_a_department_answers_and_the_case_is_handed_over(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(skipping.client, world, key, "confirmed", document_digest="b" * 64)
        result = await handle.result()
    assert [(s.ground, s.evidence_digest) for s in result.settled] == [("verification", "b" * 64)]
    assert result.status == "settled"
    child = world.outside.collaboration.requests[key].stream
    assert bodies_of(world, child) == [
        "verification_opened",
        "request_delivered",
        "assignment_opened",
        "verification_answered",
        "assignment_closed",
        "verification_ended",
    ]
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None and not any(t.open for t in case.assignments.values())
