"""The append side of the ledger, on PostgreSQL: one statement, and one more when a subject's key is not in memory."""

from __future__ import annotations

from itertools import chain

import asyncpg

from infra.identity.subject_keys import SubjectErased, SubjectKeys
from infra.ledger.sealing import personal_places, seal
from schemas.application import LedgerPosition
from schemas.ledger import AppendRequest, LedgerRefusal

APPEND = (
    "SELECT last_sequence, last_event_id, last_chain_hash"
    " FROM ledger.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
)

NUMBER_TAKEN = "MZ003"
REFUSALS = {
    "MZ001": "台账中同一事件编号已有另一内容",
    "MZ002": "台账缺少此前的事件",
    NUMBER_TAKEN: "该办件编号在台账中属于另一办件",
    "MZ004": "事件与台账中其前一事件不相接",
    "MZ005": "写入的运行已被重置后的运行取代",
    "MZ007": "当事人已被清除，不能再为其记载",
}
"""What the database says no to, by SQLSTATE (``v0002_append.sql``, ``v0012_append_quicker.sql``)."""


class PostgresLedger:
    """``LedgerWriter`` on a pool whose role may execute ``ledger.append_events``."""

    def __init__(self, pool: asyncpg.Pool, keys: SubjectKeys) -> None:
        self._pool = pool
        self._keys = keys

    async def append(self, request: AppendRequest) -> LedgerPosition:
        """Make the events durable, all or none; the same events again give the same position.

        Raises LedgerRefusal where the ledger holds something else or a person of the events was erased.  Errors of the
        connection, and UnsealableEvent and ValueError (defects), pass through: trying again is right once mended.
        """
        events = request.events
        stream, application_no = events[0].stream, events[0].application_no
        if any(e.stream != stream or e.application_no != application_no for e in events):
            raise ValueError("one append is for one stream of one application")
        places = [personal_places(event) for event in events]
        try:
            keys = await self._keys.get_or_create([subject_ref for _, subject_ref in chain.from_iterable(places)])
        except SubjectErased as erased:
            raise LedgerRefusal(f"当事人已被清除，不能再为其记载：{erased.subject_ref}") from erased
        sealed = [seal(event, where, keys) for event, where in zip(events, places, strict=True)]
        fields = [(event.event_id, field) for event, kept in zip(events, sealed, strict=True) for field in kept.fields]
        try:
            row = await self._pool.fetchrow(
                APPEND,
                stream,
                application_no,
                request.run_id,
                request.chain_run_id,
                [e.event_id for e in events],
                [e.sequence for e in events],
                [e.previous_id for e in events],
                [e.body.type for e in events],
                [e.occurred_at for e in events],
                [kept.canonical for kept in sealed],
                [event_id for event_id, _ in fields],
                [field.path for _, field in fields],
                [field.subject_ref for _, field in fields],
                [field.ciphertext for _, field in fields],
            )
        except asyncpg.PostgresError as error:
            if error.sqlstate not in REFUSALS:
                raise
            reason = f"{REFUSALS[error.sqlstate]}（{stream}：{error}）"
            raise LedgerRefusal(reason, number_taken=error.sqlstate == NUMBER_TAKEN) from error
        assert row is not None  # noqa: S101 - the function returns one row
        sequence, event_id, chain_hash = row
        return LedgerPosition(stream=stream, sequence=sequence, event_id=str(event_id), chain_hash=chain_hash.hex())
