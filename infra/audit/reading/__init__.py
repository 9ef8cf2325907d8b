"""What of an export is for reading, by people and by programs that mine processes: nothing of it proves anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from infra.audit.reading.case import ReadCase


class Reading(Protocol):
    """One file, made case by case; it waits on the disk until it is put in its place."""

    def add(self, case: ReadCase) -> None:
        """One case more."""

    def pieces(self, report: str) -> Iterator[bytes]:
        """The whole file, piece by piece; nothing is added after that.  ``report`` says what it is part of."""

    def close(self) -> None:
        """Forget it."""
