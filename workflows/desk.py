"""Tasks of people in a workflow: opened, watched until somebody moves, escalated when nobody does.

The one place where a deadline becomes a timer.  While it waits a workflow has one timer, whose summary says what is
waited for, and its history grows by nothing but the rungs that fire.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.calendar import CalendarActivities
    from activities.notification import NotificationActivities
    from schemas import attributes
    from schemas.application import Actor
    from schemas.assignment import (
        Assignee,
        Assignment,
        AssignmentClosed,
        EscalationDelivered,
        EscalationFailed,
        Moment,
        Rung,
        RungFired,
        Step,
        moments_of,
        next_moment,
        opened,
        recomputed,
        worst_colour,
    )
    from schemas.clock import COUNTY_TIME, WorkingCalendar
    from schemas.notification_exchange import Delivery, Notification, NotificationUrgency
    from schemas.policy import LongPolicy
    from schemas.stream import StreamState
    from schemas.texts import zh
    from schemas.timetable import Due

from workflows.recorder import Recorder

S = TypeVar("S", bound=StreamState)

SLA_COLOUR = SearchAttributeKey.for_keyword(attributes.SLA_COLOUR)
TELL_TIMEOUT = timedelta(seconds=20)
TELL_WITHIN = timedelta(hours=8)
TELL_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10))
"""Telling people is tried for a working day; then a supervisor is shown that nobody was reached."""
READ_TIMEOUT = timedelta(seconds=20)
Closing = Literal["done", "withdrawn", "expired", "ended"]
Remind = Callable[[Assignment, Rung], "asyncio.Future[Any] | Any"]


class Desk(Generic[S]):
    """The tasks of one stream."""

    def __init__(
        self,
        recorder: Recorder[S],
        policy: LongPolicy,
        calendar: WorkingCalendar,
        queues: dict[str, str],
        system: Actor,
    ) -> None:
        self._recorder = recorder
        self._policy = policy
        self._queues = queues
        self._system = system
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._colour: Rung | None = None
        self.timetable = policy.timetable(calendar)

    def open(
        self,
        assignment: str,
        step: Step,
        assignee: Assignee,
        *,
        task: str,
        then: str,
        requirement: str | None = None,
        working_days: int | None = None,
        gives_up_after: int | None = None,
        due: Due | None = None,
        ends_at: datetime | None = None,
        tell: bool = True,
    ) -> None:
        """A task is somebody's from now on; ``tell`` sends him word (a platform that carries it does so itself).

        The budget is the step's unless ``working_days`` is given; ``due`` and ``ends_at`` are for periods that began
        before today.
        """
        budget = self._policy.step(step)
        body = opened(
            assignment,
            step,
            assignee,
            task=task,
            then=then,
            requirement=requirement,
            working_days=working_days or budget.working_days,
            gives_up_after=gives_up_after or budget.gives_up_after,
            timetable=self.timetable,
            now=workflow.now(),
            due=due,
        )
        if ends_at is not None:
            body = body.model_copy(update={"ends_at": ends_at})
        self._recorder.record(body, self._system)
        if tell:
            self._tell(self._task(assignment), None)

    def close(self, assignment: str, how: Closing) -> None:
        """Nobody has to act on it any more; closing twice changes nothing."""
        task = self._recorder.state.assignments.get(assignment)
        if task is not None and task.open:
            self._recorder.record(AssignmentClosed(assignment=assignment, how=how), self._system)
            self._show_colour()

    def close_all(self, how: Closing) -> None:
        """The end: every task that is still open is closed, and nobody is told anything any more."""
        for assignment, task in self._recorder.state.assignments.items():
            if task.open:
                self.close(assignment, how)
        for telling in self._telling.values():
            telling.cancel()
        self._telling.clear()

    @property
    def busy(self) -> bool:
        """Whether anybody has to act on anything."""
        return any(task.open for task in self._recorder.state.assignments.values())

    def is_open(self, assignment: str) -> bool:
        """Whether somebody still has to act on it."""
        task = self._recorder.state.assignments.get(assignment)
        return task is not None and task.open

    @property
    def quiet(self) -> bool:
        """Whether nobody is being told anything right now: no run may end in between."""
        return not self._telling

    async def pause(self, wake: Callable[[], bool]) -> None:
        """Return when ``wake`` holds, or when a rung or an end has been recorded; whichever comes first."""
        moment = next_moment(self._recorder.state.assignments, self._policy.rungs, self.timetable)
        if moment is None:
            await workflow.wait_condition(wake)
            return
        until, recheck = moment.at, self._recheck()
        if recheck is not None and recheck < until:
            until = recheck
        wait = until - workflow.now()
        if wait > timedelta():
            try:
                await workflow.wait_condition(wake, timeout=wait, timeout_summary=self._sentence(moment))
                return
            except TimeoutError:
                pass
        if recheck is not None and until is recheck:
            await self._read_calendar()
        self.fire()

    def fire(self) -> None:
        """Record every rung and every end whose moment has come, each once."""
        now = workflow.now()
        for assignment in list(self._recorder.state.assignments):
            while moments := self._due(assignment, now):
                moment = moments[0]
                if moment.rung is None:
                    self.close(assignment, "expired")
                    break
                self._recorder.record(RungFired(assignment=assignment, rung=moment.rung), self._system)
                self._show_colour()
                self._tell(self._task(assignment), moment.rung)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _task(self, assignment: str) -> Assignment:
        return self._recorder.state.assignments[assignment]

    def _due(self, assignment: str, now: datetime) -> list[Moment]:
        found = moments_of(self._task(assignment), self._policy.rungs, self.timetable)
        return sorted((m for m in found if m.at <= now), key=lambda m: (m.at, m.rung is None))

    def _sentence(self, moment: Moment) -> str:
        """What the pending timer says: for whom, until when, and what follows."""
        task = self._task(moment.assignment)
        until = task.due_at.astimezone(COUNTY_TIME).strftime("%m-%d %H:%M")
        return zh.WAITING.format(who=task.assignee.name, task=task.task, until=until, then=task.then)[:180]

    def _recheck(self) -> datetime | None:
        """When a provisional deadline next looks for a newly published calendar."""
        provisional = [t for t in self._recorder.state.assignments.values() if t.open and t.due_provisional]
        if not provisional:
            return None
        return workflow.now() + timedelta(days=self._policy.recheck_calendar_days)

    async def _read_calendar(self) -> None:
        calendar = await workflow.execute_activity_method(
            CalendarActivities.current,
            task_queue=self._queues.get("platforms"),
            start_to_close_timeout=READ_TIMEOUT,
            summary=zh.SUMMARY_CALENDAR,
        )
        self.timetable = self._policy.timetable(calendar)
        for task in list(self._recorder.state.assignments.values()):
            changed = recomputed(task, self.timetable)
            if changed is not None:
                self._recorder.record(changed, self._system)

    def _show_colour(self) -> None:
        colour = worst_colour(self._recorder.state.assignments)
        if colour is not self._colour:
            self._colour = colour
            change = SLA_COLOUR.value_set(zh.COLOURS[colour.value]) if colour else SLA_COLOUR.value_unset()
            workflow.upsert_search_attributes([change])

    def _tell(self, task: Assignment, rung: Rung | None) -> None:
        """Word to the desk in the background: nobody waits for it, and its outcome is an event of its own."""
        key = f"{task.assignment}/{rung.value if rung else 'task'}"
        self._telling[key] = asyncio.create_task(self._deliver(key, task, rung))

    async def _deliver(self, key: str, task: Assignment, rung: Rung | None) -> None:
        try:
            delivery = await self._notify(task, rung)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            cause = error.cause
            reason = cause.type or "failed" if isinstance(cause, ApplicationError) else "not_in_time"
            failed = EscalationFailed(assignment=task.assignment, rung=rung, reason=reason)
            self._tell_done(key, failed)
        else:
            told = EscalationDelivered(
                assignment=task.assignment,
                rung=rung,
                recipient=delivery.recipient,
                substituted_for=delivery.substituted_for,
                channel=delivery.channel,
            )
            self._tell_done(key, told)

    def _tell_done(self, key: str, body: EscalationDelivered | EscalationFailed) -> None:
        self._telling.pop(key, None)
        if not self._recorder.state.ended:
            self._recorder.record(body, self._system)

    async def _notify(self, task: Assignment, rung: Rung | None) -> Delivery:
        if task.assignee.department is None:
            raise ApplicationError("nobody to tell", type="NoDepartment", non_retryable=True)
        urgency = NotificationUrgency(rung.value) if rung else NotificationUrgency.TASK
        until = task.due_at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
        number = self._recorder.state.application_no
        return await workflow.execute_activity_method(
            NotificationActivities.deliver,
            Notification(
                key=f"{workflow.info().workflow_id}/{task.assignment}/{urgency.value}",
                application_no=number,
                department=task.assignee.department,
                recipients=task.assignee.recipients,
                urgency=urgency,
                title=zh.NOTIFICATION_TITLES[urgency.value].format(number=number),
                text=zh.NOTIFICATION_TEXT.format(number=number, task=task.task, until=until, then=task.then),
            ),
            task_queue=self._queues.get("platforms"),
            start_to_close_timeout=TELL_TIMEOUT,
            schedule_to_close_timeout=TELL_WITHIN,
            retry_policy=TELL_RETRY,
            summary=zh.SUMMARY_TELL.format(who=task.assignee.name),
        )
