"""A report as a workbook: every text is a text, never a formula, and of the same content come the same bytes."""

from __future__ import annotations

import io

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from schemas.clock import COUNTY_TIME
from schemas.report import Content
from schemas.report_tables import RATE, Number, Table, late_named, workbook_tables
from schemas.texts import zh_report as zh

WIDEST = 60


def workbook(content: Content) -> bytes:
    """The workbook (XLSX)."""
    written = io.BytesIO()
    # Nothing is guessed from a text: not a formula, not a link, not a number.
    told = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(written, told) as book:
        # The clock of whoever draws it stays out.
        made = content.basis.as_of.astimezone(COUNTY_TIME).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": content.title, "created": made})
        head = book.add_format({"bold": True, "bg_color": "#F3F0EA", "border": 1, "text_wrap": True, "valign": "top"})
        rate = book.add_format({"num_format": "0.00%"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True})
        for table in workbook_tables(content):
            sheet = book.add_worksheet(table.title)
            above: tuple[str, ...] = (content.title, zh.ADDRESSED[content.basis.subject.kind.value])
            if not content.ended:
                above += (zh.NOT_ENDED.format(today=content.basis.today),)
            if table.title == zh.SHEETS["submissions"]:
                above += late_named(content)
            for number, sentence in enumerate(above):
                sheet.write_string(number, 0, sentence, bold)
            _fill(sheet, table, len(above) + 1, head, rate, wrapped)
    return written.getvalue()


def _fill(sheet: Worksheet, table: Table, first: int, head: object, rate: object, wrapped: object) -> None:
    for column, name in enumerate(table.columns):
        sheet.write_string(first, column, name, head)
        cells = [row[column] for row in table.rows]
        longest = max((_width(cell) for cell in cells), default=0)
        sheet.set_column(column, column, min(max(longest, 2 * len(name), 8), WIDEST) + 2)
    for number, row in enumerate(table.rows, first + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell, wrapped)
            elif cell.value is None:
                sheet.write_string(number, column, cell.told())
            else:
                sheet.write_number(number, column, cell.value, rate if cell.unit == RATE else None)
    sheet.freeze_panes(first + 1, 1)


def _width(cell: str | Number) -> int:
    text = cell if isinstance(cell, str) else cell.told()
    return max((sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in text.splitlines()), default=0)
