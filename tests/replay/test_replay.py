"""Every history recorded by a release replays on the workflows of today; a changed one does not, so this can fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError
from temporalio.workflow import _Definition as Definition

from infra.temporal.plugin import plugin
from tests.replay.record_long import kind_of
from tests.replay.scenarios import SCENARIOS
from tests.temporal_fixtures import settings_for
from workers.registry import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*/*.json"))


def replayer() -> Replayer:
    return Replayer(workflows=list(WORKFLOWS), plugins=[plugin(settings_for("unused"))])


def history_of(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("path", HISTORIES, ids=lambda p: f"{p.parent.name}-{p.stem}")
async def test_recorded_history_replays(path: Path) -> None:
    await replayer().replay_workflow(history_of(path))


def test_every_way_a_case_can_go_is_recorded() -> None:
    assert {p.stem for p in HISTORIES} >= set(SCENARIOS)


def test_every_workflow_is_recorded() -> None:
    assert {kind_of(history_of(p)) for p in HISTORIES} == {Definition.must_from_class(w).name for w in WORKFLOWS}


async def test_a_history_of_other_commands_is_refused() -> None:
    path = next(p for p in HISTORIES if p.stem == "settled")
    history = json.loads(path.read_text())
    for event in history["events"]:
        scheduled = event.get("activityTaskScheduledEventAttributes", {})
        if scheduled.get("activityType", {}).get("name") == "elicence.retrieve":
            scheduled["activityType"]["name"] = "data_sharing.retrieve"
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(WorkflowHistory.from_json(path.stem, json.dumps(history)))
