"""The stack of one machine as its user has it: up, work, down, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [str(Path(sys.executable).parent / "mianzheng")]
pytestmark = pytest.mark.timeout(180)


def mianzheng(*arguments: str, state: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments, "--state-dir", str(state)],
        capture_output=True,
        text=True,
        timeout=150,
        cwd=ROOT,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done


def processes_of(state: Path) -> list[psutil.Process]:
    """Every process that names the state directory in its command line or environment of work."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(state) in " ".join(process.cmdline()) or str(state) in process.cwd():
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    mianzheng("down", "--delete-data", state=folder, check=False)


REQUEST: dict[str, Any] = {
    "application_no": "STACK-1",
    "item_code": "bm_student_card",
    "parties": [
        {
            "party_id": "p1",
            "role": "applicant",
            "kind": "living",
            "id_type": "111",
            "id_number": "350526199001010019",
            "name": "测试甲",
        }
    ],
    "operator": {"kind": "clerk", "actor_id": "window-1", "department": "11350526MB0000004M"},
    "purpose": "办理学生公交优待证",
}


def test_up_works_survives_a_restart_and_goes_down(state: Path, tmp_path: Path) -> None:
    mianzheng("up", state=state)
    file = tmp_path / "application.json"
    file.write_text(json.dumps(REQUEST), encoding="utf-8")
    started = json.loads(mianzheng("application", "start", str(file), "--wait", "--json", state=state).stdout)
    assert started["application_no"] == "STACK-1"
    mianzheng("up", state=state)  # already running: says so and changes nothing
    mianzheng("down", state=state)
    assert processes_of(state) == []
    assert mianzheng("status", state=state, check=False).returncode == 4

    mianzheng("up", state=state)
    again = json.loads(mianzheng("application", "start", str(file), "--wait", "--json", state=state).stdout)
    assert again == started, "the same case, from the data of before"
    trail = json.loads(mianzheng("trail", "STACK-1", "--json", state=state).stdout)
    assert "测试甲" not in json.dumps(trail, ensure_ascii=False)

    bad = REQUEST | {"application_no": "STACK-2", "item_code": "bm_nothing"}
    file.write_text(json.dumps(bad), encoding="utf-8")
    refused = mianzheng("application", "start", str(file), state=state, check=False)
    assert refused.returncode == 2
    assert "item_code" in refused.stderr
    assert mianzheng("application", "status", "STACK-9", state=state, check=False).returncode == 3
    mianzheng("down", state=state)
    assert processes_of(state) == []


def test_a_killed_supervisor_leaves_nothing_that_down_does_not_end(state: Path) -> None:
    mianzheng("up", state=state)
    before = processes_of(state)
    supervisor = next(p for p in before if "supervise" in p.cmdline())
    os.kill(supervisor.pid, signal.SIGKILL)
    mianzheng("down", state=state, check=False)
    psutil.wait_procs(before, timeout=20)
    assert processes_of(state) == []


def test_a_port_in_use_is_said(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = mianzheng("up", "--ui-port", str(port), state=state, check=False)
    assert refused.returncode != 0
    assert str(port) in refused.stderr
    assert processes_of(state) == []
