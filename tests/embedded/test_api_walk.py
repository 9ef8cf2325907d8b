"""``docs/api.md`` is walked as it stands, and the README's request over HTTP, against the stack of one machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the walk uses curl and jq"),
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A stack that is up, as the environment of a shell."""
    state = tmp_path_factory.mktemp("walk") / "state"
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")},
        "MIANZHENG_STATE_DIR": str(state),
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }

    def mianzheng(*arguments: str) -> str:
        done = subprocess.run(
            ["mianzheng", *arguments], capture_output=True, text=True, timeout=150, env=env, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        mianzheng("up")
        settings = (state / "settings.toml").read_text()
        port = re.search(r"^\[gateway\]\n(?:\w.*\n)*?port = (\d+)", settings, re.M)
        assert port is not None
        yield env | {"DOOR": f"http://127.0.0.1:{port[1]}"}
    finally:
        mianzheng("down", "--delete-data")


def shell(script: str, env: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=150,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_walk_of_the_documentation(stack: dict[str, str], tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 5
    told = shell("\n".join(blocks), stack, tmp_path)
    assert "德化县民政局：核验「低保证」" in told
    assert "查验完毕，已移交" in told
    assert "低保证：verification" in told
    ended = json.loads((tmp_path / "ended.json").read_text())
    assert ended["outcome"]["status"] == "settled"
    assert "测试甲" not in "".join(file.read_text() for file in tmp_path.glob("*.json"))


def test_the_request_of_the_readme(stack: dict[str, str], tmp_path: Path) -> None:
    (request,) = re.findall(r"```sh\n(curl .*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    there = request.replace("http://127.0.0.1:8082", stack["DOOR"]).replace(".venv/bin/mianzheng", "mianzheng")
    answer = json.loads(shell(there, stack, tmp_path))
    assert answer["ended"] and answer["outcome"]["settled"]


def test_both_readmes_show_the_same_request() -> None:
    requests = [
        re.findall(r"```sh\n(curl .*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert requests[0] == requests[1] and len(requests[0]) == 1
