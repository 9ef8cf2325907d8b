"""The cases as a workbook for people: sheets of cases, events, evidence and routes, deadlines, and what it is.

Rows go to the disk as they are written.  Every text is written as a text; one that a spreadsheet might take for a
formula is marked as quoted too, so that it stays a text when somebody edits it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from infra.audit.reading.case import ReadCase
from infra.audit.reading.sheets import case_row, deadline_rows, evidence_rows
from infra.audit.reading.table import FORMULA, PIECE, event_cells
from schemas.texts import zh_export

ROWS = 1_048_576
LONGEST_CELL = 32_767
CREATED = datetime(1980, 1, 1, tzinfo=UTC)
"""Of every workbook: the same content has the same bytes."""
WIDTH = 22


class Workbook:
    """The workbook, on the disk as it grows.  ``rows`` is how many a sheet holds."""

    def __init__(self, rows: int = ROWS) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "book.xlsx"
        options = {"constant_memory": True, "tmpdir": self._folder.name, "default_date_format": "yyyy-mm-dd"}
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._book.set_properties({"created": CREATED})
        self._bold = self._book.add_format({"bold": True})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._rows = rows
        self._sheets: dict[str, tuple[Any, int, int]] = {}
        """By name: where it goes on, the next row, how many sheets of that name there are."""
        for name in zh_export.SHEETS:
            self._begin(name, 1)

    def add(self, case: ReadCase) -> None:
        """A case: a row of its own, and its rows in the other sheets."""
        self._write(zh_export.CASES, case_row(case))
        for event in case.events:
            self._write(zh_export.EVENTS, event_cells(case, event))
        for row in evidence_rows(case):
            self._write(zh_export.EVIDENCE, row)
        for row in deadline_rows(case):
            self._write(zh_export.CLOCKS, row)

    def pieces(self, report: str) -> Iterator[bytes]:
        """The workbook."""
        for line in report.splitlines():
            self._write(zh_export.NOTES, (line,))
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def close(self) -> None:
        """Forget it."""
        for sheet in self._book.worksheets():
            if sheet.row_data_fh is not None and not sheet.row_data_fh.closed:
                sheet.row_data_fh.close()
        self._book.fileclosed = True  # otherwise it would write itself when it is collected
        self._folder.cleanup()

    # --- pieces --------------------------------------------------------------------------------------------------

    def _begin(self, name: str, number: int) -> None:
        columns = zh_export.SHEETS[name]
        sheet = self._book.add_worksheet(name if number == 1 else zh_export.MORE.format(sheet=name, number=number))
        sheet.set_column(0, len(columns) - 1, WIDTH if len(columns) > 1 else 120)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, self._bold)
        self._sheets[name] = sheet, 1, number

    def _write(self, name: str, cells: Iterable[str | int]) -> None:
        if self._sheets[name][1] == self._rows:
            self._begin(name, self._sheets[name][2] + 1)
        sheet, row, number = self._sheets[name]
        for place, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(row, place, cell)
            elif cell:
                quoted = self._quoted if cell.startswith(FORMULA) else None
                sheet.write_string(row, place, cell[:LONGEST_CELL], quoted)
        self._sheets[name] = sheet, row + 1, number
