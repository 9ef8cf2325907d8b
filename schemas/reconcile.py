"""对账: what Temporal's histories say was recorded, held against what the ledger keeps.

Pure: who reads the histories and the rows gives what they found; here is decided what agrees and what does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from schemas.base import Model


class Code(StrEnum):
    """What is not as it should be; the words for it are in ``texts/zh_reconcile.py``."""

    MISSING = "missing"
    """The ledger has confirmed the event to its workflow, and does not have it."""
    DIFFERENT = "different"
    """The ledger has another content under the event's id."""
    EXTRA = "extra"
    """The ledger has an event that no history gives."""
    ORDER = "order"
    """The ledger has the events of a run in another order."""
    NO_HISTORY = "no_history"
    """The ledger has a stream whose workflow should still be in Temporal, and is not."""
    UNSOUND = "unsound"
    """The rows of the stream do not hold by themselves (``infra.ledger.verify``)."""
    REFUSED = "refused"
    """The ledger would not take an event: it held something else there."""
    RECOVERED = "recovered"
    """An ended run had recorded the event and never appended it; it is filed now."""
    UNRECOVERABLE = "unrecoverable"
    """As before, but it cannot be filed."""
    TERMINATED = "terminated"
    RESET = "reset"
    SIGNALLED = "signalled"
    """A signal that no workflow of ours has sent."""
    UPDATED = "updated"
    """An update by hand, past our door."""
    CANCELLED = "cancelled"
    """A cancellation by hand that no event of the stream tells."""
    FAILED = "failed"
    """The run ended in a failure, or timed out, that no event tells."""
    WEDGED = "wedged"
    """The workflow cannot go on: its workflow task fails again and again."""
    UNREADABLE = "unreadable"
    """The history cannot be decoded: the key is gone, or it was changed."""
    NOT_REPLAYABLE = "not_replayable"
    """The code of today cannot replay the history: of an older release, or changed."""
    DIVERGED = "diverged"
    """Replayed, the workflow records something else than it appended."""


INTERFERENCE = (Code.TERMINATED, Code.RESET, Code.SIGNALLED, Code.UPDATED, Code.CANCELLED, Code.FAILED)
"""What somebody may account for, once, on the record (``schemas.reconcile_events.InterferenceExplained``)."""


class Finding(Model):
    """One thing that is not as it should be, and where to look.  Holds nothing personal."""

    code: Code
    stream: str
    """The stream, or the workflow id where it is about the workflow as such."""
    run_id: str | None = None
    event_id: UUID | None = None
    """In the ledger."""
    history_event: int | None = None
    """Number in the run's history."""
    detail: str = ""
    """A column, a flaw or an error type; never a value."""


class Standing(IntEnum):
    """How far an event got, as the history has it; of several attempts the highest counts."""

    RECORDED = 0
    """Only a replay gives it: nothing was sent."""
    SENT = 1
    """An append was begun; the history knows no answer."""
    REFUSED = 2
    DISCLAIMED = 3
    """The number belonged to another case, so the run ended and the event is nobody's."""
    DURABLE = 4


@dataclass(frozen=True)
class Derived:
    """An event as a history gives it, without its content."""

    event_id: UUID
    stream: str
    sequence: int
    run_id: str
    """Of the run that recorded it: after a reset, the history of the new run tells of it too."""
    chain_run_id: str
    standing: Standing


@dataclass(frozen=True)
class Kept:
    """A row of the ledger, without its content."""

    event_id: UUID
    position: int
    sequence: int
    run_id: str
    chain_run_id: str
    recorded_at: datetime


@dataclass(frozen=True)
class RunDerived:
    """What one run's history gives for one stream, in the order in which it was recorded."""

    run_id: str
    open: bool
    derived: tuple[Derived, ...]


@dataclass(frozen=True)
class Compared:
    """What came of one stream."""

    findings: tuple[Finding, ...]
    owed: tuple[Derived, ...]
    """What ended runs recorded and never appended, in order."""
    events: int
    """Events of the histories that were held against the ledger."""
    past: int
    """Rows that cannot be compared any more: their history is past retention."""


def compare(
    stream: str,
    runs: Sequence[RunDerived],
    kept: Sequence[Kept],
    *,
    horizon: datetime,
    differs: Callable[[Derived, Kept], str | None],
) -> Compared:
    """Hold the histories of a stream against its rows, which were read after them.

    ``horizon`` is the time after which no history can be past retention.  ``differs`` names what is another content
    under the same id.  An event under way in a run that goes on is no finding; a row that is newer than the histories
    is one (``EXTRA``) until they are read again.
    """
    derived = _merged(runs)
    rows = {row.event_id: row for row in kept}
    still_open = frozenset(event.event_id for run in runs if run.open for event in run.derived)
    findings: list[Finding] = []
    owed: list[Derived] = []
    for event in derived.values():
        row = rows.get(event.event_id)
        if row is not None:
            what = differs(event, row)
            if what is not None:
                findings.append(_about(Code.DIFFERENT, event, what))
        elif event.standing is Standing.DURABLE:
            findings.append(_about(Code.MISSING, event))
        elif event.standing is Standing.REFUSED:
            findings.append(_about(Code.REFUSED, event))
        elif event.standing is not Standing.DISCLAIMED and event.event_id not in still_open:
            owed.append(event)
    known_runs = frozenset(run.run_id for run in runs)
    unknown = [row for row in kept if row.event_id not in derived]
    # Histories go in the order in which runs end: where the first run of a chain is there, so are all of it.
    extra = [r for r in unknown if r.recorded_at > horizon or known_runs & {r.run_id, r.chain_run_id}]
    findings += [Finding(code=Code.EXTRA, stream=stream, run_id=r.run_id, event_id=r.event_id) for r in extra]
    findings += _out_of_order(stream, runs, rows)
    return Compared(tuple(findings), tuple(owed), len(derived.keys() & rows.keys()), len(unknown) - len(extra))


def _merged(runs: Iterable[RunDerived]) -> Mapping[UUID, Derived]:
    """Every event once; runs that share a past (a reset) agree on it, and the farthest it got counts."""
    merged: dict[UUID, Derived] = {}
    for run in runs:
        for event in run.derived:
            known = merged.get(event.event_id)
            if known is None:
                merged[event.event_id] = event
            elif event.standing > known.standing:
                merged[event.event_id] = replace(known, standing=event.standing)
    return merged


def _out_of_order(stream: str, runs: Iterable[RunDerived], rows: Mapping[UUID, Kept]) -> list[Finding]:
    findings: dict[UUID, Finding] = {}
    for run in runs:
        last = -1
        for event in run.derived:
            row = rows.get(event.event_id)
            if row is None:
                continue
            if row.position <= last:
                findings.setdefault(event.event_id, _about(Code.ORDER, event))
            last = max(last, row.position)
    return list(findings.values())


def _about(code: Code, event: Derived, detail: str = "") -> Finding:
    return Finding(code=code, stream=event.stream, run_id=event.run_id, event_id=event.event_id, detail=detail)


@dataclass(frozen=True)
class Message:
    """A signal: to which workflow, which, and what it says (as a digest)."""

    workflow_id: str
    signal: str
    digest: str


@dataclass(frozen=True)
class Heard:
    """A signal in the history of the one who heard it."""

    message: Message
    run_id: str
    history_event: int
    at: datetime
    by_hand: bool
    """Sent with a tool for people."""


def unexplained(
    heard: Iterable[Heard], sent: frozenset[Message], *, before: datetime, after: datetime, all_read: bool
) -> tuple[Finding, ...]:
    """The signals that nobody of ours has sent.

    ``before``: when reading began, for what was sent later may stand in a history that was read earlier; ``after``: a
    sender whose history is past retention cannot be asked.  Where not every history was read, only what was sent with a
    tool for people is told from ours.
    """
    return tuple(
        Finding(
            code=Code.SIGNALLED,
            stream=each.message.workflow_id,
            run_id=each.run_id,
            history_event=each.history_event,
            detail=each.message.signal,
        )
        for each in heard
        if each.message not in sent and (each.by_hand or (all_read and after < each.at < before))
    )


TOOLS = ("temporal-cli", "temporal-ui", "tctl")
"""What the tools for people call themselves; the Web UI without a login says nothing at all."""


def by_hand(identity: str) -> bool:
    """Whether a request came from a tool for people, by the identity it gave; a workflow's own has one always."""
    return not identity or identity.lower().startswith(TOOLS)
