"""对外事件: what others are told of a case.  Stable and versioned, whatever the ledger's own events become.

A name of ``PUBLIC`` is never given another meaning, and a field never another type; what is added is optional.  A
change that cannot keep to this is a new ``VERSION``, sent beside the old one.

Nothing personal goes out: only the fields listed here are taken over, and a field that is sealed in the ledger (a
commitment stands for it) is left out even if it is listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.base import Model
from schemas.texts import zh

VERSION = 1


class Scope(Model):
    """The cases one may be told of: those that meet any of these.  Empty: none."""

    items: tuple[str, ...] = ()
    """Cases of these items."""
    departments: tuple[str, ...] = ()
    """Cases these departments decide."""
    taken_in_by: tuple[str, ...] = ()
    """Cases these departments took in."""


class CaseScope(Model):
    """What of a case decides who is told."""

    application_no: str
    item_code: str
    department: str | None
    """The department that decides it; unknown where no catalogue knows the item."""
    taken_in_by: str | None


def covers(scope: Scope, case: CaseScope) -> bool:
    """Whether a case is one of the scope's."""
    return (
        case.item_code in scope.items
        or (case.department is not None and case.department in scope.departments)
        or (case.taken_in_by is not None and case.taken_in_by in scope.taken_in_by)
    )


class Facts(Model):
    """What happened, in stable codes; texts are Chinese and for people.  Only what applies is there."""

    item_code: str | None = None
    item_name: str | None = None
    mode: str | None = None
    requirement: str | None = None
    """``<requirement code>/<party>``, as in the status of the case."""
    requirements: tuple[str, ...] | None = None
    evidence: str | None = None
    route: str | None = None
    """The rung of the ladder; for a settlement, what closed it (also ``volunteered``)."""
    basis: str | None = None
    reason: str | None = None
    """A stable code, or the reason a department gave in words."""
    legal_basis: str | None = None
    outcome: str | None = None
    clock: str | None = None
    ground: str | None = None
    working_days: int | None = None
    due_at: AwareDatetime | None = None
    due_on: str | None = None
    """A day, ``YYYY-MM-DD``, in Asia/Shanghai."""
    notice: str | None = None
    """The text of the 补正告知 or 容缺受理通知."""
    deemed: bool | None = None
    accepted_at: AwareDatetime | None = None
    decision: str | None = None
    reference: str | None = None
    """The business system's own number of the decision."""
    decided_at: AwareDatetime | None = None
    withheld: bool | None = None
    """The result is held back until what is owed has come."""
    codes: tuple[str, ...] | None = None
    """Stable codes of what was wrong."""


class Reset(Model):
    """The case was set back by its operators: what was told before ``position`` with ``sequence`` or more is void."""

    position: int
    sequence: int


class OutboundData(Model):
    """``data`` of a CloudEvent, version 1."""

    version: Literal[1] = 1
    application_no: str
    event: str
    """The name, as in the CloudEvents type without its prefix."""
    text: str
    """The same in Chinese."""
    occurred_at: AwareDatetime
    position: int = Field(ge=0)
    """Grows with every event of the county; the cursor of ``GET /events``."""
    sequence: int = Field(ge=0)
    """The event's place in its case."""
    resets: tuple[Reset, ...] = ()
    """Every time the case was set back until this event; almost always none."""
    facts: Facts


REQUIREMENT = {"requirement": "requirement", "evidence": "evidence"}

PUBLIC: Mapping[str, tuple[str, Mapping[str, str]]] = {
    # ledger's type: name outside, and which of its fields become which fact
    "application_received": ("application_received", {"item_code": "item_code", "mode": "mode"}),
    "application_refused": ("application_refused", {"codes": "errors.*.code"}),
    "application_admitted": (
        "application_admitted",
        {"item_name": "item_name", "requirements": "requirements.*.key", "due_on": "notice_due"},
    ),
    "application_withdrawn": ("application_withdrawn", {"reason": "reason"}),
    "application_cancelled": ("application_cancelled", {}),
    "requirement_settled": ("requirement_settled", {**REQUIREMENT, "route": "ground", "basis": "basis"}),
    "requirement_provisionally_settled": (
        "requirement_provisionally_settled",
        {**REQUIREMENT, "route": "ground", "basis": "basis"},
    ),
    "settlement_confirmed": ("settlement_confirmed", {"requirement": "requirement", "basis": "basis"}),
    "requirement_not_exempted": ("requirement_not_exempted", {"requirement": "requirement"}),
    "requirement_reopened": ("requirement_reopened", {"requirement": "requirement", "reason": "reason"}),
    "unlisted_evidence_queried": ("unlisted_evidence_queried", REQUIREMENT),
    "route_opened": ("route_opened", {**REQUIREMENT, "route": "route"}),
    "route_closed": ("route_closed", {"requirement": "requirement", "route": "route", "reason": "reason"}),
    "review_opened": ("review_opened", {**REQUIREMENT, "outcome": "outcome"}),
    "application_handed_over": ("application_handed_over", {"notice": "notice.text", "due_on": "notice.due"}),
    "notice_issued": ("notice_issued", {"notice": "notice.text", "due_on": "notice.due"}),
    "application_accepted": ("application_accepted", {"deemed": "deemed", "accepted_at": "accepted_at"}),
    "acceptance_refused": ("acceptance_refused", {"reason": "reason", "legal_basis": "legal_basis"}),
    "clock_started": ("clock_started", {"clock": "clock", "working_days": "working_days", "due_at": "due_at"}),
    "clock_extended": ("clock_extended", {"clock": "clock", "working_days": "working_days", "due_at": "due_at"}),
    "clock_suspended": ("clock_suspended", {"clock": "clock", "ground": "ground"}),
    "clock_resumed": ("clock_resumed", {"clock": "clock", "ground": "ground", "due_at": "due_at"}),
    "deferral_granted": (
        "deferral_granted",
        {"requirement": "requirement", "notice": "notice_text", "due_at": "supply_due_at"},
    ),
    "deferred_supplied": ("deferred_supplied", {"requirement": "requirement"}),
    "deferral_lapsed": ("deferral_lapsed", {"requirement": "requirement", "outcome": "effect"}),
    "decision_reported": (
        "decision_reported",
        {"decision": "decision", "reference": "reference", "decided_at": "decided_at", "withheld": "withheld"},
    ),
    "result_released": ("result_released", {}),
    "application_terminated": ("application_terminated", {"reason": "cause"}),
    "application_completed": ("application_completed", {}),
}
"""The events that bear on where a case stands.  How a route is walked inside (tasks, reminders, attempts, opinions)
is the county's own matter, and free to change."""

NAMES = tuple(name for name, _ in PUBLIC.values())
TYPES_OF: Mapping[str, str] = {name: type_ for type_, (name, _) in PUBLIC.items()}


def outbound(
    canonical: str,
    *,
    type_: str,
    application_no: str,
    index: int,
    sequence: int,
    occurred_at: datetime,
    resets: tuple[Reset, ...] = (),
) -> OutboundData:
    """What others are told of an event.  Raises KeyError for one that is not public."""
    name, fields = PUBLIC[type_]
    body = json.loads(canonical)["body"]
    return OutboundData(
        application_no=application_no,
        event=name,
        text=zh.EVENTS[type_],
        occurred_at=occurred_at,
        position=index,
        sequence=sequence,
        resets=resets,
        facts=Facts.model_validate({fact: _at(body, path.split(".")) for fact, path in fields.items()}),
    )


def message_id(event_id: UUID, subscription_id: UUID) -> str:
    """The ``webhook-id``: one for each event and subscription, the same however often it is sent."""
    return f"evt_{event_id.hex}_{subscription_id.hex}"


def _at(value: Any, path: list[str]) -> Any:
    """The value at a path (``*``: of each element); ``None`` where nothing is, or where it is sealed."""
    if not path:
        return None if isinstance(value, dict) else value
    if path[0] == "*":
        found = [_at(each, path[1:]) for each in value]
        return [each for each in found if each is not None]
    return _at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else None
