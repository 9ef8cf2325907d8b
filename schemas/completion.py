"""证照补齐 [四(三)1]: a licence that the library lacks or has wrong is completed by its issuer (pure).

One for each licence of a person, however many cases hit it.  The issuer has its time and alarms rise; nothing is given
up by itself, and only our own lookup says that it is done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from schemas.application import CommandRef
from schemas.assignment import Assignee
from schemas.base import Model
from schemas.case_commands import CaseCommand, Reason
from schemas.catalogue import EvidenceRule
from schemas.codes import ActorKind
from schemas.collaboration_exchange import CollaborationCallback, CollaborationRequest
from schemas.errors import FieldError
from schemas.exchange import Batch, Subject
from schemas.identifiers import SubjectRef
from schemas.joining import JoinedCase, JoinedState, Joining, cases_after
from schemas.long_route import Carried, ConversationStart
from schemas.lookup import Library, LibraryAnswered, lookups
from schemas.question import question_to
from schemas.request_events import RequestDelivered, RequestUndelivered
from schemas.route_events import CompletionReport
from schemas.stream import ImpossibleEvent, Recorded, folding
from schemas.texts import zh
from schemas.verification import check_form, issuer_of, reply_error

ASKED = "completion"
"""The task of the issuer."""
CANNOT = ("refuted", "no_record", "declined")
"""Replies by which the issuer says that there is nothing for it to complete."""
HOLDER = "completion/holder"
"""What a lookup is for: the licence itself, not a requirement of a case."""

OpenedBy = Literal["case", "holder", "counter"]
"""A case that hit it, the holder (闽政通核对), or 证照补齐服务窗口."""
Lack = Literal["no_record", "mismatch"]


class CompletionState(JoinedState):
    """证照补齐 as it stands."""

    issuer: str | None
    key: str
    delivered: bool = False
    undelivered: bool = False
    said: str | None = None
    """What the issuer last said over the platform."""
    found: str | None = None
    """Digest of the licence our own lookup found."""
    impossible: bool = False
    result: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None


class CompletionStart(ConversationStart):
    """What ``LicenceCompletionWorkflow`` is started with; it needs no case."""

    kind: EvidenceRule
    subject: Subject
    opened_by: OpenedBy
    lack: Lack
    case: Joining | None
    """The case that hit it first."""
    library: Library
    carried: Carried[CompletionState] | None = None

    @property
    def key(self) -> str:
        """Key of what it does outside: the same for every retry, reset and replay (law 15)."""
        return f"{self.application_no}/{self.kind.code}/completion/1"


class CannotComplete(CaseCommand):
    """Update ``cannot_complete``: the issuer cannot complete the licence."""

    reason: Reason


class CompletionOpened(Model):
    """A licence is missing or wrong."""

    type: Literal["completion_opened"] = "completion_opened"
    evidence_type: str
    evidence_name: str
    subject_ref: SubjectRef
    opened_by: OpenedBy
    lack: Lack
    case: Joining | None
    issuer: str | None
    key: str


class CompletionAnswered(Model):
    """What the issuer said over the platform; that it is done is believed when our lookup finds it."""

    type: Literal["completion_answered"] = "completion_answered"
    command: CommandRef
    verdict: Literal["confirmed", "refuted", "no_record", "needs_more", "declined"]
    reason: str | None
    answered_at: AwareDatetime


class CompletionImpossible(Model):
    """The issuer cannot complete the licence, with its reason."""

    type: Literal["completion_impossible"] = "completion_impossible"
    command: CommandRef
    reason: str


class CompletionEnded(Model):
    """The library has the licence, or will not have it."""

    type: Literal["completion_ended"] = "completion_ended"
    result: Literal["completed", "issuer_cannot_complete"]


CompletionBody = CompletionOpened | CompletionAnswered | CompletionImpossible | CompletionEnded


def _begin(event: Recorded) -> CompletionState:
    body = event.body
    if not isinstance(body, CompletionOpened):
        raise ImpossibleEvent(f"a completion begins with completion_opened, not {body.type}")
    first = {body.case.key: JoinedCase(joining=body.case)} if body.case is not None else {}
    return CompletionState(application_no=event.application_no, cases=first, issuer=body.issuer, key=body.key)


def _step(state: CompletionState, event: Recorded) -> CompletionState:
    match event.body:
        case RequestDelivered():
            update: dict[str, object] = {"delivered": True}
        case RequestUndelivered():
            update = {"undelivered": True}
        case CompletionAnswered() as answer:
            update = {"said": answer.verdict, "impossible": answer.verdict in CANNOT}
        case CompletionImpossible():
            update = {"impossible": True}
        case LibraryAnswered() as said:
            update = {"found": state.found or said.found}
        case CompletionEnded() as end:
            update = {"result": end.result}
        case body:
            return cases_after(state, body)
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of a completion."""


def own_number(evidence_type: str, subject_ref: str) -> str:
    """办件编号 of a completion that no case began; it follows from licence and pseudonym, and names nobody."""
    return f"BQ-{evidence_type[:30]}-{subject_ref[2:18]}"


def opening(start: CompletionStart) -> CompletionOpened:
    """The first event."""
    return CompletionOpened(
        evidence_type=start.kind.code,
        evidence_name=start.kind.name,
        subject_ref=start.subject.subject_ref,
        opened_by=start.opened_by,
        lack=start.lack,
        case=start.case,
        issuer=start.kind.issuer_department,
        key=start.key,
    )


def result_of(state: CompletionState) -> Literal["completed", "issuer_cannot_complete"] | None:
    """How it ends; ``None`` while the issuer has to act."""
    if state.found is not None:
        return "completed"
    return "issuer_cannot_complete" if state.impossible else None


def report_for(start: CompletionStart, state: CompletionState, case: JoinedCase) -> CompletionReport | None:
    """What a case has not been told yet; ``None`` when there is nothing."""
    result = result_of(state)
    if result is None or case.gone or case.told:
        return None
    return CompletionReport(
        stream=start.stream,
        sequence=state.sequence,
        requirement=case.joining.requirement,
        evidence=case.joining.evidence,
        completed=result == "completed",
        detail=result,
    )


def batches(start: CompletionStart, at: datetime) -> tuple[Batch, ...]:
    """Our own lookup of the licence.

    Law 9 allows no lookup without an open case.  This is one: whoever asks for a licence of his to be completed, on
    闽政通 or at the counter, opens it about himself; a case of ours that hit it opens it about a party of the case.
    """
    return lookups(start, start.library, start.kind, start.subject, HOLDER, at)


def reachable(start: CompletionStart) -> bool:
    """Whether the issuer is told over the integrated platform; otherwise its desk is."""
    return start.kind.issuer_department is not None and start.kind.issuer_on_platform


def request_of(start: CompletionStart, due_at: datetime) -> CollaborationRequest:
    """What the issuer is asked to do."""
    return question_to(
        start.kind.issuer_department or "",
        start,
        key=start.key,
        evidence_name=start.kind.name,
        question=zh.COMPLETION_QUESTION[start.lack].format(evidence=start.kind.name),
        subject=start.subject,
        due_at=due_at,
    )


def issuer(start: CompletionStart) -> Assignee:
    """Who has to complete the licence."""
    return issuer_of(start.kind)


def check_completion_reply(state: CompletionState, reply: CollaborationCallback) -> tuple[FieldError, ...]:
    """As every reply; the issuer may ask for more, and say later that it is done or cannot be."""
    if errors := check_form(reply, state.key, state.issuer):
        return errors
    if state.ended:
        return (reply_error("key", "conversation_ended"),)
    return (reply_error("verdict", "already_answered"),) if state.said in ("confirmed", *CANNOT) else ()


def check_cannot_complete(state: CompletionState, department: str, act: CannotComplete) -> tuple[FieldError, ...]:
    """The issuer says so; for one that is no department of the county's, ``department``, who opened it, does."""
    theirs = act.actor.department == (state.issuer or department)
    if not theirs or act.actor.kind not in (ActorKind.CLERK, ActorKind.DEPARTMENT):
        return (reply_error("actor.department", "not_the_issuer"),)
    return () if result_of(state) is None else (reply_error("command_id", "conversation_ended"),)
