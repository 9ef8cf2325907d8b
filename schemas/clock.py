"""工作日: a calendar of published facts, and counting on it.  The first day is not counted."""

from __future__ import annotations

from datetime import date, timedelta

from schemas.base import Model


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
