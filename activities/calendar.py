"""工作日历: read anew each time, so that a case waiting past the published horizon sees what was published since."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from temporalio import activity

from schemas.clock import WorkingCalendar


class CalendarActivities:
    """``calendar_provider`` reads the county's calendar from where it is published."""

    def __init__(self, calendar_provider: Callable[[], WorkingCalendar]) -> None:
        self._provider = calendar_provider

    @activity.defn(name="calendar.current")
    async def current(self) -> WorkingCalendar:
        """The calendar as it is published now.  Raises what the provider raises; the activity is retried then."""
        return await asyncio.to_thread(self._provider)
