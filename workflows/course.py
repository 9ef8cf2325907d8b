"""The course of a case, done: ``schemas.course`` says what, here it is recorded and put on the desks."""

from __future__ import annotations

from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Actor, ApplicationRequest
    from schemas.case import Case
    from schemas.course import LEGS, Bearings, Climbs, CloseTask, CloseTasks, Move, OpenTask
    from schemas.policy import Admission, LongPolicy

from workflows.desk import Desk
from workflows.recorder import Recorder


class Course:
    """Steers one case; ``close`` closes the questions that are still out at the sources, when the case ends."""

    def __init__(
        self,
        request: ApplicationRequest,
        admission: Admission,
        long: LongPolicy,
        recorder: Recorder[Case],
        desk: Desk[Case],
        system: Actor,
        close: Callable[[], None],
    ) -> None:
        self._request = request
        self._admission = admission
        self._long = long
        self._recorder = recorder
        self._desk = desk
        self._system = system
        self._close = close

    def steer(self, climbs: Climbs) -> None:
        """Open what the ladder asks for, close the tasks that have lost their point, and move the stage on.

        ``climbs`` are what the ladder says of the open requirements right now.
        """
        at = Bearings(
            rules=self._admission.rules,
            long=self._long,
            window=self._request.operator.department,
            timetable=self._desk.timetable,
            now=workflow.now(),
        )
        for leg in LEGS:
            for move in leg(self._recorder.state, climbs, at):
                self._make(move)

    def _make(self, move: Move) -> None:
        match move:
            case OpenTask():
                self._desk.open(
                    move.assignment,
                    move.step,
                    move.assignee,
                    task=move.task,
                    then=move.then,
                    requirement=move.requirement,
                    working_days=move.working_days,
                    due=move.due,
                    ends_at=move.ends_at,
                    tell=move.tell,
                )
            case CloseTask():
                self._desk.close(move.assignment, move.how)
            case CloseTasks():
                self._close()
                self._desk.close_all(move.how)
            case _:
                self._recorder.record(move, self._system)
