"""The clocks that ran in a case, 法定, 承诺 and 环节: begun, due, ended, and the worst colour shown (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime

from schemas.acceptance import ClockStarted
from schemas.assignment import COLOURS, AssignmentOpened, Rung
from schemas.base import Model
from schemas.events import Event
from schemas.timetable import ClockKind

State = Literal["running", "overdue", "held", "kept", "late"]
ENDS_CASE = frozenset({
    "decision_reported", "acceptance_refused", "application_terminated", "application_withdrawn",
    "application_cancelled", "application_completed",
})  # fmt: skip


class ClockRow(Model):
    """One clock."""

    kind: ClockKind
    step: str | None
    requirement: str | None
    who: str | None
    """Whose turn it is; the clocks of the case itself are its department's."""
    task: str | None
    working_days: int
    started_at: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    ended_at: AwareDatetime | None
    how: str | None
    """How a step's task was closed."""
    colour: Rung | None
    """The worst that fired and was not annulled."""
    held_by: str | None
    """Who is answerable for its last standstill."""
    state: State


def clocks_of(
    own: str, events: Sequence[Event], owners: Mapping[str, Mapping[str, str]], now: datetime
) -> tuple[ClockRow, ...]:
    """The clocks of these events (those that stand), in the order in which they began."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    opened: list[dict[str, Any]] = []
    for event in events:
        body, at = event.body, event.occurred_at
        key = (event.stream, str(getattr(body, "assignment", "") or getattr(body, "clock", "")))
        row = rows.get(key)
        if isinstance(body, AssignmentOpened):
            row = rows[key] = _new(ClockKind.STEP, body.working_days, body.counted_from or at, body)
            owner = body.requirement or owners.get(event.stream, {}).get("")
            row |= {"step": body.step.value, "requirement": owner, "who": body.assignee.name, "task": body.task}
            opened.append(row)
        elif isinstance(body, ClockStarted):
            row = rows[key] = _new(body.clock, body.working_days, body.started_at, body)
            opened.append(row)
        elif event.stream == own and body.type in ENDS_CASE:
            for (stream, _), each in rows.items():
                if stream == own and each["kind"] is not ClockKind.STEP and each["ended_at"] is None:
                    each["ended_at"] = at
        elif row is not None:
            _change(row, body, at)
    return tuple(_row(row, now) for row in opened)


def _new(kind: ClockKind, working_days: int, started_at: datetime, body: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("step", "requirement", "who", "task", "ended_at", "how", "held_by"))
    return empty | {
        "kind": kind, "working_days": working_days, "started_at": started_at, "fired": [], "still": False,
        "due_at": body.due_at, "due_provisional": body.due_provisional,
    }  # fmt: skip


def _change(row: dict[str, Any], body: Any, at: datetime) -> None:
    match body.type:
        case "assignment_closed":
            row |= {"ended_at": at, "how": body.how, "still": False}
        case "rung_fired":
            row["fired"].append(body.rung)
        case "alarm_annulled" if body.rung in row["fired"]:
            row["fired"].remove(body.rung)
        case "assignment_reassigned":
            row["who"] = body.assignee.name
        case "assignment_held" | "clock_suspended":
            row |= {"still": True, "held_by": body.responsible}
        case "clock_extended":
            row["working_days"] += body.working_days
            row["due_at"] = body.due_at
        case "due_changed" | "clock_resumed":
            row |= {"still": False, "due_at": body.due_at}
            row["due_provisional"] = getattr(body, "due_provisional", row["due_provisional"])
        case "override_confirmed":
            row |= {"due_at": body.due_at, "due_provisional": body.due_provisional}


def _row(row: dict[str, Any], now: datetime) -> ClockRow:
    fired, still = row.pop("fired"), row.pop("still")
    late = (row["ended_at"] or now) > row["due_at"]
    state: State
    if row["ended_at"] is not None:
        state = "late" if late else "kept"
    else:
        state = "held" if still else "overdue" if late else "running"
    return ClockRow(**row, colour=next((c for c in COLOURS if c in fired), None), state=state)
