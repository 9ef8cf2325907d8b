"""Conditions of a query and its parameters; names come from the code, values only as parameters."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any


class Query:
    """The parameters of one query."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def value(self, value: Any) -> str:
        """The place of a value."""
        self.values.append(value.value if isinstance(value, StrEnum) else value)
        return f"${len(self.values)}"

    def equal(self, table: str, **wanted: Any) -> list[str]:
        """One condition for each column that has to have a value; ``None`` asks nothing."""
        return [f"{table}.{name} = {self.value(value)}" for name, value in wanted.items() if value is not None]

    def after(self, table: str, order: Sequence[tuple[str, type]], place: Sequence[Any]) -> str:
        """What comes after a place, in an order of all columns rising."""
        return self._beyond(table, order, place, ">")

    def before(self, table: str, order: Sequence[tuple[str, type]], place: Sequence[Any]) -> str:
        """What comes after a place, in an order of all columns falling."""
        return self._beyond(table, order, place, "<")

    def _beyond(self, table: str, order: Sequence[tuple[str, type]], place: Sequence[Any], sign: str) -> str:
        columns = ", ".join(f"{table}.{name}" for name, _ in order)
        return f"({columns}) {sign} ({', '.join(self.value(value) for value in place)})"
