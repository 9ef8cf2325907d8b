"""What the county's settings say about a running case; recorded with its admission, so it cannot change later."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from schemas.application import ApplicationRequest
from schemas.base import Model
from schemas.catalogue import ItemRules
from schemas.codes import Mode, Platform, Route
from schemas.errors import FieldError
from schemas.identifiers import PartyId, SubjectRef


class RouteBudget(Model):
    """How long one sharing route may keep a requirement waiting for a source that does not answer, in seconds."""

    interactive_seconds: int = Field(ge=0)
    background_seconds: int = Field(ge=0)

    def seconds(self, mode: Mode) -> int:
        """The budget for a mode."""
        return self.interactive_seconds if mode is Mode.INTERACTIVE else self.background_seconds


class CasePolicy(Model):
    """Waiting budgets, the time one ask may take, and where activities run."""

    budgets: dict[Route, RouteBudget]
    ask_seconds: dict[Platform, int]
    """Start-to-close of one activity attempt at a platform."""
    retry_initial_seconds: float = Field(gt=0)
    retry_maximum_seconds: float = Field(gt=0)
    queues: dict[str, str] = Field(default_factory=dict)
    """Task queue by role (``platforms``, ``ledger``); absent: the case's own queue."""


class Admission(Model):
    """What the admission activity found: the pinned rules, pseudonyms, budgets and the date of the one notice."""

    rules: ItemRules
    policy: CasePolicy
    subject_refs: dict[PartyId, SubjectRef]
    received_on: date
    """The county's day of 收件 for which the version in force was looked up and the notice counted."""
    notice_due: date
    notice_due_provisional: bool


class AdmissionResult(Model):
    """Either an admission, or everything that is wrong with the request."""

    admission: Admission | None = None
    errors: tuple[FieldError, ...] = ()


class ApplicationStart(ApplicationRequest):
    """What the workflow is started with: a request, and from our own door what was looked up for it already.

    A business system that starts the workflow directly sends the request alone.
    """

    admission: Admission | None = None

    def request(self) -> ApplicationRequest:
        """The request alone."""
        return ApplicationRequest.model_construct(
            **{name: getattr(self, name) for name in ApplicationRequest.model_fields}
        )


def start_of(request: ApplicationRequest, admission: Admission | None) -> ApplicationStart:
    """A request, already validated, with its admission."""
    fields = {name: getattr(request, name) for name in ApplicationRequest.model_fields}
    return ApplicationStart.model_construct(**fields, admission=admission)
