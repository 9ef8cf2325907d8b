"""The same events by cursor, for those who would rather ask than be told."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from infra.ledger import feed
from infra.webhooks.fanout import NAME
from infra.webhooks.message import Naming, told
from schemas.base import Model
from schemas.outbound import PUBLIC, TYPES_OF, Scope

WINDOW = 20_000
"""How far one call looks: a narrow scope in a busy county gets an empty page and a cursor that has moved on."""

CHOSEN = """
    SELECT l.index FROM ledger.leaf l
    JOIN ledger.event e ON e.event_id = l.event_id
    JOIN webhooks.case_scope c ON c.application_no = e.application_no
    WHERE l.index > $1 AND l.index <= $2 AND e.type = ANY ($3)
      AND (c.item_code = ANY ($4) OR c.department = ANY ($5) OR c.taken_in_by = ANY ($6))
    ORDER BY l.index LIMIT $7
"""


class Page(Model):
    """Events, and the cursor from which the next page is asked for."""

    events: tuple[dict[str, Any], ...]
    """CloudEvents 1.0 in JSON, as a webhook brings them."""
    next: int
    """``after`` of the next call; it moves on though no event of the scope came."""
    more: bool
    """Whether asking again at once may give more."""


async def pull(
    pool: asyncpg.Pool, scope: Scope, after: int, limit: int, naming: Naming, types: tuple[str, ...] = ()
) -> Page:
    """Public events of the cases in scope that follow position ``after`` (-1: from the first)."""
    # No further than scopes are known: what is not projected yet is not passed over.
    known = await pool.fetchval("SELECT next_index - 1 FROM ledger.consumer WHERE name = $1", NAME)
    last = min(after + WINDOW, -1 if known is None else known)
    wanted = [TYPES_OF[name] for name in types] if types else list(PUBLIC)
    rows = await pool.fetch(CHOSEN, after, last, wanted, *_parts(scope), limit)
    indexes = [row["index"] for row in rows]
    full = len(indexes) == limit
    reached = max(indexes[-1] if full else last, after)
    events = [json.loads(await told(pool, event, naming)) for event in await feed.read_these(pool, indexes)]
    return Page(events=tuple(events), next=reached, more=full or (known is not None and reached < known))


def _parts(scope: Scope) -> tuple[tuple[str, ...], ...]:
    return scope.items, scope.departments, scope.taken_in_by
