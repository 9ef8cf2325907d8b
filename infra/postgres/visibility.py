"""The rule of access as a condition in SQL: for lists, searches, exports and worklists over a read model."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.authority import Visibility


@dataclass(frozen=True)
class CaseColumns:
    """Where a read model has what the rule asks about: SQL expressions, the last three of type ``text[]``."""

    item_code: str = "item_code"
    department: str = "department"
    taken_in_by: str = "taken_in_by"
    asked: str = "asked"
    asked_roles: str = "asked_roles"
    helpers: str = "helpers"


def condition(cases: Visibility, columns: CaseColumns, first: int = 1) -> tuple[str, list[list[str]]]:
    """A condition and its parameters, numbered from ``first``; a column that is NULL meets nothing."""
    if cases.everything:
        return "TRUE", []
    one_of = (
        (columns.item_code, cases.items),
        (columns.department, cases.departments),
        (columns.taken_in_by, cases.taken_in_by),
    )
    any_of = (
        (columns.asked, cases.asked),
        (columns.asked_roles, cases.asked_roles),
        (columns.helpers, cases.helpers),
    )
    parts: list[str] = []
    parameters: list[list[str]] = []
    for known, pattern in ((one_of, "{} = ANY (${}::text[])"), (any_of, "{} && ${}::text[]")):
        for column, values in known:
            if values:
                parts.append(pattern.format(column, first + len(parameters)))
                parameters.append([str(value) for value in values])
    return (f"coalesce({' OR '.join(parts)}, FALSE)" if parts else "FALSE"), parameters
