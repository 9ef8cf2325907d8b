"""Word to the people who have to act: sent in the background, nobody waits for it, and its outcome is an event."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from schemas.application import Actor
    from schemas.assignment import Assignment, EscalationDelivered, EscalationFailed, Rung
    from schemas.clock import COUNTY_TIME
    from schemas.identifiers import Uscc
    from schemas.notification_exchange import Delivery, Notification, NotificationUrgency
    from schemas.stream import StreamState
    from schemas.texts import zh

from workflows.recorder import Recorder

S = TypeVar("S", bound=StreamState)

TELL_TIMEOUT = timedelta(seconds=20)
TELL_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10))


class Telling(Generic[S]):
    """What is being told right now, for one stream."""

    def __init__(self, recorder: Recorder[S], queue: str | None, system: Actor) -> None:
        self._recorder = recorder
        self._queue = queue
        self._system = system
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is being told."""
        return not self._under_way

    def tell(self, task: Assignment, rung: Rung | None, within: timedelta) -> None:
        """Tell the desk of a task: the task itself (``None``), its reminder or an alarm.

        It is tried for as long as ``within``; then an event says that nobody was reached.
        """
        department = task.assignee.department
        if department is None:
            failed = EscalationFailed(assignment=task.assignment, rung=rung, reason="no_department")
            self._recorder.record(failed, self._system)
            return
        message = self._message(task, department, rung)
        work = self._deliver(task, rung, message, max(TELL_TIMEOUT, within))
        self._under_way[message.key] = asyncio.create_task(work)

    def stop(self) -> None:
        """Nobody is told anything any more."""
        for telling in self._under_way.values():
            telling.cancel()
        self._under_way.clear()

    # --- pieces --------------------------------------------------------------------------------------------------

    def _message(self, task: Assignment, department: Uscc, rung: Rung | None) -> Notification:
        number = self._recorder.state.application_no
        urgency = NotificationUrgency(rung.value) if rung else NotificationUrgency.TASK
        until = task.due_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
        return Notification(
            key=_key(task, urgency),
            application_no=number,
            department=department,
            recipients=task.assignee.recipients,
            urgency=urgency,
            title=zh.NOTIFICATION_TITLES[urgency.value].format(number=number),
            text=zh.NOTIFICATION_TEXT.format(number=number, task=task.task, until=until, then=task.then),
        )

    async def _deliver(self, task: Assignment, rung: Rung | None, message: Notification, within: timedelta) -> None:
        outcome: EscalationDelivered | EscalationFailed
        try:
            delivery: Delivery = await workflow.execute_activity_method(
                NotificationActivities.deliver,
                message,
                task_queue=self._queue,
                start_to_close_timeout=TELL_TIMEOUT,
                schedule_to_close_timeout=within,
                retry_policy=TELL_RETRY,
                summary=zh.SUMMARY_TELL.format(who=task.assignee.name),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            outcome = EscalationFailed(assignment=task.assignment, rung=rung, reason=_why(error))
        else:
            outcome = EscalationDelivered(
                assignment=task.assignment,
                rung=rung,
                recipient=delivery.recipient,
                substituted_for=delivery.substituted_for,
                channel=delivery.channel,
            )
        # Off the list first: what is told is not to be stopped while it is being written down.
        self._under_way.pop(message.key, None)
        if not self._recorder.state.ended:
            self._recorder.record(outcome, self._system)
            await self._recorder.flush()


def _key(task: Assignment, urgency: NotificationUrgency) -> str:
    """The same for every retry, reset and replay; another when a task is opened anew, told to other desks, or reminded
    of out of turn."""
    key = f"{workflow.info().workflow_id}/{task.assignment}/{urgency.value}"
    again = f"/{task.opening}.{task.handed_over}" if task.opening > 1 or task.handed_over else ""
    out_of_turn = f"/again.{task.reminded}" if task.reminded and urgency is NotificationUrgency.REMINDER else ""
    return key + again + out_of_turn


def _why(error: ActivityError) -> str:
    cause = error.cause
    return (cause.type or "failed") if isinstance(cause, ApplicationError) else "not_in_time"
