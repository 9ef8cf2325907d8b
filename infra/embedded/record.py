"""The record of what runs, written by the supervisor, read by everybody else."""

from __future__ import annotations

import fcntl
from typing import IO, Literal

from pydantic import AwareDatetime, ValidationError

from infra.embedded.ports import Ports
from infra.embedded.processes import ProcessId, is_running
from infra.embedded.settings_file import write_private
from infra.embedded.state_dir import StateDir
from schemas.base import Model

Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]


class Part(Model):
    """One process of the stack.  ``seconds`` is how long it may take to end."""

    name: str
    process: ProcessId
    seconds: float


class Stack(Model):
    """A stack as its supervisor last wrote it."""

    phase: Phase
    step: str
    """What is being done, for whoever waits."""
    started_at: AwareDatetime
    supervisor: ProcessId
    parts: tuple[Part, ...] = ()
    """In the order in which they are ended."""
    ports: Ports | None = None
    notes: tuple[str, ...] = ()
    failure: str | None = None

    def running(self) -> tuple[Part, ...]:
        """The parts that run now, whatever the record says."""
        return tuple(part for part in self.parts if is_running(part.process))


def read(state: StateDir) -> Stack | None:
    """The record; ``None`` when nothing was ever started here (or by a version whose record cannot be read)."""
    try:
        return Stack.model_validate_json(state.record.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write(state: StateDir, stack: Stack) -> None:
    """Write the record whole."""
    write_private(state.record, stack.model_dump_json(indent=2) + "\n")


def hold(state: StateDir) -> IO[bytes] | None:
    """The lock of the state directory, held until the file is closed; ``None`` when another holds it."""
    lock = state.lock.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_held(state: StateDir) -> bool:
    """Whether a supervisor lives."""
    if not state.lock.exists():
        return False
    lock = hold(state)
    if lock is None:
        return True
    lock.close()
    return False
