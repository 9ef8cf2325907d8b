"""Ports on the loopback: the usual ones when free, others when not, and never another than the one asked for."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from schemas.base import Model

LOOPBACK = "127.0.0.1"
USUAL: dict[str, int | None] = {"temporal": 7233, "ui": 8233, "codec": 8081, "gateway": 8082, "sandbox": None}
"""``None``: nobody needs to know it by heart."""

LOWEST = 10240
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")

NAMES = {
    "temporal": "Temporal 服务",
    "ui": "Temporal 界面",
    "codec": "解码服务",
    "gateway": "回调入口",
    "sandbox": "模拟平台",
}


class PortInUse(RuntimeError):
    """A port that was asked for by name is taken."""


class Ports(Model):
    """The ports of one stack."""

    temporal: int
    ui: int
    codec: int
    gateway: int
    sandbox: int


def choose(asked: dict[str, int], before: dict[str, int]) -> tuple[Ports, tuple[str, ...]]:
    """The ports to use, and in words where they are not the usual ones.

    Args:
        asked: by option or environment; taken or not at all.
        before: those of the last run, tried first so that bookmarks and settings of other systems stay true.

    Raises PortInUse.
    """
    chosen: dict[str, int] = {}
    notes: list[str] = []
    for part, usual in USUAL.items():
        if part in asked:
            if not _is_free(asked[part]) or asked[part] in chosen.values():
                raise PortInUse(f"{NAMES[part]}指定的端口 {asked[part]} 已被占用")
            chosen[part] = asked[part]
            continue
        wanted = [p for p in (before.get(part), usual) if p is not None]
        reserved = (*chosen.values(), *asked.values())
        chosen[part] = next((p for p in wanted if _is_free(p) and p not in reserved), None) or any_free(reserved)
        if usual is not None and chosen[part] != usual:
            notes.append(f"{NAMES[part]}的常用端口 {usual} 已被占用或上次未用，改用 {chosen[part]}")
    return Ports(**chosen), tuple(notes)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connection only lingers in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free(reserved: tuple[int, ...]) -> int:
    """A port that nobody has now, nor is given by chance.

    The parts bind theirs seconds after they were chosen; from the range the kernel takes the near end of outgoing
    connections from, one could be gone by then.
    """
    while True:
        port = random.randrange(LOWEST, _outgoing_from())  # noqa: S311 - no secret
        if port not in reserved and _is_free(port):
            return port


def _outgoing_from() -> int:
    try:
        lowest = int(OUTGOING.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32768
    return lowest if lowest > LOWEST + 1000 else 65536
