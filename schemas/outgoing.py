"""What an event sets in motion: a workflow of ours beside this one, or word to one that waits for it.

It goes out in the activity that makes the event durable, after it is: so nothing is begun or reported that the ledger
does not have (laws 2 and 3), and neither costs a workflow task of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from schemas.application import LedgerPosition
from schemas.base import Model
from schemas.joining import Joining

Columns = dict[str, int | str | list[str]]
"""Values of search attributes by name; a moment as ISO 8601 says it."""


class Begin(Model):
    """A workflow is started; one that runs already is joined where cases share it, and adopted otherwise."""

    kind: Literal["begin"] = "begin"
    workflow: str
    stream: str
    """The workflow id."""
    task_queue: str
    start: dict[str, JsonValue] = Field(repr=False)
    join: Joining | None = None
    """By what it is joined, where cases share it."""
    columns: Columns
    summary: str
    details: str


class Word(Model):
    """The one use of signals: a message between workflows of ours, by workflow id, idempotent by what it says."""

    kind: Literal["word"] = "word"
    stream: str
    signal: str
    said: dict[str, JsonValue] = Field(repr=False)


Outgoing = Begin | Word


class Appended(Model):
    """What came of an append that set something in motion."""

    position: LedgerPosition
    unheard: tuple[str, ...]
    """Workflows that were to be told and do not run any more."""


def plain(model: Model) -> dict[str, JsonValue]:
    """A model as it travels."""
    return model.model_dump(mode="json")


def columns_of(values: dict[str, int | datetime | list[str] | str | None]) -> Columns:
    """The columns that hold something."""
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in values.items() if v is not None}
