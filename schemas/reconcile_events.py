"""对账在登记簿中: that it was done and with what result, what was filed late, and what somebody has accounted for."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.base import Model, ShortText
from schemas.identifiers import ApplicationNo
from schemas.reconcile import Code, Finding

LONGEST_LIST = 100
"""Findings kept by name in one entry; all are counted."""


class ReconcileDone(Model):
    """对账完成: what was held against what, and what did not agree."""

    type: Literal["reconcile_done"] = "reconcile_done"
    number: str
    """Of this reconciliation; the same again is the same."""
    begun_at: AwareDatetime
    since: AwareDatetime | None
    """Only workflows that ran on or after it; ``None``: every one that Temporal has."""
    cases: tuple[str, ...] = ()
    """Only these; none: every one."""
    deep: bool
    """By replay too."""
    workflows: int
    runs: int
    streams: int
    events: int
    replayed: int
    """Runs."""
    past: int
    """Events that could not be compared any more: their history is past retention."""
    erased: int = 0
    """Personal values that could not be compared any more: their person was erased."""
    explained: int
    """Findings that somebody has accounted for on the record; they are not counted below."""
    ledger_events: int
    """Size of the signed log when it was done."""
    counts: dict[Code, int]
    """Findings by code; empty: everything agrees."""
    findings: tuple[Finding, ...] = Field(max_length=LONGEST_LIST)
    """The first of them."""


class EventsRecovered(Model):
    """补记: an ended run had recorded these events and never appended them.

    Entered before they are appended to their own stream, so that none stands there without this.
    """

    type: Literal["events_recovered"] = "events_recovered"
    reconciliation: str
    stream: str
    run_id: str
    event_ids: tuple[UUID, ...] = Field(min_length=1)
    from_replay: bool
    """Not even an append was begun: only a replay of the run's history gives them."""


class InterferenceExplained(Model):
    """干预说明: somebody accounts for what was done to a workflow past our door; it is no finding from then on."""

    type: Literal["interference_explained"] = "interference_explained"
    code: Code
    stream: str
    run_id: str
    history_event: int | None
    reason: ShortText
    reference: ShortText
    """The order or minute by which it was done."""


ReconcileBody = ReconcileDone | EventsRecovered | InterferenceExplained


def explanation_key(finding: Finding) -> str:
    """What an explanation is about, as the last part of its stream's name."""
    return f"{finding.code}/{finding.run_id}/{finding.history_event or 0}"


class ReconcileAsked(Model):
    """What is to be reconciled."""

    number: str = Field(pattern=r"^[A-Za-z0-9:._-]{1,120}$")
    cases: tuple[ApplicationNo, ...] = ()
    """Application numbers; none: every workflow."""
    since: AwareDatetime | None = None
    deep: bool = False
    files: bool = True
    """Enter the result in the register, and file what ended runs never appended; else it only looks."""


class ReconcileJob(Model):
    """What the scheduled workflow is started with."""

    queue: str | None = None
    """Task queue of the audit role, where it has one."""
    deep: bool = False
