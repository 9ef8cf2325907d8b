"""Tasks of people in a workflow: opened, watched until somebody moves, escalated when nobody does.

The one place where a deadline becomes a timer.  While it waits a workflow has one timer, whose summary says what is
waited for; its history grows by nothing but what is done and the rungs that fire.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.calendar import CalendarActivities
    from schemas.application import Actor
    from schemas.assignment import (
        Assignee,
        Assignment,
        AssignmentClosed,
        AssignmentHeld,
        Moment,
        Rung,
        RungFired,
        Step,
        moments_of,
        next_moment,
        opened,
        recomputed,
        resumed,
        unsettled,
        worst_colour,
    )
    from schemas.clock import COUNTY_TIME, WorkingCalendar
    from schemas.policy import LongPolicy
    from schemas.stream import StreamState
    from schemas.texts import zh
    from schemas.timetable import Due
    from schemas.turn import most_pressing, task_tags

from workflows.alarm import Alarm
from workflows.columns import CASE_STAGE, CASE_TAGS, DUE_AT, SLA_COLOUR, WAITING_ON, details, either, show
from workflows.recorder import Recorder
from workflows.telling import Telling

S = TypeVar("S", bound=StreamState)

READ_TIMEOUT = timedelta(seconds=20)
READ_WITHIN = timedelta(minutes=1)
"""A calendar that cannot be read is read again later; nobody's answer waits for it."""
Outlook = tuple[Moment | None, Rung | None, int]
Closing = Literal["done", "withdrawn", "expired", "ended"]


class Desk(Generic[S]):
    """The tasks of one stream.

    ``show`` says in the list of cases whose turn it is; without one, the most pressing task does.
    """

    def __init__(
        self,
        recorder: Recorder[S],
        policy: LongPolicy,
        calendar: WorkingCalendar,
        queues: dict[str, str],
        system: Actor,
        show: Callable[[], None] | None = None,
    ) -> None:
        self._recorder = recorder
        self._policy = policy
        self.show = show or self._show_most_pressing
        self._queues = queues
        self._system = system
        self._telling = Telling(recorder, queues.get("platforms"), system)
        known = recorder.state.assignments if recorder.recorded else {}
        self._desks = {name: task.handed_over for name, task in known.items()}
        self._reminded = {name: task.reminded for name, task in known.items()}
        self._look_again: datetime | None = None
        self._alarm = Alarm()
        self.timetable = policy.timetable(calendar)

    def due(self, step: Step) -> datetime:
        """When the working days of a step that begins now are over, UTC."""
        return self.timetable.due(workflow.now(), self._policy.step(step).working_days).at

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
            ends_at=ends_at,
        )
        self._recorder.record(body, self._system)
        self._desks[assignment] = self._reminded[assignment] = 0
        if tell:
            self._tell(self._task(assignment), None)

    def close(self, assignment: str, how: Closing) -> None:
        """Nobody has to act on it any more; closing twice changes nothing."""
        task = self._recorder.state.assignments.get(assignment)
        if task is not None and task.open:
            self._recorder.record(AssignmentClosed(assignment=assignment, how=how), self._system)
            if task.colour is not None:
                self.show()

    def close_all(self, how: Closing) -> None:
        """The end: every task that is still open is closed, and nobody is told anything any more."""
        for assignment, task in self._recorder.state.assignments.items():
            if task.open:
                self.close(assignment, how)
        self._telling.stop()
        workflow.set_current_details(zh.CURRENT_ENDED)

    def hold(self, assignment: str, reason: str, responsible: str) -> None:
        """中止: no rung fires until it is resumed; a task that is closed, or held already, is left alone."""
        if self.is_open(assignment) and self._task(assignment).held_since is None:
            body = AssignmentHeld(assignment=assignment, reason=reason, responsible=responsible)
            self._recorder.record(body, self._system)

    def resume(self, assignment: str) -> None:
        """续办: the deadline moves by the working days for which the task was held."""
        if self.is_open(assignment) and self._task(assignment).held_since is not None:
            body = resumed(self._task(assignment), self.timetable, workflow.now())
            self._recorder.record(body, self._system)

    @property
    def quiet(self) -> bool:
        """Whether nobody is being told anything right now: no run may end in between."""
        return self._telling.idle

    @property
    def busy(self) -> bool:
        """Whether anybody has to act on anything."""
        return any(task.open for task in self._recorder.state.assignments.values())

    def is_open(self, assignment: str) -> bool:
        """Whether somebody still has to act on it."""
        task = self._recorder.state.assignments.get(assignment)
        return task is not None and task.open

    async def pause(self, wake: Callable[[], bool]) -> None:
        """Return when ``wake`` holds, or when a rung or an end has been recorded; whichever comes first.

        What others do meanwhile to the tasks (annulled, given to another desk, held) is taken into account.
        """
        while not wake():
            self.show()
            self._tell_again()
            seen = self._outlook()
            until = self._until(seen[0])
            if not await self._passes(until, seen, wake):
                continue
            if self.timetable.beyond_calendar(workflow.now()) or self._look_again == until:
                await self._read_calendar()
            if self.fire():
                return

    def fire(self) -> bool:
        """Record every rung and every end whose moment has come, each once; whether there was any."""
        now, before = workflow.now(), self._recorder.recorded
        for assignment in list(self._recorder.state.assignments):
            while moments := self._due(assignment, now):
                moment = moments[0]
                if moment.rung is None:
                    self.close(assignment, "expired")
                    break
                self._recorder.record(RungFired(assignment=assignment, rung=moment.rung), self._system)
                self._tell(self._task(assignment), moment.rung)
        fired = self._recorder.recorded > before
        if fired:
            self.show()
        return fired

    # --- pieces --------------------------------------------------------------------------------------------------

    def _outlook(self) -> Outlook:
        """What a wait is for: the next moment, the colour shown, and who still has to be told something."""
        tasks = self._recorder.state.assignments
        desks = sum(task.handed_over + task.reminded for task in tasks.values())
        return next_moment(tasks, self._policy.rungs, self.timetable), worst_colour(tasks), desks

    def _until(self, moment: Moment | None) -> datetime | None:
        """When to look up: at the next moment, or earlier for a calendar that may be published by then."""
        rungs, timetable = self._policy.rungs, self.timetable
        if not any(unsettled(task, rungs, timetable) for task in self._recorder.state.assignments.values()):
            self._look_again = None
        elif self._look_again is None:
            self._look_again = workflow.now() + timedelta(days=self._policy.recheck_calendar_days)
        if moment is None or self._look_again is None:
            return moment.at if moment is not None else None
        return min(moment.at, self._look_again)

    async def _passes(self, until: datetime | None, seen: Outlook, wake: Callable[[], bool]) -> bool:
        """Wait; whether the time has come (and neither ``wake`` nor a change of what was seen before it)."""

        def up() -> bool:
            return wake() or self._outlook() != seen

        if until is None or seen[0] is None:
            self._alarm.stop()
            await workflow.wait_condition(up)
            return False
        if until <= workflow.now():
            return True
        self._alarm.set(until, self._sentence(seen[0]))
        await workflow.wait_condition(lambda: self._alarm.rung or up())
        return self._alarm.rung

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

    async def _read_calendar(self) -> None:
        """Whatever was published since; a calendar that cannot be read now is read again later."""
        self._look_again = workflow.now() + timedelta(days=self._policy.recheck_calendar_days)
        try:
            calendar = await workflow.execute_activity_method(
                CalendarActivities.current,
                task_queue=self._queues.get("platforms"),
                start_to_close_timeout=READ_TIMEOUT,
                schedule_to_close_timeout=READ_WITHIN,
                summary=zh.SUMMARY_CALENDAR,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return
        self.timetable = self._policy.timetable(calendar)
        for task in list(self._recorder.state.assignments.values()):
            changed = recomputed(task, self.timetable)
            if changed is not None:
                self._recorder.record(changed, self._system)
        await self._recorder.flush()

    def _show_most_pressing(self) -> None:
        tasks, now = self._recorder.state.assignments, workflow.now()
        task, colour = most_pressing(tasks), worst_colour(tasks)
        if task is None:
            show(SLA_COLOUR.value_unset())
            return
        tags = [zh.TAGS[code] for code in task_tags(task, self._policy.rungs, self.timetable, now)]
        show(
            CASE_STAGE.value_set(zh.STEPS[task.step.value]),
            WAITING_ON.value_set(task.assignee.name),
            DUE_AT.value_set(task.due_at),
            either(SLA_COLOUR, zh.COLOURS[colour.value] if colour is not None else None),
            either(CASE_TAGS, tags),
            progress=self._recorder.progressed_at,
        )
        details(task.task, task.assignee.name, task.opened_at, task.due_at, zh.UNBLOCKED.format(then=task.then))

    def _tell(self, task: Assignment, rung: Rung | None) -> None:
        """Tried until offices close on the next working day: a rung fires when they close, and then nobody is there."""
        now = workflow.now()
        self._telling.tell(task, rung, self.timetable.due(now, 1).at - now)

    def _tell_again(self) -> None:
        """A task that was given to other desks is told there; who was to be reminded out of turn is reminded."""
        for task in self._recorder.state.assignments.values():
            if task.open and task.handed_over != self._desks.get(task.assignment, 0):
                self._desks[task.assignment] = task.handed_over
                self._tell(task, None)
            if task.open and task.reminded != self._reminded.get(task.assignment, 0):
                self._reminded[task.assignment] = task.reminded
                self._tell(task, Rung.REMINDER)
