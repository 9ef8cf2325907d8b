"""The tree in PostgreSQL: it follows the feed, and gives roots and proofs of O(log n) rows.

Growing is one transaction under an advisory lock: the lease lasts as long as the batch, whoever dies in it leaves
nothing behind, and any number of processes may try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import asyncpg

from infra.ledger.feed import Connection
from infra.transparency import tree
from infra.transparency.leaf import leaf_data
from infra.transparency.suites import SUITES, Suite
from infra.transparency.tree import Node, Range

BATCH = 5000
LEAVES = """
    SELECT l.index, e.stream, e.position, e.chain_hash, e.canonical
    FROM ledger.leaf l JOIN ledger.event e ON e.event_id = l.event_id
    WHERE l.index >= $1 AND l.index < $1 + $2 ORDER BY l.index
"""


class FeedBroken(RuntimeError):
    """The feed has a gap: a leaf was removed.  Nothing is signed over it."""


class NodeMissing(RuntimeError):
    """A stored node of the tree is not there: it was removed."""


@dataclass(frozen=True)
class MerkleLog:
    """One log of the database, by its number and suite."""

    number: int
    origin: str
    suite: Suite

    @classmethod
    async def open(cls, pool: asyncpg.Pool, origin: str, suite: Suite) -> Self:
        """The log of this origin, made where there is none.  Raises ValueError where it was begun in another suite."""
        await pool.execute(
            "INSERT INTO ledger.merkle_log (origin, suite) VALUES ($1, $2) ON CONFLICT DO NOTHING", origin, suite.name
        )
        row = await pool.fetchrow("SELECT log, suite FROM ledger.merkle_log WHERE origin = $1", origin)
        assert row is not None  # noqa: S101 - made above
        if row["suite"] != suite.name:
            raise ValueError(f"日志 {origin} 的算法套件是 {row['suite']}，不能改为 {suite.name}；请另设 audit.origin")
        return cls(row["log"], origin, SUITES[row["suite"]])

    async def size(self, source: asyncpg.Pool | Connection) -> int:
        """How many leaves the tree has."""
        size: int = await source.fetchval(
            "SELECT coalesce(max(index) + 1, 0) FROM ledger.merkle_node WHERE log = $1 AND level = 0", self.number
        )
        return size

    async def grow(self, pool: asyncpg.Pool, limit: int = BATCH) -> int | None:
        """Take at most ``limit`` more leaves from the feed; how many, ``None`` while another process does it.

        Raises FeedBroken where the feed has a gap.
        """
        async with pool.acquire() as connection, connection.transaction():
            lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('ledger.merkle', $1))"
            if not await connection.fetchval(lock, self.number):
                return None
            size = await self.size(connection)
            rows = await connection.fetch(LEAVES, size, limit)
            if not rows:
                return 0
            if [row["index"] for row in rows] != list(range(size, size + len(rows))):
                raise FeedBroken(f"leaf {size} and what follows do not stand in one order")
            digest = self.suite.digest
            leaves = [tree.leaf_hash(digest, leaf_data(digest, *list(row)[1:])) for row in rows]
            made = tree.grown(digest, size, await self.nodes(connection, tree.perfect(0, size)), leaves)
            await connection.execute(
                "INSERT INTO ledger.merkle_node (log, level, index, hash)"
                " SELECT $1, u.level, u.index, u.hash FROM unnest($2::smallint[], $3::bigint[], $4::bytea[])"
                " AS u (level, index, hash)",
                self.number,
                [level for level, _ in made],
                [index for _, index in made],
                list(made.values()),
            )
            return len(rows)

    async def nodes(self, source: asyncpg.Pool | Connection, wanted: Sequence[Node]) -> Mapping[Node, bytes]:
        """Stored nodes.  Raises NodeMissing."""
        rows = await source.fetch(
            "SELECT n.level, n.index, n.hash FROM unnest($2::smallint[], $3::bigint[]) AS w (level, index)"
            " JOIN ledger.merkle_node n ON n.log = $1 AND n.level = w.level AND n.index = w.index",
            self.number,
            [level for level, _ in wanted],
            [index for _, index in wanted],
        )
        found: dict[Node, bytes] = {(row["level"], row["index"]): row["hash"] for row in rows}
        if missing := set(wanted) - found.keys():
            raise NodeMissing(f"{min(missing)}")
        return found

    async def root(self, source: asyncpg.Pool | Connection, size: int) -> bytes:
        """The root of the first ``size`` leaves."""
        return (await self._hashes(source, [(0, size)]))[0]

    async def inclusion(self, source: asyncpg.Pool | Connection, index: int, size: int) -> list[bytes]:
        """The proof that a leaf is in the tree of ``size``."""
        return await self._hashes(source, tree.inclusion(index, size))

    async def consistency(self, source: asyncpg.Pool | Connection, old: int, size: int) -> list[bytes]:
        """The proof that the tree of ``size`` continues the tree of ``old``."""
        return await self._hashes(source, tree.consistency(old, size))

    async def inclusions(
        self, source: asyncpg.Pool | Connection, indexes: Sequence[int], size: int
    ) -> dict[int, list[bytes]]:
        """The proofs of many leaves, read together."""
        spans = {index: tree.inclusion(index, size) for index in indexes}
        wanted = {node for each in spans.values() for node in tree.needed(each)}
        hashes = await self.nodes(source, sorted(wanted))
        return {index: tree.proof_of(self.suite.digest, each, hashes) for index, each in spans.items()}

    async def _hashes(self, source: asyncpg.Pool | Connection, spans: Sequence[Range]) -> list[bytes]:
        hashes = await self.nodes(source, tree.needed(spans))
        return tree.proof_of(self.suite.digest, spans, hashes)
