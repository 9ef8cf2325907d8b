"""信息核验: asking the issuing department for a fact over the integrated platform [三(三), 四(四)一].

No answer presumes nothing (law 6).  A late answer before the decision reopens the requirement, exactly once; after it,
it opens a check and changes no decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime

from schemas.application import CommandRef
from schemas.assignment import Assignee, of_department
from schemas.base import Model, Sha256Hex
from schemas.catalogue import EvidenceRule
from schemas.codes import Route
from schemas.collaboration_exchange import CollaborationCallback, CollaborationRequest
from schemas.errors import FieldError
from schemas.evidence import OutcomeKind
from schemas.identifiers import names_somebody
from schemas.long_route import RouteStart
from schemas.question import question_to
from schemas.request_events import NewsHeard, RequestDelivered, RequestUndelivered
from schemas.route_events import CaseNewsKind, ReportKind, RouteReport
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding
from schemas.texts import zh

if TYPE_CHECKING:
    from datetime import datetime


ANSWERS = ("confirmed", "refuted", "no_record", "needs_more", "declined")
"""What a department may say: 属实, 不属实, 查无记录, 需补充信息, 不予核验 (with reason)."""
WITH_REASON = ("refuted", "needs_more", "declined")


class VerificationState(StreamState):
    """信息核验 as it stands."""

    requirement: str
    evidence: str
    department: str
    key: str
    delivered: bool = False
    undelivered: str | None = None
    verdict: str | None = None
    answer_digest: str | None = None
    lapsed: bool = False
    """The department did not answer in time, and the case has gone on."""
    news: str | None = None
    result: str | None = None

    @property
    def called_off(self) -> bool:
        """Settled otherwise, or the case is over: the question is being taken back, and an answer counts no more."""
        return self.news not in (None, CaseNewsKind.DECIDED.value)

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for.

        An answer in time before the decision is the end by itself: no event more, for this is the common case.
        """
        in_time = self.verdict is not None and not self.lapsed and self.news != CaseNewsKind.DECIDED.value
        return self.result is not None or in_time


class VerificationStart(RouteStart):
    """What ``VerificationWorkflow`` is started with.

    It lives for days and is asked one thing: its history never grows so far that a new run would have to go on with it.
    """


class VerificationOpened(Model):
    """The question, before it goes out."""

    type: Literal["verification_opened"] = "verification_opened"
    requirement: str
    evidence: str
    evidence_name: str
    department: str
    key: str
    question: str


class VerificationAnswered(Model):
    """What the department said."""

    type: Literal["verification_answered"] = "verification_answered"
    command: CommandRef
    verdict: Literal["confirmed", "refuted", "no_record", "needs_more", "declined"]
    reason: str | None
    document_digest: Sha256Hex | None
    answered_at: AwareDatetime
    late: bool


class VerificationLapsed(Model):
    """No answer in time.  It presumes nothing; the department is still listened to."""

    type: Literal["verification_lapsed"] = "verification_lapsed"


class VerificationEnded(Model):
    """The end of the conversation."""

    type: Literal["verification_ended"] = "verification_ended"
    result: Literal["answered", "undelivered", "withdrawn", "never_answered", "checked"]


VerificationBody = VerificationOpened | VerificationAnswered | VerificationLapsed | VerificationEnded


def _begin(event: Recorded) -> VerificationState:
    body = event.body
    if not isinstance(body, VerificationOpened):
        raise ImpossibleEvent(f"a verification begins with verification_opened, not {body.type}")
    return VerificationState(
        application_no=event.application_no,
        requirement=body.requirement,
        evidence=body.evidence,
        department=body.department,
        key=body.key,
    )


def _step(state: VerificationState, event: Recorded) -> VerificationState:
    match event.body:
        case RequestDelivered():
            update: dict[str, object] = {"delivered": True}
        case RequestUndelivered() as failed:
            update = {"undelivered": failed.reason}
        case VerificationAnswered() as answer:
            if state.verdict is not None:
                raise ImpossibleEvent("answered twice")
            update = {"verdict": answer.verdict, "answer_digest": answer.document_digest}
        case VerificationLapsed():
            update = {"lapsed": True}
        case NewsHeard() as heard:
            update = {"news": heard.news}
        case VerificationEnded() as end:
            update = {"result": end.result}
        case _:
            return state
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of a verification."""


def opening(start: VerificationStart) -> VerificationOpened:
    """The first event."""
    return VerificationOpened(
        requirement=start.requirement,
        evidence=start.evidence,
        evidence_name=start.kind.name,
        department=start.kind.issuer_department or "",
        key=start.key,
        question=zh.VERIFICATION_QUESTION.format(item=start.item_name, evidence=start.kind.name)[:1000],
    )


def request_of(start: VerificationStart, due_at: datetime) -> CollaborationRequest:
    """What goes to the platform."""
    opened = opening(start)
    return question_to(
        opened.department,
        start,
        key=start.key,
        evidence_name=start.kind.name,
        question=opened.question,
        subject=start.subject,
        document_digest=start.document_digest,
        due_at=due_at,
    )


def issuer(start: RouteStart) -> Assignee:
    """The department that is asked."""
    return issuer_of(start.kind)


def issuer_of(kind: EvidenceRule) -> Assignee:
    """The department that issues such evidence; without a code where it is none of the county's."""
    return of_department(kind.issuer_name or zh.SOME_DEPARTMENT, kind.issuer_department)


def check_reply(state: VerificationState, reply: CollaborationCallback) -> tuple[FieldError, ...]:
    """What keeps a reply from counting: another question's, another department's, no answer, or a second one."""
    if errors := check_form(reply, state.key, state.department):
        return errors
    if state.verdict is not None:
        return (reply_error("verdict", "already_answered"),)
    return (reply_error("key", "conversation_ended"),) if state.ended or state.called_off else ()


def check_form(reply: CollaborationCallback, key: str, department: str | None) -> tuple[FieldError, ...]:
    """What keeps any answer to a question of fact from counting; its words go on record: no identity number."""
    if reply.key != key:
        return (reply_error("key", "wrong_request"),)
    if reply.department != department:
        return (reply_error("department", "wrong_department_replied"),)
    if reply.verdict not in ANSWERS:
        return (reply_error("verdict", "unknown_verdict"),)
    if reply.verdict in WITH_REASON and not reply.reason:
        return (reply_error("reason", "reason_missing"),)
    if names_somebody(reply.reason):
        return (reply_error("reason", "identity_number_in_text"),)
    return ()


def reply_error(field: str, code: str) -> FieldError:
    """What is wrong with a reply, in the words of its code."""
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])


def report_of(start: VerificationStart, state: VerificationState, sequence: int) -> RouteReport:
    """What the case is told of an answer, of silence, or of a department that is not reached."""
    word = state.verdict or (f"request_{state.undelivered}" if state.undelivered else "no_answer")
    kind = {"confirmed": ReportKind.SETTLED, "refuted": ReportKind.ADVERSE}.get(word, ReportKind.FAILED)
    return RouteReport(
        stream=start.stream,
        sequence=sequence,
        requirement=start.requirement,
        route=Route.VERIFICATION,
        kind=kind,
        detail=word,
        basis=zh.VERIFICATION_BASIS.format(department=issuer(start).name, verdict=zh.VERDICTS.get(word, word)),
        evidence_digest=state.answer_digest,
        outcome=OutcomeKind.ADVERSE if kind is ReportKind.ADVERSE else None,
    )


def deciding(start: RouteStart) -> Assignee:
    """The deciding department."""
    return of_department(start.department_name, start.department)
