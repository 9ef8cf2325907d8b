"""A worker process that dies at one named point, the first time it gets there; run by ``test_crash``.

Platforms are in memory; the ledger is the real one on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from activities.ledger import LedgerActivities
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.postgres.pool import open_pool
from infra.settings import TemporalSettings
from infra.temporal.client import connect
from schemas.application import LedgerPosition
from schemas.codes import Platform
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, PlatformAnswer
from schemas.ledger import AppendRequest
from tests.workflows.catalogues import sample_catalogue
from tests.workflows.fakes import World, said
from workers.registry import Role
from workers.serve import build_workers

KILLED = 9
MASTER_KEY = bytes(range(32))


class KillSwitch:
    """Ends the process at once, without any clean-up, at the point it was told, once."""

    def __init__(self, point: str, marker: Path) -> None:
        self._point = point
        self._marker = marker

    def at(self, point: str) -> None:
        if point == self._point and not self._marker.exists():
            self._marker.touch()
            os._exit(KILLED)


class CrashingLedger:
    def __init__(self, ledger: PostgresLedger, switch: KillSwitch) -> None:
        self._ledger = ledger
        self._switch = switch

    async def append(self, request: AppendRequest) -> LedgerPosition:
        self._switch.at("before_append")
        position = await self._ledger.append(request)
        self._switch.at("after_append")
        return position


def main() -> None:
    told: dict[str, Any] = json.loads(sys.argv[1])
    asyncio.run(serve(told))


async def serve(told: dict[str, Any]) -> None:
    switch = KillSwitch(told["point"], Path(told["marker"]))
    settings = TemporalSettings.model_validate(told["temporal"])
    client = await connect(settings)
    world = World(sample_catalogue(), ask_seconds=1)

    def answer(query: EvidenceQuery) -> PlatformAnswer:
        switch.at("asked")
        return said(AnswerClass.NOT_FOUND)

    put = world.store.put

    async def stored(subject_ref: str, content: bytes) -> str:
        digest = await put(subject_ref, content)
        switch.at("stored")
        return digest

    world.store.put = stored  # type: ignore[method-assign]
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = answer
    find = world.platforms[Platform.ELICENCE_PROVINCIAL].find

    async def before(batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        switch.at("before_ask")
        return await find(batch, query)

    world.platforms[Platform.ELICENCE_PROVINCIAL].find = before  # type: ignore[method-assign]
    async with await open_pool(told["dsn"], 4) as pool:
        ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
        activities = world.activities()
        admit: Any = getattr(activities[Role.CASES][0], "__self__")  # noqa: B009 - a bound method has it
        reader = admit._reader.in_force

        async def in_force(on: Any) -> Any:
            switch.at("before_admit")
            return await reader(on)

        admit._reader.in_force = in_force
        activities[Role.LEDGER] = (LedgerActivities(CrashingLedger(ledger, switch)).append,)
        (worker,) = build_workers(client, settings, activities)
        async with worker:
            await asyncio.Event().wait()


if __name__ == "__main__":
    main()
