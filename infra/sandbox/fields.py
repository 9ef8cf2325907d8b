"""Small things that every dialect writes and reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.sandbox.vocabulary import Record
from schemas.application import FactValue


def text(data: Mapping[str, Any], name: str) -> str:
    """A text field; empty where it is missing or no text."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def day(value: date | None) -> str:
    """A day; 长期 where there is no limit."""
    return value.isoformat() if value else "长期"


def content(record: Record) -> dict[str, FactValue]:
    """The record's own fields."""
    return dict(record.content)
