"""What a reconciliation puts on record: its result, and the events that ended runs never appended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import asyncpg

from infra.ledger.register import enter
from infra.ledger.sealing import UnsealableEvent, personal_places
from infra.ledger.trail import masked_event
from infra.ledger.writer import PostgresLedger
from infra.reconcile.history import Recorded
from infra.reconcile.rows import erased_of
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.events import Event
from schemas.ledger import AppendRequest, LedgerRefusal
from schemas.reconcile import Code, Finding
from schemas.reconcile_events import EventsRecovered, InterferenceExplained, ReconcileAsked, ReconcileDone
from schemas.reconcile_events import explanation_key as key_of
from schemas.register import RegisterBody, register_events, register_stream

SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="reconcile")
FIRST = "SELECT canonical FROM ledger.event WHERE stream = $1 AND position = 0"
PRESENT = "SELECT DISTINCT stream FROM ledger.event WHERE stream = ANY ($1)"


class Filing:
    """Writes to the register, and to the streams of ended runs."""

    def __init__(self, pool: asyncpg.Pool, ledger: PostgresLedger) -> None:
        self._pool = pool
        self._ledger = ledger

    async def done(self, number: str) -> ReconcileDone | None:
        """The result of a reconciliation that was entered already."""
        canonical = await self._pool.fetchval(FIRST, register_stream("reconcile", number))
        if canonical is None:
            return None
        body = masked_event(canonical).body
        return body if isinstance(body, ReconcileDone) else None

    async def enter_done(self, done: ReconcileDone) -> None:
        """Enter the result, under the case where it is about one that there is."""
        case = done.cases[0] if len(done.cases) == 1 and done.workflows else None
        await self._enter(register_stream("reconcile", done.number), done, SYSTEM, case)

    async def explain(self, explained: InterferenceExplained, by: Actor, case: str | None) -> bool:
        """Account for an interference; whether it had not been before."""
        finding = Finding(
            code=explained.code,
            stream=explained.stream,
            run_id=explained.run_id,
            history_event=explained.history_event,
        )
        return await self._enter(register_stream("explained", key_of(finding)), explained, by, case)

    async def explained(self, keys: Collection[str]) -> frozenset[str]:
        """Which of the keys of findings somebody has accounted for."""
        names = {register_stream("explained", key): key for key in keys}
        found = await self._pool.fetch(PRESENT, list(names))
        return frozenset(names[record["stream"]] for record in found)

    async def recover(self, asked: ReconcileAsked, owed: Sequence[Recorded]) -> list[Finding]:
        """File what ended runs never appended to a stream; a finding for each event.

        Nothing they would have set in motion is set in motion: whom to tell and what to begin after an end by force is
        for people to decide.
        """
        findings: list[Finding] = []
        for (run_id, chain), group in groupby(owed, key=lambda each: (each.derived.run_id, each.derived.chain_run_id)):
            events = list(group)
            code, detail = await self._file(asked, run_id, chain, events)
            findings += [
                Finding(
                    code=code,
                    stream=each.derived.stream,
                    run_id=run_id,
                    event_id=each.derived.event_id,
                    detail=detail,
                )
                for each in events
            ]
        return findings

    async def _file(self, asked: ReconcileAsked, run_id: str, chain: str, owed: Sequence[Recorded]) -> tuple[Code, str]:
        """File events of one run, all or none; what became of them, and why not."""
        try:
            events = tuple(Event.model_validate(each.tree) for each in owed)
            places = [place for event in events for place in personal_places(event)]
        except (ValueError, UnsealableEvent) as error:  # of a release whose events are no longer known
            return Code.UNRECOVERABLE, type(error).__name__
        # Asked before the entry, which would otherwise tell for ever of what was never filed.
        if await erased_of(self._pool, [subject_ref for _, subject_ref in places]):
            return Code.UNRECOVERABLE, "erased"
        if not asked.files:
            return Code.RECOVERED, "not_filed"
        entry = EventsRecovered(
            reconciliation=asked.number,
            stream=events[0].stream,
            run_id=run_id,
            event_ids=tuple(event.event_id for event in events),
            from_replay=any(each.replayed for each in owed),
        )
        # First the entry: an event that stands in its stream by this way never stands there unexplained.
        number = f"{events[0].event_id}-{len(events)}"
        await self._enter(register_stream("recovered", number), entry, SYSTEM, events[0].application_no)
        try:
            await self._ledger.append(AppendRequest(run_id=run_id, chain_run_id=chain, events=events))
        except LedgerRefusal:
            return Code.UNRECOVERABLE, "refused"
        return Code.RECOVERED, ""

    async def _enter(self, stream: str, body: RegisterBody, by: Actor, case: str | None) -> bool:
        """Enter it unless it stands; the moment is that of the first time, so it is looked for first."""
        if await self._pool.fetchval(FIRST, stream) is not None:
            return False
        bodies: list[Any] = [body]
        events = register_events(stream, bodies, actor=by, at=datetime.now(UTC), application_no=case)
        await enter(self._ledger, events)
        return True
