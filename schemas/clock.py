"""工作日: a calendar of published facts, and counting on it.  The first day is not counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from schemas.base import Model

COUNTY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time, without summer time since 1992; a fixed offset needs no time-zone files in workflow code."""


def county_date(at: datetime) -> date:
    """The civil day in Asia/Shanghai of an aware time."""
    return at.astimezone(COUNTY_TIME).date()


class DueDate(Model):
    """The last day of a period; ``provisional`` when it lies past the published calendar."""

    day: date
    provisional: bool


class WorkingCalendar(Model):
    """Which days are worked, from ``first`` to ``last`` (the published horizon), Asia/Shanghai civil days.

    ``holidays`` are weekdays off; ``workdays`` are Saturdays and Sundays worked (调休).
    """

    version: str
    first: date
    last: date
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]

    def is_working_day(self, day: date) -> bool:
        """Whether a day is worked; past the horizon by the day of the week alone, which is provisional."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def due(self, start: date, working_days: int) -> DueDate:
        """The day that is ``working_days`` (at least 1) working days after ``start``, which is not counted.

        Raises ValueError where ``start`` lies before the calendar.
        """
        if working_days < 1:
            raise ValueError("working_days must be at least 1")
        if start < self.first:
            raise ValueError(f"working calendar {self.version} begins {self.first}, asked from {start}")
        day, left = start, working_days
        while left:
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        return DueDate(day=day, provisional=day > self.last)

    def since(self, day: date) -> WorkingCalendar:
        """The part that deadlines of a case received on ``day`` can need: from the year before on."""
        first = max(self.first, date(day.year - 1, 1, 1))
        later = {name: tuple(d for d in getattr(self, name) if d >= first) for name in ("holidays", "workdays")}
        return self.model_copy(update={"first": first, **later})

    def worked(self, after: date, until: date) -> int:
        """How many working days lie after one day, up to and with another."""
        days = (until - after).days
        return sum(self.is_working_day(after + timedelta(days=n)) for n in range(1, days + 1))

    def shift(self, day: date, working_days: int) -> DueDate:
        """The working day ``working_days`` after (or, below zero, before) a day; zero is the day itself."""
        if working_days > 0:
            return self.due(day, working_days)
        left = working_days
        while left:
            day -= timedelta(days=1)
            left += self.is_working_day(day)
        return DueDate(day=day, provisional=day > self.last)
