"""工作日历 outside: the published working days of the nation, and what a county says beyond them."""

from infra.calendar.published import CalendarInvalid, working_calendar

__all__ = ["CalendarInvalid", "working_calendar"]
