"""What the county's settings say about a running case; recorded with its admission, so it cannot change later."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from schemas.assignment import Rungs, Step
from schemas.base import Model
from schemas.catalogue import ItemRules
from schemas.clock import WorkingCalendar
from schemas.codes import ItemType, Mode, Platform, Route
from schemas.errors import FieldError
from schemas.identifiers import PartyId, SubjectRef
from schemas.timetable import Timetable


class RouteBudget(Model):
    """How long one sharing route may keep a requirement waiting for a source that does not answer, in seconds."""

    interactive_seconds: int = Field(ge=0)
    background_seconds: int = Field(ge=0)

    def seconds(self, mode: Mode) -> int:
        """The budget for a mode."""
        return self.interactive_seconds if mode is Mode.INTERACTIVE else self.background_seconds


class StepBudget(Model):
    """How many working days a step has, and after how many it is given up (``None``: never by itself)."""

    working_days: int = Field(ge=1, le=365)
    gives_up_after: int | None = Field(default=None, ge=1, le=730)

    @model_validator(mode="after")
    def _gives_up_no_sooner_than_due(self) -> Self:
        if self.gives_up_after is not None and self.gives_up_after < self.working_days:
            raise ValueError("gives_up_after 不得短于 working_days")
        return self


class LongPolicy(Model):
    """What the county offers beyond sharing, and its deadlines; all of it inference where domain §6.3 says so."""

    offered: tuple[Route, ...]
    """Routes beyond sharing that this county carries out."""
    steps: dict[Step, StepBudget]
    rungs: Rungs = Rungs()
    closing_minutes: int = Field(default=17 * 60 + 30, ge=0, lt=24 * 60)
    working_day_seconds: float | None = Field(default=None, gt=0)
    """Demonstrations only: how long a working day lasts."""
    reask_seconds: int = Field(default=4 * 3600, ge=1)
    """How often sharing is asked again while a person is working (law 7)."""
    recheck_calendar_days: int = Field(default=7, ge=1)
    """How often a provisional deadline looks for a newly published calendar."""
    late_days: int = Field(default=60, ge=1)
    """Working days after which a department that never answered is not listened for any more."""
    deemed_accepted: tuple[ItemType, ...] = (ItemType.LICENSING,)
    """Item types whose application counts as accepted when no notice went out in time (行政许可法 32)."""

    def step(self, step: Step) -> StepBudget:
        """The budget of a step."""
        return self.steps[step]

    def endless(self, *steps: Step) -> LongPolicy:
        """The same, where these steps are never given up by themselves: only their alarms are left."""
        budgets = {step: StepBudget(working_days=self.step(step).working_days) for step in steps}
        return self.model_copy(update={"steps": self.steps | budgets})

    def timetable(self, calendar: WorkingCalendar) -> Timetable:
        """The calendar with this county's closing hour."""
        return Timetable(
            calendar=calendar, closing_minutes=self.closing_minutes, working_day_seconds=self.working_day_seconds
        )


class CasePolicy(Model):
    """Waiting budgets, the time one ask may take, and where activities run."""

    budgets: dict[Route, RouteBudget]
    ask_seconds: dict[Platform, int]
    """Start-to-close of one activity attempt at a platform."""
    retry_initial_seconds: float = Field(gt=0)
    retry_maximum_seconds: float = Field(gt=0)
    queues: dict[str, str] = Field(default_factory=dict)
    """Task queue by role (``platforms``, ``ledger``); absent: the case's own queue."""
    long: LongPolicy | None = None
    """``None``: this case was admitted when nothing beyond sharing was offered, and ends at its hand-over."""


class Admission(Model):
    """What the admission activity found: the pinned rules, pseudonyms, budgets and the date of the one notice."""

    rules: ItemRules
    policy: CasePolicy
    subject_refs: dict[PartyId, SubjectRef]
    received_on: date
    """The county's day of 收件 for which the version in force was looked up and the notice counted."""
    notice_due: date
    notice_due_provisional: bool
    calendar: WorkingCalendar | None = None
    """The working calendar at admission, where long routes are offered; deadlines name its version."""


class AdmissionResult(Model):
    """Either an admission, or everything that is wrong with the request."""

    admission: Admission | None = None
    errors: tuple[FieldError, ...] = ()
