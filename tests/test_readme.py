"""The README's snippet is run as it stands, against a whole stack."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from tests.e2e.stack import Stack, environment_of, whole_stack

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")


@pytest.fixture
async def stack(
    client: Client, server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    async with whole_stack(client, server, postgres.dsn(APP_ROLE, database_name), tmp_path, seed=1) as running:
        yield running


def snippet(name: str) -> str:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.S)
    return str(code)


async def test_the_snippet_settles_a_marriage(stack: Stack, tmp_path: Path) -> None:
    script = tmp_path / "snippet.py"
    script.write_text(snippet("README.md"), encoding="utf-8")
    environment = {**os.environ, **environment_of(stack.settings), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    lines = out.decode().splitlines()
    assert lines[0] in ("settled", "notice_due"), lines
    assert any("elicence" in line for line in lines), lines
    assert any("无婚姻登记记录证明 data_sharing" in line for line in lines), lines


def test_both_readmes_show_the_same_snippet() -> None:
    assert snippet("README.md") == snippet("README.zh-CN.md")


def test_commands_of_the_readmes_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for name in READMES:
        assert set(re.findall(r"`?make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"))) <= targets, name


def test_links_of_the_readmes_lead_somewhere() -> None:
    for name in READMES:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / link).exists(), (name, link)
