"""Dozens of cases at random against the real workflows on a real server: whatever happens, the laws hold."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from infra.settings import TemporalSettings
from infra.temporal.plugin import plugin
from schemas.application import ApplicationStatus
from schemas.case import Case, apply
from schemas.long_route import RouteView, tasks_of
from schemas.timetable import account_of
from schemas.verification import VerificationState
from schemas.views import status_of
from tests.machine.witness import Witness
from tests.workflows.gaming import Game, state_of
from tests.workflows.long_world import serving
from workers.registry import WORKFLOWS

GAMES = int(os.environ.get("RANDOM_GAMES", "24"))
FIRST = int(os.environ.get("RANDOM_SEED", "0"))
"""Other games: ``RANDOM_GAMES=500 RANDOM_SEED=1000 pytest tests/workflows/test_random_runs.py``."""
AT_ONCE = 12
pytestmark = pytest.mark.timeout(60 + 3 * GAMES)


async def test_the_laws_hold_whatever_happens(client: Client, temporal_settings: TemporalSettings) -> None:
    room, seen = asyncio.Semaphore(AT_ONCE), Counter[str]()

    async def played(seed: int) -> None:
        async with room:
            game = Game(client, seed)
            try:
                async with serving(client, temporal_settings, game.world) as queue:
                    await game.play(queue)
                    await judged(client, temporal_settings, game)
            except BaseException as error:
                error.add_note(f"RANDOM_SEED={seed} RANDOM_GAMES=1 {game.codes}\n{game.standing()}")
                raise
            seen.update(s.partition("/")[0] for s in game.world.ledger.streams)

    async with asyncio.TaskGroup() as games:
        for seed in range(FIRST, FIRST + GAMES):
            games.create_task(played(seed))
    print(dict(seen))


async def judged(client: Client, settings: TemporalSettings, game: Game) -> None:
    """Every stream of a game that is over, against its workflow and against the laws."""
    for stream, events in list(game.world.ledger.streams.items()):
        assert [e.sequence for e in events] == list(range(len(events)))
        assert [e.previous_id for e in events] == [None, *(e.event_id for e in events[:-1])]
        state = state_of(game.world, stream)
        assert not [t.assignment for t in state.assignments.values() if t.open], f"{stream} has ended, and waits"
        if isinstance(state, VerificationState):
            called_back = state.key in [w.key for w in game.world.outside.collaboration.withdrawn]
            assert called_back == (state.result == "withdrawn" and state.delivered), "no request is left open in vain"
        await history_is_sound(client, settings, game._workflow(stream))
    case = witnessed(game)
    handle = client.get_workflow_handle(game.id)
    assert await handle.query("status", result_type=ApplicationStatus) == status_of(case, case.sequence + 1)
    for stream in list(game.world.ledger.streams):
        if stream != game.id:
            view = await client.get_workflow_handle(game._workflow(stream)).query("status", result_type=RouteView)
            state = state_of(game.world, stream)
            assert (view.tasks, view.ended, view.recorded) == (tasks_of(state), True, state.sequence + 1)
            assert view.recorded == view.durable
    clocks_add_up(game, case)


def witnessed(game: Game) -> Case:
    """The case event by event: one settlement per requirement, rungs once and in order, nothing after the end."""
    witness, case = Witness(), None
    for event in game.world.ledger.streams[game.id]:
        after = apply(case, event)
        witness.saw(case, event, after)
        case = after
    assert case is not None and case.ended
    for known in case.requirements.values():
        assert known.standing.value != "open" or case.stage.value not in ("handed_over", "accepted")
    return case


def clocks_add_up(game: Game, case: Case) -> None:
    long, now = game.world.policy.long, datetime.now(UTC)
    assert long is not None
    for clock in case.clocks.values():
        account = account_of(clock, long.timetable(game.world.outside.calendar), now)
        assert account.elapsed == account.consumed + account.suspended
        assert account.left == clock.allowed - account.consumed


async def history_is_sound(client: Client, settings: TemporalSettings, workflow_id: str) -> None:
    """It replays, and no workflow task of it failed for anything but news that arrived meanwhile."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed: Any = event.workflow_task_failed_event_attributes
            news = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
            assert failed.cause == news, (workflow_id, failed.failure.message)
    plain = UnsandboxedWorkflowRunner()
    await Replayer(workflows=list(WORKFLOWS), plugins=[plugin(settings)], workflow_runner=plain).replay_workflow(
        history
    )
