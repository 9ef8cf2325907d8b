"""From working days to moments: when a period ends, and what of a budget is used up (pure; law 11).

A period ends when offices close on its last day (民法典 203: where there are business hours, at their end).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from schemas.base import Model, ShortText
from schemas.clock import COUNTY_TIME, WorkingCalendar, county_date


class Due(Model):
    """The moment a period ends, UTC; ``provisional`` where the calendar is not published so far ahead."""

    at: AwareDatetime
    provisional: bool


class Timetable(Model):
    """A calendar and the hour offices close, in minutes after midnight, Asia/Shanghai."""

    calendar: WorkingCalendar
    closing_minutes: int = Field(default=17 * 60 + 30, ge=0, lt=24 * 60)
    working_day_seconds: float | None = Field(default=None, gt=0)
    """For demonstrations: every working day lasts this many seconds and all time is worked.  ``None``: real days."""

    def due(self, start: datetime, working_days: int) -> Due:
        """The end of a period of ``working_days`` (at least 1) that begins at ``start``; the first day not counted."""
        if self.working_day_seconds is not None:
            return Due(at=_seconds_after(start, working_days * self.working_day_seconds), provisional=False)
        due = self.calendar.due(county_date(start), working_days)
        return Due(at=self._closing(due.day), provisional=due.provisional)

    def shifted(self, at: datetime, working_days: int) -> datetime:
        """The moment ``working_days`` after (below zero: before) another, at closing time of that day."""
        if self.working_day_seconds is not None:
            return _seconds_after(at, working_days * self.working_day_seconds)
        if working_days == 0:
            return at
        return self._closing(self.calendar.shift(county_date(at), working_days).day)

    def beyond_calendar(self, at: datetime) -> bool:
        """Whether a moment lies past what is published: whether that day is worked is not known yet."""
        return self.working_day_seconds is None and county_date(at) > self.calendar.last

    def closing(self, day: date) -> datetime:
        """When offices close on a day, UTC."""
        return self._closing(day)

    def _closing(self, day: date) -> datetime:
        minutes = timedelta(minutes=self.closing_minutes)
        return (datetime.combine(day, time.min, COUNTY_TIME) + minutes).astimezone(UTC)


class ClockKind(StrEnum):
    """The three clocks of a case: 法定时限, 承诺时限, 环节时限."""

    STATUTORY = "statutory"
    PROMISED = "promised"
    STEP = "step"


class SuspensionGround(StrEnum):
    """Why a clock may stand still."""

    EXCLUDED = "excluded"
    """扣除: 听证, 招标, 拍卖, 检验, 检测, 检疫, 鉴定, 专家评审 (行政许可法 45); written notice given."""
    APPLICANT = "applicant"
    """The applicant has to do something first."""
    HELD = "held"
    """中止: work on this step was interrupted, with reason."""


SUSPENDS: dict[ClockKind, tuple[SuspensionGround, ...]] = {
    ClockKind.STATUTORY: (SuspensionGround.EXCLUDED,),
    ClockKind.PROMISED: (SuspensionGround.EXCLUDED, SuspensionGround.APPLICANT),
    ClockKind.STEP: (SuspensionGround.EXCLUDED, SuspensionGround.APPLICANT, SuspensionGround.HELD),
}
"""Law 11: charging a wait to somebody never suspends the statutory clock; collaboration and 容缺 do not stop it."""


class Suspension(Model):
    """An interval in which a clock stands still, and who is answerable for it.  ``until`` is open while it lasts."""

    ground: SuspensionGround
    reason: ShortText
    responsible: ShortText
    since: AwareDatetime
    until: AwareDatetime | None = None


class Extension(Model):
    """延长 (行政许可法 42): working days added, once decided by the head of the department, with written notice."""

    working_days: int = Field(ge=1, le=60)
    reason: ShortText
    decided_at: AwareDatetime


class Clock(Model):
    """时限 as a ledger: a budget of working days, what was added to it, and when it stood still."""

    kind: ClockKind
    budget: int = Field(ge=1)
    started_at: AwareDatetime
    extensions: tuple[Extension, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    stopped_at: AwareDatetime | None = None

    @property
    def allowed(self) -> int:
        """Working days in all: the budget and its extensions."""
        return self.budget + sum(e.working_days for e in self.extensions)

    @property
    def standing_still(self) -> bool:
        """Whether a suspension is open."""
        return any(s.until is None for s in self.counting)

    @property
    def counting(self) -> tuple[Suspension, ...]:
        """The suspensions that stop a clock of this kind; another ground charges somebody and stops nothing."""
        return tuple(s for s in self.suspensions if s.ground in SUSPENDS[self.kind])


class Account(Model):
    """What became of the working days since a clock started: ``elapsed`` = ``consumed`` + ``suspended``."""

    elapsed: int
    consumed: int
    suspended: int
    left: int
    """Below zero when overdue."""


def due_of(clock: Clock, timetable: Timetable, now: datetime) -> Due:
    """When the budget ends; a suspension still open counts up to ``now``."""
    if timetable.working_day_seconds is not None:
        at = timetable.due(clock.started_at, clock.allowed).at
        for since, until in _intervals(clock, now):
            if since < at:
                at += until - since
        return Due(at=at, provisional=False)
    left, day = clock.allowed, county_date(clock.started_at)
    while left:
        day += timedelta(days=1)
        left -= timetable.calendar.is_working_day(day) and not _is_suspended(clock, day, now)
    return Due(at=timetable.closing(day), provisional=day > timetable.calendar.last)


def account_of(clock: Clock, timetable: Timetable, now: datetime) -> Account:
    """How the working days up to ``now`` (or to the stop) were spent."""
    until = min(now, clock.stopped_at) if clock.stopped_at is not None else now
    if timetable.working_day_seconds is not None:
        day = timetable.working_day_seconds
        elapsed = max(0, int((until - clock.started_at).total_seconds() // day))
        still = sum((b - a for a, b in _intervals(clock, until)), timedelta())
        suspended = min(elapsed, int(still.total_seconds() // day))
    else:
        days = list(_working_days(timetable.calendar, county_date(clock.started_at), county_date(until)))
        elapsed = len(days)
        suspended = sum(_is_suspended(clock, d, until) for d in days)
    consumed = elapsed - suspended
    return Account(elapsed=elapsed, consumed=consumed, suspended=suspended, left=clock.allowed - consumed)


def _working_days(calendar: WorkingCalendar, after: date, until: date) -> Iterable[date]:
    day = after + timedelta(days=1)
    while day <= until:
        if calendar.is_working_day(day):
            yield day
        day += timedelta(days=1)


def _is_suspended(clock: Clock, day: date, now: datetime) -> bool:
    """As with every period the day a suspension begins is not counted to it, and the day it ends is."""
    return any(county_date(s.since) < day <= county_date(s.until or now) for s in clock.counting)


def _intervals(clock: Clock, now: datetime) -> list[tuple[datetime, datetime]]:
    """When the clock stood still up to ``now``, in order, overlaps once."""
    found: list[tuple[datetime, datetime]] = []
    for s in sorted(clock.counting, key=lambda s: s.since):
        since = max(s.since, clock.started_at, found[-1][1] if found else clock.started_at)
        until = min(s.until or now, now)
        if since < until:
            found.append((since, until))
    return found


def _seconds_after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
