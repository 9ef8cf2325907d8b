"""Running the program as a process of its own, on a settings file."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.embedded import settings_file
from infra.embedded.ports import Ports
from infra.embedded.state_dir import StateDir
from infra.settings import TemporalSettings

ROOT = Path(__file__).parents[2]


@dataclass
class Ended:
    """How a process ended and what it said."""

    code: int
    stdout: str
    stderr: str


async def mianzheng(*arguments: str, settings: Path, stdin: str = "") -> Ended:
    """Run the program as a process of its own, on a settings file."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.cli", *arguments),
        cwd=ROOT,
        env=env | {"MIANZHENG_CONFIG": str(settings)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate(stdin.encode())
    return Ended(process.returncode or 0, stdout.decode(), stderr.decode())


def write_settings(folder: Path, temporal: TemporalSettings | None, database: str) -> Path:
    """A settings file for a Temporal server and a database; without a server, for one that does not answer."""
    state = StateDir.at(folder)
    state.create()
    nowhere = Ports(temporal=1, ui=1, codec=1, gateway=1, sandbox=1)
    settings = settings_file.with_places({}, state, nowhere, dsn=database, admin_dsn=database)
    if temporal is not None:
        settings["temporal"] = {
            "address": temporal.address,
            "codec_active_key": temporal.codec_active_key,
            "codec_keys": {name: key.get_secret_value() for name, key in temporal.codec_keys.items()},
        }
    settings_file.write(state.settings, settings_file.with_secrets(settings))
    return state.settings
