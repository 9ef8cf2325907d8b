"""Where an export reads from: which cases and which span of the log it has, and the rows of each, in one snapshot."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from infra.audit.verify import Note
from infra.ledger.feed import Connection
from infra.transparency.checkpoints import Checkpoint
from infra.transparency.log import MerkleLog
from schemas.texts import zh_audit

# Written so that only the indexes can serve it, whatever the planner thinks it knows of a table that grows.
ROWS = """
    SELECT (SELECT l.index FROM ledger.leaf l WHERE l.event_id = e.event_id) AS index,
           e.stream, e.position, e.sequence, e.chain_hash, e.canonical
    FROM ledger.event e
    WHERE e.stream = ANY (ARRAY (SELECT DISTINCT s.stream FROM ledger.event s WHERE s.application_no = $1))
    ORDER BY e.stream, e.position
"""
IN_RANGE = """
    SELECT DISTINCT e.application_no FROM ledger.leaf l JOIN ledger.event e ON e.event_id = l.event_id
    WHERE l.index >= $1 AND l.index < $2 ORDER BY 1
"""
BEFORE = "SELECT max(size) FROM ledger.checkpoint WHERE log = $1 AND size <= $2 AND signed_at <= $3"
AFTER = "SELECT min(size) FROM ledger.checkpoint WHERE log = $1 AND size <= $2 AND signed_at >= $3"


class ExportRefused(Exception):
    """Nothing was exported; ``code`` is of ``zh_audit.REFUSED``."""

    def __init__(self, code: str, **told: Any) -> None:
        super().__init__(zh_audit.REFUSED[code].format(**told))
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """What an export is to hold: some cases, or everything between two heads.

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
    files: int | None = None
    """Of evidence; ``None`` where none were asked for."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Those left out, by the reason."""

    def count(self, application_no: str, rows: Sequence[asyncpg.Record]) -> None:
        """A case more."""
        self.cases += 1
        self.numbers.append(application_no)
        self.events += len(rows)


@dataclass(frozen=True)
class Source:
    """One snapshot of the ledger, under one head of its log."""

    connection: Connection
    log: MerkleLog
    head: Checkpoint
    wanted: Wanted

    async def span(self) -> tuple[int, int] | None:
        """Between which heads it is to be complete; ``None`` where it is not to be."""
        if not self.wanted.period and not self.wanted.complete:
            return None
        start = end = None
        if self.wanted.since is not None:
            start = await self.connection.fetchval(BEFORE, self.log.number, self.head.size, self.wanted.since)
        if self.wanted.until is not None:
            end = await self.connection.fetchval(AFTER, self.log.number, self.head.size, self.wanted.until)
        return start or 0, end or self.head.size

    async def cases(self, span: tuple[int, int] | None) -> AsyncIterator[tuple[str, list[asyncpg.Record]]]:
        """Each case with its rows.  Raises ExportRefused for one that is not there, or where there is none at all."""
        found = False
        async for application_no in self._numbers(span):
            found = True
            yield application_no, await self._rows(application_no)
        if not found and not self.wanted.period:
            raise ExportRefused("unknown", what="所查的办件")

    async def _numbers(self, span: tuple[int, int] | None) -> AsyncIterator[str]:
        if not self.wanted.period:
            for application_no in dict.fromkeys(self.wanted.cases):
                yield application_no
        elif span is not None:
            async for row in self.connection.cursor(IN_RANGE, *span):
                yield row["application_no"]

    async def _rows(self, application_no: str) -> list[asyncpg.Record]:
        """The rows of a case up to the head.  Raises ExportRefused."""
        rows: list[asyncpg.Record] = await self.connection.fetch(ROWS, application_no)
        if not rows:
            raise ExportRefused("unknown", what=application_no)
        # What came after the head is left for the next export; in each stream it is the end.
        logged = [row for row in rows if row["index"] is not None and row["index"] < self.head.size]
        if not logged:
            raise ExportRefused("not_in_log", what=application_no)
        return logged
