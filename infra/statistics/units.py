"""From the ledger to facts: the units in which is counted, and what each comes to as of any place in the feed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Any

from infra.ledger.feed import Connection
from infra.ledger.standing import standing
from infra.ledger.trail import masked_event
from schemas.case import ImpossibleEvent
from schemas.register import is_register, register_stream
from schemas.statistics import Fact
from schemas.statistics_facts import facts_of

AT_ONCE = 500
"""Units that are read together: some thousands of events."""
COMPLAINTS = register_stream("complaint", "")
"""The only streams of the register that are counted: looks are many and say nothing here."""

EVENTS = """
    SELECT u.unit, l.index, e.stream, e.sequence, e.canonical
    FROM unnest($1::text[]) AS u (unit)
    JOIN ledger.event e ON e.application_no = u.unit AND NOT starts_with(e.stream, 'register/')
    JOIN ledger.leaf l ON l.event_id = e.event_id AND l.index <= $3
    UNION ALL
    SELECT u.unit, l.index, e.stream, e.sequence, e.canonical
    FROM unnest($2::text[]) AS u (unit)
    JOIN ledger.event e ON e.stream = u.unit
    JOIN ledger.leaf l ON l.event_id = e.event_id AND l.index <= $3
    ORDER BY 1, 3, 2
"""
CASES = """
    SELECT application_no FROM (
        SELECT DISTINCT application_no FROM ledger.event
        WHERE application_no > $1 AND NOT starts_with(stream, 'register/')
    ) AS known ORDER BY 1 LIMIT $2
"""
REGISTERED = """
    SELECT DISTINCT stream FROM ledger.event WHERE stream > $1 AND starts_with(stream, $3) ORDER BY 1 LIMIT $2
"""


class Counted:
    """A unit as it was at a place in the feed: its facts, or why it has none."""

    __slots__ = ("facts", "leaf_index", "unit", "unreadable")

    def __init__(self, unit: str, leaf_index: int, facts: tuple[Fact, ...], unreadable: str | None) -> None:
        self.unit = unit
        self.leaf_index = leaf_index
        self.facts = facts
        self.unreadable = unreadable


def unit_of(stream: str, application_no: str) -> str | None:
    """The unit an event belongs to: its case with all streams, or a complaint; ``None``: it is not counted."""
    if not is_register(stream):
        return application_no
    return stream if stream.startswith(COMPLAINTS) else None


async def counted(
    connection: Connection, units: Sequence[str], upto: int, seconds: float | None = None
) -> list[Counted]:
    """Each unit as its events up to leaf index ``upto`` leave it; one without any is left out."""
    cases = [unit for unit in units if not is_register(unit)]
    registered = [unit for unit in units if is_register(unit)]
    rows = await connection.fetch(EVENTS, cases, registered, upto, timeout=seconds)
    return [_counted(unit, list(kept)) for unit, kept in groupby(rows, key=lambda row: str(row["unit"]))]


async def every_unit(connection: Connection, seconds: float) -> AsyncIterator[list[str]]:
    """All units of the ledger, in portions."""
    for query, more in ((CASES, ()), (REGISTERED, (COMPLAINTS,))):
        after = ""
        while rows := await connection.fetch(query, after, AT_ONCE, *more, timeout=seconds):
            after = rows[-1][0]
            yield [row[0] for row in rows]


def _counted(unit: str, rows: list[Any]) -> Counted:
    last = max(row["index"] for row in rows)
    try:
        streams = [
            [masked_event(canonical) for canonical in standing(kept)]
            for _, kept in groupby(rows, key=lambda row: str(row["stream"]))
        ]
        return Counted(unit, last, facts_of(streams), None)
    except (ValueError, ImpossibleEvent) as error:
        return Counted(unit, last, (), type(error).__name__)
