"""What may be done to an 意见征集 (pure): an opinion given, a person recused, the conversation called over."""

from __future__ import annotations

from typing import get_args

from schemas.acts import act_error
from schemas.application import CommandRef
from schemas.case_commands import CaseCommand, Reason
from schemas.collaboration_exchange import CollaborationCallback
from schemas.consultation import ConsultationCalledOver, ConsultationState, Opinion, OpinionGiven
from schemas.errors import FieldError
from schemas.identifiers import names_somebody
from schemas.recusal import Recuse

ANSWERS: tuple[str, ...] = get_args(Opinion)
WITH_REASON = ("disagree", "outside_remit")

Errors = tuple[FieldError, ...]


class EndConsultation(CaseCommand):
    """Update ``end_consultation``: whoever asked needs the opinion no more."""

    reason: Reason


def check_opinion(state: ConsultationState, reply: CollaborationCallback) -> Errors:
    """What keeps an opinion from counting; the first thing that is wrong."""
    if reply.key != state.key:
        return (act_error("key", "wrong_request"),)
    if reply.department != state.department:
        return (act_error("department", "wrong_department_replied"),)
    if state.over or state.ended:
        return (act_error("key", "conversation_ended"),)
    if state.opinion is not None:
        return (act_error("verdict", "already_answered"),)
    return _incomplete(reply) or _not_apart(state, reply)


def _incomplete(reply: CollaborationCallback) -> Errors:
    if reply.verdict not in ANSWERS:
        return (act_error("verdict", "unknown_verdict"),)
    if reply.verdict in WITH_REASON and not reply.reason:
        return (act_error("reason", "reason_missing"),)
    if reply.verdict == "agree_with_conditions" and not reply.conditions:
        return (act_error("conditions", "conditions_missing"),)
    for field, text in (("reason", reply.reason), ("conditions", reply.conditions)):
        if names_somebody(text):
            return (act_error(field, "identity_number_in_text"),)
    return ()


def _not_apart(state: ConsultationState, reply: CollaborationCallback) -> Errors:
    """Persons and units that proposed, concluded or stepped aside give no opinion.

    Where a unit of the asked department has another part in the matter, the reply must say which unit and who it was.
    """
    if state.apart.concerns(state.department):
        if reply.unit is None:
            return (act_error("unit", "unit_missing"),)
        if reply.answered_by is None:
            return (act_error("answered_by", "person_missing"),)
    if any((u.department, u.unit) == (reply.department, reply.unit) for u in state.apart.units):
        return (act_error("unit", "same_unit"),)
    if reply.answered_by in state.apart.persons:
        return (act_error("answered_by", "same_person"),)
    if any(r.person == reply.answered_by for r in state.recusals):
        return (act_error("answered_by", "recused_person"),)
    return ()


def given(state: ConsultationState, reply: CollaborationCallback, ref: CommandRef) -> OpinionGiven:
    """The event of an opinion that counts."""
    said = {"verdict": reply.verdict, "reason": reply.reason, "conditions": reply.conditions}
    who = {"unit": reply.unit, "person": reply.answered_by, "answered_at": reply.answered_at}
    digest = {"document_digest": reply.document_digest}
    return OpinionGiven.model_validate({"command": ref, "late": state.lapsed, **said, **who, **digest})


def check_recusal(state: ConsultationState, act: Recuse) -> Errors:
    """A person of the department that is asked steps aside, once, while its opinion is still to be given."""
    if act.actor.department != state.department:
        return (act_error("actor.department", "wrong_department_replied"),)
    if state.over or state.ended or state.opinion is not None:
        return (act_error("command_id", "conversation_ended"),)
    if any(r.person == act.actor.actor_id for r in state.recusals):
        return (act_error("actor.actor_id", "recused_already"),)
    return ()


def check_calling_over(state: ConsultationState, act: EndConsultation) -> Errors:
    """Only whoever asked calls it over, and once."""
    if act.actor.department != state.asker:
        return (act_error("actor.department", "asker_only"),)
    return (act_error("command_id", "conversation_ended"),) if state.over or state.ended else ()


def called_over(act: EndConsultation, ref: CommandRef) -> ConsultationCalledOver:
    """The event."""
    return ConsultationCalledOver(command=ref, reason=act.reason)
