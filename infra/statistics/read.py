"""Figures of a period as they stand now, or as they stood at any place in the feed, by the same way.

What every case counts for is kept with the leaf index of its last event.  As of an earlier index, the cases that have
moved since are folded again up to there, and stand in the place of what is kept of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from infra.catalogue.store import StoredCatalogues
from infra.ledger.feed import Connection
from infra.statistics.projection import ALIKE, NAME, put_facts
from infra.statistics.units import AT_ONCE, counted
from infra.worklist.query import Query
from schemas.authority import Visibility
from schemas.catalogue import Catalogue
from schemas.codes import Route
from schemas.statistics import (
    By,
    FigureRow,
    Gap,
    Gaps,
    Measure,
    Period,
    Statistics,
    figures_of,
    gaps_ranked,
    of_one_route,
)
from schemas.texts import zh
from schemas.texts.zh_statistics import NO_ISSUER, NOBODY

EVERYTHING = Visibility(everything=True)
READ_SECONDS = 60.0
"""What one statement may take: an earlier index on a large ledger reads much."""

UPTO = "SELECT coalesce((SELECT next_index FROM ledger.consumer WHERE name = $1), 0) - 1"
MOVED = "SELECT unit FROM statistics.unit WHERE leaf_index > $1 AND unit > $2 ORDER BY unit LIMIT $3"
UNREADABLE = "SELECT count(*) FROM statistics.unreadable WHERE leaf_index <= $1"
THEN = "CREATE TEMPORARY TABLE fact_then (LIKE statistics.fact) ON COMMIT DROP"
_ALIKE = ", ".join(ALIKE)
NOW_TOTALS = "statistics.total"
NOW_FACTS = "statistics.fact"


class NotCountedYet(LookupError):
    """The statistics have not come so far in the feed."""


@dataclass(frozen=True)
class Source:
    """Where the counts stand: names of relations, or queries in brackets."""

    as_of: int
    totals: str
    facts: str
    unreadable: int


async def figures(
    pool: asyncpg.Pool,
    period: Period,
    by: By = By.DEPARTMENT,
    as_of: int | None = None,
    *,
    seen: Visibility = EVERYTHING,
    catalogues: StoredCatalogues | None = None,
) -> Statistics:
    """The figures of a period, in all and by row; rows in the order of their keys.

    ``as_of`` is a leaf index (a checkpoint of size n: n - 1), ``None`` the last one counted; ``seen`` says whose facts
    are counted; ``catalogues`` names the rows and tells townships, by the version in force on the period's last day.
    Raises NotCountedYet.
    """
    names = await Names.of(catalogues or StoredCatalogues(pool), period)
    async with _source(pool, as_of) as (connection, source):
        counts = await _counts(connection, source, period, by, seen, names)
        medians = await _medians(connection, source, period, by, seen, names)
    whole: dict[tuple[Measure, str, str], int] = defaultdict(int)
    for row in counts.values():
        for place, number in row.items():
            whole[place] += number
    by_key = {key: figures_of(counts[key], medians.get(key, {})) for key in sorted(counts)}
    return Statistics(
        period=period,
        by=by,
        as_of=source.as_of,
        unreadable=source.unreadable,
        total=figures_of(whole, medians.get(None, {})),
        rows=tuple(
            FigureRow(key=key, name=names.row(by, key), figures=of_one_route(figures) if by is By.ROUTE else figures)
            for key, figures in by_key.items()
        ),
    )


async def gaps(
    pool: asyncpg.Pool,
    period: Period,
    as_of: int | None = None,
    *,
    seen: Visibility = EVERYTHING,
    catalogues: StoredCatalogues | None = None,
) -> Gaps:
    """Which issuer's which evidence fails which route, the worst first.  Raises NotCountedYet."""
    names = await Names.of(catalogues or StoredCatalogues(pool), period)
    async with _source(pool, as_of) as (connection, source):
        query = Query()
        where = _where(query, period, seen, f"f.measure = {query.value(Measure.GAP)}")
        rows = await connection.fetch(
            f"SELECT f.evidence, f.issuer, f.route, f.detail, sum(f.number)::bigint AS number "  # noqa: S608
            f"FROM {source.totals} AS f WHERE {where} GROUP BY 1, 2, 3, 4 HAVING sum(f.number) <> 0",
            *query.values,
            timeout=READ_SECONDS,
        )
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for row in rows:
        issuer = row["issuer"] or names.issuer_of(row["evidence"])
        reasons = found[row["evidence"], issuer, row["route"]]
        reasons[row["detail"]] = reasons.get(row["detail"], 0) + row["number"]
    return Gaps(
        period=period,
        as_of=source.as_of,
        rows=gaps_ranked(
            Gap(
                evidence=evidence,
                evidence_name=names.row(By.EVIDENCE, evidence),
                issuer=issuer,
                issuer_name=names.issuers.get(issuer, issuer) or NO_ISSUER,
                route=Route(route),
                failed=sum(reasons.values()),
                reasons=dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
            )
            for (evidence, issuer, route), reasons in found.items()
        ),
    )


# --- pieces ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """What things are called, and where windows are: the catalogue's word, never the facts'."""

    rows: Mapping[By, Mapping[str, str]] = field(default_factory=dict)
    issuers: Mapping[str, str] = field(default_factory=dict)
    issuer_by_evidence: Mapping[str, str] = field(default_factory=dict)
    township_by_window: Mapping[str, str] = field(default_factory=dict)
    """By the USCC of the office whose window it is."""

    @classmethod
    async def of(cls, catalogues: StoredCatalogues, period: Period) -> Names:
        """Of the version in force on the period's last day; without one, things are called by their codes."""
        try:
            catalogue, _ = await catalogues.in_force(period.last)
        except LookupError:
            return cls(rows={By.ROUTE: zh.ROUTES})
        return cls.in_catalogue(catalogue)

    @classmethod
    def in_catalogue(cls, catalogue: Catalogue) -> Names:
        """What one version calls things."""
        return cls(
            rows={
                By.DEPARTMENT: {b.uscc: b.name for b in catalogue.bodies}
                | {d.uscc: d.name for d in catalogue.departments},
                By.ITEM: {item.code: item.name for item in catalogue.items},
                By.ROUTE: zh.ROUTES,
                By.EVIDENCE: {kind.code: kind.name for kind in catalogue.evidence_types},
            },
            issuers={each.code: each.name for each in catalogue.issuer_classes},
            township_by_window={d.uscc: d.township for d in catalogue.departments if d.township},
            issuer_by_evidence={k.code: k.issuer_class for k in catalogue.evidence_types if k.issuer_class},
        )

    def row(self, by: By, key: str) -> str:
        """What a row is called."""
        return self.rows.get(by, {}).get(key, key) or NOBODY[by.value]

    def issuer_of(self, evidence: str) -> str:
        """The class of issuers that a type of evidence comes from."""
        return self.issuer_by_evidence.get(evidence, "")


@asynccontextmanager
async def _source(pool: asyncpg.Pool, as_of: int | None) -> AsyncIterator[tuple[Connection, Source]]:
    """One view of the counts for all that is asked of them."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        upto: int = await connection.fetchval(UPTO, NAME)
        if as_of is not None and as_of > upto:
            raise NotCountedYet(f"{as_of} > {upto}")
        unreadable: int = await connection.fetchval(UNREADABLE, upto if as_of is None else as_of)
        if as_of is None or as_of == upto:
            yield connection, Source(upto, NOW_TOTALS, NOW_FACTS, unreadable)
            return
        unreadable += await _fold_again(connection, as_of)
        moved = f"SELECT unit FROM statistics.unit WHERE leaf_index > {as_of:d}"  # noqa: S608 - a number
        yield (
            connection,
            Source(
                as_of,
                f"(SELECT {_ALIKE}, number FROM statistics.total UNION ALL"  # noqa: S608 - names of our own
                f" SELECT {_ALIKE}, -1 FROM statistics.fact WHERE unit IN ({moved}) UNION ALL"
                f" SELECT {_ALIKE}, 1 FROM fact_then)",
                f"(SELECT * FROM statistics.fact WHERE unit NOT IN ({moved}) UNION ALL SELECT * FROM fact_then)",  # noqa: S608
                unreadable,
            ),
        )


async def _fold_again(connection: Connection, as_of: int) -> int:
    """Put what has moved since as it was into ``fact_then``; how many of it could not be read."""
    await connection.execute(THEN)
    after, unreadable = "", 0
    while rows := await connection.fetch(MOVED, as_of, after, AT_ONCE, timeout=READ_SECONDS):
        after = rows[-1]["unit"]
        then = await counted(connection, [row["unit"] for row in rows], as_of, READ_SECONDS)
        await put_facts(connection, then, "fact_then", None)
        unreadable += sum(each.unreadable is not None for each in then)
    return unreadable


async def _counts(
    connection: Connection, source: Source, period: Period, by: By, seen: Visibility, names: Names
) -> dict[str, dict[tuple[Measure, str, str], int]]:
    query = Query()
    joined, key = _key(query, by, names)
    rows = await connection.fetch(
        f"SELECT {key} AS key, f.measure, f.detail, f.route, sum(f.number)::bigint AS number "  # noqa: S608
        f"FROM {source.totals} AS f {joined} WHERE {_where(query, period, seen)} "
        "GROUP BY 1, 2, 3, 4 HAVING sum(f.number) <> 0",
        *query.values,
        timeout=READ_SECONDS,
    )
    found: dict[str, dict[tuple[Measure, str, str], int]] = defaultdict(dict)
    for row in rows:
        found[row["key"]][Measure(row["measure"]), row["detail"], row["route"]] = row["number"]
    return dict(found)


async def _medians(
    connection: Connection, source: Source, period: Period, by: By, seen: Visibility, names: Names
) -> dict[str | None, dict[Measure, float]]:
    """By key, and under ``None`` of all rows together."""
    query = Query()
    joined, key = _key(query, by, names)
    rows = await connection.fetch(
        "SELECT key, measure, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median FROM ("  # noqa: S608
        f"SELECT {key} AS key, f.measure, f.seconds FROM {source.facts} AS f {joined} "
        f"WHERE {_where(query, period, seen, 'f.seconds IS NOT NULL')}) AS timed "
        "GROUP BY GROUPING SETS ((key, measure), (measure))",
        *query.values,
        timeout=READ_SECONDS,
    )
    found: dict[str | None, dict[Measure, float]] = defaultdict(dict)
    for row in rows:
        found[row["key"]][Measure(row["measure"])] = row["median"]
    return found


def _key(query: Query, by: By, names: Names) -> tuple[str, str]:
    """What has to be joined, and the column by which is grouped."""
    if by is By.MONTH:
        return "", "to_char(f.day, 'YYYY-MM')"
    if by is not By.TOWNSHIP:
        return "", f"f.{by.value}"
    windows, townships = list(names.township_by_window), list(names.township_by_window.values())
    joined = (
        f"LEFT JOIN unnest({query.value(windows)}::text[], {query.value(townships)}::text[]) "
        "AS t (taken_in_by, township) ON t.taken_in_by = f.taken_in_by"
    )
    return joined, "coalesce(t.township, '')"


def _where(query: Query, period: Period, seen: Visibility, *more: str) -> str:
    conditions = [f"f.day BETWEEN {query.value(period.first)} AND {query.value(period.last)}", *more]
    if not seen.everything:
        grounds = (("item", seen.items), ("department", seen.departments), ("taken_in_by", seen.taken_in_by))
        mine = [f"f.{name} = ANY ({query.value(list(values))}::text[])" for name, values in grounds]
        conditions.append(f"({' OR '.join(mine)})")
    return " AND ".join(conditions)
