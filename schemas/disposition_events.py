"""What happens in an 灵活处置, each with its own verb (law 12): proposed, consulted, returned, concluded, decided."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.application import CommandRef
from schemas.base import Model, Sha256Hex
from schemas.case_commands import Analysis, DispositionOutcome, DispositionProposal, Reason
from schemas.consultation import OpinionReport
from schemas.identifiers import Uscc
from schemas.recusal import InternalUnit, PersonRecused, Recusal

PrecedentKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,80}$")]
"""By which later cases cite this one."""


class Disposal(Model):
    """What is to be done with the requirement, and why."""

    outcome: DispositionOutcome
    substitute: Reason | None = None
    """Which other material stands in; for ``substituted``."""
    condition: Reason | None = None
    """What has to be done later; for ``conditional``."""
    condition_days: int | None = Field(default=None, ge=1, le=365)
    """Working days it may take."""
    reasons: Analysis
    legal_basis: Reason


class Conclusion(Disposal):
    """办件处理意见 of 管委会: an opinion on handling; the department decides the case."""

    effective_from: date
    effective_until: date | None = None
    precedent: PrecedentKey


class DispositionProposed(Model):
    """处置意见 of the deciding department."""

    type: Literal["disposition_proposed"] = "disposition_proposed"
    requirement: str
    evidence: str
    evidence_name: str
    proposer: str
    unit: InternalUnit
    proposal: DispositionProposal
    required: tuple[Uscc, ...]
    """审改 and 司法: heard always."""
    consulted: tuple[Uscc, ...]
    """Everybody to be heard, those included."""


class ConsultationAsked(Model):
    """管委会 asks a department for its opinion; ``stream`` is the workflow that carries the question."""

    type: Literal["consultation_asked"] = "consultation_asked"
    round: int
    department: Uscc
    name: str
    stream: str


class OpinionHeard(Model):
    """An opinion came, or word that its time is over."""

    type: Literal["opinion_heard"] = "opinion_heard"
    report: OpinionReport


class ProposalReturned(Model):
    """退回补充: 管委会 needs more facts; neither approved nor rejected (law 12)."""

    type: Literal["proposal_returned"] = "proposal_returned"
    command: CommandRef
    unit: InternalUnit
    person: str
    questions: str
    consult_again: tuple[Uscc, ...]


class FactsSupplied(Model):
    """The department supplied what was asked."""

    type: Literal["facts_supplied"] = "facts_supplied"
    command: CommandRef
    unit: InternalUnit
    person: str
    answer: str
    material_digests: tuple[Sha256Hex, ...]


class DispositionConcluded(Model):
    """管委会 gave its 办件处理意见; every opinion, dissent and recusal is kept with it."""

    type: Literal["disposition_concluded"] = "disposition_concluded"
    command: CommandRef
    unit: InternalUnit
    person: str
    conclusion: Conclusion
    opinions: tuple[OpinionReport, ...]
    dissent: tuple[Uscc, ...]
    recusals: tuple[Recusal, ...]


class DispositionDecided(Model):
    """The department decided the case; ``followed``: as 管委会 had it."""

    type: Literal["disposition_decided"] = "disposition_decided"
    command: CommandRef
    disposal: Disposal
    followed: bool


class InquiryConcluded(Model):
    """部门自行调查核实: what the department found out itself."""

    type: Literal["inquiry_concluded"] = "inquiry_concluded"
    command: CommandRef
    established: bool
    finding: str
    document_digest: Sha256Hex | None


class ConditionMet(Model):
    """The condition was met in time."""

    type: Literal["condition_met"] = "condition_met"
    command: CommandRef
    finding: str
    document_digest: Sha256Hex | None


class ConditionLapsed(Model):
    """The condition was not met in time: what rested on it falls."""

    type: Literal["condition_lapsed"] = "condition_lapsed"


class DispositionEnded(Model):
    """The end of the procedure."""

    type: Literal["disposition_ended"] = "disposition_ended"
    result: Literal["decided", "called_off", "bodies_missing"]


DispositionBody = (
    DispositionProposed
    | ConsultationAsked
    | OpinionHeard
    | ProposalReturned
    | FactsSupplied
    | DispositionConcluded
    | DispositionDecided
    | InquiryConcluded
    | ConditionMet
    | ConditionLapsed
    | DispositionEnded
    | PersonRecused
)
