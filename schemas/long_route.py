"""What every long route is started with, and what it shows of itself."""

from __future__ import annotations

from typing import Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from schemas.application import Actor, LedgerPosition, Origin
from schemas.assignment import Rung, Step
from schemas.base import Model, Sha256Hex, ShortText
from schemas.catalogue import EvidenceRule, ItemRules, RequirementRule
from schemas.clock import WorkingCalendar
from schemas.codes import Route
from schemas.exchange import Subject
from schemas.identifiers import ApplicationNo
from schemas.policy import LongPolicy
from schemas.stream import StreamState
from schemas.timetable import Timetable

S = TypeVar("S", bound=StreamState)


class Carried(Model, Generic[S]):
    """What goes over into the next run of a workflow (continue-as-new): all recorded and durable, nothing lost."""

    state: S
    last_id: UUID
    position: LedgerPosition


class ConversationStart(Model):
    """The part of a start that is the same for everything that waits on people for a case; sealed in Temporal."""

    application_no: ApplicationNo
    stream: str
    """The workflow id."""
    item_code: str
    item_name: ShortText
    purpose: ShortText
    operator: Actor
    """Who took the application in."""
    department: str
    department_name: ShortText
    """The deciding department."""
    policy: LongPolicy
    calendar: WorkingCalendar
    queues: dict[str, str]

    @property
    def timetable(self) -> Timetable:
        """How working days become moments for this case."""
        return self.policy.timetable(self.calendar)


class RouteStart(ConversationStart):
    """The part of a long route's start that is the same for all of them; sealed in Temporal, never in the ledger."""

    requirement: str
    evidence: str
    """Key of ``ItemRules.evidence``."""
    round: int
    kind: EvidenceRule
    rule: RequirementRule
    subject: Subject
    origin: Origin | None
    document_digest: Sha256Hex | None

    @property
    def key(self) -> str:
        """Key of everything this route does outside: the same for every retry, reset and replay (law 15)."""
        return f"{self.application_no}/{self.requirement}/{self.stream.partition('/')[0]}/{self.round}"


class TaskView(Model):
    """One task of a person, for whoever looks."""

    assignment: str
    step: Step
    requirement: str | None
    whose_turn: ShortText
    task: str
    then: str
    opened_at: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    colour: Rung | None
    closed: str | None


class RouteView(Model):
    """Answer of the query ``status`` of a long route; no personal data."""

    stream: str
    application_no: str
    ended: bool
    tasks: tuple[TaskView, ...]
    recorded: int
    durable: int
    key: str | None = None
    """Of the question that stands with a department: an answer names it."""


def tasks_of(state: StreamState) -> tuple[TaskView, ...]:
    """Every task of a stream, open ones first, then by when they are due."""
    tasks = sorted(state.assignments.values(), key=lambda t: (not t.open, t.due_at))
    return tuple(
        TaskView(
            assignment=t.assignment,
            step=t.step,
            requirement=t.requirement,
            whose_turn=t.assignee.name,
            task=t.task,
            then=t.then,
            opened_at=t.opened_at,
            due_at=t.due_at,
            due_provisional=t.due_provisional,
            colour=t.colour,
            closed=t.closed,
        )
        for t in tasks
    )


def long_route_stream(route_word: str, application_no: str, requirement: str, round_: int) -> str:
    """Workflow id of a long route that belongs to one case: ``verification/{no}/{requirement}``.

    A later round has its number behind; ids hold case numbers and codes, never a person.
    """
    stream = f"{route_word}/{application_no}/{requirement}"
    return stream if round_ == 1 else f"{stream}/{round_}"


def rules_of(rules: ItemRules, requirement: str) -> RequirementRule:
    """The rule behind a requirement key.  Raises LookupError for a demand, which has none."""
    code = requirement.rpartition("/")[0]
    rule = next((r for r in rules.requirements if r.code == code), None)
    if rule is None:
        raise LookupError(f"no rule for {requirement}")
    return rule


ROUTE_WORDS: dict[Route, str] = {
    Route.VERIFICATION: "verification",
    Route.PAPER_FIRST: "digitisation",
    Route.COMMITMENT: "commitment",
    Route.DEFERRED_SUPPLY: "deferral",
    Route.ASSISTANCE: "assistance",
    Route.FLEXIBLE_DISPOSITION: "disposition",
}
"""First part of the workflow id of each long route."""
