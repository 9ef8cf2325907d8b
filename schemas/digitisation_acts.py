"""What people do to a paper that is being checked, and when it counts (pure; law 14)."""

from __future__ import annotations

from typing import Literal

from schemas.case_commands import CaseCommand, Reason
from schemas.codes import ActorKind
from schemas.collaboration_exchange import CollaborationCallback
from schemas.digitisation import BACKFILL, BY_HAND, CONCLUSIVE, LATE, DigitisationState, turns
from schemas.errors import FieldError
from schemas.verification import check_form, reply_error

STAFF = (ActorKind.CLERK, ActorKind.DEPARTMENT)


class RecordPaperCheck(CaseCommand):
    """Update ``record_check``: the deciding department has checked the paper itself, where the issuer cannot be asked
    or did not say."""

    verdict: Literal["confirmed", "refuted"]
    finding: Reason


class CannotBackfill(CaseCommand):
    """Update ``cannot_backfill``: the issuer cannot put the record into the library."""

    reason: Reason


def check_paper_reply(state: DigitisationState, reply: CollaborationCallback) -> tuple[FieldError, ...]:
    """As every reply; one that asked for more, or could not say, may still say it as long as nobody else has."""
    if errors := check_form(reply, state.key, state.issuer):
        return errors
    if state.ended:
        return (reply_error("key", "conversation_ended"),)
    repeated = state.verdict is not None and reply.verdict not in CONCLUSIVE
    return (reply_error("verdict", "already_answered"),) if state.checked or repeated else ()


def check_own_check(state: DigitisationState, act: RecordPaperCheck) -> tuple[FieldError, ...]:
    """A department that decides one of the cases checks by hand, while that is its task."""
    if not _decides(state, act):
        return (reply_error("actor.department", "wrong_department"),)
    return () if BY_HAND in turns(state) else (reply_error("command_id", "no_open_check"),)


def check_cannot_backfill(state: DigitisationState, act: CannotBackfill) -> tuple[FieldError, ...]:
    """The issuer says so while it owes it; for one that is no department of the county's, who decides says it."""
    theirs = act.actor.department == state.issuer if state.issuer is not None else _decides(state, act)
    if not theirs or act.actor.kind not in STAFF:
        return (reply_error("actor.department", "not_the_issuer"),)
    return () if BACKFILL in turns(state) else (reply_error("command_id", "nothing_to_backfill"),)


def open_looks(state: DigitisationState, department: str | None) -> tuple[str, ...]:
    """The looks at a false paper that are open for a department."""
    tasks = state.assignments.values()
    return tuple(
        t.assignment
        for t in tasks
        if t.open and t.assignment.startswith(f"{LATE}/") and t.assignee.department == department
    )


def _decides(state: DigitisationState, act: CaseCommand) -> bool:
    return act.actor.kind in STAFF and any(c.joining.department == act.actor.department for c in state.cases.values())
