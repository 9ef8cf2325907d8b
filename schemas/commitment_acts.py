"""What the deciding department does about a commitment, each by its own Update, and when it may (pure; law 14).

A person is heard before anything follows; who recorded the check does not decide the consequence (law 12); a credit
record needs an effective legal document [国办发〔2020〕49号].
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from schemas.application import Actor
from schemas.base import Sha256Hex
from schemas.case_commands import CaseCommand, Reason
from schemas.codes import ActorKind, Consequence
from schemas.commitment import CommitmentState
from schemas.commitment_terms import CommitmentTerms
from schemas.errors import FieldError
from schemas.texts import zh

Errors = tuple[FieldError, ...]


class RecordCheck(CaseCommand):
    """Update ``record_check``: the department has checked by hand."""

    found_true: bool
    finding: Reason
    document_digest: Sha256Hex | None = None


class HearCommitter(CaseCommand):
    """Update ``hear``: he was heard, or was invited and did not come; the record of it is kept."""

    attended: bool
    record_digest: Sha256Hex
    cleared: bool
    finding: Reason


class DecideConsequence(CaseCommand):
    """Update ``decide_consequence``: what follows, out of what the published terms say may follow."""

    consequences: tuple[Consequence, ...] = Field(min_length=1)
    reason: Reason
    legal_basis: Reason


class ConfirmRectified(CaseCommand):
    """Update ``confirm_rectified``: he has put it right."""

    finding: Reason
    document_digest: Sha256Hex | None = None


class RecordCredit(CaseCommand):
    """Update ``record_credit``: a credit record, on an effective legal document."""

    document_no: Reason
    document_digest: Sha256Hex
    effective_on: date
    fact: Reason


class RecordRepair(CaseCommand):
    """Update ``record_repair``: 信用修复 is done."""

    document_no: Reason
    document_digest: Sha256Hex


def check_by_hand(state: CommitmentState, department: str, act: RecordCheck) -> Errors:
    """Once, from when the letter counts: before the decision too, for a department may look at any time."""
    if errors := _department(state, department, act.actor):
        return errors
    if not state.counted or state.called_off is not None:
        return _error("command_id", "commitment_not_counted")
    return _error("command_id", "commitment_checked_already") if state.found_true is not None else ()


def check_hearing(state: CommitmentState, department: str, act: HearCommitter) -> Errors:
    """Once, where the check went against him; who did not come has cleared nothing."""
    if errors := _department(state, department, act.actor) or _broken(state):
        return errors
    if state.listened:
        return _error("command_id", "heard_already")
    return _error("cleared", "absent_cannot_clear") if act.cleared and not act.attended else ()


def check_consequence(
    state: CommitmentState, department: str, terms: CommitmentTerms, act: DecideConsequence
) -> Errors:
    """After the hearing, by another person than the checker; again only where a rectification was not made."""
    if errors := _department(state, department, act.actor) or _broken(state) or _heard(state):
        return errors
    if act.actor.actor_id == state.checked_by:
        return _error("actor.actor_id", "checker_cannot_decide")
    if any(c not in terms.consequences for c in act.consequences):
        return _error("consequences", "consequence_not_in_terms")
    if state.consequences and not state.rectification_owed:
        return _error("command_id", "consequence_decided_already")
    return ()


def check_rectified(state: CommitmentState, department: str, act: ConfirmRectified) -> Errors:
    """Only what was ordered to be put right can be."""
    if errors := _department(state, department, act.actor):
        return errors
    return () if state.rectification_owed else _error("command_id", "nothing_to_rectify")


def check_credit_record(state: CommitmentState, department: str, act: RecordCredit, today: date) -> Errors:
    """After the hearing and the consequence, once, and only on a document that is in effect."""
    if errors := _department(state, department, act.actor) or _broken(state) or _heard(state):
        return errors
    if not state.consequences:
        return _error("command_id", "no_consequence_yet")
    if state.record is not None:
        return _error("command_id", "credit_recorded_already")
    return _error("effective_on", "document_not_effective") if act.effective_on > today else ()


def check_repair(state: CommitmentState, department: str, act: RecordRepair) -> Errors:
    """Only what is on record can be repaired."""
    if errors := _department(state, department, act.actor):
        return errors
    return () if state.record is not None and state.record_delivered else _error("command_id", "no_credit_record")


def may_close(state: CommitmentState) -> bool:
    """Whether the department may close the matter without a credit record: all that was ordered is done."""
    return bool(state.consequences) and not state.rectification_owed and state.record is None


def _department(state: CommitmentState, department: str, actor: Actor) -> Errors:
    if actor.department != department or actor.kind not in (ActorKind.CLERK, ActorKind.DEPARTMENT):
        return _error("actor.department", "wrong_department")
    return _error("command_id", "commitment_ended") if state.ended else ()


def _broken(state: CommitmentState) -> Errors:
    broken = state.found_true is False and not state.cleared
    return () if broken else _error("command_id", "commitment_not_broken")


def _heard(state: CommitmentState) -> Errors:
    return () if state.listened else _error("command_id", "not_heard_yet")


def _error(field: str, code: str) -> Errors:
    return (FieldError(field=field, code=code, message=zh.ACT_ERRORS[code]),)
