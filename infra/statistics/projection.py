"""The statistics as a projection of the ledger's feed: kept up by the relay, built anew at will.

A case is counted with all its streams together, anew whenever events of it come; what it counted for before is taken
back.  So the figures depend on nothing but the events up to a place in the feed.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from infra.ledger import feed, rebuilding
from infra.ledger.feed import Connection, FeedEvent
from infra.statistics.units import Counted, counted, every_unit, unit_of
from schemas.statistics import Fact

NAME = "statistics"
TABLES = ("statistics.total", "statistics.fact", "statistics.unit", "statistics.unreadable")
"""In the order in which they are removed."""

ALIKE = ("day", "department", "measure", "detail", "taken_in_by", "item", "evidence", "issuer", "route")
"""The columns by which facts are told apart in the totals."""
_COLUMNS = ", ".join(ALIKE)

TAKE_BACK = f"""
    WITH gone AS (DELETE FROM statistics.fact WHERE unit = ANY ($1) RETURNING {_COLUMNS}),
         lost AS (SELECT {_COLUMNS}, count(*) AS number FROM gone GROUP BY {_COLUMNS})
    UPDATE statistics.total t SET number = t.number - lost.number FROM lost
    WHERE ({", ".join(f"t.{name}" for name in ALIKE)}) = ({", ".join(f"lost.{name}" for name in ALIKE)})
"""  # noqa: S608 - names of our own
ADD_UP = f"""
    INSERT INTO statistics.total AS t ({_COLUMNS}, number)
    SELECT {_COLUMNS}, count(*) FROM statistics.fact WHERE unit = ANY ($1) GROUP BY {_COLUMNS}
    ON CONFLICT ({_COLUMNS}) DO UPDATE SET number = t.number + excluded.number
"""  # noqa: S608 - names of our own
PUT_UNITS = """
    INSERT INTO statistics.unit (unit, leaf_index)
    SELECT * FROM unnest($1::text[], $2::bigint[])
    ON CONFLICT (unit) DO UPDATE SET leaf_index = excluded.leaf_index
"""
UNREADABLE = "INSERT INTO statistics.unreadable (unit, leaf_index, reason) VALUES ($1, $2, $3)"


async def apply(connection: Connection, events: Sequence[FeedEvent]) -> None:
    """Take events of the feed: every unit they belong to, as it is after the last of them."""
    units = {unit: None for event in events if (unit := unit_of(event.stream, event.application_no)) is not None}
    if units:
        await _put(connection, await counted(connection, sorted(units), events[-1].index))


async def rebuild(pool: asyncpg.Pool) -> int:
    """Count everything anew; who reads meanwhile sees the old figures.  Gives how many events there are."""
    async with rebuilding.emptied(pool, NAME, TABLES) as connection:
        head = await feed.head(connection)
        async for units in every_unit(connection, rebuilding.SECONDS):
            await _put(connection, await counted(connection, units, head, rebuilding.SECONDS))
        await connection.execute(
            "UPDATE ledger.consumer SET next_index = $2, moved_at = clock_timestamp() WHERE name = $1", NAME, head + 1
        )
    return head + 1


async def put_facts(connection: Connection, counts: Sequence[Counted], table: str, schema: str | None) -> None:
    """Add the facts of units to a table of the shape of ``statistics.fact``."""
    await connection.copy_records_to_table(
        table,
        schema_name=schema,
        columns=("unit", *Fact._fields),
        records=[(each.unit, *fact) for each in counts for fact in each.facts],
    )


async def _put(connection: Connection, counts: Sequence[Counted]) -> None:
    """Let these units count for what they come to now."""
    units = [each.unit for each in counts]
    await connection.execute(TAKE_BACK, units)
    await put_facts(connection, counts, "fact", "statistics")
    await connection.execute(ADD_UP, units)
    await connection.execute("DELETE FROM statistics.total WHERE number = 0")
    await connection.execute(PUT_UNITS, units, [each.leaf_index for each in counts])
    await connection.execute("DELETE FROM statistics.unreadable WHERE unit = ANY ($1)", units)
    await connection.executemany(
        UNREADABLE, [(each.unit, each.leaf_index, each.unreadable) for each in counts if each.unreadable is not None]
    )
