"""月报与季报: what a report is of, what stands in it, and the events that say that it was made and sent (pure).

A report is a function of a signed head of the log and of what ``Basis`` names: whoever has the ledger up to that head
makes the same figures again, at any time.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from schemas.base import Model, Sha256Hex
from schemas.clock import county_date
from schemas.statistics import Figures, Period, Statistics
from schemas.submission import Standing, SubmissionTerms, days_of, month_after, month_before

FORMAT = 1
"""Version of what stands in a report and how it is drawn; reports of two versions are not compared byte for byte."""


class ReportKind(StrEnum):
    """For whom: the committee office each month, the county government each quarter."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


PeriodName = Annotated[str, StringConstraints(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2]|Q[1-4])$")]


class Subject(Model):
    """What a report is of: 2026-11, or 2026-Q4."""

    kind: ReportKind
    name: PeriodName

    @model_validator(mode="after")
    def _names_such_a_period(self) -> Self:
        if ("Q" in self.name) != (self.kind is ReportKind.QUARTERLY):
            wanted = "YYYY-Qn，如 2026-Q4" if self.kind is ReportKind.QUARTERLY else "YYYY-MM，如 2026-11"
            raise ValueError(f"期间须写作 {wanted}")
        return self

    @property
    def report_id(self) -> str:
        """``monthly/2026-11``."""
        return f"{self.kind.value}/{self.name}"

    @property
    def months(self) -> tuple[str, ...]:
        """Its months."""
        if self.kind is ReportKind.MONTHLY:
            return (self.name,)
        first = f"{self.name[:4]}-{3 * int(self.name[-1]) - 2:02d}"
        return (first, month_after(first), month_after(month_after(first)))

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(first=days_of(self.months[0]).first, last=days_of(self.months[-1]).last)


def last_before(kind: ReportKind, day: date) -> Subject:
    """The last month, or quarter, that has ended before a day."""
    month = month_before(f"{day:%Y-%m}")
    if kind is ReportKind.MONTHLY:
        return Subject(kind=kind, name=month)
    while int(month[5:]) % 3:
        month = month_before(month)
    return Subject(kind=kind, name=f"{month[:4]}-Q{int(month[5:]) // 3}")


class Head(Model):
    """The head of the log that the figures were computed at."""

    origin: str
    size: int = Field(ge=1)
    root: str
    """Base64, as in the signed note."""
    note: str
    """The signed note itself (C2SP tlog-checkpoint)."""


class Basis(Model):
    """All that a report depends on beside the ledger up to its head; recorded, so that it can be made again."""

    format: int = FORMAT
    subject: Subject
    county: str
    head: Head
    as_of: AwareDatetime
    """The moment it was made for: who had handed in by then; whether a month had ended."""
    catalogue: str
    """The version whose departments owe a submission."""
    dues: tuple[date, ...]
    """When the submission of each month was due, by the calendar as it was known."""
    terms: SubmissionTerms

    @property
    def today(self) -> date:
        """County date of ``as_of``."""
        return county_date(self.as_of)

    def too_early(self, today: date) -> bool:
        """Whether it was made before its period had ended and everything was due, and by ``today`` that is so."""
        whole_after = max(self.subject.period.last, *self.dues)
        return self.today <= whole_after < today


class MonthPart(Model):
    """One month of a report."""

    month: str
    due: date
    standings: tuple[Standing, ...]
    total: Figures


class Content(Model):
    """Everything that stands in a report; its canonical JSON is what the drawn forms are made from."""

    basis: Basis
    title: str
    by_department: Statistics
    by_township: Statistics
    months: tuple[MonthPart, ...]

    @property
    def ended(self) -> bool:
        """Whether its period had ended when it was made."""
        return self.basis.today > self.basis.subject.period.last


class Drawn(Model):
    """The digests of a report's forms."""

    figures: Sha256Hex
    """Of the canonical JSON (RFC 8785)."""
    xlsx: Sha256Hex
    html: Sha256Hex


class ReportIssued(Model):
    """报告编制: a report was made, from this head, and these are its files."""

    type: Literal["report_issued"] = "report_issued"
    edition: int = Field(ge=1)
    """The second is one made anew on request, from a later head; the first stays as it is."""
    basis: Basis
    drawn: Drawn


class ReportSent(Model):
    """报告送达: the mail server took the report for these recipients."""

    type: Literal["report_sent"] = "report_sent"
    edition: int
    message_id: str
    recipients: tuple[str, ...]
    """Mailboxes of offices, never of a person by name."""
    accepted: str
    """What the server said."""


ReportBody = ReportIssued | ReportSent


def report_key(subject: Subject) -> str:
    """The number of a report in the register; all its editions stand in one stream."""
    return subject.report_id


def message_id(report_id: str, edition: int, figures: str, domain: str) -> str:
    """The Message-ID of a report's mail: the same for every try, so that a mail sent twice is known as one."""
    return f"<{report_id.replace('/', '.')}.{edition}.{figures[:16]}@{domain}>"


class ReportFault(Exception):
    """A report cannot be made or sent; ``code`` is stable; ``permanent``: a person has to mend something first."""

    def __init__(self, code: str, told: str = "", *, permanent: bool) -> None:
        super().__init__(told or code)
        self.code = code
        self.told = told or code
        self.permanent = permanent
