"""Uses as a projection of the ledger's feed: kept up by the relay, built anew at will.

Each event gives its rows by itself (``schemas.use``); nothing is ever taken back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from infra.ledger import rebuilding
from infra.ledger.feed import Connection, FeedEvent
from schemas.use import Use, ground_of, parties_of, uses_of

NAME = "uses"
TABLES = ("access.use", "access.party", "access.ground")

PUT_GROUND = """
    INSERT INTO access.ground (application_no, item_code, purpose, operator, department) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (application_no) DO UPDATE SET item_code = excluded.item_code, purpose = excluded.purpose,
        operator = excluded.operator, department = excluded.department
"""
PUT_PARTY = """
    INSERT INTO access.party AS p (subject_ref, application_no, party_ids) VALUES ($1, $2, ARRAY[$3])
    ON CONFLICT (subject_ref, application_no) DO UPDATE SET
        party_ids = array(SELECT DISTINCT unnest(p.party_ids || excluded.party_ids) ORDER BY 1)
"""
PUT_USE = """
    INSERT INTO access.use (index, place, kind, at, application_no, party_id, subject_ref, who, department, told)
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::jsonb[])
"""


async def apply(connection: Connection, events: Sequence[FeedEvent]) -> None:
    """Take events of the feed.  A row that was made into something that is no event uses nobody."""
    grounds: list[tuple[Any, ...]] = []
    parties: list[tuple[Any, ...]] = []
    uses: list[tuple[Any, ...]] = []
    for event in events:
        try:
            tree = json.loads(event.canonical)
            ground = ground_of(tree)
            known = parties_of(tree)
            made = [_row(event, place, use) for place, use in enumerate(uses_of(tree))]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if ground is not None:
            told = (ground.item_code, ground.purpose, ground.operator, ground.department)
            grounds.append((event.application_no, *told))
        parties += [(party.subject_ref, event.application_no, party.party_id) for party in known]
        uses += made
    if grounds:
        await connection.executemany(PUT_GROUND, grounds)
    if parties:
        await connection.executemany(PUT_PARTY, parties)
    if uses:
        await connection.execute(PUT_USE, *(list(column) for column in zip(*uses, strict=True)))


async def rebuild(pool: asyncpg.Pool) -> int:
    """Build it anew from the first event on; who reads meanwhile sees the old one.  Gives how many events."""
    return await rebuilding.rebuild(pool, NAME, TABLES, apply)


def _row(event: FeedEvent, place: int, use: Use) -> tuple[Any, ...]:
    at = datetime.fromisoformat(use.at) if use.at is not None else event.occurred_at
    return (
        event.index,
        place,
        use.kind,
        at,
        use.application_no,
        use.party_id,
        use.subject_ref,
        use.who,
        use.department,
        json.dumps(use.told, ensure_ascii=False, sort_keys=True),
    )
