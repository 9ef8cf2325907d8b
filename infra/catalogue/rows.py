"""From the rows of a table to models, with every problem named by line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.catalogue.problems import Problem
from infra.catalogue.tables import Table
from infra.catalogue.texts import Row
from schemas.base import Model

_MESSAGES = {
    "missing": "必填",
    "string_too_short": "必填",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "不合格式 {pattern}",
    "enum": "须为 {expected} 之一",
    "literal_error": "须为 {expected} 之一",
    "string_type": "须为文本",
    "int_parsing": "须为整数",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "bool_parsing": "须为 yes 或 no",
    "date_from_datetime_parsing": "须为日期，如 2026-01-01",
    "date_from_datetime_inexact": "须为日期，如 2026-01-01",
    "date_parsing": "须为日期，如 2026-01-01",
    "date_type": "须为日期，如 2026-01-01",
    "tuple_type": "须为列表",
    "model_type": "须为“字段: 值”的形式",
    "extra_forbidden": "不认识的字段",
}


@dataclass(frozen=True)
class Parsed:
    """The rows that hold, with the lines they stand on, and what is known of those that do not."""

    models: tuple[Any, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]
    doubtful: frozenset[str]
    """Codes that rows in error would have given: what refers to them may yet be right."""


def parse(table: Table, rows: tuple[Row, ...]) -> Parsed:
    """Validate every row of ``table``; never stops at the first that is wrong."""
    models: list[Model] = []
    lines: list[int] = []
    problems: list[Problem] = []
    doubtful: set[str] = set()
    for row in rows:
        try:
            models.append(table.model.model_validate(table.to_data(row.cells)))
            lines.append(row.line)
        except ValidationError as error:
            problems += _row_problems(table, row, error)
            doubtful |= {row.cells[name] for name in table.names}
    return Parsed(tuple(models), tuple(lines), tuple(problems), frozenset(doubtful))


def _row_problems(table: Table, row: Row, error: ValidationError) -> list[Problem]:
    found = [(column, message(e)) for e in _details(error) for column in _columns(table, e)]
    wrong = {column for column, _ in found}
    if all(e["loc"] for e in _details(error)) and not wrong & set(table.deciding):
        mended = row.cells | {column: table.sample.get(column, "") for column in wrong}
        try:
            table.model.model_validate(table.to_data(mended))
        except ValidationError as second:
            found += [(c, message(e)) for e in _details(second) if not e["loc"] for c in _columns(table, e)]
    return [Problem(table.file, row.line, column, text) for column, text in dict.fromkeys(found)]


def _details(error: ValidationError) -> list[ErrorDetails]:
    """The errors, without the complaint that a list whose values are wrong is too short: an empty cell is missing."""
    return [e for e in error.errors(include_url=False, include_input=False) if e["type"] != "too_short"]


def _columns(table: Table, error: ErrorDetails) -> list[str]:
    """The columns an error is about.  A rule about the row as a whole names them in its message."""
    path = error["loc"]
    if path:
        joined = "_".join(str(part) for part in path[:2])
        return [joined if joined in table.columns else str(path[0])]
    named = [word for word in re.findall(r"[a-z_]+", error["msg"]) if word in table.columns]
    return named or [table.columns[0]]


def message(error: ErrorDetails) -> str:
    """What is wrong, for the people who keep the files."""
    known = _MESSAGES.get(error["type"])
    if known is None:
        return error["msg"].removeprefix("Value error, ")
    return known.format_map({name: _plain(value) for name, value in error.get("ctx", {}).items()})


def _plain(value: Any) -> str:
    return str(value).replace(" or ", "、").replace(", ", "、").replace("'", "")
