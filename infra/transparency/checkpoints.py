"""Signed heads of the tree (C2SP tlog-checkpoint): made, kept, and asked for."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from infra.ledger.feed import Connection
from infra.transparency.log import MerkleLog
from infra.transparency.suites import Signer

LAST = "SELECT size, root, note, signed_at FROM ledger.checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1"
AT = "SELECT size, root, note, signed_at FROM ledger.checkpoint WHERE log = $1 AND size = $2"
LINES = "SELECT line FROM ledger.placement WHERE log = $1 AND size = $2 AND line <> '' ORDER BY place"


@dataclass(frozen=True)
class Checkpoint:
    """A signed head as the log signed it; cosignatures are added when it is handed out."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


def body(origin: str, size: int, root: bytes) -> str:
    """The text that is signed: origin, size, root.  No time, so that witnesses' signatures can be merged."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


async def sign(pool: asyncpg.Pool, log: MerkleLog, signer: Signer) -> Checkpoint | None:
    """The head of the whole tree, signed once for each size; ``None`` for an empty tree.

    Two processes that sign the same size leave one head; which does not matter.
    """
    size = await log.size(pool)
    if size == 0:
        return None
    if (known := await at(pool, log, size)) is not None:
        return known
    root = await log.root(pool, size)
    text = body(log.origin, size, root)
    await pool.execute(
        "INSERT INTO ledger.checkpoint (log, size, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        log.number,
        size,
        root,
        f"{text}\n{signer.sign(text)}",
    )
    return await at(pool, log, size)


async def last(source: asyncpg.Pool | Connection, log: MerkleLog) -> Checkpoint | None:
    """The largest head."""
    row = await source.fetchrow(LAST, log.number)
    return Checkpoint(**row) if row is not None else None


async def at(source: asyncpg.Pool | Connection, log: MerkleLog, size: int) -> Checkpoint | None:
    """The head of a size."""
    row = await source.fetchrow(AT, log.number, size)
    return Checkpoint(**row) if row is not None else None


async def cosigned(source: asyncpg.Pool | Connection, log: MerkleLog, checkpoint: Checkpoint) -> str:
    """A head with the cosignatures of all witnesses."""
    return checkpoint.note + "".join(row["line"] for row in await source.fetch(LINES, log.number, checkpoint.size))
