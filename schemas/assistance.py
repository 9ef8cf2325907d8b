"""帮办代办: a helper gets for the applicant what a case still lacks [四(五)], on his authorisation, free of charge.

The applicant stays the 申报主体 and answers for the truth; he can take his consent back at any time.  No statutory
period stands still for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from schemas.application import Actor, CommandId, CommandRef, OpaqueId
from schemas.assignment import Assignee, Responsible
from schemas.assistance_exchange import AssistanceCallback, AssistanceOrder, AssistanceStep, HelperId, PlainText
from schemas.assistance_forms import Form, accepted_form, closed_form, resumed_form, suspended_form
from schemas.base import Model, Sha256Hex, ShortText
from schemas.codes import ActorKind, Route
from schemas.errors import FieldError
from schemas.identifiers import Uscc
from schemas.long_route import Carried, RouteStart
from schemas.request_events import NewsHeard, RequestDelivered, RequestUndelivered
from schemas.route_events import ReportKind, RouteReport
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding
from schemas.texts import zh

if TYPE_CHECKING:
    from datetime import datetime


class AssistanceState(StreamState):
    """帮办代办 as it stands."""

    requirement: str
    key: str
    window: Uscc
    """The department of the 受理窗口 that opened it."""
    delivered: bool = False
    undelivered: str | None = None
    """Why the city's system does not have the order: the window carries it itself."""
    helper: str | None = None
    step: AssistanceStep | None = None
    obtained: str | None = None
    """Digest of what was obtained."""
    lapsed: bool = False
    news: str | None = None
    result: str | None = None

    @property
    def closed(self) -> bool:
        """Whether the helper has finished, or was stopped."""
        return self.step in (AssistanceStep.FINISHED, AssistanceStep.TERMINATED)

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None


class AssistanceStart(RouteStart):
    """What ``AssistanceWorkflow`` is started with; ``document_digest`` is the 委托书's."""

    requirement_names: tuple[ShortText, ...] = Field(min_length=1)
    """What is to be obtained: any one of these meets the requirement."""
    carried: Carried[AssistanceState] | None = None

    @model_validator(mode="after")
    def _authorised(self) -> Self:
        if self.document_digest is None:
            raise ValueError("帮办代办须有委托书")
        return self

    @property
    def window(self) -> Uscc:
        """The department of the 受理窗口."""
        return self.operator.department or self.department


class WindowProgress(Model):
    """Update ``progress_by_window``: a step, told by the window where no system carries the order."""

    command_id: CommandId
    actor: Actor
    step: AssistanceStep
    helper: HelperId | None = None
    text: PlainText | None = None
    document_digest: Sha256Hex | None = None


class AssistanceOpened(Model):
    """受理: consent and authorisation are evidence, named by the digest of the 委托书."""

    type: Literal["assistance_opened"] = "assistance_opened"
    requirement: str
    evidence_names: tuple[ShortText, ...]
    key: str
    window: Uscc
    authorisation_digest: Sha256Hex
    form: Form


class HelperAssigned(Model):
    """指派: a helper has it; ``late``: he was at work already when we heard."""

    type: Literal["helper_assigned"] = "helper_assigned"
    command: CommandRef
    helper: OpaqueId
    late: bool


class AssistanceProgressed(Model):
    """进展."""

    type: Literal["assistance_progressed"] = "assistance_progressed"
    command: CommandRef
    helper: OpaqueId | None
    text: str | None


class AssistanceSuspended(Model):
    """中止, with reason and 中止单."""

    type: Literal["assistance_suspended"] = "assistance_suspended"
    command: CommandRef
    reason: str
    form: Form


class AssistanceResumed(Model):
    """续办."""

    type: Literal["assistance_resumed"] = "assistance_resumed"
    command: CommandRef
    form: Form


class AssistanceFinished(Model):
    """办结: what was asked for was obtained."""

    type: Literal["assistance_finished"] = "assistance_finished"
    command: CommandRef
    document_digest: Sha256Hex
    form: Form


class AssistanceTerminated(Model):
    """终止, with reason: it cannot be obtained."""

    type: Literal["assistance_terminated"] = "assistance_terminated"
    command: CommandRef
    reason: str
    form: Form


class AssistanceLapsed(Model):
    """It was not obtained in time; what comes from now on changes nothing."""

    type: Literal["assistance_lapsed"] = "assistance_lapsed"


class AssistanceEnded(Model):
    """The end of the conversation."""

    type: Literal["assistance_ended"] = "assistance_ended"
    result: Literal["obtained", "terminated", "not_obtained", "called_off"]


AssistanceBody = (
    AssistanceOpened
    | HelperAssigned
    | AssistanceProgressed
    | AssistanceSuspended
    | AssistanceResumed
    | AssistanceFinished
    | AssistanceTerminated
    | AssistanceLapsed
    | AssistanceEnded
)
StepBody = (
    HelperAssigned
    | AssistanceProgressed
    | AssistanceSuspended
    | AssistanceResumed
    | AssistanceFinished
    | AssistanceTerminated
)


def _begin(event: Recorded) -> AssistanceState:
    body = event.body
    if not isinstance(body, AssistanceOpened):
        raise ImpossibleEvent(f"assistance begins with assistance_opened, not {body.type}")
    return AssistanceState(
        application_no=event.application_no, requirement=body.requirement, key=body.key, window=body.window
    )


def _step(state: AssistanceState, event: Recorded) -> AssistanceState:
    body = event.body
    if state.closed and isinstance(body, StepBody):
        raise ImpossibleEvent(f"{body.type} after {state.step}")
    match body:
        case RequestDelivered():
            update: dict[str, object] = {"delivered": True}
        case RequestUndelivered():
            update = {"undelivered": body.reason}
        case HelperAssigned():
            update = {"helper": body.helper, "step": state.step or AssistanceStep.ASSIGNED}
        case AssistanceProgressed():
            update = {"step": AssistanceStep.PROGRESS, "helper": body.helper or state.helper}
        case AssistanceSuspended():
            update = {"step": AssistanceStep.SUSPENDED}
        case AssistanceResumed():
            update = {"step": AssistanceStep.RESUMED}
        case AssistanceFinished():
            update = {"step": AssistanceStep.FINISHED, "obtained": body.document_digest}
        case AssistanceTerminated():
            update = {"step": AssistanceStep.TERMINATED}
        case AssistanceLapsed():
            update = {"lapsed": True}
        case NewsHeard():
            update = {"news": body.news}
        case AssistanceEnded():
            update = {"result": body.result}
        case _:
            return state
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of an assistance."""


def opening(start: AssistanceStart) -> AssistanceOpened:
    """The first event."""
    return AssistanceOpened(
        requirement=start.requirement,
        evidence_names=start.requirement_names,
        key=start.key,
        window=start.window,
        authorisation_digest=start.document_digest or "",
        form=accepted_form(start.application_no, start.item_name, start.requirement_names, start.document_digest or ""),
    )


def order_of(start: AssistanceStart) -> AssistanceOrder:
    """What goes to the city's system."""
    return AssistanceOrder(
        key=start.key,
        stream=start.stream,
        application_no=start.application_no,
        item_code=start.item_code,
        item_name=start.item_name,
        requirement_names=start.requirement_names,
        authorisation_digest=start.document_digest or "",
        window_department=start.window,
        purpose=start.purpose,
        operator=start.operator,
        subject=start.subject,
        statement=opening(start).form.text,
    )


def helper_of(start: AssistanceStart) -> Assignee:
    """Who has to get it; word goes to the window's desks, which stand in for the helper."""
    return Assignee(responsible=Responsible.HELPER, name=zh.CASE_HELPER, department=start.window)


Told = AssistanceCallback | WindowProgress


def check_callback(state: AssistanceState, callback: AssistanceCallback) -> tuple[FieldError, ...]:
    """What keeps a step from counting: another order's, too late, incomplete, or one that cannot follow."""
    if callback.key != state.key:
        return (step_error("key", "wrong_request"),)
    return _check_step(state, callback)


def check_window(state: AssistanceState, start: AssistanceStart, told: WindowProgress) -> tuple[FieldError, ...]:
    """The window of the case, or a helper of its department, tells the steps where no system has the order."""
    if told.actor.kind not in (ActorKind.CLERK, ActorKind.CASE_HELPER):
        return (step_error("actor.kind", "window_only"),)
    if told.actor.department not in (state.window, start.department):
        return (step_error("actor.department", "wrong_department"),)
    if state.undelivered is None:
        return (step_error("step", "carried_by_platform"),)
    return _check_step(state, told)


def _check_step(state: AssistanceState, told: Told) -> tuple[FieldError, ...]:
    if state.ended or state.closed or state.lapsed:
        return (step_error("key", "conversation_ended"),)
    if state.news is not None:
        return (step_error("key", "assistance_called_off"),)
    suspended = state.step is AssistanceStep.SUSPENDED
    match told.step:
        case AssistanceStep.ASSIGNED:
            return () if told.helper is not None else (step_error("helper", "helper_missing"),)
        case AssistanceStep.PROGRESS:
            return () if not suspended else (step_error("step", "step_cannot_follow"),)
        case AssistanceStep.SUSPENDED if suspended:
            return (step_error("step", "step_cannot_follow"),)
        case AssistanceStep.RESUMED:
            return () if suspended else (step_error("step", "step_cannot_follow"),)
        case AssistanceStep.FINISHED if suspended:
            return (step_error("step", "step_cannot_follow"),)
        case AssistanceStep.FINISHED:
            return () if told.document_digest is not None else (step_error("document_digest", "digest_missing"),)
    return () if told.text is not None else (step_error("text", "reason_missing"),)


def body_of(start: AssistanceStart, state: AssistanceState, told: Told, ref: CommandRef, at: datetime) -> StepBody:
    """The event of a step that may follow; ``at`` dates its form."""
    why = told.text or ""
    match told.step:
        case AssistanceStep.ASSIGNED:
            late = state.step not in (None, AssistanceStep.ASSIGNED)
            return HelperAssigned(command=ref, helper=told.helper or "", late=late)
        case AssistanceStep.PROGRESS:
            return AssistanceProgressed(command=ref, helper=told.helper, text=told.text)
        case AssistanceStep.SUSPENDED:
            form = suspended_form(start.application_no, start.requirement_names, why, at)
            return AssistanceSuspended(command=ref, reason=why, form=form)
        case AssistanceStep.RESUMED:
            return AssistanceResumed(command=ref, form=resumed_form(start.application_no, start.requirement_names, at))
        case AssistanceStep.FINISHED:
            digest = told.document_digest or ""
            form = closed_form(start.application_no, start.requirement_names, zh.ASSISTANCE_OBTAINED, at, digest)
            return AssistanceFinished(command=ref, document_digest=digest, form=form)
        case AssistanceStep.TERMINATED:
            form = closed_form(start.application_no, start.requirement_names, why, at)
            return AssistanceTerminated(command=ref, reason=why, form=form)


def report_of(start: AssistanceStart, state: AssistanceState) -> RouteReport:
    """What goes back to 受理: what was obtained, or that it could not be had."""
    if state.obtained is not None:
        detail = "obtained"
    else:
        detail = "terminated" if state.step is AssistanceStep.TERMINATED else "not_obtained"
    return RouteReport(
        stream=start.stream,
        sequence=state.sequence,
        requirement=start.requirement,
        route=Route.ASSISTANCE,
        kind=ReportKind.SETTLED if state.obtained is not None else ReportKind.FAILED,
        detail=detail,
        basis=zh.ASSISTANCE_BASIS[detail],
        evidence_digest=state.obtained,
    )


def step_error(field: str, code: str) -> FieldError:
    """What is wrong with a step, in the words of its code."""
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])
