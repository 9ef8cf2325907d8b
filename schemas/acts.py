"""May this act be done to the case as it stands?  What may not is recorded as refused, with what is wrong (law 14)."""

from __future__ import annotations

from schemas.application import Actor, Volunteered
from schemas.case_state import Case, RequirementStanding
from schemas.catalogue import ItemRules
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.texts import zh


def check_actor(actor: Actor, rules: ItemRules, operator: Actor) -> tuple[FieldError, ...]:
    """Who acts for the applicant at a counter or through a system belongs to the deciding department or to the one
    that took the application in; nothing acts by itself, and nobody whose office is another."""
    staff = actor.kind in (ActorKind.CLERK, ActorKind.BUSINESS_SYSTEM)
    if not staff and actor.kind not in (ActorKind.APPLICANT, ActorKind.REPRESENTATIVE):
        return (act_error("actor.kind", "wrong_actor"),)
    if staff and (actor.department is None or actor.department not in (rules.department, operator.department)):
        return (act_error("actor.department", "wrong_department"),)
    return ()


def check_open(case: Case) -> tuple[FieldError, ...]:
    """An act on a case that has ended is refused."""
    return (act_error("application_no", "case_ended"),) if case.ended else ()


def check_volunteered(case: Case, rules: ItemRules, given: Volunteered) -> tuple[FieldError, ...]:
    """What keeps volunteered evidence from being taken in: not of this case, not asked for, or not needed any more."""
    if case.ended:
        return check_open(case)
    known = case.requirements.get(f"{given.requirement_code}/{given.party_id}")
    if known is None:
        return (act_error("evidence.requirement_code", "unknown_requirement"),)
    if known.standing is RequirementStanding.APPLICANT_MADE:
        return (act_error("evidence.evidence_type", "applicant_made"),)
    kinds = [rules.evidence[key] for key in known.raised.evidence if key in rules.evidence]
    kind = next((k for k in kinds if k.code == given.evidence_type), None)
    if kind is None:
        return (act_error("evidence.evidence_type", "wrong_evidence"),)
    if kind.cancelled_by is not None or known.standing is RequirementStanding.QUERIED:
        return (act_error("evidence.evidence_type", "not_asked"),)
    if known.standing is RequirementStanding.SETTLED:
        return (act_error("evidence.requirement_code", "already_settled"),)
    return ()


def act_error(field: str, code: str) -> FieldError:
    """What is wrong with an act, in the words of its code."""
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])
