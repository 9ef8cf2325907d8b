"""Relays are killed again and again while cases grow: every event has its leaf, every message arrives, in order."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from infra.audit.verify import kept_notes
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.ledger import feed
from infra.transparency.keys import ensure_key
from infra.transparency.log import MerkleLog
from infra.transparency.suites import SHA256_ED25519
from schemas.outbound import message_id
from tests.ledger.cases import whole_case
from tests.webhooks.world import PUBLIC_OF_A_CASE, World, open_world

ROOT = Path(__file__).parents[2]
CASES = 25
KILLS = 8


class Relay:
    """One process."""

    def __init__(self, dsn: str, folder: Path) -> None:
        audit = {"key_path": str(folder / "key"), "file": str(folder / "heads.jsonl"), "interval_seconds": 0.02}
        self._told = json.dumps({"dsn": dsn, "audit": audit})
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = (sys.executable, "-m", "tests.faults.relay_process", self._told)
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"ready\n"

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        return await self._process.wait()


@pytest.mark.timeout(180)
async def test_nothing_is_lost_and_order_is_kept(
    database: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    dice = random.Random(5)
    ensure_key(tmp_path / "key", "mianzheng/test", SHA256_ED25519)
    async with open_world(database) as world:
        subscription, secret = await world.subscribe()
        relays = [Relay(postgres.dsn(APP_ROLE, database_name), tmp_path) for _ in range(2)]
        await asyncio.gather(*(relay.start() for relay in relays))
        growing = asyncio.create_task(grow(world))
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.0, 0.4))
            victim = dice.choice(relays)
            await victim.end(signal.SIGKILL)
            await victim.start()
        await growing
        expected = {
            message_id(event.event_id, subscription.id)
            for n in range(CASES)
            for event in whole_case(f"T-{n}")
            if event.body.type != "attempt_made"
        }
        while {r.id for r in world.receiver.requests} != expected or "pending" in await world.states():
            await asyncio.sleep(0.05)
        while await database.fetchval("SELECT max(size) FROM ledger.placement") != 9 * CASES:
            await asyncio.sleep(0.05)
        assert [await relay.end(signal.SIGTERM) for relay in relays] == [0, 0]

        events = await feed.read(database, -1, 10_000)
        assert [e.index for e in events] == list(range(9 * CASES))
        assert set(await world.states()) == {"delivered"}
        assert len(await world.states()) == PUBLIC_OF_A_CASE * CASES
        await every_head_continues_the_one_before(database, tmp_path / "heads.jsonl")
        order: dict[str, list[int]] = {}
        seen: set[str] = set()
        for request in world.receiver.requests:
            content = request.verified(secret)
            if request.id not in seen:
                seen.add(request.id)
                order.setdefault(content["subject"], []).append(content["data"]["sequence"])
        assert all(each == sorted(each) for each in order.values()), "the first of each in order"


async def every_head_continues_the_one_before(database: asyncpg.Pool, file: Path) -> None:
    """As they were placed outside, by whichever relay, before or after it was killed."""
    log = await MerkleLog.open(database, "mianzheng/test", SHA256_ED25519)
    heads = kept_notes(file.read_text())  # noqa: ASYNC240 - small
    assert max(head.size for head in heads) == 9 * CASES
    for head in heads:
        assert head.root == await log.root(database, head.size)


async def grow(world: World) -> None:
    dice = random.Random(6)
    kept = dict.fromkeys((f"T-{n}" for n in range(CASES)), 0)
    while growing := [no for no, count in kept.items() if count < 9]:
        no = dice.choice(growing)
        step = dice.randint(1, 4)
        await world.append(whole_case(no)[kept[no] : kept[no] + step])
        kept[no] += step
        await asyncio.sleep(0.01)
