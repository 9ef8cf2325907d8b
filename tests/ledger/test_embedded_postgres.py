"""The private PostgreSQL: survives crashes, leaves nothing behind, and touches nothing that is not its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from infra.embedded import postgres_place
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, EmbeddedPostgresError
from infra.embedded.postgres_place import LONGEST_SOCKET, Runner, find_programs, lay_out, remove

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the server changes its user only as root")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that any user may traverse to, so that the data stay in it and go with it."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def tree(pid: int | None) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def none_left(processes: list[psutil.Process], seconds: float = 10) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    began = time.monotonic()
    server = EmbeddedPostgres(tmp_path / "pg", ephemeral=True)
    server.start()
    assert time.monotonic() - began < 5
    processes, home = tree(server.pid), server.log_path.parent
    assert len(processes) > 3
    server.stop()
    assert none_left(processes, 0.5)
    assert not home.exists()
    assert list((tmp_path / "pg").iterdir()) == []
    assert set(psutil.Process().children(recursive=True)) <= before
    server.stop()


@pytest.mark.parametrize("ephemeral", [True, False])
def test_it_dies_with_its_parent(place: Path, ephemeral: bool) -> None:
    script = (
        "import sys, time; from pathlib import Path; from infra.embedded.postgres import EmbeddedPostgres;"
        f"server = EmbeddedPostgres(Path(sys.argv[1]), ephemeral={ephemeral}); server.start();"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent:
        processes = tree(int(parent.stdout.readline()))
        parent.kill()
    assert none_left(processes)


async def test_data_survive_a_crash_and_a_stale_pid_file(place: Path) -> None:
    server = EmbeddedPostgres(place)
    server.start()
    try:
        server.create_database("kept")
        server.create_database("kept")
        connection = await asyncpg.connect(server.dsn(OWNER_ROLE, "kept"))
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW listen_addresses") == ""
        await connection.execute("CREATE TABLE t AS SELECT '陈' AS c; GRANT SELECT ON t TO PUBLIC")
        await connection.close()
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    finally:
        server.stop()
    pid_file = server.log_path.parent / "data" / "postmaster.pid"
    assert pid_file.exists()
    # The number now belongs to something else, as after a restart of a container.
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().split("\n")[1:]]))
    with EmbeddedPostgres(place) as again:
        connection = await asyncpg.connect(again.dsn(APP_ROLE, "kept"))
        assert await connection.fetchval("SELECT c FROM t") == "陈"
        await connection.close()
        again.drop_database("kept")


def test_an_interrupted_first_start_is_begun_again(place: Path) -> None:
    home, _ = lay_out(place, Runner.current(), ephemeral=False)
    (home / "data.new").mkdir()
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(place) as server:
        assert server.pid
    assert not (home / "data.new").exists()


def test_one_server_for_one_directory(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, ephemeral=True) as first:
        second = EmbeddedPostgres(tmp_path, ephemeral=True)
        with pytest.raises(EmbeddedPostgresError, match="正由另一进程运行"):
            second.start()
        with pytest.raises(EmbeddedPostgresError, match="已启动"):
            first.start()
        assert psutil.pid_exists(first.pid or 0)


def test_a_thread_that_ends_cannot_own_it(tmp_path: Path) -> None:
    said: list[str] = []

    def start() -> None:
        try:
            EmbeddedPostgres(tmp_path, ephemeral=True).start()
        except EmbeddedPostgresError as error:
            said.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "主线程" in said[0]


def test_what_is_wrong_is_said(place: Path) -> None:
    with EmbeddedPostgres(place) as server:
        data = server.log_path.parent / "data"
    (data / "global" / "pg_control").unlink()
    broken = EmbeddedPostgres(place)
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)未能启动.*pg_control"):
        broken.start()
    assert broken.pid is None


@pytest.mark.parametrize("name", ["", "Kept", "kept; DROP", "k" * 64, "../x"])
def test_names_of_databases_are_checked(postgres: EmbeddedPostgres, name: str) -> None:
    with pytest.raises(ValueError, match="名称"):
        postgres.create_database(name)


async def test_only_a_socket_and_only_for_its_user(postgres: EmbeddedPostgres, database_name: str) -> None:
    assert postgres.pid is not None
    for process in tree(postgres.pid):
        with suppress(psutil.NoSuchProcess):  # a backend of the server may end while it is looked at
            connections = process.net_connections("all")
            assert all(c.family.name == "AF_UNIX" for c in connections)
    socket = next(Path(str(c.laddr)) for c in psutil.Process(postgres.pid).net_connections("unix") if c.laddr)
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    sessions = await asyncio.gather(*(asyncpg.connect(postgres.dsn(APP_ROLE, database_name)) for _ in range(3)))
    for session in sessions:
        await session.close()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with EmbeddedPostgres(deep, ephemeral=True) as server:
        socket = psutil.Process(server.pid).net_connections("unix")[0].laddr
        assert len(str(socket)) <= LONGEST_SOCKET
        sockets = Path(str(socket)).parent
    assert not sockets.exists()


def test_a_directory_made_by_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir(mode=0o755)
    with pytest.raises(EmbeddedPostgresError, match="0700"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_as_root_closed_parents_stay_closed(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    wanted = closed / "state" / "pg"
    with EmbeddedPostgres(wanted, ephemeral=True) as server:
        process = psutil.Process(server.pid)
        assert process.username() == "nobody"
        assert process.gids().real == Runner.current().gid
        home = server.log_path.parent
        assert (wanted / "cluster").readlink() == home
        assert not home.is_relative_to(closed)
        assert home.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == 0
    assert not home.exists()


@as_root
def test_a_deleted_place_begins_anew(tmp_path: Path) -> None:
    homes = []
    for _ in range(2):
        with EmbeddedPostgres(tmp_path) as server:
            homes.append(server.log_path.parent)
        (tmp_path / "cluster").unlink()
    assert homes[0] != homes[1]
    for home in homes:
        (tmp_path / "cluster").symlink_to(home)
        remove(tmp_path)
        assert not home.exists()
    remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


@as_root
def test_data_that_have_gone_are_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "cluster").symlink_to(tmp_path / "gone")
    with pytest.raises(EmbeddedPostgresError, match="已不在"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_closed_programs_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    ground = Path("/var/tmp") / f"mianzheng-test-{os.getpid()}"
    ground.mkdir(mode=0o755)
    try:
        monkeypatch.setattr(postgres_place, "_ground", lambda *_, **__: ground)
        monkeypatch.setattr(postgres_place, "_readable", lambda _: False)
        programs = find_programs(Runner.current())
        assert programs.is_relative_to(ground)
        assert find_programs(Runner.current()) == programs
        assert len(list(ground.iterdir())) == 1
        said = subprocess.run([programs / "initdb", "--version"], user="nobody", capture_output=True, check=True)
        assert b"PostgreSQL" in said.stdout
        with EmbeddedPostgres(tmp_path / "pg", ephemeral=True) as server:
            assert Path(psutil.Process(server.pid).exe()).is_relative_to(ground)
    finally:
        subprocess.run(["rm", "-rf", str(ground)], check=True)
