"""报送: departments hand in each month how their part of the work goes [五(二)]: who owes, by when, who is late.

The policy says 每月8日前, and neither whether that day is counted nor what happens where it is not worked: the 8th is
counted, and ``SubmissionTerms`` says the rest (domain §8.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.base import Model, Sha256Hex
from schemas.clock import WorkingCalendar, county_date
from schemas.identifiers import Uscc
from schemas.statistics import Period

Month = Annotated[str, StringConstraints(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")]
"""A calendar month, ``YYYY-MM``."""


def days_of(month: str) -> Period:
    """The days of a month."""
    year, number = map(int, month.split("-"))
    return Period.month(year, number)


def month_after(month: str) -> str:
    """The month that follows."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: str) -> str:
    """The month that precedes."""
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"


class SubmissionKind(StrEnum):
    """What is handed in."""

    PROGRESS = "progress"
    """工作推进情况, the one that is owed."""
    SUPPLEMENT = "supplement"
    """补充材料 to it; owed by nobody."""


class SubmissionReceived(Model):
    """部门报送: a department handed in a file about a month; who did it is the event's actor.

    The name of the file stays out: people's names stand in names of files.
    """

    type: Literal["submission_received"] = "submission_received"
    department: Uscc
    month: Month
    kind: SubmissionKind
    digest: Sha256Hex
    size: int = Field(ge=1)
    media_type: str


def submission_key(month: str, department: str, kind: SubmissionKind, digest: str) -> str:
    """The number of a submission in the register: the same file of a department for a month is the same submission."""
    return f"{month}/{department}/{kind.value}/{digest}"


class SubmissionTerms(Model):
    """When the submission of a month is due."""

    due_day: int = Field(default=8, ge=1, le=27)
    """Of the month that follows; the day itself is counted."""
    not_worked: Literal["stays", "earlier", "later"] = "stays"
    """Where that day is not worked: it stays (每月8日前), or it is the nearest working day before or after."""

    def due(self, month: str, calendar: WorkingCalendar) -> date:
        """The last day on which the submission of a month is on time."""
        day = days_of(month_after(month)).first.replace(day=self.due_day)
        step = {"stays": 0, "earlier": -1, "later": 1}[self.not_worked]
        while step and not calendar.is_working_day(day):
            day = date.fromordinal(day.toordinal() + step)
        return day


class SubmissionState(StrEnum):
    """How a department stands with a month."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    """Due has passed and nothing came."""
    AWAITED = "awaited"
    """Nothing came yet, and it is not due."""


class Owing(Model):
    """A department that has to hand in."""

    uscc: Uscc
    name: str


class Received(Model):
    """A submission as the register has it."""

    department: Uscc
    month: Month
    kind: SubmissionKind
    digest: Sha256Hex
    size: int
    media_type: str
    received_at: AwareDatetime


class Standing(Model):
    """How one department stands with one month."""

    department: Uscc
    name: str
    state: SubmissionState
    received_on: date | None = None
    """County date of the first submission that counts."""
    days_late: int = 0
    """Calendar days after due: of what came, or by now of what did not."""


def standings(owing: Iterable[Owing], received: Sequence[Received], due: date, today: date) -> tuple[Standing, ...]:
    """How everybody who owes stands on a county day, in the order of ``owing``; the first submission counts."""
    first: dict[str, date] = {}
    for each in received:
        day = county_date(each.received_at)
        if each.kind is SubmissionKind.PROGRESS and day <= today:
            first[each.department] = min(day, first.get(each.department, day))
    return tuple(_standing(each, first.get(each.uscc), due, today) for each in owing)


def _standing(owing: Owing, came: date | None, due: date, today: date) -> Standing:
    late = max(((came or today) - due).days, 0)
    if came is not None:
        state = SubmissionState.LATE if late else SubmissionState.ON_TIME
    else:
        state = SubmissionState.MISSING if late else SubmissionState.AWAITED
    return Standing(department=owing.uscc, name=owing.name, state=state, received_on=came, days_late=late)
