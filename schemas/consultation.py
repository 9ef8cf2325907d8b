"""意见征集: asking one department for an opinion on a stage of a case over the integrated platform [四(四)一].

An opinion is no fact.  No answer is neither consent nor objection: it is recorded as unanswered, and the department is
listened to until whoever asked says that it is over.  Never withdrawn because something else settled (law 7).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, StringConstraints, model_validator

from schemas.application import CommandRef
from schemas.assignment import Assignee, of_department
from schemas.base import Model, Sha256Hex, ShortText
from schemas.collaboration_exchange import CollaborationKind, CollaborationRequest
from schemas.exchange import Subject
from schemas.identifiers import Uscc
from schemas.long_route import Carried, ConversationStart
from schemas.outside import LongText, Stream
from schemas.question import question_to
from schemas.recusal import Apart, PersonRecused, Recusal
from schemas.request_events import NewsHeard, RequestDelivered, RequestUndelivered
from schemas.route_events import CaseNewsKind
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding

Opinion = Literal["agree", "agree_with_conditions", "disagree", "no_opinion", "outside_remit"]
"""同意, 附条件同意, 不同意, 无意见, 不属本部门职责."""
UNANSWERED = "unanswered"
OVER = (CaseNewsKind.APPLICATION_ENDED.value, CaseNewsKind.DECIDED.value)
"""News after which nobody needs the opinion; that another route settled the requirement is none of them (law 7)."""

StageCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{2,160}$")]
"""Which stage of the case is asked about, by code: ``acceptance_opinion``, ``disposition-…``; never personal."""


def consultation_stream(application_no: str, stage: str) -> str:
    """Workflow id of a consultation."""
    return f"consultation/{application_no}/{stage}"


class OpinionReport(Model):
    """意见征集 tells whoever asked what was said, or that nothing was; a later report of the stream replaces it."""

    stream: str
    sequence: int
    stage: str
    department: Uscc
    verdict: Opinion | Literal["unanswered"]
    reason: str | None
    conditions: str | None
    document_digest: Sha256Hex | None
    unit: str | None
    person: str | None
    recusals: tuple[Recusal, ...]
    late: bool


class ConsultationOpened(Model):
    """The question, before it goes out."""

    type: Literal["consultation_opened"] = "consultation_opened"
    stage: str
    about: str
    department: Uscc
    department_name: str
    asker: Uscc
    key: str
    apart: Apart


class OpinionGiven(Model):
    """What the department said, in its own words."""

    type: Literal["opinion_given"] = "opinion_given"
    command: CommandRef
    verdict: Opinion
    reason: str | None
    conditions: str | None
    document_digest: Sha256Hex | None
    unit: str | None
    person: str | None
    answered_at: AwareDatetime
    late: bool


class OpinionLapsed(Model):
    """No opinion in time: no consent and no objection."""

    type: Literal["opinion_lapsed"] = "opinion_lapsed"


class ConsultationCalledOver(Model):
    """Whoever asked needs the opinion no more."""

    type: Literal["consultation_called_over"] = "consultation_called_over"
    command: CommandRef
    reason: str


class ConsultationEnded(Model):
    """The end of the conversation."""

    type: Literal["consultation_ended"] = "consultation_ended"
    result: Literal["answered", "unanswered"]


ConsultationBody = ConsultationOpened | OpinionGiven | OpinionLapsed | ConsultationCalledOver | ConsultationEnded


class ConsultationState(StreamState):
    """意见征集 as it stands."""

    stage: str
    department: str
    asker: str
    key: str
    apart: Apart
    delivered: bool = False
    undelivered: str | None = None
    opinion: OpinionGiven | None = None
    lapsed: bool = False
    recusals: tuple[Recusal, ...] = ()
    said: int | None = None
    """Sequence of the event that whoever asked is to hear of."""
    news: str | None = None
    over: bool = False
    result: str | None = None

    @property
    def asked(self) -> bool:
        """Whether the question was put to the platform, with or without success."""
        return self.delivered or self.undelivered is not None

    @property
    def ended(self) -> bool:
        """Whether nobody listens any more."""
        return self.result is not None


class ConsultationStart(ConversationStart):
    """What ``ConsultationWorkflow`` is started with, by a workflow of ours or by the deciding department itself."""

    stage: StageCode
    about: ShortText
    """What the opinion is about, for people."""
    question: LongText
    asked: Uscc
    asked_name: ShortText
    asker: Uscc
    """Who asks: the deciding department, or 管委会."""
    subject: Subject | None = None
    document_digest: Sha256Hex | None = None
    apart: Apart = Apart()
    report_to: Stream
    """Workflow id of whoever asked; it is told by the signal ``opinion_report``."""
    carried: Carried[ConsultationState] | None = None

    @model_validator(mode="after")
    def _stream_of_the_stage(self) -> Self:
        if self.stream != consultation_stream(self.application_no, self.stage):
            raise ValueError("stream 须为 consultation/{application_no}/{stage}")
        return self

    @property
    def key(self) -> str:
        """Key of the question outside: one for each consultation (law 15)."""
        return f"{self.application_no}/{self.stage}/opinion"


def _begin(event: Recorded) -> ConsultationState:
    body = event.body
    if not isinstance(body, ConsultationOpened):
        raise ImpossibleEvent(f"a consultation begins with consultation_opened, not {body.type}")
    return ConsultationState(
        application_no=event.application_no,
        stage=body.stage,
        department=body.department,
        asker=body.asker,
        key=body.key,
        apart=body.apart,
    )


def _step(state: ConsultationState, event: Recorded) -> ConsultationState:
    match event.body:
        case RequestDelivered():
            update: dict[str, object] = {"delivered": True}
        case RequestUndelivered() as failed:
            update = {"undelivered": failed.reason}
        case OpinionGiven() as opinion:
            if state.opinion is not None:
                raise ImpossibleEvent("answered twice")
            update = {"opinion": opinion, "said": event.sequence}
        case OpinionLapsed():
            if state.opinion is not None:
                raise ImpossibleEvent("lapsed after the answer")
            update = {"lapsed": True, "said": event.sequence}
        case PersonRecused() as stepped:
            update = {"recusals": (*state.recusals, stepped.recusal)}
        case NewsHeard() as heard:
            update = {"news": heard.news, "over": state.over or heard.news in OVER}
        case ConsultationCalledOver():
            # Whoever asked waits for it no longer: he hears that nothing was said, for his procedure to go on.
            update = {"over": True, "said": event.sequence if state.said is None else state.said}
        case ConsultationEnded() as end:
            update = {"result": end.result}
        case _:
            return state
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of a consultation."""


def opening(start: ConsultationStart) -> ConsultationOpened:
    """The first event."""
    return ConsultationOpened(
        stage=start.stage,
        about=start.about,
        department=start.asked,
        department_name=start.asked_name,
        asker=start.asker,
        key=start.key,
        apart=start.apart,
    )


def request_of(start: ConsultationStart, due_at: datetime) -> CollaborationRequest:
    """What goes to the platform."""
    return question_to(
        start.asked,
        start,
        kind=CollaborationKind.OPINION,
        asker=start.asker,
        key=start.key,
        evidence_name=start.about,
        question=start.question,
        subject=start.subject,
        document_digest=start.document_digest,
        due_at=due_at,
    )


def consulted(start: ConsultationStart) -> Assignee:
    """The department that is asked."""
    return of_department(start.asked_name, start.asked)


def report_of(start: ConsultationStart, state: ConsultationState) -> OpinionReport:
    """What whoever asked is told; the same facts give the same report."""
    given = state.opinion
    return OpinionReport(
        stream=start.stream,
        sequence=state.said or 0,
        stage=state.stage,
        department=state.department,
        verdict=given.verdict if given else "unanswered",
        reason=given.reason if given else None,
        conditions=given.conditions if given else None,
        document_digest=given.document_digest if given else None,
        unit=given.unit if given else None,
        person=given.person if given else None,
        recusals=state.recusals,
        late=given.late if given else False,
    )
