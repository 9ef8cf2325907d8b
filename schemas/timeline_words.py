"""What an event says, line by line, for the timeline (pure): the fields, their labels, and the lists of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum

from pydantic import BaseModel

from schemas.base import Model
from schemas.codes import CLAUSE_OF_ROUTE
from schemas.route_events import RungFinding
from schemas.views import CLAUSE_OF_REASON


class Said(Model):
    """One line: ``label`` is a code; ``text`` is one of the list ``words``, or a text as it stands."""

    label: str
    text: str
    words: str = ""
    clause: str | None = None


FIELDS: tuple[tuple[str, str, str], ...] = (
    ("item_name", "item", ""),
    ("route", "route", "routes"),
    ("ground", "ground", "grounds"),
    ("platform", "platform", "platforms"),
    ("outcome.kind", "outcome", "outcomes"),
    ("outcome.detail", "detail", "details"),
    ("outcome", "outcome", "outcomes"),
    ("detail", "detail", "details"),
    ("verdict", "verdict", "verdicts"),
    ("decision", "decision", "decisions"),
    ("standing", "credit", "credit"),
    ("result", "result", "details"),
    ("conclusion", "conclusion", "conclusions"),
    ("conclusion.outcome", "conclusion", "conclusions"),
    ("disposal.outcome", "conclusion", "conclusions"),
    ("proposal.outcome", "proposal", "conclusions"),
    ("report.route", "route", "routes"),
    ("report.kind", "report", "reports"),
    ("report.detail", "detail", "details"),
    ("report.verdict", "verdict", "verdicts"),
    ("report.basis", "basis", ""),
    ("basis", "basis", ""),
    ("legal_basis", "legal_basis", ""),
    ("disposal.legal_basis", "legal_basis", ""),
    ("proposal.legal_basis", "legal_basis", ""),
    ("step", "step", "steps"),
    ("assignee.name", "whose_turn", ""),
    ("task", "task", ""),
    ("then", "then", ""),
    ("rung", "rung", "rungs"),
    ("how", "how", "closings"),
    ("clock", "clock", "clocks"),
    ("working_days", "working_days", ""),
    ("due_at", "due", "moment"),
    ("notice_due", "notice_due", "day"),
    ("supply_due_at", "due", "moment"),
    ("rectify_due_at", "due", "moment"),
    ("accepted_at", "accepted_at", "moment"),
    ("decided_at", "decided_at", "moment"),
    ("deemed", "deemed", "truth"),
    ("late", "late", "truth"),
    ("wanted", "wanted", "truth"),
    ("cleared", "cleared", "truth"),
    ("found_true", "found_true", "truth"),
    ("established", "established", "truth"),
    ("used", "used", "truth"),
    ("kind", "kind", "overrides"),
    ("purpose", "purpose", ""),
    ("department_name", "department", ""),
    ("recipient", "recipient", ""),
    ("responsible", "responsible", ""),
    ("helper", "helper", ""),
    ("decided_by", "decided_by", ""),
    ("question", "question", ""),
    ("questions", "question", ""),
    ("answer", "answer", ""),
    ("text", "text", ""),
    ("said", "text", ""),
    ("notes", "text", ""),
    ("notice.text", "notice", ""),
    ("notice_text", "notice", ""),
    ("conditions", "conditions", ""),
    ("finding", "finding", "findings"),
    ("reason", "reason", "details"),
    ("reasons", "reason", ""),
    ("conclusion.reasons", "reason", ""),
    ("disposal.reasons", "reason", ""),
    ("proposal.facts", "reason", ""),
    ("document_no", "document_no", ""),
    ("evidence_digest", "digest", "digest"),
    ("document_digest", "digest", "digest"),
    ("signed_digest", "digest", "digest"),
    ("catalogue.version", "catalogue", ""),
)
"""Path in the body, label, and the list of texts of its codes: in the order in which they are read."""
NORMAL: dict[str, bool] = {"used": True, "late": False, "deemed": False}
"""What goes without saying."""


def said_of(body: BaseModel) -> tuple[Said, ...]:
    """Everything an event says for people; bodies of kinds made later say what these names cover."""
    return tuple(_said(body))


def _said(body: BaseModel) -> Iterator[Said]:
    for path, label, words in FIELDS:
        value = _at(body, path)
        if value is None or value == "" or isinstance(value, (BaseModel, tuple, dict)) or NORMAL.get(path) is value:
            continue
        yield Said(label=label, text=_text(value), words=words)
    for error in getattr(body, "errors", ()):
        yield Said(label="error", text=error.message)
    for consequence in getattr(body, "consequences", ()):
        yield Said(label="consequence", text=_text(consequence), words="consequences")
    for finding in getattr(body, "findings", ()):
        if isinstance(finding, RungFinding):
            clause = CLAUSE_OF_REASON.get(finding.reason, CLAUSE_OF_ROUTE[finding.route])
            text = f"{finding.route.value} {finding.reason}"
            yield Said(label="rung", text=text, words="rung", clause=clause)


def _at(body: BaseModel, path: str) -> object:
    value: object = body
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)
