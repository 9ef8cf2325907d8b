"""编制报告: what is asked of a run, and what its steps hand on to each other.

The steps hand on digests: what they are of lies in the report's directory, and Temporal's history stays small.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import AwareDatetime

from schemas.base import Model, Sha256Hex
from schemas.clock import county_date
from schemas.report import Basis, Drawn, ReportKind, Subject, last_before


class ReportAsked(Model):
    """A run: of one subject, or (by the clock) of what has ended last."""

    subject: Subject | None = None
    """``None``: of the month before, and of the quarter where that month ended one, once submissions are due."""
    send: bool = True
    anew: bool = False
    """Make another edition, from the newest head, though there is one."""
    queue: str | None = None
    """Where its steps are served; ``None``: where the run is."""


class Due(Model):
    """When the submissions that a report names are due, and from when on it is made."""

    day: date
    at: AwareDatetime


class MakeAsked(Model):
    """Compute a report's figures as they stand at ``at``."""

    subject: Subject
    at: AwareDatetime


class Made(Model):
    """Figures were computed and kept; ``figures`` is their digest."""

    basis: Basis
    figures: Sha256Hex


class RecordAsked(Model):
    """Put a report on record."""

    basis: Basis
    drawn: Drawn
    at: AwareDatetime
    anew: bool


class Issue(Model):
    """A report as it stands on record."""

    subject: Subject
    edition: int
    basis: Basis
    drawn: Drawn
    sent: bool = False


class MailAsked(Model):
    """Mail an edition."""

    subject: Subject
    edition: int


class Mailed(Model):
    """The server took it."""

    message_id: str
    recipients: tuple[str, ...]
    accepted: str


class SentAsked(Model):
    """Put on record that an edition was sent."""

    subject: Subject
    edition: int
    mailed: Mailed
    at: AwareDatetime


def subjects_at(at: datetime) -> tuple[Subject, ...]:
    """What a run by the clock is of: the month before, and the quarter where that month ended one."""
    day = county_date(at)
    monthly = last_before(ReportKind.MONTHLY, day)
    quarterly = last_before(ReportKind.QUARTERLY, day)
    return (monthly, quarterly) if quarterly.months[-1] == monthly.name else (monthly,)
