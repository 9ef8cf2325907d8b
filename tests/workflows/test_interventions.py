"""认领 and 干预 in running workflows: recorded, effective, and kept over continue-as-new."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import RetryPolicy

from infra.settings import TemporalSettings
from infra.temporal.retrying import retrying, try_now
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.long_route import RouteView
from schemas.worklist import part_of
from tests.workflows.long_world import HEALTH, REFORM, bodies_of, county, serving
from tests.workflows.saying import HEALTH_STAFF, MEMBER, STAFF, SUPERVISED, SUPERVISOR, said
from tests.workflows.scenes import SCENES, Scene
from tests.workflows.test_continue_as_new import forgetful, press, run_of, whole
from tests.workflows.waiting import eventually
from workflows import recorder, stuck

__all__ = ["forgetful"]
COLLEAGUE = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-6", department=HEALTH)


def by(actor: Actor, name: str, **over: Any) -> dict[str, Any]:
    _, words = SUPERVISED[name]
    return said((actor, words), **over)


@pytest.fixture
async def scene(client: Client, temporal_settings: TemporalSettings) -> AsyncIterator[Scene]:
    setting, opening = SCENES["verification"]
    world = setting(working_day_seconds=3600.0)
    async with serving(client, temporal_settings, world) as queue:
        opened = Scene(client, queue, world)
        await opening(opened)
        yield opened


def task(scene: Scene) -> Any:
    (only,) = part_of(scene.world.ledger.streams[scene.stream("verification")]).tasks
    return only.task


async def test_a_task_is_claimed_refused_to_another_and_handed_over(scene: Scene) -> None:
    await scene.send("verification", "claim_task", by(HEALTH_STAFF, "claim_task"))
    assert task(scene).claim.by == HEALTH_STAFF
    assert await scene.refused("verification", "claim_task", by(COLLEAGUE, "claim_task")) == ["claimed_by_another"]
    assert scene.types("verification")[-1] == "act_refused"
    await scene.send("verification", "hand_over_task", by(HEALTH_STAFF, "hand_over_task"))
    assert task(scene).claim.by == COLLEAGUE
    await scene.answers("verification", "confirmed")
    await scene.until("verification", "assignment_closed")
    assert task(scene).claim is None, "a claim ends with the task"


async def test_a_reminder_out_of_turn_reaches_the_desk_each_time(scene: Scene) -> None:
    for count in (1, 2):
        await scene.send("verification", "remind", by(SUPERVISOR, "remind"))
        await scene.until("verification", *["assignment_reminded", "escalation_delivered"] * count)
    keys = [n.key for _, n in scene.world.outside.notification.sent if "/again." in n.key]
    assert [key.rpartition("/")[2] for key in keys] == ["again.1", "again.2"]


async def test_a_wait_is_given_up_by_two_and_the_case_goes_on_as_always(scene: Scene) -> None:
    wanted = by(STAFF, "propose_override", kind="next_rung", working_days=None)
    await scene.send("verification", "propose_override", wanted)
    assert "verification_lapsed" not in scene.types("verification")
    confirm = by(STAFF, "confirm_override", proposal=wanted["command_id"])
    assert await scene.refused("verification", "confirm_override", confirm) == ["confirmer_is_proposer"]
    await scene.send("verification", "confirm_override", by(MEMBER, "confirm_override", proposal=wanted["command_id"]))
    await scene.until("verification", "assignment_closed", "verification_lapsed")
    await scene.until("application", "route_reported")
    assert task(scene).closed == "expired"


async def test_an_extension_is_what_the_workflow_waits_for(scene: Scene) -> None:
    before = task(scene)
    wanted = by(STAFF, "propose_override")
    await scene.send("verification", "propose_override", wanted)
    await scene.send("verification", "confirm_override", by(MEMBER, "confirm_override", proposal=wanted["command_id"]))
    view: RouteView = await scene.workflow("verification").query("status", result_type=RouteView)
    assert view.tasks[0].due_at == task(scene).due_at == before.due_at + timedelta(hours=2)


async def test_a_claim_and_a_proposal_survive_a_new_run(forgetful: tuple[Client, TemporalSettings]) -> None:
    client, settings = forgetful
    staff, other = (Actor(kind=ActorKind.DEPARTMENT, actor_id=n, department=REFORM) for n in ("staff-8", "staff-9"))
    world = SCENES["consultation"][0](working_day_seconds=3600.0)
    async with serving(client, settings, world) as queue:
        scene = Scene(client, queue, world)
        await SCENES["consultation"][1](scene)
        handle = scene.workflow("consultation")
        first = await run_of(handle)
        await scene.send("consultation", "claim_task", by(staff, "claim_task"))
        wanted = by(STAFF, "propose_override")
        await scene.send("consultation", "propose_override", wanted)
        for _ in range(12):
            await press(handle)
        await eventually(lambda: len(whole(world, handle.id)) > 14)
        assert await run_of(handle) != first, "it went on in a new run"
        assert await scene.refused("consultation", "claim_task", by(other, "claim_task")) == ["claimed_by_another"]
        confirm = by(MEMBER, "confirm_override", proposal=wanted["command_id"])
        await scene.send("consultation", "confirm_override", confirm)
        assert bodies_of(world, handle.id)[-1] == "override_confirmed"


async def test_what_is_being_retried_is_tried_at_once(
    client: Client, temporal_settings: TemporalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that was away for long: its next try lies minutes ahead, and the case is woken from outside."""
    slow = RetryPolicy(initial_interval=timedelta(seconds=100))
    monkeypatch.setattr(recorder, "APPEND_RETRY", slow)
    monkeypatch.setattr(stuck, "SHORT", timedelta(hours=1))
    world = county("r_verify", working_day_seconds=3600.0)
    async with serving(client, temporal_settings, world) as queue:
        scene = Scene(client, queue, world)
        world.ledger.down = True
        await scene.begin()
        handle = client.get_workflow_handle(scene.case.id)

        async def backing_off() -> bool:
            return any(each.activity == "ledger.append" for each in await retrying(client, handle.id))

        deadline = time.monotonic() + 20
        while not await backing_off():
            assert time.monotonic() < deadline
        world.ledger.down = False
        assert "ledger.append" in [each.activity for each in await try_now(client, handle.id)]
        await scene.until("application", "application_received")
        assert "ledger.append" not in [each.activity for each in await try_now(client, handle.id)]
