"""What the deciding department does in an 异常复核 (pure): checked again, the applicant heard, concluded (law 5)."""

from __future__ import annotations

from schemas.acts import act_error
from schemas.application import Actor
from schemas.base import Sha256Hex
from schemas.case_commands import Analysis, CaseCommand, Reason
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.review import Conclusion, Finding, ReviewStart, ReviewState

Errors = tuple[FieldError, ...]


class Recheck(CaseCommand):
    """Update ``recheck``: what was checked again, and what it came to."""

    checked: Reason
    finding: Finding
    notes: Analysis
    document_digest: Sha256Hex | None = None


class Hear(CaseCommand):
    """Update ``hear``: the applicant was heard; what he said, and the record of it where there is one."""

    said: Analysis
    record_digest: Sha256Hex | None = None


class ConcludeReview(CaseCommand):
    """Update ``conclude_review``: how the department concludes, with its reasons."""

    conclusion: Conclusion
    reasons: Analysis
    document_digest: Sha256Hex | None = None


def check_reviewer(start: ReviewStart, state: ReviewState, actor: Actor) -> Errors:
    """Only staff of the deciding department, and only while the task is open."""
    if actor.department != start.department or actor.kind not in (ActorKind.CLERK, ActorKind.DEPARTMENT):
        return (act_error("actor.department", "deciding_department_only"),)
    over = state.ended or state.called_off or state.concluded is not None
    return (act_error("command_id", "review_over"),) if over else ()


def check_conclusion(start: ReviewStart, state: ReviewState, act: ConcludeReview) -> Errors:
    """The applicant is heard before it goes against him."""
    if errors := check_reviewer(start, state, act.actor):
        return errors
    unheard = act.conclusion == "not_exempted" and not state.heard
    return (act_error("conclusion", "applicant_not_heard"),) if unheard else ()
