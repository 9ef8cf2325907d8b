"""The supervisor: starts the parts in order, watches them, restarts workers and relay, ends everything in order."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any, TypeVar

from infra.catalogue.problems import CatalogueInvalid
from infra.embedded import control, parts, record, settings_file
from infra.embedded.child import Child, PartFailed
from infra.embedded.plan import Plan
from infra.embedded.ports import PortInUse, choose
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, EmbeddedPostgresError
from infra.embedded.prepare import prepare
from infra.embedded.processes import ProcessId, identify
from infra.embedded.record import Part, Stack
from infra.embedded.state_dir import StateDir
from infra.identity.issuer import ensure_key
from infra.settings import Settings
from infra.transparency.keys import ensure_key as ensure_log_key
from infra.transparency.suites import SHA256_ED25519

T = TypeVar("T")
DATABASE = "mianzheng"
POSTGRES_SECONDS = 60.0
READY_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Between a worker's end and its restart; doubled each time, back to the first after it ran ``STEADY_SECONDS``."""
STEADY_SECONDS = 60.0
LOCK_TRIES = 20


class Supervisor:
    """One run of the stack in one state directory."""

    def __init__(self, state: StateDir, plan: Plan) -> None:
        self._state = state
        self._plan = plan
        self._env = parts.environment(state)
        self._postgres = EmbeddedPostgres(state.postgres)
        self._workers: list[Child] = []
        """The workers and the relay: what is started again when it ends."""
        self._floor: list[Child] = []
        """The other children, in the order in which they are ended."""
        self._told_to_stop = asyncio.Event()
        self._stack = Stack(
            phase="starting", step="准备", started_at=datetime.now(UTC), supervisor=_identity(os.getpid())
        )

    async def run(self) -> bool:
        """Start, watch until told to stop or a part fails, end everything; whether it went well."""
        self._state.create()
        lock = await self._take_lock()
        if lock is None:
            return False
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_stop.set)
        failure: str | None = None
        try:
            await self._unless_told_to_stop(self._start())
            if not self._told_to_stop.is_set():
                self._write(phase="ready", step="运行中")
                await self._unless_told_to_stop(self._watch())
        except (PartFailed, PortInUse, EmbeddedPostgresError, CatalogueInvalid) as error:
            failure = str(error)
        except Exception as error:
            traceback.print_exc()  # into the supervisor's own log
            failure = f"{type(error).__name__}: {error}"
        finally:
            with suppress(OSError):  # a full disk is no reason to leave processes behind
                self._write(phase="stopping", step="正在停止", failure=failure)
            await self._stop()
            self._write(phase="failed" if failure else "stopped", step="已停止", parts=())
            lock.close()
        return failure is None

    async def _unless_told_to_stop(self, doing: Coroutine[Any, Any, None]) -> None:
        """Do it, but leave off as soon as the order to stop comes; what it raises is raised."""
        task = asyncio.ensure_future(doing)
        told = asyncio.ensure_future(self._told_to_stop.wait())
        await asyncio.wait((task, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        else:
            task.result()

    async def _take_lock(self) -> IO[bytes] | None:
        """The lock of the state directory; tried for a moment, for others look at it too."""
        for _ in range(LOCK_TRIES):
            if (lock := record.hold(self._state)) is not None:
                return lock
            await asyncio.sleep(0.05)
        return None

    # --- start ---------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        before = record.read(self._state)
        if before is not None:
            control.end_parts(before)
            self._stack = self._stack.model_copy(update={"ports": before.ports})
        known = dict(before.ports) if before and before.ports else {}
        ports, notes = choose(self._plan.asked_ports, known)
        self._write(step="启动数据库、Temporal 与模拟平台", ports=ports, notes=notes)
        settings = settings_file.with_secrets(settings_file.read(self._state.settings))
        settings_file.write_sandbox_secrets(self._state.sandbox_secrets, settings)
        ensure_key(self._state.issuer_key)
        ensure_log_key(self._state.log_key, f"mianzheng/{settings.get('county', '350526')}", SHA256_ED25519)
        for ready in self._state.ready("x").parent.iterdir():
            ready.unlink()
        sandbox = parts.sandbox(self._state, ports, self._plan, self._env)
        temporal = parts.temporal(self._state, ports, self._plan, self._env, settings["codec_server"]["local_session"])
        self._floor = [sandbox, temporal]
        for child in (temporal, sandbox):  # they come up by themselves while the database is waited for
            await child.start()
            self._write()
        self._postgres.start()
        self._postgres.create_database(DATABASE)
        self._write(step="建库、发布目录、登记查询属性")
        settings = settings_file.with_places(
            settings_file.overlaid(settings, self._plan.settings),
            self._state,
            ports,
            self._postgres.dsn(APP_ROLE, DATABASE),
            self._postgres.dsn(OWNER_ROLE, DATABASE),
        )
        settings_file.write(self._state.settings, settings)
        os.environ["MIANZHENG_CONFIG"] = str(self._state.settings)
        checked = Settings()
        remarks = await self._while_running(prepare(checked, self._plan.catalogue), temporal)
        self._write(step="启动解码服务、回调入口、工作进程与中继", notes=(*notes, *remarks))
        codec = parts.codec(self._state, self._env)
        gateway = parts.gateway(self._state, self._env)
        self._floor[1:1] = [gateway, codec]
        grace = checked.temporal.graceful_shutdown_seconds
        self._workers = [parts.worker(n, self._state, self._env, grace) for n in range(1, self._plan.workers + 1)]
        self._workers.append(parts.relay(self._state, self._env))
        for child in (codec, gateway, *self._workers):
            await child.start()
            self._write()
        await asyncio.gather(*(self._ready(child) for child in (sandbox, codec, gateway, *self._workers)))

    async def _while_running(self, doing: Coroutine[Any, Any, T], child: Child) -> T:
        """What comes of it; the end of the child it needs is its failure."""
        task = asyncio.ensure_future(doing)
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not task.done():
                    child.check()
                    await asyncio.wait((task,), timeout=0.1)
        except TimeoutError:
            raise PartFailed(f"{child.name} 在 {READY_SECONDS:.0f} 秒内未就绪：\n{child.tail()}") from None
        finally:
            task.cancel()
        return task.result()

    async def _ready(self, child: Child) -> None:
        """Wait for the file a part touches when it serves.  Raises PartFailed."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not self._state.ready(child.name).exists():
                    child.check()
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise PartFailed(f"{child.name} 在 {READY_SECONDS:.0f} 秒内未就绪：\n{child.tail()}") from None

    # --- watch ---------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Return never; raises PartFailed when a part other than a worker ends."""
        watching = [self._must_live(child) for child in self._floor]
        watching += [self._postgres_must_live(), *(self._keep_running(worker) for worker in self._workers)]
        tasks = [asyncio.ensure_future(each) for each in watching]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:  # no worker is restarted while everything is being ended
                task.cancel()

    async def _must_live(self, child: Child) -> None:
        await child.ended()
        raise PartFailed(child.obituary())

    async def _postgres_must_live(self) -> None:
        pid = self._postgres.pid
        while pid is not None and identify(pid) is not None:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.5)
        raise PartFailed(f"postgres 已退出；日志在 {self._postgres.log_path}")

    async def _keep_running(self, worker: Child) -> None:
        pause = FIRST_PAUSE
        clock = asyncio.get_running_loop().time
        while True:
            since = clock()
            await worker.ended()
            pause = FIRST_PAUSE if clock() - since > STEADY_SECONDS else pause
            self._write(notes=(*self._stack.notes, f"{pause:g} 秒后重启：{worker.obituary()}")[-10:])
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            await worker.start()
            self._write()

    # --- stop ----------------------------------------------------------------------------------------------------

    async def _stop(self) -> None:
        """Workers first, so that they finish what they have in hand; each within its time."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        for child in self._floor:
            await child.stop()
        self._postgres.stop()

    def _write(self, **changes: object) -> None:
        """Bring the record up to date: the changes, and what runs now."""
        children = [(c.name, c.identity(), c.seconds) for c in (*self._workers, *self._floor)]
        pid = self._postgres.pid
        children.append(("postgres", identify(pid) if pid else None, POSTGRES_SECONDS))
        running = tuple(Part(name=name, process=p, seconds=s) for name, p, s in children if p is not None)
        self._stack = self._stack.model_copy(update={"parts": running, **changes})
        record.write(self._state, self._stack)


def _identity(pid: int) -> ProcessId:
    known = identify(pid)
    if known is None:
        raise RuntimeError("no such process")
    return known
