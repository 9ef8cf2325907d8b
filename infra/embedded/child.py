"""One child process of the supervisor: a log of its own, a bounded time to end, gone with its parent."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.embedded.processes import ProcessId, identify

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 8 * 1024 * 1024
KILL_SECONDS = 5.0

_PRCTL = ctypes.CDLL(None).prctl
"""Looked up before any fork: little is safe after it."""


class PartFailed(RuntimeError):
    """A part did not start, or ended when it should not have; the message ends with the tail of its log."""


class Child:
    """A part that is a process of its own.  ``start`` from the main thread: its death signal is tied to the thread."""

    def __init__(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str], seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self._command = command
        self._log = log
        self._env = env
        self._process: asyncio.subprocess.Process | None = None
        self._log_from = 0

    async def start(self) -> None:
        """Start the process; a log grown large is set aside first.  Raises PartFailed."""
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as log:
            self._log_from = log.tell()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(self._env),
                    preexec_fn=tied_to_us(umask=0o077),
                    start_new_session=True,  # Ctrl-C at the terminal is for the supervisor, which stops us in order
                )
            except OSError as error:
                raise PartFailed(f"{self.name} 无法启动：{error}") from error

    def identity(self) -> ProcessId | None:
        """The process, if it runs."""
        return identify(self._process.pid) if self._process else None

    def check(self) -> None:
        """Raises PartFailed when the process has ended."""
        if self._process is not None and self._process.returncode is not None:
            raise PartFailed(self.obituary())

    async def ended(self) -> None:
        """Wait until the process ends."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """Ask the process to end; insist after its time."""
        process = self._process
        if process is None:
            return
        for number, patience in ((signal.SIGTERM, self.seconds), (signal.SIGKILL, KILL_SECONDS)):
            if process.returncode is not None:
                return
            with suppress(ProcessLookupError):
                process.send_signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience)

    def obituary(self) -> str:
        """How it ended, and the last it said."""
        code = self._process.returncode if self._process else None
        how = f"被信号 {signal.Signals(-code).name} 结束" if code is not None and code < 0 else f"退出，退出码 {code}"
        return f"{self.name} 已{how}；日志 {self._log} 的末尾：\n{self.tail()}"

    def tail(self, lines: int = 12) -> str:
        """The last lines of this run's log."""
        with self._log.open("rb") as log:
            log.seek(max(self._log_from, self._log.stat().st_size - 8000))
            text = log.read().decode(errors="replace")
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  （无输出）"


def tied_to_us(umask: int | None = None) -> Callable[[], None]:
    """What a child does before its program starts: ask the kernel for SIGTERM when we, its parent, die."""
    parent = os.getpid()

    def tie() -> None:
        _PRCTL(PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if umask is not None:
            os.umask(umask)
        if os.getppid() != parent:
            os._exit(1)  # it died in between

    return tie
