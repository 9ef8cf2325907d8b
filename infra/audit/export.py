"""Exporting a bundle: events, proofs, heads, catalogue versions, keys, the verifier and a report.

All of it is read in one snapshot.  Memory does not grow with the number of cases: each is read, written, forgotten.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from infra.audit import verify
from infra.audit.bundle import BundleWriter
from infra.audit.table import EventTable
from infra.audit.verify import Note
from infra.ledger.feed import Connection
from infra.settings import AuditSettings
from infra.transparency import checkpoints, tree
from infra.transparency.checkpoints import Checkpoint
from infra.transparency.keeper import unwitnessed_seconds
from infra.transparency.leaf import leaf_data
from infra.transparency.log import LEAVES, MerkleLog, NodeMissing
from infra.transparency.suites import Signer
from schemas.texts import zh_audit

PIECE = 2000
VERIFIER = Path(verify.__file__).read_text(encoding="utf-8")
ROWS = """
    SELECT l.index, e.stream, e.position, e.chain_hash, e.canonical
    FROM ledger.event e LEFT JOIN ledger.leaf l ON l.event_id = e.event_id
    WHERE e.stream IN (SELECT s.stream FROM ledger.event s WHERE s.application_no = $1)
    ORDER BY e.stream, e.position
"""
IN_RANGE = """
    SELECT DISTINCT e.application_no FROM ledger.leaf l JOIN ledger.event e ON e.event_id = l.event_id
    WHERE l.index >= $1 AND l.index < $2 ORDER BY 1
"""
BEFORE = "SELECT max(size) FROM ledger.checkpoint WHERE log = $1 AND size <= $2 AND signed_at <= $3"
AFTER = "SELECT min(size) FROM ledger.checkpoint WHERE log = $1 AND size <= $2 AND signed_at >= $3"
OF_DEPARTMENT = """
    SELECT application_no FROM worklist.application
    WHERE (department = $1 OR taken_in_by = $1)
      AND ($2::timestamptz IS NULL OR received_at >= $2) AND ($3::timestamptz IS NULL OR received_at < $3)
    ORDER BY 1
"""
ANCHORED = """
    SELECT size FROM ledger.placement WHERE log = $1 AND size <= $2 AND line <> ''
    ORDER BY size DESC LIMIT 1
"""


class ExportRefused(Exception):
    """Nothing was exported; ``code`` is of ``zh_audit.REFUSED``."""

    def __init__(self, code: str, **told: Any) -> None:
        super().__init__(zh_audit.REFUSED[code].format(**told))
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """What a bundle is to hold: some cases, or everything between two heads.

    ``since`` and ``until`` choose the heads signed last before and first after them; ``complete`` adds the leaves
    between them (from the first, where ``since`` is left out), which show that no stream of the cases lacks its end.
    """

    cases: Sequence[str] = ()
    period: bool = False
    since: datetime | None = None
    until: datetime | None = None
    complete: bool = False
    anchors: Sequence[Note] = ()
    """Heads that the auditor keeps; the bundle proves that it continues them."""


@dataclass
class Told:
    """What was exported."""

    origin: str
    size: int
    cases: int = 0
    events: int = 0
    sealed: int = 0
    catalogues: dict[str, str] = field(default_factory=dict)
    witnesses: list[str] = field(default_factory=list)
    span: tuple[int, int] | None = None
    numbers: list[str] = field(default_factory=list)
    """The cases in it."""


async def of_department(
    pool: asyncpg.Pool, department: str, since: datetime | None, until: datetime | None
) -> list[str]:
    """The cases that a department decides or took in, received in a period."""
    return [row["application_no"] for row in await pool.fetch(OF_DEPARTMENT, department, since, until)]


async def export(
    pool: asyncpg.Pool,
    settings: AuditSettings,
    signer: Signer,
    wanted: Wanted,
    out: Path,
    progress: Callable[[int], None] = lambda _: None,
    *,
    on_record: Callable[[Told], Awaitable[None]],
) -> Told:
    """Write a bundle to ``out``.  Raises ExportRefused; then nothing is written.

    ``on_record`` is told what is in it and awaited before the bundle is put in its place; what it raises prevents that.
    """
    log = await MerkleLog.open(pool, signer.name, signer.suite)
    if settings.require_witnessed:
        seconds = await unwitnessed_seconds(pool, log)
        if seconds > settings.stale_seconds:
            raise ExportRefused("stale", seconds=round(seconds))
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await checkpoints.last(connection, log)
        if head is None:
            raise ExportRefused("no_checkpoint")
        bundle = BundleWriter(out)
        table = EventTable()
        try:
            exporting = _Export(connection, log, signer, settings, bundle, table, head, wanted, progress, on_record)
            told = await exporting.run()
        except NodeMissing as missing:
            bundle.abandon()
            raise ExportRefused("nodes") from missing
        except BaseException:
            bundle.abandon()
            raise
        finally:
            table.close()
    return told


@dataclass
class _Export:
    connection: Connection
    log: MerkleLog
    signer: Signer
    settings: AuditSettings
    bundle: BundleWriter
    table: EventTable
    head: Checkpoint
    wanted: Wanted
    progress: Callable[[int], None]
    on_record: Callable[[Told], Awaitable[None]]

    async def run(self) -> Told:
        told = Told(self.log.origin, self.head.size)
        span = await self._span()
        told.span = span
        await self._heads({0} | ({*span} if span else set()), told)
        async for application_no in self._cases(span):
            await self._case(application_no, told)
            self.progress(told.cases)
        if told.cases == 0 and not self.wanted.period:
            raise ExportRefused("unknown", what="、".join(self.wanted.cases) or "所查的办件")
        if span is not None:
            await self._leaves(*span)
        await self._catalogues(told)
        self.bundle.add("keys/log.vkey", self.signer.verifier_key() + "\n")
        self.bundle.add("keys/witnesses.vkey", "".join(f"{each.key}\n" for each in self.settings.witnesses))
        self.bundle.add("verify.py", VERIFIER)
        with self.bundle.file(zh_audit.TABLE) as write:
            for piece in self.table.pieces():
                write(piece)
        self.bundle.add("报告.md", self._report(told))
        await self.on_record(told)
        self.bundle.finish(
            {
                "format": verify.FORMAT,
                "kind": "period" if self.wanted.period else "cases",
                "origin": self.log.origin,
                "suite": self.log.suite.name,
                "size": self.head.size,
                "cases": told.cases,
                "range": {"start": span[0], "end": span[1]} if span else None,
            }
        )
        return told

    async def _span(self) -> tuple[int, int] | None:
        if not self.wanted.period and not self.wanted.complete:
            return None
        start = end = None
        if self.wanted.since is not None:
            start = await self.connection.fetchval(BEFORE, self.log.number, self.head.size, self.wanted.since)
        if self.wanted.until is not None:
            end = await self.connection.fetchval(AFTER, self.log.number, self.head.size, self.wanted.until)
        return start or 0, end or self.head.size

    async def _heads(self, sizes: set[int], told: Told) -> None:
        """The last head, the first one, those at the edges, the last witnessed one; and that each continues the other.

        What the auditor keeps is proved against the last one.  Raises ExportRefused where it cannot be.
        """
        first = await self.connection.fetchval(
            "SELECT min(size) FROM ledger.checkpoint WHERE log = $1", self.log.number
        )
        witnessed = await self.connection.fetchval(ANCHORED, self.log.number, self.head.size)
        sizes = (sizes | {first, self.head.size} | ({witnessed} if witnessed else set())) - {0}
        for size in sorted(sizes):
            checkpoint = await checkpoints.at(self.connection, self.log, size)
            if checkpoint is None:
                raise ExportRefused("gap", index=size)
            self.bundle.add(
                f"checkpoints/{size}.txt", await checkpoints.cosigned(self.connection, self.log, checkpoint)
            )
        pairs = set(zip(sorted(sizes), sorted(sizes)[1:], strict=False))
        for kept in self.wanted.anchors:
            if kept.origin != self.log.origin:
                raise ExportRefused("anchor", what=kept.origin)
            if kept.size > self.head.size:
                raise ExportRefused("shorter", size=self.head.size, kept=kept.size)
            if await self.log.root(self.connection, kept.size) != kept.root:
                raise ExportRefused("contradicts", kept=kept.size)
            if 0 < kept.size < self.head.size:
                pairs.add((kept.size, self.head.size))
        for old, new in sorted(pairs):
            proof = await self.log.consistency(self.connection, old, new)
            self.bundle.add(f"consistency/{old}-{new}.txt", _lines(proof))
        rows = await self.connection.fetch(
            "SELECT DISTINCT place FROM ledger.placement WHERE log = $1 AND line <> '' ORDER BY 1", self.log.number
        )
        told.witnesses = [row["place"].removeprefix("witness:") for row in rows]

    async def _cases(self, span: tuple[int, int] | None) -> AsyncIterator[str]:
        if not self.wanted.period:
            for application_no in dict.fromkeys(self.wanted.cases):
                yield application_no
        elif span is not None:
            async for row in self.connection.cursor(IN_RANGE, *span):
                yield row["application_no"]

    async def _case(self, application_no: str, told: Told) -> None:
        rows = await self.connection.fetch(ROWS, application_no)
        if not rows:
            raise ExportRefused("unknown", what=application_no)
        indexes = [row["index"] for row in rows]
        if any(index is None or index >= self.head.size for index in indexes):
            if all(index is None or index >= self.head.size for index in indexes):
                raise ExportRefused("not_in_log", what=application_no)
            # What came after the head is left for the next bundle; in each stream it is the end.
            rows = [row for row in rows if row["index"] is not None and row["index"] < self.head.size]
            indexes = [row["index"] for row in rows]
        proofs = await self.log.inclusions(self.connection, indexes, self.head.size)
        note = await checkpoints.cosigned(self.connection, self.log, self.head)
        told.cases += 1
        told.numbers.append(application_no)
        told.events += len(rows)
        with self.bundle.file(f"cases/{told.cases:06d}.ndjson") as write:
            for row in rows:
                write(_line(row))
                self.table.add(row["index"], row["position"], row["canonical"])
                told.sealed += row["canonical"].count('{"sealed":"')
                for version, digest in _catalogues_in(row["canonical"]):
                    told.catalogues[digest] = version
        for index, proof in proofs.items():
            text = f"c2sp.org/tlog-proof@v1\nindex {index}\n{_lines(proof)}\n{note}"
            self.bundle.add(f"proofs/{index}.tlog-proof", text)

    async def _leaves(self, start: int, end: int) -> None:
        """Every leaf between two heads, with what the tree was before.  Raises ExportRefused where one is missing."""
        left = tree.perfect(0, start)
        hashes = await self.log.nodes(self.connection, left)
        self.bundle.add("range/left.txt", _lines([hashes[node] for node in left]))
        digest = self.log.suite.digest
        with self.bundle.file("range/leaves.ndjson") as write:
            for at in range(start, end, PIECE):
                count = min(PIECE, end - at)
                rows = await self.connection.fetch(LEAVES, at, count)
                found = [row["index"] for row in rows]
                for expected, index in zip(range(at, at + count), [*found, *[None] * count], strict=False):
                    if expected != index:
                        raise ExportRefused("gap", index=expected)
                for row in rows:
                    write(leaf_data(digest, *list(row)[1:]) + b"\n")

    async def _catalogues(self, told: Told) -> None:
        for digest, version in sorted(told.catalogues.items()):
            content = await self.connection.fetchval(
                "SELECT content FROM catalogue.version WHERE version = $1 AND digest = $2", version, digest
            )
            if content is not None:
                self.bundle.add(f"catalogue/{digest}.json", content)

    def _report(self, told: Told) -> str:
        start, end = told.span or (0, 0)
        complete = zh_audit.INCOMPLETE
        if told.span is not None:
            complete = zh_audit.WHOLE_PERIOD if self.wanted.period else zh_audit.COMPLETE
        return zh_audit.REPORT.format(
            kind=zh_audit.KINDS["period" if self.wanted.period else "cases"],
            cases=told.cases,
            events=told.events,
            origin=self.log.origin,
            suite=self.log.suite.name,
            size=self.head.size,
            root=base64.b64encode(self.head.root).decode(),
            range=f"日志第 {start} 至 {end} 条" if told.span else zh_audit.NO_RANGE,
            witnesses="、".join(told.witnesses) or zh_audit.NO_WITNESS,
            catalogues="、".join(sorted(set(told.catalogues.values()))) or "—",
            complete=complete.format(start=start, end=end),
            sealed=told.sealed,
        )


def _line(row: asyncpg.Record) -> bytes:
    told = {
        "index": row["index"],
        "stream": row["stream"],
        "position": row["position"],
        "chain_hash": (row["chain_hash"] or b"").hex(),
        "event": row["canonical"],
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _catalogues_in(canonical: str) -> list[tuple[str, str]]:
    if '"catalogue":{' not in canonical:
        return []
    try:
        pinned = json.loads(canonical)["body"]["catalogue"]
        return [(pinned["version"], pinned["digest"])]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _lines(hashes: Sequence[bytes]) -> str:
    return "".join(f"{base64.b64encode(each).decode()}\n" for each in hashes)
