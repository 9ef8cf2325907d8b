"""The two ways of deriving the events agree, on every history that a release has recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from infra.reconcile.history import Listed, Run, Unreadable, tell
from infra.reconcile.replaying import NotReplayable, Replay, deepen
from infra.temporal.codec import SealingCodec, codec_of
from infra.temporal.plugin import plugin
from schemas.reconcile import Code, Standing
from tests.replay.test_replay import HISTORIES, history_of
from tests.temporal_fixtures import settings_for
from workers.registry import WORKFLOWS

SETTINGS = settings_for("unused")
CODEC = codec_of(SETTINGS)


async def told(path: Path) -> tuple[Run, WorkflowHistory]:
    """What a recorded history tells, and the history under the workflow id it had, which is not recorded with it."""
    kept = history_of(path)
    run = await tell(Listed(path.stem, "run"), kept, CODEC)
    stream = run.recorded[0].derived.stream
    shared = stream.startswith(("digitisation/", "completion/"))
    return run, WorkflowHistory(stream.rpartition("/")[0] if shared else stream, kept.events)


@pytest.fixture(scope="module")
def replay() -> Replay:
    """Today's code."""
    return Replay(WORKFLOWS, plugin(SETTINGS))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda p: f"{p.parent.name}-{p.stem}")
async def test_a_replay_records_what_the_history_appended(path: Path, replay: Replay) -> None:
    run, history = await told(path)
    appended = len(run.recorded)
    assert appended
    assert deepen(run, await replay.events(history)) == []
    unsent = [each.tree["body"]["type"] for each in run.recorded[appended:]]
    assert unsent == [] or run.open, unsent
    assert not run.open or all(each.derived.standing is Standing.RECORDED for each in run.recorded[appended:])


async def test_what_the_code_does_otherwise_is_found(replay: Replay) -> None:
    path = next(p for p in HISTORIES if p.stem == "settled")
    run, history = await told(path)
    replayed = list(await replay.events(history))
    other = replayed[1].model_copy(update={"actor": replayed[1].actor.model_copy(update={"actor_id": "another"})})
    (finding,) = deepen(run, [replayed[0], other, *replayed[2:]])
    assert (finding.code, finding.event_id) == (Code.DIVERGED, other.event_id)
    assert [f.code for f in deepen(run, replayed[:-1])] == [Code.DIVERGED]


async def test_a_history_of_other_commands_is_not_replayable(replay: Replay) -> None:
    path = next(p for p in HISTORIES if p.stem == "settled")
    history = history_of(path)
    for event in history.events:
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "elicence.retrieve":
            scheduled.activity_type.name = "data_sharing.retrieve"
    with pytest.raises(NotReplayable):
        await replay.events(history)


async def test_a_history_whose_key_is_gone_is_unreadable() -> None:
    path = next(p for p in HISTORIES if p.stem == "settled")
    other = SealingCodec({"k2": bytes(32)}, "k2")
    with pytest.raises(Unreadable):
        await tell(Listed(path.stem, "run"), history_of(path), other)
