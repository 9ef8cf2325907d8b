"""The events of a bundle as one table for people (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it).

It is a convenience: nothing in it is proved but by the events it was made from.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from schemas.texts import zh, zh_audit

PIECE = 1 << 20
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would execute."""


class EventTable:
    """Rows are kept in a file until the table is put into the bundle, for a ZIP is written one file at a time."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._text = io.TextIOWrapper(self._file, "utf-8-sig", newline="")
        self._csv = csv.writer(self._text)
        self._csv.writerow(zh_audit.COLUMNS)

    def add(self, index: int, position: int, canonical: str) -> None:
        """One event; what cannot be read has its places only."""
        event = _parsed(canonical)
        body, actor = _object(event.get("body")), _object(event.get("actor"))
        kind = str(body.get("type", ""))
        cells = [event.get("application_no"), event.get("stream"), position, index, event.get("occurred_at")]
        cells += [kind, zh.EVENTS.get(kind, kind)]
        cells += [actor.get(name) for name in ("kind", "actor_id", "department")]
        self._csv.writerow([_cell(cell) for cell in cells])

    def pieces(self) -> Iterator[bytes]:
        """The table, piece by piece."""
        self._text.flush()
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        """Forget it."""
        self._text.close()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _parsed(canonical: str) -> dict[str, Any]:
    try:
        return _object(json.loads(canonical))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
