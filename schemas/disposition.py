"""灵活处置: the department proposes, 管委会 hears 审改, 司法 and others and gives its opinion, the department decides.

[四(七)]; domain §0 R3c and §6.4.  No vote: opinions, recusals and dissent are kept as they were said.
"""

from __future__ import annotations

from schemas.application import Actor
from schemas.base import Model
from schemas.case_commands import DispositionProposal
from schemas.catalogue import Body
from schemas.codes import BodyRole
from schemas.consultation import OpinionReport
from schemas.disposition_events import (
    Conclusion,
    ConditionLapsed,
    ConditionMet,
    ConsultationAsked,
    Disposal,
    DispositionConcluded,
    DispositionDecided,
    DispositionEnded,
    DispositionProposed,
    FactsSupplied,
    InquiryConcluded,
    OpinionHeard,
    ProposalReturned,
)
from schemas.long_route import Carried, RouteStart
from schemas.recusal import InternalUnit, PersonRecused, Recusal
from schemas.request_events import NewsHeard
from schemas.route_events import CaseNewsKind
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding


class Consulted(Model):
    """One department's consultation: the latest it said, or that its time is over."""

    round: int
    department: str
    name: str
    stream: str
    report: OpinionReport | None = None


class DispositionState(StreamState):
    """灵活处置 as it stands."""

    requirement: str
    evidence: str
    proposers: tuple[str, ...]
    """Persons of the proposing side: the proposer, and whoever supplied facts."""
    proposing_units: tuple[InternalUnit, ...]
    concluders: tuple[str, ...] = ()
    concluding_units: tuple[InternalUnit, ...] = ()
    required: tuple[str, ...]
    round: int = 1
    to_consult: tuple[str, ...]
    """Who is to be heard in this round."""
    consultations: tuple[Consulted, ...] = ()
    returned: bool = False
    """More facts are awaited from the department."""
    recusals: tuple[Recusal, ...] = ()
    conclusion: Conclusion | None = None
    decision: Disposal | None = None
    finding: InquiryConcluded | None = None
    met: ConditionMet | None = None
    condition_lapsed: bool = False
    said: int = 0
    """Sequence of the event the case is to hear of."""
    news: str | None = None
    result: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None

    @property
    def called_off(self) -> bool:
        """Whether the case needs it no more.

        What was decided here is followed up when the case is decided: only its end or another settlement ends that.
        """
        if self.news is None:
            return False
        return self.decision is None or self.news != CaseNewsKind.DECIDED.value

    @property
    def unasked(self) -> tuple[str, ...]:
        """Who is still to be asked in this round."""
        asked = [c.department for c in self.consultations if c.round == self.round]
        return tuple(d for d in self.to_consult if d not in asked)

    @property
    def silent(self) -> tuple[Consulted, ...]:
        """Who has neither answered nor had his time."""
        return tuple(c for c in self.consultations if c.report is None)

    @property
    def opinions(self) -> tuple[OpinionReport, ...]:
        """What everybody who was asked said last, in the order of asking."""
        return tuple(c.report for c in self.consultations if c.report is not None)

    @property
    def required_heard(self) -> bool:
        """Whether 审改 and 司法 were each heard, or asked and their time is over."""
        waiting = (*self.unasked, *(c.department for c in self.silent))
        return not any(department in self.required for department in waiting)


class DispositionStart(RouteStart):
    """What ``FlexibleDispositionWorkflow`` is started with."""

    proposal: DispositionProposal
    unit: str
    proposed_by: Actor
    bodies: dict[str, Body]
    carried: Carried[DispositionState] | None = None

    @property
    def committee(self) -> Body | None:
        """管委会."""
        return self.bodies.get(BodyRole.COMMITTEE.value)

    @property
    def required(self) -> tuple[str, ...]:
        """审改 and 司法, in the order of the policy; both must be known to the county."""
        roles = (BodyRole.REFORM.value, BodyRole.JUSTICE.value)
        return tuple(dict.fromkeys(self.bodies[r].uscc for r in roles if r in self.bodies))

    @property
    def bodies_known(self) -> bool:
        """Whether the county has every body that the procedure needs."""
        needed = (BodyRole.COMMITTEE, BodyRole.REFORM, BodyRole.JUSTICE)
        return all(role.value in self.bodies for role in needed)

    def besides_committee(self, departments: tuple[str, ...]) -> tuple[str, ...]:
        """Departments, each once; 管委会 does not consult itself."""
        committee = self.committee.uscc if self.committee else None
        return tuple(d for d in dict.fromkeys(departments) if d != committee)


def opening(start: DispositionStart) -> DispositionProposed:
    """The first event."""
    return DispositionProposed(
        requirement=start.requirement,
        evidence=start.evidence,
        evidence_name=start.kind.name,
        proposer=start.proposed_by.actor_id,
        unit=InternalUnit(department=start.department, unit=start.unit),
        proposal=start.proposal,
        required=start.required,
        consulted=start.besides_committee((*start.required, *start.proposal.consulted)),
    )


def _begin(event: Recorded) -> DispositionState:
    body = event.body
    if not isinstance(body, DispositionProposed):
        raise ImpossibleEvent(f"a disposition begins with disposition_proposed, not {body.type}")
    return DispositionState(
        application_no=event.application_no,
        requirement=body.requirement,
        evidence=body.evidence,
        proposers=(body.proposer,),
        proposing_units=(body.unit,),
        required=body.required,
        to_consult=body.consulted,
    )


def _step(state: DispositionState, event: Recorded) -> DispositionState:
    at = event.sequence
    match event.body:
        case ConsultationAsked() as asked:
            one = Consulted(round=asked.round, department=asked.department, name=asked.name, stream=asked.stream)
            update: dict[str, object] = {"consultations": (*state.consultations, one)}
        case OpinionHeard() as heard:
            update = {"consultations": tuple(_heard(c, heard.report) for c in state.consultations)}
        case ProposalReturned() as back:
            if state.conclusion is not None or state.returned:
                raise ImpossibleEvent("returned after the conclusion, or twice")
            update = {
                "returned": True,
                "to_consult": back.consult_again,
                "concluders": (*state.concluders, back.person),
                "concluding_units": (*state.concluding_units, back.unit),
            }
        case FactsSupplied() as facts:
            update = {
                "returned": False,
                "round": state.round + 1,
                "proposers": (*state.proposers, facts.person),
                "proposing_units": (*state.proposing_units, facts.unit),
            }
        case PersonRecused() as stepped:
            update = {"recusals": (*state.recusals, stepped.recusal)}
        case DispositionConcluded() as concluded:
            if state.conclusion is not None or not state.required_heard:
                raise ImpossibleEvent("concluded twice, or before 审改 and 司法 were consulted")
            update = {
                "conclusion": concluded.conclusion,
                "concluders": (*state.concluders, concluded.person),
                "concluding_units": (*state.concluding_units, concluded.unit),
            }
        case DispositionDecided() as decided:
            if state.conclusion is None or state.decision is not None:
                raise ImpossibleEvent("decided before the conclusion, or twice")
            update = {"decision": decided.disposal, "said": at}
        case InquiryConcluded() as finding:
            update = {"finding": finding, "said": at}
        case ConditionMet() as met:
            update = {"met": met, "said": at}
        case ConditionLapsed():
            update = {"condition_lapsed": True, "said": at}
        case NewsHeard() as news:
            update = {"news": news.news}
        case DispositionEnded() as end:
            update = {"result": end.result}
        case _:
            return state
    return state.model_copy(update=update)


def _heard(one: Consulted, report: OpinionReport) -> Consulted:
    return one.model_copy(update={"report": report}) if one.stream == report.stream else one


def is_news(state: DispositionState, report: OpinionReport) -> bool:
    """Whether a report is of a consultation of this procedure, and newer than what was heard of it."""
    known = next((c for c in state.consultations if c.stream == report.stream), None)
    return known is not None and (known.report is None or report.sequence > known.report.sequence)


def dissenting(opinions: tuple[OpinionReport, ...]) -> tuple[str, ...]:
    """Departments that do not agree."""
    return tuple(dict.fromkeys(o.department for o in opinions if o.verdict == "disagree"))


apply = folding(_begin, _step)
"""One event further in the stream of a disposition."""
