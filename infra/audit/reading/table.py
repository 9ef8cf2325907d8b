"""The events as one table (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it)."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from typing import IO

from infra.audit.reading.case import ReadCase, ReadEvent, text
from schemas.texts import zh_export

PIECE = 1 << 20
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would execute."""


class EventTable:
    """The table, on the disk as it grows: a ZIP is written one file at a time."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._text = io.TextIOWrapper(self._file, "utf-8-sig", newline="")
        self._csv = csv.writer(self._text)
        self._csv.writerow(zh_export.EVENT_COLUMNS)

    def add(self, case: ReadCase) -> None:
        """The events of a case, stream by stream."""
        for event in sorted(case.events, key=lambda event: (event.stream, event.position)):
            self._csv.writerow([_cell(cell) for cell in event_cells(case, event)])

    def pieces(self, report: str) -> Iterator[bytes]:
        """The table."""
        self._text.flush()
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        """Forget it."""
        self._text.close()


def event_cells(case: ReadCase, event: ReadEvent) -> tuple[str | int, ...]:
    """What a table shows of an event, under ``EVENT_COLUMNS``."""
    actor = event.actor
    return (
        text(event.tree.get("application_no")) or case.application_no,
        event.stream,
        event.position,
        "" if event.leaf is None else event.leaf,
        event.occurred_at,
        event.type,
        event.name,
        *(text(actor.get(name)) for name in ("kind", "actor_id", "department")),
        "" if event.stands else zh_export.REPLACED,
    )


def _cell(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
