"""Writing the register: events that no workflow keeps, made durable before the door answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from infra.ledger.writer import PostgresLedger
from schemas.application import LedgerPosition
from schemas.events import Event
from schemas.ledger import AppendRequest
from schemas.register import is_register


async def enter(ledger: PostgresLedger, events: Sequence[Event]) -> LedgerPosition:
    """Append events of one register stream; the same again give the same position.

    A register stream has no workflow, so its own name stands for the run that recorded it.  Raises LedgerRefusal where
    something else stands at their place: another has entered it first, or with another content.
    """
    stream = events[0].stream
    if not is_register(stream):
        raise ValueError(f"{stream} belongs to a workflow")
    run = str(uuid5(NAMESPACE_URL, stream))
    return await ledger.append(AppendRequest(run_id=run, chain_run_id=run, events=tuple(events)))
