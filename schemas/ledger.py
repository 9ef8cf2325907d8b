"""What goes into the ledger and what comes back from it."""

from __future__ import annotations

from pydantic import Field

from schemas.base import Model
from schemas.events import Event
from schemas.outgoing import Outgoing

APPEND = "ledger.append"
"""Name of the activity that makes events durable."""

TAP = "mianzheng.recorded"
"""External function that a replay is given to hear every event as it is recorded (``infra.reconcile``)."""

LEDGER_REFUSED = "LedgerRefused"
"""Error type: the ledger holds something else at this place; never retried, always an alarm."""

NUMBER_TAKEN = "NumberTaken"
"""Error type: this application number belongs to another case that the ledger has."""


class AppendRequest(Model):
    """A prefix of a stream's queue, in order, to be made durable.

    ``run_id`` is the workflow run that recorded them; ``chain_run_id`` is the first run of its chain, the same after
    a reset, by which a second case under the same number is told from a branch of the first.  ``outgoing`` is what the
    events set in motion, once they are durable.
    """

    run_id: str
    chain_run_id: str
    events: tuple[Event, ...] = Field(min_length=1)
    outgoing: tuple[Outgoing, ...] = ()


class LedgerRefusal(Exception):
    """The ledger will not take these events: the same id with another content, a gap, or another case's number."""

    def __init__(self, reason: str, *, number_taken: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.number_taken = number_taken
