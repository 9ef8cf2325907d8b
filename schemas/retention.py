"""留存: how long what is kept, and whether a person may be erased (pure).

Case files are archives [国务院令第716号 第十二条]: they are kept for their period, the shortest of which is ten years
[国家档案局令第8号]; a record of what happened on the network at least six months [网络安全法 第二十一条].  The county
may set longer periods, never shorter.  What is under 复议, 诉讼 or a check is kept whatever its period says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import Field

from schemas.base import Model
from schemas.case_file import CaseFile
from schemas.clock import COUNTY_TIME, county_date
from schemas.erasure import (
    ErasureBegun,
    ErasureOrdered,
    ErasureRefused,
    HoldPlaced,
    HoldReleased,
    PurgeClass,
    Reason,
    SubjectErased,
)
from schemas.events import Event

SHORTEST_ARCHIVE_DAYS = 3653
SHORTEST_LOG_DAYS = 180
ABOUT_WHO = ("not_ordered", "same_person")
"""Refusals of who confirms, not of the order: another may still confirm it."""


class Retention(Model):
    """How many days what is kept; the defaults are proposals, the bounds are the law's."""

    case_files_days: int = Field(default=SHORTEST_ARCHIVE_DAYS, ge=SHORTEST_ARCHIVE_DAYS, le=36_525)
    """From the last thing that happened in the case."""
    access_record_days: int = Field(default=1096, ge=SHORTEST_LOG_DAYS, le=36_525)
    deliveries_days: int = Field(default=SHORTEST_LOG_DAYS, ge=SHORTEST_LOG_DAYS, le=36_525)
    inbox_days: int = Field(default=366, ge=SHORTEST_LOG_DAYS, le=36_525)

    def days(self, of: PurgeClass) -> int:
        """The period of a class."""
        days: int = getattr(self, f"{of.value}_days")
        return days

    def cut_off(self, of: PurgeClass, now: datetime) -> datetime:
        """What is older may be purged: whole county days, so that the same day gives the same."""
        day = county_date(now) - timedelta(days=self.days(of))
        return datetime.combine(day, datetime.min.time(), COUNTY_TIME)


def holds_that_stand(events: Iterable[Event]) -> tuple[HoldPlaced, ...]:
    """The holds that were placed and not released, from the events of the register in order."""
    placed: dict[str, HoldPlaced] = {}
    for event in events:
        match event.body:
            case HoldPlaced() as hold:
                placed[hold.hold_id] = hold
            case HoldReleased(hold_id=hold_id):
                placed.pop(hold_id, None)
    return tuple(placed.values())


class ErasureState(Model):
    """How the erasure of a person by one order stands."""

    ordered_by: str | None = None
    """Who ordered it, while it waits for a second person."""
    begun: ErasureBegun | None = None
    done: bool = False


def erasure_state(events: Sequence[Event]) -> ErasureState:
    """The fold of one order's stream.  What is refused for what is kept ends the order: it is ordered anew."""
    state = ErasureState()
    for event in events:
        match event.body:
            case ErasureOrdered(by=by):
                state = ErasureState(ordered_by=by)
            case ErasureRefused(reasons=reasons) if not all(reason.code in ABOUT_WHO for reason in reasons):
                state = ErasureState()
            case ErasureBegun() as begun:
                state = ErasureState(begun=begun)
            case SubjectErased():
                state = state.model_copy(update={"done": True})
    return state


def why_not_erased(
    subject_ref: str,
    *,
    files: Sequence[CaseFile],
    holds: Sequence[HoldPlaced],
    retention: Retention,
    now: datetime,
    erased: bool,
) -> tuple[Reason, ...]:
    """Every reason why the person may not be erased now; empty: he may.

    Args:
        subject_ref: the person.
        files: every case that he is, or was, a party of.
        holds: the holds that stand, of anybody.
        retention: the county's periods.
        now: when it is asked.
        erased: whether his key is destroyed already.
    """
    if erased:
        return (Reason(code="already_erased"),)
    if not files:
        return (Reason(code="unknown_subject"),)
    numbers = {file.application_no for file in files}
    reasons = [reason for file in files for reason in file.open]
    for file in files:
        until = county_date(file.closed_at) + timedelta(days=retention.case_files_days)
        if county_date(now) < until:
            reasons.append(Reason(code="retention_runs", application_no=file.application_no, until=until))
    for hold in holds:
        if hold.subject_ref == subject_ref or hold.application_no in numbers:
            told = f"{hold.ground.value} {hold.hold_id}"
            reasons.append(Reason(code="hold", application_no=hold.application_no, detail=told))
    return tuple(reasons)


def why_not_confirmed(state: ErasureState, by: str) -> tuple[Reason, ...]:
    """Why somebody may not confirm an order: the proposer never decides (law 12)."""
    if state.ordered_by is None:
        return (Reason(code="not_ordered"),)
    if state.ordered_by == by:
        return (Reason(code="same_person"),)
    return ()
