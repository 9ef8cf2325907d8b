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
from schemas.codes import Platform, Route
from schemas.collaboration_exchange import CollaborationRequest
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, PlatformAnswer
from schemas.ledger import AppendRequest
from schemas.outside import PlatformReceipt, Refusal
from tests.workflows.catalogues import sample_catalogue
from tests.workflows.fakes import World, found, said
from tests.workflows.long_world import county
from workers.registry import Role
from workers.serve import build_workers

KILLED = 9
MASTER_KEY = bytes(range(32))


class KillSwitch:
    """Ends the process at once, without any clean-up, at the point it was told, once."""

    def __init__(self, point: str, marker: Path) -> None:
        self._point = point
        self._marker = marker

    def at(self, *points: str) -> None:
        if self._point in points and not self._marker.exists():
            self._marker.touch()
            os._exit(KILLED)


class CrashingLedger:
    """Points are any append (``before_append``), or that of one event (``before:verification_answered``)."""

    def __init__(self, ledger: PostgresLedger, switch: KillSwitch) -> None:
        self._ledger = ledger
        self._switch = switch

    async def append(self, request: AppendRequest) -> LedgerPosition:
        types = [event.body.type for event in request.events]
        self._switch.at("before_append", *(f"before:{t}" for t in types))
        position = await self._ledger.append(request)
        self._switch.at("after_append", *(f"after:{t}" for t in types))
        return position


def with_people(switch: KillSwitch, people: dict[str, list[str]], library: Path) -> World:
    """A county whose facts need people; the sources have what is wanted from when ``library`` is there."""
    world = county(*people["only"], offered=tuple(Route(word) for word in people["offered"]), reask_seconds=1)

    def answer(query: EvidenceQuery) -> PlatformAnswer:
        return found(query) if library.exists() else said(AnswerClass.NOT_FOUND)

    for platform in world.platforms.values():
        platform.answers = dict.fromkeys(platform.answers, answer)
    take_in = world.outside.collaboration.request

    async def asked(request: CollaborationRequest) -> PlatformReceipt | Refusal:
        switch.at("before_request")
        answered = await take_in(request)
        switch.at("after_request")
        return answered

    world.outside.collaboration.request = asked  # type: ignore[method-assign]
    return world


def main() -> None:
    told: dict[str, Any] = json.loads(sys.argv[1])
    asyncio.run(serve(told))


async def serve(told: dict[str, Any]) -> None:
    switch = KillSwitch(told["point"], Path(told["marker"]))
    settings = TemporalSettings.model_validate(told["temporal"])
    client = await connect(settings)
    people = told.get("people")
    library = Path(told["marker"]).with_suffix(".library")
    world = with_people(switch, people, library) if people else World(sample_catalogue(), ask_seconds=1)

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
