"""Reading files a person edits: what Excel does to a CSV is tolerated, what would be guessed at is a problem."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.catalogue.problems import Problem

Lines = dict[tuple[str | int, ...], int]
"""Line of each value of a YAML file, by its path."""


@dataclass(frozen=True)
class Row:
    """One row of a table: the line it begins on and its cells by column, without surrounding blanks."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What could be read.  ``readable`` is false when rows are missing, so that nothing follows from their absence."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    readable: bool


def read_text(path: Path) -> str | Problem:
    """The text of a UTF-8 file, with or without byte order mark, or the one problem that there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Problem(path.name, 0, "", "缺少此文件")
    except OSError as error:
        return Problem(path.name, 0, "", f"无法读取（{error.strerror}）")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(path.name, line, "", "不是 UTF-8 编码（请另存为“CSV UTF-8”）")


def read_table(path: Path, columns: tuple[str, ...]) -> Table:
    """The rows of a CSV file whose first row names exactly ``columns``, in any order."""
    text = read_text(path)
    if isinstance(text, Problem):
        return Table((), (text,), readable=False)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[Problem] = []
    rows: list[Row] = []
    header: list[str] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        problems += _header_problems(path.name, header, columns)
        if any(column not in header for column in columns):
            return Table((), tuple(problems), readable=False)
        begins = reader.line_num + 1
        for values in reader:
            line, begins = begins, reader.line_num + 1
            if not any(v.strip() for v in values):
                continue
            if len(values) != len(header):
                problems.append(Problem(path.name, line, "", f"应有 {len(header)} 栏，实为 {len(values)} 栏"))
                continue
            cells = {name: value.strip() for name, value in zip(header, values, strict=True) if name in columns}
            problems += [
                Problem(path.name, line, name, "含有换行或不可见字符") for name, v in cells.items() if _has_invisible(v)
            ]
            rows.append(Row(line, cells))
    except csv.Error as error:
        problems.append(Problem(path.name, reader.line_num, "", f"不是合格的 CSV（{error}）"))
        return Table(tuple(rows), tuple(problems), readable=False)
    whole = not any(p.field == "" and p.line > 1 for p in problems)
    return Table(tuple(rows), tuple(problems), readable=whole)


def _header_problems(file: str, header: list[str], columns: tuple[str, ...]) -> list[Problem]:
    found = [Problem(file, 1, name or "（空）", "不认识的栏") for name in header if name not in columns]
    found += [Problem(file, 1, name, "栏名重复") for name in columns if header.count(name) > 1]
    return found + [Problem(file, 1, name, "缺少此栏") for name in columns if name not in header]


def _has_invisible(value: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in value)


def read_mapping(path: Path) -> tuple[dict[str, object], Lines, tuple[Problem, ...]]:
    """A YAML file that holds one mapping, and the line of each of its values.

    Every scalar is text (an area code needs no quotes, a wrong date stays readable); the model gives it its type.
    """
    text = read_text(path)
    if isinstance(text, Problem):
        return {}, {}, (text,)
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return {}, {}, (Problem(path.name, mark.line + 1 if mark else 0, "", "不是合格的 YAML"),)
    if not isinstance(tree, yaml.MappingNode):
        return {}, {}, (Problem(path.name, 1, "", "须为“字段: 值”的形式"),)
    lines: Lines = {}
    problems: list[Problem] = []
    data = {str(k.value): _value(path.name, v, (str(k.value),), lines, problems) for k, v in _pairs(tree)}
    problems += _keys_twice(path.name, tree)
    lines |= {(str(k.value),): k.start_mark.line + 1 for k, _ in _pairs(tree)}
    return data, lines, tuple(problems)


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value)


def _value(file: str, node: yaml.Node, at: tuple[str | int, ...], lines: Lines, problems: list[Problem]) -> object:
    """The data below ``node``, with the line of everything in it noted on the way."""
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        problems += _keys_twice(file, node)
        return {str(k.value): _value(file, v, (*at, str(k.value)), lines, problems) for k, v in _pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(file, v, (*at, index), lines, problems) for index, v in enumerate(node.value)]
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)


def _keys_twice(file: str, node: yaml.MappingNode) -> list[Problem]:
    """A key given twice would silently win over the first."""
    keys = [(str(key.value), key.start_mark.line + 1) for key, _ in _pairs(node)]
    names = [name for name, _ in keys]
    return [Problem(file, line, name, "字段重复") for at, (name, line) in enumerate(keys) if name in names[:at]]
