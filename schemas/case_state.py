"""办件 as it stands: what the fold of its events gives, what queries answer and what the ladder decides on."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field

from schemas.admission import RaisedRequirement
from schemas.application import Notice
from schemas.base import Model
from schemas.catalogue import CatalogueRef
from schemas.codes import Mode, Platform, Route
from schemas.evidence import OutcomeKind
from schemas.identifiers import AreaCode, Code, PartyId, SubjectRef
from schemas.route_events import RungFinding
from schemas.stream import StreamState
from schemas.timetable import Clock, ClockKind


class Stage(StrEnum):
    """How far a case is."""

    RECEIVED = "received"
    REFUSED = "refused"
    ESTABLISHING = "establishing"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    """受理: the department is deciding."""
    DECIDED = "decided"
    """Decided; the result is withheld until what was deferred has come."""
    NOT_ACCEPTED = "not_accepted"
    TERMINATED = "terminated"
    COMPLETED = "completed"


ENDED = (
    Stage.REFUSED,
    Stage.WITHDRAWN,
    Stage.CANCELLED,
    Stage.HANDED_OVER,
    Stage.NOT_ACCEPTED,
    Stage.TERMINATED,
    Stage.COMPLETED,
)


class RequirementStanding(StrEnum):
    """How a requirement stands."""

    OPEN = "open"
    SETTLED = "settled"
    PROVISIONAL = "provisional"
    """Settled while a check or a supply is owed."""
    NOT_EXEMPTED = "not_exempted"
    QUERIED = "queried"
    APPLICANT_MADE = "applicant_made"


class AttemptState(Model):
    """What the ladder must remember of one try."""

    route: Route
    evidence: str
    platform: Platform
    resource_code: str
    round: int
    kind: OutcomeKind
    detail: str
    asked_at: AwareDatetime


class RouteStanding(StrEnum):
    """How a long route of a requirement stands."""

    OPEN = "open"
    SETTLED = "settled"
    FAILED = "failed"
    CLOSED = "closed"
    """Called off by the case."""


class RouteState(Model):
    """A long route that was opened for a requirement."""

    route: Route
    evidence: str
    stream: str
    round: int
    standing: RouteStanding
    result: str | None = None
    document_digest: str | None = None
    opened_at: AwareDatetime
    heard: int = -1
    """Sequence of the last report of its stream."""
    outcome: OutcomeKind | None = None
    """What it brought that a person of the deciding department has to look at, until the record was corrected."""

    @property
    def counted(self) -> bool:
        """Whether it has settled provisionally, and its check goes on; a paper does with its handing in."""
        return self.standing is RouteStanding.OPEN and (self.result is not None or self.route is Route.PAPER_FIRST)

    @property
    def under_way(self) -> bool:
        """Whether the requirement waits for it: it is open, and has not said its part (only its check is owed then)."""
        return self.standing is RouteStanding.OPEN and self.result is None


class ReviewState(Model):
    """异常复核 of one answer."""

    evidence: str
    stream: str
    outcome: OutcomeKind
    conclusion: str | None = None


class CompletionState(Model):
    """证照补齐 that this requirement waits on."""

    evidence: str
    stream: str
    completed: bool | None = None


class OriginState(Model):
    """Where the fact would have to come from."""

    area: AreaCode | None
    historical: bool
    abroad: bool


class RequirementState(Model):
    """A requirement of the case and what has been tried for it."""

    raised: RaisedRequirement
    standing: RequirementStanding
    attempts: tuple[AttemptState, ...] = ()
    ground: str | None = None
    settled_by: str | None = None
    """Key of the evidence that settled it."""
    evidence_digest: str | None = None
    findings: tuple[RungFinding, ...] = ()
    routes: tuple[RouteState, ...] = ()
    """Long routes, in the order they were opened."""
    choices: dict[Route, bool] = Field(default_factory=dict)
    origin: OriginState | None = None
    reviews: tuple[ReviewState, ...] = ()
    completions: tuple[CompletionState, ...] = ()
    reopened: int = 0
    """How often it was opened again."""
    settled_stream: str | None = None
    """The long route that settled it."""

    def route(self, route: Route, evidence: str) -> RouteState | None:
        """The last time a long route was opened for a kind of evidence."""
        return next((r for r in reversed(self.routes) if r.route is route and r.evidence == evidence), None)

    def review(self, evidence: str) -> ReviewState | None:
        """The last review of an answer about a kind of evidence."""
        return next((r for r in reversed(self.reviews) if r.evidence == evidence), None)


class StageOpinion(Model):
    """意见征集 for a stage of the case; ``verdict`` is what was said, ``unanswered``, or ``closed`` with the case."""

    stage: str
    stream: str
    department: str
    department_name: str
    question: str
    asked_at: AwareDatetime
    verdict: str | None = None
    heard: int = -1


class PartyState(Model):
    """A party without its personal values."""

    party_id: PartyId
    role: Code
    subject_ref: SubjectRef


class Case(StreamState):
    """The state of one 办件 after its events so far."""

    item_code: str
    stage: Stage
    mode: Mode
    received_at: AwareDatetime
    catalogue: CatalogueRef | None = None
    parties: tuple[PartyState, ...] = ()
    requirements: dict[str, RequirementState] = Field(default_factory=dict)
    notice_due: date | None = None
    notice_due_provisional: bool = False
    notice: Notice | None = None
    clocks: dict[ClockKind, Clock] = Field(default_factory=dict)
    """法定 and 承诺时限, from 受理 on."""
    accepted_at: AwareDatetime | None = None
    opinions: tuple[StageOpinion, ...] = ()
    decision: str | None = None
    withheld: bool = False
    """The result waits for what is owed."""
    deferrals_owed: tuple[str, ...] = ()
    """Requirements whose deferred material has not come yet."""

    def open_requirements(self) -> tuple[str, ...]:
        """Keys of the requirements still open, in the order they were raised."""
        return tuple(k for k, r in self.requirements.items() if r.standing is RequirementStanding.OPEN)

    def standing(self, *standings: RequirementStanding) -> tuple[str, ...]:
        """Keys of the requirements that stand so, in the order they were raised."""
        return tuple(k for k, r in self.requirements.items() if r.standing in standings)

    @property
    def opinions_out(self) -> tuple[StageOpinion, ...]:
        """Opinions on which nothing was said yet and whose time is not over."""
        return tuple(o for o in self.opinions if o.verdict is None)

    @property
    def decided(self) -> bool:
        """Whether the department has decided: late answers change nothing from then on (law 6)."""
        return self.decision is not None

    @property
    def ended(self) -> bool:
        """Whether nothing more can change the outcome."""
        return self.stage in ENDED
