"""One timer at a time, kept for as long as what it waits for stays the same.

Whatever else happens meanwhile costs no event for it; a run that ends leaves it to the server.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from temporalio import workflow


class Alarm:
    """Set as often as one likes; it is another timer only when the time or what it says has changed."""

    def __init__(self) -> None:
        self._set: tuple[datetime, str] | None = None
        self._timer: asyncio.Task[None] | None = None

    @property
    def rung(self) -> bool:
        """Whether the time it was set to has come."""
        return self._timer is not None and self._timer.done()

    def set(self, at: datetime, sentence: str) -> None:
        """Ring at ``at``; ``sentence`` is what the pending timer says to who looks."""
        if self._set == (at, sentence) and not self.rung:
            return
        self.stop()
        self._set = (at, sentence)
        self._timer = asyncio.create_task(workflow.sleep(at - workflow.now(), summary=sentence))

    def stop(self) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._set = self._timer = None
