"""Read-your-writes on the lists: an answer waits, for a moment, until they have read what a receipt promised."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import asyncpg

from infra.gateway.problems import Refused
from infra.ledger import feed
from infra.ledger.feed import NotSequenced
from infra.worklist import read
from infra.worklist.projection import NAME
from schemas.authority import Visibility

SECONDS = 5.0
PLACE = re.compile(r"^([^\x00:]{1,300}):([0-9]{1,15})$")
CASES = """
    SELECT array_agg(application_no) FROM worklist.stream WHERE stream = $1
"""


async def until_read(pool: asyncpg.Pool, event_id: str, seconds: float = SECONDS) -> bool:
    """Wait for the lists to have read an event; whether they have."""
    try:
        index = await feed.wait_for(pool, UUID(event_id), seconds=seconds)
        await feed.wait_for_consumer(pool, NAME, index, seconds=seconds)
    except NotSequenced:
        return False
    return True


async def until_after(pool: asyncpg.Pool, sees: Visibility, after: str, seconds: float = SECONDS) -> None:
    """Wait for the lists to have read ``stream:sequence``.  Raises Refused 422, and 503 where they have not in time.

    A stream of a case that the caller may not see is waited for in vain, as one that does not exist.
    """
    said = PLACE.match(after)
    if said is None:
        raise Refused(422, "bad_place")
    stream, sequence = said[1], int(said[2])
    ends = asyncio.get_running_loop().time() + seconds
    if not await _read(pool, stream, sequence, seconds) or not await _seen(pool, sees, stream):
        await asyncio.sleep(max(0.0, ends - asyncio.get_running_loop().time()))
        raise Refused(503, "lists_behind", headers={"Retry-After": "2"})


async def _read(pool: asyncpg.Pool, stream: str, sequence: int, seconds: float) -> bool:
    try:
        index = await feed.wait_for(pool, stream=stream, sequence=sequence, seconds=seconds)
        await feed.wait_for_consumer(pool, NAME, index, seconds=seconds)
    except NotSequenced:
        return False
    return True


async def _seen(pool: asyncpg.Pool, sees: Visibility, stream: str) -> bool:
    numbers = await pool.fetchval(CASES, stream) or []
    targets = [await read.target(pool, number) for number in numbers]
    return any(sees.covers(target) for target in targets if target is not None)
