"""Starting, stopping and looking at a stack from outside its supervisor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from infra.embedded import parts, record
from infra.embedded.child import tied_to_us
from infra.embedded.plan import Plan
from infra.embedded.processes import end, is_running
from infra.embedded.record import Stack
from infra.embedded.state_dir import StateDir

POLL_SECONDS = 0.05
SLACK_SECONDS = 10.0
STARTED_SECONDS = 180.0

Step = Callable[[str], None]
"""Told what is being done, as often as it changes."""


class StackFailed(RuntimeError):
    """The stack did not start, or could not be stopped; the message says which part and why."""


def up(state: StateDir, plan: Plan, step: Step) -> tuple[Stack, bool]:
    """Start the stack, or find it running; gives it and whether it was started just now.

    Returns when everything serves.  Raises StackFailed.
    """
    state.create()
    if record.is_held(state):
        return _wait_until_ready(state, None, step), False
    log = state.log("supervisor")
    command = [sys.executable, "-m", "infra.cli", "supervise", str(state.root), plan.model_dump_json()]
    with log.open("wb") as output:
        supervisor = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=parts.environment(state),
            start_new_session=True,
            preexec_fn=tied_to_us() if plan.tied else None,
        )
    return _wait_until_ready(state, supervisor, step), True


def down(state: StateDir, step: Step) -> tuple[str, ...]:
    """Stop the stack and see that every process of it is gone; gives the names of what ran.

    Works too when the supervisor was killed: what the record names is ended, by process id and start time, and
    nothing else.  Raises StackFailed when something is left.
    """
    stack = record.read(state)
    if stack is None:
        if record.is_held(state):
            raise StackFailed(f"{state.root} 有服务在运行，但其记录 {state.record} 无法读取")
        return ()
    supervised = is_running(stack.supervisor)
    ran = tuple(part.name for part in stack.running())
    if supervised:
        _ask_supervisor(state, stack, step)
        stack = record.read(state) or stack
    left = end_parts(stack, step)
    if left or is_running(stack.supervisor):
        raise StackFailed(f"未能结束：{'、'.join(left) or '守护进程'}")
    if stack.phase != "failed":
        record.write(state, stack.model_copy(update={"phase": "stopped", "step": "已停止", "parts": ()}))
    return (*ran, "supervisor") if supervised else ran


def end_parts(stack: Stack, step: Step = lambda _: None) -> tuple[str, ...]:
    """End what is left of a stack whose supervisor is gone, in order; gives the names of what would not end."""
    for part in stack.running():
        step(f"结束 {part.name}（{part.process.pid}）")
        # PostgreSQL takes SIGTERM to mean "when the last client has gone".
        end(part.process, part.seconds, signal.SIGINT if part.name == "postgres" else signal.SIGTERM)
    return tuple(part.name for part in stack.running())


def forget(state: StateDir) -> None:
    """Delete a stopped stack with all its data, also those the database keeps elsewhere."""
    cluster = state.postgres / "cluster"
    if cluster.is_symlink():
        shutil.rmtree(cluster.readlink(), ignore_errors=True)
    with suppress(FileNotFoundError):
        shutil.rmtree(state.root)


def _wait_until_ready(state: StateDir, supervisor: subprocess.Popen[bytes] | None, step: Step) -> Stack:
    until = time.monotonic() + STARTED_SECONDS
    said = ""
    while time.monotonic() < until:
        ended = supervisor is not None and supervisor.poll() is not None
        stack = record.read(state)
        # The record may still be that of an earlier run.
        if stack is not None and (supervisor is None or stack.supervisor.pid == supervisor.pid):
            if stack.phase == "ready":
                return stack
            if stack.phase == "failed":
                raise StackFailed(stack.failure or "原因不明")
            if stack.step != said:
                said = stack.step
                step(said)
        if ended and record.is_held(state):
            supervisor = None  # another, started at the same moment, was first
            continue
        if ended or (supervisor is None and not record.is_held(state)):
            raise StackFailed(f"守护进程已退出；日志 {state.log('supervisor')}：\n{_tail(state.log('supervisor'))}")
        time.sleep(POLL_SECONDS)
    raise StackFailed(f"{STARTED_SECONDS:.0f} 秒内未就绪；日志在 {state.logs}")


def _ask_supervisor(state: StateDir, stack: Stack, step: Step) -> None:
    """Tell the supervisor to stop and wait as long as its parts may take; then it is killed."""
    with suppress(ProcessLookupError):
        os.kill(stack.supervisor.pid, signal.SIGTERM)
    until = time.monotonic() + sum(part.seconds for part in stack.parts) + SLACK_SECONDS
    said: tuple[str, ...] = ()
    while is_running(stack.supervisor) and time.monotonic() < until:
        now = tuple(part.name for part in stack.running())
        if now and now != said:
            said = now
            step(f"正在停止：{'、'.join(now)}")
        time.sleep(POLL_SECONDS)
    end(stack.supervisor, 0.0)


def _tail(path: Path) -> str:
    with suppress(FileNotFoundError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-12:]) or "（无输出）"
    return "（无日志）"
