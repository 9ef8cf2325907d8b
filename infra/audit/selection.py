"""Which cases a request means, of those that whoever asks may export: the same rule of access as every list."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from infra.ledger.feed import Connection
from infra.worklist import read
from infra.worklist.query import Query
from schemas.authority import Visibility
from schemas.export import ExportRequest

# Only events that stand: what a reset replaced did not settle anything.
EVENT = """
    EXISTS (SELECT FROM ledger.current_event e WHERE e.application_no = a.application_no AND e.type = {type}{more})
"""


async def cases_of(source: asyncpg.Pool | Connection, request: ExportRequest, sees: Visibility, most: int) -> list[str]:
    """The numbers of the cases, in order; at most one more than ``most``, which tells that there are more.

    Named cases are given as they are named: whether they may be exported is asked of ``hidden_of``.
    """
    if request.applications:
        return list(dict.fromkeys(request.applications))
    query, wanted = Query(), request.query
    where = ["a.stage IS NOT NULL", read.sight(query, "a", sees)]
    where += query.equal("a", item_code=wanted.item_code, stage=wanted.stage)
    if wanted.department is not None:
        where.append(f"{query.value(wanted.department)} IN (a.department, a.taken_in_by)")
    if request.beginning is not None:
        where.append(f"a.received_at >= {query.value(request.beginning)}")
    if request.end is not None:
        where.append(f"a.received_at <= {query.value(request.end)}")
    if wanted.ground is not None:
        where.append(_event(query, "requirement_settled", "{body,ground}", wanted.ground))
    if wanted.outcome is not None:
        where.append(_event(query, "attempt_made", "{body,outcome,kind}", wanted.outcome))
    if wanted.not_exempted:
        where.append(EVENT.format(type=query.value("requirement_not_exempted"), more=""))
    text = (
        f"SELECT a.application_no FROM worklist.application a WHERE {' AND '.join(where)} "  # noqa: S608 - parameters
        f"ORDER BY 1 LIMIT {query.value(most + 1)}"
    )
    return [row["application_no"] for row in await source.fetch(text, *query.values)]


async def hidden_of(source: asyncpg.Pool | Connection, numbers: Sequence[str], sees: Visibility) -> list[str]:
    """Of these cases the ones that may not be exported, or that are not there: the two are not told apart."""
    if sees.everything:
        query = "SELECT DISTINCT application_no FROM ledger.event WHERE application_no = ANY ($1)"
        known = {row["application_no"] for row in await source.fetch(query, numbers)}
    else:
        targets = await read.targets(source, numbers)
        known = {target.application_no for target in targets if sees.covers(target)}
    return [number for number in numbers if number not in known]


def _event(query: Query, type_: str, path: str, value: str) -> str:
    more = f" AND e.canonical::jsonb #>> {query.value(path.strip('{}').split(','))} = {query.value(value)}"
    return EVENT.format(type=query.value(type_), more=more)
