"""查验记录: how a fact was established, and the typed outcomes of asking."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from schemas.base import Model, Personal, Sha256Hex
from schemas.codes import Platform
from schemas.identifiers import AreaCode, Code, SubjectRef


class OutcomeKind(StrEnum):
    """What one try of a route came to (domain.md §1.4); unavailable, no record, adverse and mismatch never mix."""

    HIT = "hit"
    NO_RECORD = "no_record"
    ADVERSE = "adverse"
    MISMATCH = "mismatch"
    AMBIGUOUS = "ambiguous"
    CONTENT_NOT_MET = "content_not_met"
    TRANSIENT = "transient"
    QUOTA = "quota"
    CONFIG = "config"


WAITABLE = (OutcomeKind.TRANSIENT, OutcomeKind.QUOTA)
"""The source did not answer and may yet: asked again within the route's waiting budget."""

FOR_A_PERSON = (OutcomeKind.ADVERSE, OutcomeKind.AMBIGUOUS, OutcomeKind.CONTENT_NOT_MET, OutcomeKind.MISMATCH)
"""No machine may pass over these: a clerk reviews or the record is corrected; never a commitment."""


class Coverage(Model):
    """What a source knows about: an area (100000 is the nation) and since when (``None``: from the beginning)."""

    area: AreaCode
    since: date | None = None

    def covers(self, needed: Coverage) -> bool:
        """Whether "no record" from here answers for all that is needed."""
        if self.area != "100000":
            prefix = self.area.removesuffix("00").removesuffix("00")
            if needed.area == "100000" or not needed.area.startswith(prefix):
                return False
        if self.since is None:
            return True
        return needed.since is not None and self.since <= needed.since


class Evidence(Model):
    """One 查验记录.  ``digest`` is of the very bytes received, kept in the evidence store, never in history."""

    subject_ref: SubjectRef
    evidence_type: Code
    platform: Platform
    resource_code: str
    identifier: Personal[str | None] = None
    digest: Sha256Hex
    media_type: str
    size: int
    retrieved_at: AwareDatetime
    valid_until: date | None = None
    verdict: str
    coverage: Coverage | None = None
    warnings: tuple[str, ...] = ()


class Outcome(Model):
    """The typed result of one try for one requirement.

    ``platform_code`` is the platform's own return code; ``detail`` is a stable reason of ours.  ``asked_at`` and
    ``answered_at`` are the worker's clock, UTC.
    """

    kind: OutcomeKind
    platform_code: str | None = None
    detail: str = ""
    evidence: Evidence | None = None
    asked_at: AwareDatetime
    answered_at: AwareDatetime


def outcome(kind: OutcomeKind, asked_at: datetime, answered_at: datetime, **fields: Any) -> Outcome:
    """An ``Outcome`` with its times first, for adapters that make many."""
    return Outcome(kind=kind, asked_at=asked_at, answered_at=answered_at, **fields)
