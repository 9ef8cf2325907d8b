"""What every long route does alike: hears how its case stands, reports to it by workflow id, and shows its tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.collaboration import CollaborationActivities
    from activities.outside import NOT_ON_PLATFORM, PLATFORM_REFUSED
    from schemas.application import Act, Actor, CommandRef, Receipt, application_stream, callback_ref
    from schemas.assignment import Step
    from schemas.assistance_exchange import AssistanceOrder, AssistanceRevocation
    from schemas.base import Model
    from schemas.codes import ActorKind, Platform
    from schemas.collaboration_exchange import CollaborationCallback, CollaborationRequest, CollaborationWithdrawal
    from schemas.errors import FieldError
    from schemas.joining import JoinedState
    from schemas.long_route import ConversationStart, RouteStart, RouteView, tasks_of
    from schemas.outside import PlatformReceipt
    from schemas.request_events import (
        NewsHeard,
        ReportUndelivered,
        RequestDelivered,
        RequestUndelivered,
        RequestWithdrawn,
    )
    from schemas.route_events import CaseNews, CompletionReport, ReviewReport, RouteReport
    from schemas.stream import StreamState
    from schemas.texts import zh
    from schemas.timetable import Timetable

from workflows.desk import Desk
from workflows.procedure import SYSTEM, Procedure
from workflows.stuck import kept_trying

S = TypeVar("S", bound=StreamState)

STUCK_ON = zh.STUCK_PLATFORM.format(platform=zh.PLATFORMS[Platform.COLLABORATION.value])
SEND_TIMEOUT = timedelta(seconds=20)
SEND_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
WITHDRAW_WITHIN = timedelta(hours=1)
"""Calling back is a courtesy to the department: tried for an hour, and its failure is an event."""

Report = RouteReport | ReviewReport | CompletionReport


class Conversation(Procedure[S]):
    """Base of what waits on people; a subclass sets ``_start``, ``_recorder`` and ``_desk`` in ``@workflow.init``."""

    _start: ConversationStart
    _desk: Desk[S]

    def _deciding(self) -> tuple[str, ...]:
        """The department that decides the case; of what cases share, those of all of them."""
        state = self._recorder.state
        joined = [case.joining.department for case in state.cases.values()] if isinstance(state, JoinedState) else []
        return (self._start.department, *joined)

    def _reckoning(self) -> Timetable:
        """As the desk reckons."""
        return self._desk.timetable

    @workflow.signal(name="case_news", description="办件告知本路径：另行办成、已结束、已决定或已撤回")
    def case_news(self, news: CaseNews) -> None:
        """How the case stands; the same news again, or news after the end, changes nothing."""
        heard = NewsHeard(application_no=news.application_no, requirement=news.requirement, news=news.kind.value)
        if not self._recorder.state.ended and self._is_new(news):
            self._recorder.record(heard, SYSTEM)

    async def _hear_reply(
        self,
        callback: CollaborationCallback,
        check: Callable[[], tuple[FieldError, ...]],
        do: Callable[[CommandRef, Actor], None],
    ) -> Receipt:
        """A department's answer is an act: its message is the command, and whoever answered for it the actor."""
        ref = callback_ref(Act.REPLY, callback)
        who = callback.answered_by or callback.message_id
        actor = Actor(kind=ActorKind.DEPARTMENT, actor_id=who, department=callback.department)
        return await self._act(ref, actor, check=check, do=lambda: do(ref, actor))

    def _is_new(self, news: CaseNews) -> bool:
        """Whether it was not heard before; routes of one case keep one piece of news."""
        return getattr(self._recorder.state, "news", None) != news.kind.value

    @workflow.query(name="status", description="本路径的任务与期限")
    def status(self) -> RouteView:
        """The tasks of this route; no personal data."""
        state = self._recorder.state
        return RouteView(
            stream=workflow.info().workflow_id,
            application_no=state.application_no,
            ended=state.ended,
            tasks=tasks_of(state),
            recorded=self._recorder.recorded,
            durable=self._recorder.durable,
            key=getattr(state, "key", None),
        )

    async def _await(self, assignment: str, wake: Callable[[], bool]) -> None:
        """Until ``wake``; meanwhile the rungs fire, what was recorded is durable, and the turn is plain to see."""
        if self._desk.is_open(assignment):
            self._desk.show()
        await self._recorder.flush()
        while not wake():
            self._renew()
            await self._desk.pause(lambda: wake() or self._recorder.pending)
            await self._recorder.flush()

    def _renew(self) -> None:
        """Go on as a new run once the history has grown, where nothing is pending: nothing is lost, nobody waits."""
        grown = workflow.info().is_continue_as_new_suggested()
        if grown and self._desk.quiet and not self._recorder.pending and workflow.all_handlers_finished():
            carried = {"carried": self._recorder.carry(), "calendar": self._desk.timetable.calendar}
            workflow.continue_as_new(self._start.model_copy(update=carried))

    async def _report(self, signal: str, report: Report, application_no: str | None = None) -> bool:
        """Tell the case, after this route's own record is durable; whether the case still hears.

        The one use of signals: a message between workflows of ours, by workflow id, idempotent by sequence.
        """
        number = application_no or self._recorder.state.application_no
        if await self._tell_workflow(application_stream(number), signal, report):
            return True
        self._record_undelivered(number, report.requirement)
        return False

    def _note_unheard(self, requirement: str) -> None:
        """Word that went out with the record and found the case gone is an event too."""
        if self._recorder.unheard:
            self._recorder.unheard.clear()
            self._record_undelivered(self._recorder.state.application_no, requirement)

    def _record_undelivered(self, application_no: str, requirement: str) -> None:
        if not self._recorder.state.ended:
            undelivered = ReportUndelivered(application_no=application_no, requirement=requirement)
            self._recorder.record(undelivered, SYSTEM)

    async def _tell_workflow(self, stream: str, signal: str, message: Model) -> bool:
        """A message to another workflow of ours, by its id; whether it still runs."""
        try:
            await workflow.get_external_workflow_handle(stream).signal(signal, message)
        except ApplicationError:
            return False
        return True

    async def _ask_department(self, request: CollaborationRequest, step: Step) -> bool:
        """Put the question on the platform, for as long as the step may take; whether it was delivered."""
        within = self._desk.due(step) - workflow.now()
        summary = zh.SUMMARY_SEND.format(evidence=request.evidence_name)
        return await self._put(CollaborationActivities.request, request, STUCK_ON, max(SEND_TIMEOUT, within), summary)

    async def _put(
        self,
        activity: Callable[[Any, Any], Awaitable[PlatformReceipt]],
        message: CollaborationRequest | AssistanceOrder,
        stuck_on: str,
        within: timedelta,
        summary: str,
    ) -> bool:
        """Put something on a platform, once under its key; whether it was delivered, which is recorded."""
        try:
            receipt = await self._told_platform(activity, message, stuck_on, within, summary)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self._note(RequestUndelivered(key=message.key, reason=why_undelivered(error)))
            return False
        self._note(RequestDelivered(key=message.key, platform_ref=receipt.platform_ref))
        return True

    def _note(self, receipt: RequestDelivered | RequestUndelivered) -> None:
        """What came of a question; a quick department may have answered, and ended the conversation, before that."""
        if not self._recorder.state.ended:
            self._recorder.record(receipt, SYSTEM)

    async def _withdraw_request(self, key: str, department: str, reason: str) -> None:
        """Call the question back at the platform, so that nobody works for nothing (law 7)."""
        number = self._recorder.state.application_no
        message = CollaborationWithdrawal(key=key, application_no=number, to_department=department, reason=reason)
        await self._call_back_at(CollaborationActivities.withdraw, message, STUCK_ON, zh.SUMMARY_WITHDRAW)

    async def _call_back_at(
        self,
        activity: Callable[[Any, Any], Awaitable[PlatformReceipt]],
        message: CollaborationWithdrawal | AssistanceRevocation,
        stuck_on: str,
        summary: str,
    ) -> None:
        """Take back what a platform has; whether it was told is recorded."""
        try:
            await self._told_platform(activity, message, stuck_on, WITHDRAW_WITHIN, summary)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            told = False
        else:
            told = True
        self._recorder.record(RequestWithdrawn(key=message.key, reason=message.reason, told=told), SYSTEM)

    async def _told_platform(
        self,
        activity: Callable[[Any, Any], Awaitable[PlatformReceipt]],
        message: Model,
        stuck_on: str,
        within: timedelta,
        summary: str,
    ) -> PlatformReceipt:
        return await kept_trying(
            activity,
            message,
            snags=self._recorder.snags,
            stuck_on=stuck_on,
            within=within,
            start_to_close=SEND_TIMEOUT,
            retry=SEND_RETRY,
            task_queue=self._start.queues.get("platforms"),
            summary=summary,
        )


class LongRoute(Conversation[S]):
    """Base of the long routes, each for one requirement."""

    _start: RouteStart


def why_undelivered(error: ActivityError) -> Any:
    """Why a platform does not have what was sent, in the words of ``RequestUndelivered``."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in (NOT_ON_PLATFORM, PLATFORM_REFUSED):
        return "not_on_platform" if cause.type == NOT_ON_PLATFORM else "refused"
    return "unavailable"
