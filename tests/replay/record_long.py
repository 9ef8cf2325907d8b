"""Records the long routes: ``python -m tests.replay.record_long RELEASE`` writes ``histories/RELEASE/*.json``.

The tests play every long route already, so their histories are what is kept: of each test the case itself, and of every
other workflow the longest history that was seen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.workflows.long_world import KEEPERS

FOLDER = Path(__file__).parent / "histories"
PLAYED = (
    "temporal/test_acts",
    *(f"workflows/test_{name}" for name in ["long_case", "verification", "consultation", "assistance", "commitment"]),
    *(f"workflows/test_{name}" for name in ["digitisation", "disposition", "review", "completion", "acts_of_all"]),
)


def kind_of(history: WorkflowHistory) -> str:
    """The workflow's name, as its first event says it."""
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


class Keeper:
    """Keeps what ``serving`` hands over, by test and by workflow."""

    def __init__(self) -> None:
        self.kept: dict[str, WorkflowHistory] = {}

    def __call__(self, history: WorkflowHistory) -> None:
        kind = kind_of(history)
        name = kind
        if kind == "ApplicationWorkflow":
            name = os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split(" ")[0].split("[")[0].removeprefix("test_")
        known = self.kept.get(name)
        if known is None or len(known.events) < len(history.events):
            self.kept[name] = history


def main(release: str) -> int:
    """Play, then write; gives pytest's exit code, and writes nothing unless every test passed."""
    keeper = Keeper()
    KEEPERS.append(keeper)
    code = int(pytest.main(["-q", *(f"tests/{name}.py" for name in PLAYED)]))
    if code == 0:
        (FOLDER / release).mkdir(parents=True, exist_ok=True)
        for name, history in keeper.kept.items():
            (FOLDER / release / f"{name}.json").write_text(history.to_json())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
