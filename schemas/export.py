"""导出: what somebody wants to take away of the ledger, and in which form (pure).

Named cases, the cases of a query, or, where neither is said, everything that was recorded in a period.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from schemas.base import PLAIN, Model, ShortText
from schemas.case_state import Stage
from schemas.clock import COUNTY_TIME
from schemas.codes import Route
from schemas.evidence import OutcomeKind
from schemas.identifiers import ApplicationNo, Uscc, refuse_resident_id

MOST_NAMED = 2000
LONGEST_ANCHORS = 16 * 1024 * 1024
Short = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=100)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(8999, 12, 31))]
"""A database and other time zones have to be able to hold it."""


class ExportFormat(StrEnum):
    """What comes out."""

    BUNDLE = "bundle"
    """The events with their proofs, and all of the others in it: the only one that proves anything."""
    CSV = "csv"
    XLSX = "xlsx"
    XES = "xes"
    """IEEE 1849-2023, for process mining."""
    OCEL = "ocel"
    """OCEL 2.0 in JSON, for object-centric process mining."""


SUFFIXES: dict[ExportFormat, str] = {
    ExportFormat.BUNDLE: ".zip",
    ExportFormat.CSV: ".csv",
    ExportFormat.XLSX: ".xlsx",
    ExportFormat.XES: ".xes",
    ExportFormat.OCEL: ".jsonocel",
}


class ExportQuery(Model):
    """Which cases, by what the lists and the ledger know of them; a field left out asks nothing."""

    department: Uscc | None = None
    """Decides them, or took them in."""
    item_code: Short | None = None
    stage: Stage | None = None
    ground: Literal["volunteered"] | Route | None = None
    """A requirement of theirs was settled on it."""
    not_exempted: StrictBool = False
    """One of their requirements could not be settled."""
    outcome: OutcomeKind | None = None
    """A source that was asked for them answered so."""

    @property
    def asks_nothing(self) -> bool:
        """Whether no case is left out by it."""
        return self == ExportQuery()


class ExportRequest(Model):
    """What to take away.  ``since`` and ``until`` are days of the county, both included: of receipt for a query, of
    recording for a period."""

    applications: tuple[ApplicationNo, ...] = Field(default=(), max_length=MOST_NAMED)
    query: ExportQuery = ExportQuery()
    since: Day | None = None
    until: Day | None = None
    format: ExportFormat = ExportFormat.BUNDLE
    complete: StrictBool = False
    """With the leaves of all other events between two heads, so that no stream can lack its end unnoticed."""
    anchors: tuple[Annotated[str, StringConstraints(max_length=LONGEST_ANCHORS)], ...] = Field(
        default=(), max_length=20
    )
    """Checkpoints that the auditor kept, as their files hold them: the bundle proves that the log continues them."""
    with_files: StrictBool = False
    """With the files of the evidence, in the clear: personal data, so a reason has to be on record."""
    reason: Annotated[ShortText, AfterValidator(refuse_resident_id)] | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since 不得晚于 until")
        if self.applications and not (self.query.asks_nothing and (self.complete or not self._dated)):
            raise ValueError("写明 applications 时不写 query；since、until 只与 complete 同用")
        if self.format is not ExportFormat.BUNDLE and (self.complete or self.anchors or self.with_files):
            raise ValueError("complete、anchors、with_files 只用于 bundle")
        if self.with_files and self.reason is None:
            raise ValueError("with_files 含个人信息，须写明 reason")
        return self

    @property
    def _dated(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def period(self) -> bool:
        """Whether everything recorded between two heads is wanted, not cases."""
        return not self.applications and self.query.asks_nothing

    @property
    def beginning(self) -> datetime | None:
        """The first moment of ``since``."""
        return None if self.since is None else datetime.combine(self.since, time.min, COUNTY_TIME)

    @property
    def end(self) -> datetime | None:
        """The last moment of ``until``."""
        return None if self.until is None else datetime.combine(self.until, time.max, COUNTY_TIME)
