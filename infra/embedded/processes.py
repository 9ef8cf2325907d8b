"""Processes by identity, so that nothing is ever ended that this stack did not start.

A process id alone may long belong to somebody else; with the kernel's own start time and the boot it counts from, it
does not.  ``/proc`` is read directly: wall-clock start times move when the clock is set.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from schemas.base import Model

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ProcessId(Model):
    """One process, for all time."""

    pid: int
    started: int
    """Clock ticks after boot."""
    boot: str


def identify(pid: int) -> ProcessId | None:
    """The identity of a running process; ``None`` when there is none (a zombie is none)."""
    started = _start_ticks(pid)
    return None if started is None else ProcessId(pid=pid, started=started, boot=_BOOT_ID.read_text().strip())


def is_running(process: ProcessId) -> bool:
    """Whether this very process still runs."""
    return identify(process.pid) == process


def end(process: ProcessId, seconds: float, first: signal.Signals = signal.SIGTERM) -> bool:
    """Ask a process to end, insist after ``seconds``; whether it is gone."""
    for number, patience in ((first, seconds), (signal.SIGKILL, 5.0)):
        if not is_running(process):
            return True
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
        if _gone_within(process, patience):
            return True
    return False


def _gone_within(process: ProcessId, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)
    return True


def _start_ticks(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, also ")": the fields are counted from the last one.
    fields = text[text.rindex(")") + 2 :].split()
    state, start_ticks = fields[0], int(fields[19])
    return None if state in ("Z", "X") else start_ticks
