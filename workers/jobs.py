"""What the county does by the clock: every schedule, as the settings have it."""

from __future__ import annotations

from infra.settings import Settings
from infra.temporal.schedules import Job


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Every job; one that is set off is among them, so that its schedule goes.

    To add one: a workflow around one activity (``workflows/scheduled.py``) in ``registry.SCHEDULED``, its activity in
    ``resources.py``, its times in ``JobSettings``, and a ``Job`` here.
    """
    return ()
