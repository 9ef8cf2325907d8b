"""Load a catalogue version from its folder of reviewable files.

A folder holds ``catalogue.yaml`` (what the version is, and the lists it binds) and one CSV file for each table of
``tables.TABLES``.  Everything wrong with all of them is reported at once, by file, line and field.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.catalogue.problems import CatalogueInvalid, Problem
from infra.catalogue.rows import Parsed, message, parse
from infra.catalogue.tables import TABLES
from infra.catalogue.texts import Lines, read_mapping, read_table
from schemas.catalogue import LIST_COMMITMENT, LIST_PAPER_EXEMPT, LIST_RETAINED, Catalogue
from schemas.catalogue_check import Doubts, check
from schemas.errors import FieldError

HEAD = "catalogue.yaml"
HEAD_FIELDS = (
    "version",
    "county",
    "county_name",
    "owner",
    "document_no",
    "effective_from",
    "lists",
    "commitment_excluded_domains",
)
_LISTS = (LIST_RETAINED, LIST_PAPER_EXEMPT, LIST_COMMITMENT)
_STAND_IN: dict[str, Any] = {
    "version": "xx",
    "county": "100000",
    "county_name": "样",
    "owner": "样",
    "document_no": "样",
    "effective_from": date.max,
    "lists": (),
    "commitment_excluded_domains": (),
}
"""For a head field that is wrong, so that the rest can still be checked; the version is refused all the same."""


def load(folder: Path) -> Catalogue:
    """The catalogue version that a folder describes.

    Raises CatalogueInvalid with every problem of every file.
    """
    head, head_lines, problems = _head(folder / HEAD)
    parts: dict[str, Parsed] = {}
    unread: set[str] = set()
    found: list[Problem] = [*problems, *_strangers(folder)]
    for table in TABLES:
        read = read_table(folder / table.file, table.columns)
        parts[table.part] = parse(table, read.rows)
        found += [*read.problems, *parts[table.part].problems]
        if not read.readable:
            unread.add(table.part)
    found += _roles_twice(parts["roles"])

    catalogue, head_problems, wrong = _build(head, head_lines, parts)
    if head or not problems:
        found += head_problems
    doubts = Doubts(
        parts=frozenset(unread | wrong),
        codes=frozenset(code for part in parts.values() for code in part.doubtful),
    )
    found += [_placed(error, head_lines, parts) for error in check(catalogue, doubts)]
    if found:
        order = {file: at for at, file in enumerate((HEAD, *(t.file for t in TABLES)))}
        raise CatalogueInvalid(tuple(sorted(set(found), key=lambda p: (order.get(p.file, len(order)), p))))
    return catalogue


def _head(path: Path) -> tuple[dict[str, object], Lines, list[Problem]]:
    head, lines, problems = read_mapping(path)
    strange = [
        Problem(path.name, lines.get((str(name),), 0), str(name), "不认识的字段")
        for name in head
        if name not in HEAD_FIELDS
    ]
    return {name: value for name, value in head.items() if name in HEAD_FIELDS}, lines, [*problems, *strange]


def _strangers(folder: Path) -> list[Problem]:
    """CSV files nobody reads: most likely a misspelt name."""
    known = {table.file for table in TABLES}
    return [Problem(p.name, 0, "", "不认识的文件") for p in sorted(folder.glob("*.csv")) if p.name not in known]


def _roles_twice(roles: Parsed) -> list[Problem]:
    """Roles become a mapping, in which a repeated code would vanish."""
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for role, line in zip(roles.models, roles.lines, strict=True):
        if role.code in first:
            problems.append(Problem("roles.csv", line, "code", f"与第 {first[role.code]} 行重复：{role.code}"))
        first.setdefault(role.code, line)
    return problems


def _build(
    head: dict[str, object], lines: Lines, parts: dict[str, Parsed]
) -> tuple[Catalogue, list[Problem], set[str]]:
    """The catalogue of all rows that hold; for head fields that do not, their problems and names."""
    tables: dict[str, Any] = {name: parsed.models for name, parsed in parts.items()}
    tables["roles"] = {role.code: role.name for role in parts["roles"].models}
    tables["list_entries"] = {
        name: tuple(e.evidence_type for e in parts["list_entries"].models if e.list_name == name) for name in _LISTS
    }
    try:
        return Catalogue.model_validate(head | tables), [], set()
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [
        Problem(HEAD, _line(lines, e["loc"]), ".".join(str(part) for part in e["loc"]), message(e)) for e in details
    ]
    wrong = {str(e["loc"][0]) for e in details}
    mended = head | {name: _STAND_IN[name] for name in wrong}
    return Catalogue.model_validate(mended | tables), problems, wrong


def _line(lines: Lines, path: tuple[int | str, ...]) -> int:
    """The line of a value, or of the nearest thing around it that is there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0) if path else 0


def _placed(error: FieldError, head_lines: Lines, parts: dict[str, Parsed]) -> Problem:
    """Where a finding of the cross-check stands in the files."""
    part, *rest = error.field.split(".")
    if part not in parts:
        path = tuple(int(p) if p.isdigit() else p for p in (part, *rest))
        return Problem(HEAD, _line(head_lines, path), error.field, error.message)
    if part == "list_entries":
        name, index = rest[0], int(rest[1])
        entries = parts[part]
        listed = [at for e, at in zip(entries.models, entries.lines, strict=True) if e.list_name == name]
        return Problem("list_entries.csv", listed[index], "evidence_type", error.message)
    columns = next(t.columns for t in TABLES if t.part == part)
    field = rest[1] if rest[1] in columns else f"{rest[1]}_area"
    return Problem(f"{part}.csv", parts[part].lines[int(rest[0])], field, error.message)
