"""Exporting: a bundle of events, proofs, heads, catalogue versions, keys, the verifier and a report, or one of the
files for reading alone.

All of it is read in one snapshot.  Memory does not grow with the number of cases: each is read, written, forgotten.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from infra.audit import verify
from infra.audit.bundle import BundleWriter, writing
from infra.audit.files import EvidenceFiles
from infra.audit.reading import Reading
from infra.audit.reading.case import ReadCase, read_case
from infra.audit.reading.ocel import OcelLog
from infra.audit.reading.table import EventTable
from infra.audit.reading.workbook import Workbook
from infra.audit.reading.xes import XesLog
from infra.audit.source import ExportRefused, Source, Told, Wanted
from infra.audit.zipped import ZipTooLarge
from infra.settings import AuditSettings
from infra.transparency import checkpoints, tree
from infra.transparency.keeper import unwitnessed_seconds
from infra.transparency.leaf import leaf_data
from infra.transparency.log import LEAVES, MerkleLog, NodeMissing
from infra.transparency.suites import Signer
from schemas.export import ExportFormat
from schemas.texts import zh_audit, zh_export

PIECE = 2000
VERIFIER = Path(verify.__file__).read_text(encoding="utf-8")
READINGS: dict[ExportFormat, tuple[str, Callable[[], Reading]]] = {
    ExportFormat.CSV: (zh_export.TABLE, EventTable),
    ExportFormat.XLSX: (zh_export.WORKBOOK, Workbook),
    ExportFormat.XES: (zh_export.XES, XesLog),
    ExportFormat.OCEL: (zh_export.OCEL, OcelLog),
}
ANCHORED = """
    SELECT size FROM ledger.placement WHERE log = $1 AND size <= $2 AND line <> ''
    ORDER BY size DESC LIMIT 1
"""

Progress = Callable[[int], None]
"""Is told how many cases are done."""
OnRecord = Callable[[Told], Awaitable[None]]
"""Is told what is in an export, and awaited before there is a file; what it raises prevents that."""


async def export(
    pool: asyncpg.Pool,
    settings: AuditSettings,
    signer: Signer,
    wanted: Wanted,
    out: Path,
    progress: Progress = lambda _: None,
    *,
    on_record: OnRecord,
    files: EvidenceFiles | None = None,
) -> Told:
    """Write a bundle to ``out``.  Raises ExportRefused; then nothing is written."""
    async with _source(pool, settings, signer, wanted) as source:
        bundle = BundleWriter(out, settings.export_mib << 20)
        readings = {name: make() for name, make in READINGS.values()}
        try:
            return await _Export(source, signer, settings, bundle, readings, progress, on_record, files).run()
        except BaseException:
            bundle.abandon()
            raise
        finally:
            for reading in readings.values():
                reading.close()


async def export_reading(
    pool: asyncpg.Pool,
    settings: AuditSettings,
    signer: Signer,
    wanted: Wanted,
    form: ExportFormat,
    out: Path,
    progress: Progress = lambda _: None,
    *,
    on_record: OnRecord,
) -> Told:
    """Write one of the files for reading to ``out``, without proofs.  Raises ExportRefused, and then writes nothing."""
    async with _source(pool, settings, signer, wanted) as source:
        reading = READINGS[form][1]()
        try:
            told = Told(source.log.origin, source.head.size, span=await source.span())
            async for application_no, rows in source.cases(told.span):
                reading.add(read_case(application_no, rows))
                told.count(application_no, rows)
                progress(told.cases)
            note = zh_export.UNPROVED.format(origin=told.origin, size=told.size, cases=told.cases, events=told.events)
            await on_record(told)
            with writing(out, settings.export_mib << 20) as write:
                for piece in reading.pieces(note):
                    write(piece)
            return told
        finally:
            reading.close()


@asynccontextmanager
async def _source(pool: asyncpg.Pool, settings: AuditSettings, signer: Signer, wanted: Wanted) -> AsyncIterator[Source]:
    """One snapshot under the newest head.  Raises ExportRefused, also for what is found out while it is read."""
    log = await MerkleLog.open(pool, signer.name, signer.suite)
    if settings.require_witnessed:
        seconds = await unwitnessed_seconds(pool, log)
        if seconds > settings.stale_seconds:
            raise ExportRefused("stale", seconds=round(seconds))
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await checkpoints.last(connection, log)
        if head is None:
            raise ExportRefused("no_checkpoint")
        try:
            yield Source(connection, log, head, wanted)
        except NodeMissing as missing:
            raise ExportRefused("nodes") from missing
        except ZipTooLarge as large:
            raise ExportRefused("too_large", most=settings.export_mib) from large


@dataclass
class _Export:
    source: Source
    signer: Signer
    settings: AuditSettings
    bundle: BundleWriter
    readings: Mapping[str, Reading]
    progress: Progress
    on_record: OnRecord
    files: EvidenceFiles | None

    def __post_init__(self) -> None:
        self.connection, self.log = self.source.connection, self.source.log
        self.head, self.wanted = self.source.head, self.source.wanted
        self.seen: set[str] = set()
        self.withheld: list[str] = []

    async def run(self) -> Told:
        told = Told(self.log.origin, self.head.size)
        span = await self.source.span()
        told.span = span
        await self._heads({0} | ({*span} if span else set()), told)
        async for application_no, rows in self.source.cases(span):
            await self._case(application_no, rows, told)
            self.progress(told.cases)
        if self.files is not None:
            self.bundle.add(zh_export.WITHHELD, "".join(self.withheld))
        if span is not None:
            await self._leaves(*span)
        await self._catalogues(told)
        self.bundle.add("keys/log.vkey", self.signer.verifier_key() + "\n")
        self.bundle.add("keys/witnesses.vkey", "".join(f"{each.key}\n" for each in self.settings.witnesses))
        self.bundle.add("verify.py", VERIFIER)
        report = self._report(told)
        self.bundle.add("报告.md", report)
        for name, reading in self.readings.items():
            with self.bundle.file(name) as write:
                for piece in reading.pieces(report):
                    write(piece)
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

    async def _case(self, application_no: str, rows: list[asyncpg.Record], told: Told) -> None:
        indexes = [row["index"] for row in rows]
        proofs = await self.log.inclusions(self.connection, indexes, self.head.size)
        note = await checkpoints.cosigned(self.connection, self.log, self.head)
        told.count(application_no, rows)
        with self.bundle.file(f"cases/{told.cases:06d}.ndjson") as write:
            for row in rows:
                write(_line(row))
                told.sealed += row["canonical"].count('{"sealed":"')
                for version, digest in _catalogues_in(row["canonical"]):
                    told.catalogues[digest] = version
        for index, proof in proofs.items():
            text = f"c2sp.org/tlog-proof@v1\nindex {index}\n{_lines(proof)}\n{note}"
            self.bundle.add(f"proofs/{index}.tlog-proof", text)
        case = read_case(application_no, rows)
        for reading in self.readings.values():
            reading.add(case)
        if self.files is not None:
            await self._attach(case, self.files, told)

    async def _attach(self, case: ReadCase, files: EvidenceFiles, told: Told) -> None:
        """The files of a case that are not in the bundle yet; what is left out is listed with the reason."""
        told.files = told.files or 0
        async for file in files.of_case(case):
            if file.content is None:
                line = {"application_no": case.application_no, "digest": file.digest, "reason": file.reason}
                self.withheld.append(json.dumps(line) + "\n")
                told.withheld[file.reason or ""] += 1
            elif file.digest not in self.seen:
                self.seen.add(file.digest)
                told.files += 1
                self.bundle.add(f"files/{file.digest}{file.suffix}", file.content)

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
            files=_files(told),
        )


def _files(told: Told) -> str:
    """What the report says of the files."""
    if told.files is None:
        return zh_audit.ONLY_DIGESTS
    reasons = [f"{zh_audit.WITHHELD[reason]} {count} 份" for reason, count in sorted(told.withheld.items())]
    return zh_audit.WITH_FILES.format(files=told.files, withheld="；".join(reasons) or "无")


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
