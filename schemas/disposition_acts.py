"""What people do in an 灵活处置 (pure): who may do it, when, and which event it comes to (laws 12 and 14).

Persons and internal units of proposer, consulted and concluding are kept apart, so that a department's own items work
(domain §10 item 10); the proposer never decides.
"""

from __future__ import annotations

from schemas.acts import act_error
from schemas.application import Actor, CommandRef
from schemas.case_commands import DispositionOutcome
from schemas.codes import ActorKind
from schemas.disposition import DispositionStart, DispositionState, dissenting
from schemas.disposition_commands import (
    Conclude,
    DecideDisposition,
    MeetCondition,
    RecordInquiry,
    ReturnProposal,
    SupplyFacts,
    UnitCommand,
)
from schemas.disposition_events import (
    ConditionMet,
    Disposal,
    DispositionConcluded,
    DispositionDecided,
    FactsSupplied,
    InquiryConcluded,
    ProposalReturned,
)
from schemas.errors import FieldError
from schemas.recusal import Apart, InternalUnit, PersonRecused, Recuse, recusal_of

STAFF = (ActorKind.CLERK, ActorKind.DEPARTMENT)
CONDITION = "condition"
"""The task by which a condition is followed up: open for as long as it may be met."""
Errors = tuple[FieldError, ...]


# --- who is who --------------------------------------------------------------------------------------------------


def proposing_side(state: DispositionState) -> Apart:
    """Persons and units that proposed or supplied facts."""
    return Apart(persons=state.proposers, units=state.proposing_units)


def consulted_side(state: DispositionState) -> Apart:
    """Persons and units whose opinion was heard, as far as they were named."""
    return Apart(
        persons=tuple(o.person for o in state.opinions if o.person),
        units=tuple(InternalUnit(department=o.department, unit=o.unit) for o in state.opinions if o.unit),
    )


def concluding_side(state: DispositionState) -> Apart:
    """Persons and units of 管委会 that returned or concluded."""
    return Apart(persons=state.concluders, units=state.concluding_units)


def not_for_opinions(state: DispositionState) -> Apart:
    """Who may not give an opinion: the two other sides, and whoever stepped aside."""
    proposing, concluding = proposing_side(state), concluding_side(state)
    recused = tuple(r.person for r in state.recusals)
    return Apart(
        persons=tuple(dict.fromkeys((*proposing.persons, *concluding.persons, *recused))),
        units=tuple(dict.fromkeys((*proposing.units, *concluding.units))),
    )


# --- may it be done ----------------------------------------------------------------------------------------------


def check_conclude(start: DispositionStart, state: DispositionState, act: Conclude) -> Errors:
    """Not before 审改 and 司法 were each heard or their time is over, and by nobody of another side."""
    errors = _committee(start, state, act)
    if not errors and not state.required_heard:
        errors = (act_error("command_id", "not_consulted_yet"),)
    said = act.conclusion
    if not errors and said.effective_until is not None and said.effective_until < said.effective_from:
        errors = (act_error("conclusion.effective_until", "ends_before_it_begins"),)
    return errors or _incomplete("conclusion", said)


def check_return(start: DispositionStart, state: DispositionState, act: ReturnProposal) -> Errors:
    """管委会 may ask for more facts at any time before it concludes."""
    return _committee(start, state, act)


def check_facts(start: DispositionStart, state: DispositionState, act: SupplyFacts) -> Errors:
    """Only the deciding department, and only what it was asked for."""
    if errors := _department(start, state, act.actor) or _open(state):
        return errors
    if not state.returned:
        return (act_error("command_id", "no_facts_asked"),)
    return _apart(act, consulted_side(state), concluding_side(state))


def check_decide(start: DispositionStart, state: DispositionState, act: DecideDisposition) -> Errors:
    """The deciding department, after 管委会; whoever proposed, was consulted or concluded decides nothing."""
    if errors := _deciding(start, state, act.actor) or _open(state):
        return errors
    if state.conclusion is None:
        return (act_error("command_id", "not_concluded_yet"),)
    if state.decision is not None:
        return (act_error("command_id", "already_decided"),)
    return _incomplete("disposal", act.disposal)


def check_inquiry(start: DispositionStart, state: DispositionState, act: RecordInquiry) -> Errors:
    """The finding of the department, once, where its own inquiry was decided."""
    if errors := _deciding(start, state, act.actor) or _open(state):
        return errors
    wanted = state.decision is not None and state.decision.outcome is DispositionOutcome.OWN_INQUIRY
    return () if wanted and state.finding is None else (act_error("command_id", "no_inquiry"),)


def check_condition(start: DispositionStart, state: DispositionState, act: MeetCondition) -> Errors:
    """Only while there is time; what lapsed has lapsed."""
    if errors := _deciding(start, state, act.actor) or _open(state):
        return errors
    task = state.assignments.get(CONDITION)
    return () if task is not None and task.open else (act_error("command_id", "no_condition"),)


def check_recusal(start: DispositionStart, state: DispositionState, act: Recuse) -> Errors:
    """A person of 管委会 or of the department steps aside, once, before its part is done."""
    if errors := _open(state):
        return errors
    committee = start.committee.uscc if start.committee else None
    if act.actor.department not in (committee, start.department):
        return (act_error("actor.department", "no_part_in_it"),)
    if any(r.person == act.actor.actor_id for r in state.recusals):
        return (act_error("actor.actor_id", "recused_already"),)
    if state.decision is not None or (act.actor.kind is ActorKind.COMMITTEE and state.conclusion is not None):
        return (act_error("command_id", "part_is_done"),)
    return ()


# --- what it comes to --------------------------------------------------------------------------------------------


def concluded(start: DispositionStart, state: DispositionState, act: Conclude, ref: CommandRef) -> DispositionConcluded:
    """管委会's opinion with all that was said to it."""
    opinions = state.opinions
    recusals = (*state.recusals, *(r for o in opinions for r in o.recusals))
    return DispositionConcluded(
        command=ref,
        unit=_unit(act),
        person=act.actor.actor_id,
        conclusion=act.conclusion,
        opinions=opinions,
        dissent=dissenting(opinions),
        recusals=recusals,
    )


def returned(
    start: DispositionStart, state: DispositionState, act: ReturnProposal, ref: CommandRef
) -> ProposalReturned:
    """Back to the department."""
    return ProposalReturned(
        command=ref,
        unit=_unit(act),
        person=act.actor.actor_id,
        questions=act.questions,
        consult_again=start.besides_committee(act.consult_again),
    )


def supplied(start: DispositionStart, state: DispositionState, act: SupplyFacts, ref: CommandRef) -> FactsSupplied:
    """More facts."""
    return FactsSupplied(
        command=ref,
        unit=_unit(act),
        person=act.actor.actor_id,
        answer=act.facts,
        material_digests=act.material_digests,
    )


def decided(
    start: DispositionStart, state: DispositionState, act: DecideDisposition, ref: CommandRef
) -> DispositionDecided:
    """The department's decision, and whether it is as 管委会 had it."""
    followed = state.conclusion is not None and state.conclusion.outcome is act.disposal.outcome
    return DispositionDecided(command=ref, disposal=act.disposal, followed=followed)


def recused(start: DispositionStart, state: DispositionState, act: Recuse, ref: CommandRef) -> PersonRecused:
    """A person stepped aside."""
    return PersonRecused(command=ref, recusal=recusal_of(act))


def inquired(start: DispositionStart, state: DispositionState, act: RecordInquiry, ref: CommandRef) -> InquiryConcluded:
    """The finding."""
    return InquiryConcluded(
        command=ref, established=act.established, finding=act.finding, document_digest=act.document_digest
    )


def met(start: DispositionStart, state: DispositionState, act: MeetCondition, ref: CommandRef) -> ConditionMet:
    """The condition is met."""
    return ConditionMet(command=ref, finding=act.finding, document_digest=act.document_digest)


# --- pieces ------------------------------------------------------------------------------------------------------


def _unit(act: UnitCommand) -> InternalUnit:
    return InternalUnit(department=act.actor.department or "", unit=act.unit)


def _open(state: DispositionState) -> Errors:
    over = state.ended or state.called_off
    return (act_error("command_id", "disposition_ended"),) if over else ()


def _recused(state: DispositionState, actor: Actor) -> Errors:
    stepped = any(r.person == actor.actor_id for r in state.recusals)
    return (act_error("actor.actor_id", "recused_person"),) if stepped else ()


def _committee(start: DispositionStart, state: DispositionState, act: UnitCommand) -> Errors:
    """An act of 管委会 on a proposal that is before it."""
    committee = start.committee
    if committee is None or act.actor.kind is not ActorKind.COMMITTEE or act.actor.department != committee.uscc:
        return (act_error("actor.department", "committee_only"),)
    if errors := _open(state) or _recused(state, act.actor):
        return errors
    if state.conclusion is not None:
        return (act_error("command_id", "already_concluded"),)
    if state.returned:
        return (act_error("command_id", "facts_awaited"),)
    return _apart(act, proposing_side(state), consulted_side(state))


def _department(start: DispositionStart, state: DispositionState, actor: Actor) -> Errors:
    if actor.department != start.department or actor.kind not in STAFF:
        return (act_error("actor.department", "deciding_department_only"),)
    return _recused(state, actor)


def _deciding(start: DispositionStart, state: DispositionState, actor: Actor) -> Errors:
    """An act that decides: by a person of the department who had no other part in it."""
    if errors := _department(start, state, actor):
        return errors
    if actor.actor_id in state.proposers:
        return (act_error("actor.actor_id", "proposer_never_decides"),)
    if actor.actor_id in (*consulted_side(state).persons, *state.concluders):
        return (act_error("actor.actor_id", "same_person"),)
    return ()


def _apart(act: UnitCommand, *sides: Apart) -> Errors:
    for side in sides:
        if act.actor.actor_id in side.persons:
            return (act_error("actor.actor_id", "same_person"),)
        if _unit(act) in side.units:
            return (act_error("unit", "same_unit"),)
    return ()


def _incomplete(field: str, disposal: Disposal) -> Errors:
    """What an outcome needs that is not said."""
    if disposal.outcome is DispositionOutcome.SUBSTITUTED and disposal.substitute is None:
        return (act_error(f"{field}.substitute", "substitute_missing"),)
    if disposal.outcome is DispositionOutcome.CONDITIONAL and not (disposal.condition and disposal.condition_days):
        return (act_error(f"{field}.condition", "condition_missing"),)
    return ()
