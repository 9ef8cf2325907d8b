"""督办: who may annul an alarm or give a task to another desk, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.application import Actor
from schemas.assignment import (
    AlarmAnnulled,
    Assignee,
    AssignmentClosed,
    Responsible,
    Rung,
    RungFired,
    Step,
    apply_assignment,
    opened,
)
from schemas.codes import ActorKind
from schemas.stream import StreamState
from schemas.supervision import AnnulAlarm, Reassign, check_annulment, check_reassignment, reassigned
from schemas.timetable import Timetable
from tests.schemas.builders import APPLICATION_NO, POLICE, calendar, command

NOW = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
ANNUL = AnnulAlarm(command_id="c-1", actor=SUPERVISOR, assignment="t", rung=Rung.BLUE, reason="平台停机，误报")
REASSIGN = Reassign(command_id="c-2", actor=SUPERVISOR, assignment="t", recipients=("desk-9",), reason="原岗位撤销")


class Ended(StreamState):
    @property
    def ended(self) -> bool:
        return True


def state(*fired: Rung, annulled: bool = False, closed: bool = False) -> StreamState:
    who = Assignee(
        responsible=Responsible.DEPARTMENT, name="德化县公安局", department=POLICE, recipients=("desk-1", "desk-2")
    )
    timetable = Timetable(calendar=calendar())
    body = opened("t", Step.OPINION, who, task="答复", then="督办", working_days=1, timetable=timetable, now=NOW)
    tasks = apply_assignment({}, body, NOW)
    for rung in fired:
        tasks = apply_assignment(tasks, RungFired(assignment="t", rung=rung), NOW)
    if annulled:
        fact = AlarmAnnulled(command=command(), assignment="t", rung=fired[-1], reason="误报")
        tasks = apply_assignment(tasks, fact, NOW)
    if closed:
        tasks = apply_assignment(tasks, AssignmentClosed(assignment="t", how="done"), NOW)
    return StreamState(application_no=APPLICATION_NO, assignments=tasks)


def codes(errors: tuple[object, ...]) -> list[str]:
    return [getattr(e, "code", "") for e in errors]


def test_a_supervisor_annuls_an_alarm_that_was_raised_also_of_a_task_that_is_done() -> None:
    assert check_annulment(state(Rung.REMINDER, Rung.BLUE), ANNUL) == ()
    assert check_annulment(state(Rung.REMINDER, Rung.BLUE, closed=True), ANNUL) == ()


@pytest.mark.parametrize(
    ("of", "changes", "code"),
    [
        pytest.param(
            state(Rung.BLUE), {"actor": Actor(kind=ActorKind.CLERK, actor_id="c")}, "not_a_supervisor", id="who"
        ),
        pytest.param(state(Rung.BLUE), {"assignment": "u"}, "unknown_assignment", id="no such task"),
        pytest.param(state(Rung.BLUE), {"rung": Rung.RED}, "alarm_not_raised", id="not raised"),
        pytest.param(state(Rung.BLUE, annulled=True), {}, "alarm_annulled_already", id="twice"),
        pytest.param(Ended(application_no=APPLICATION_NO), {}, "conversation_ended", id="after the end"),
    ],
)
def test_what_is_no_annulment(of: StreamState, changes: dict[str, object], code: str) -> None:
    assert codes(check_annulment(of, ANNUL.model_copy(update=changes))) == [code]


def test_a_task_goes_to_other_desks_of_the_same_office() -> None:
    known = state()
    assert check_reassignment(known, REASSIGN) == ()
    before = known.assignments["t"].assignee
    assert reassigned(known.assignments["t"], REASSIGN) == before.model_copy(update={"recipients": ("desk-9",)})


@pytest.mark.parametrize(
    ("of", "changes", "code"),
    [
        pytest.param(state(), {"actor": Actor(kind=ActorKind.CASE_HELPER, actor_id="c")}, "not_a_supervisor", id="who"),
        pytest.param(state(), {"assignment": "u"}, "unknown_assignment", id="no such task"),
        pytest.param(state(closed=True), {}, "assignment_closed", id="done already"),
        pytest.param(state(), {"recipients": ()}, "recipients_missing", id="to nobody"),
        pytest.param(Ended(application_no=APPLICATION_NO), {}, "conversation_ended", id="after the end"),
    ],
)
def test_what_is_no_reassignment(of: StreamState, changes: dict[str, object], code: str) -> None:
    assert codes(check_reassignment(of, REASSIGN.model_copy(update=changes))) == [code]


@pytest.mark.parametrize("recipient", ["350526199001010019", "测试甲", "desk 9", ""])
def test_a_desk_is_a_number_and_never_a_person(recipient: str) -> None:
    with pytest.raises(ValidationError):
        Reassign.model_validate(REASSIGN.model_dump() | {"recipients": (recipient,)})


def test_a_reason_never_holds_an_identity_number() -> None:
    with pytest.raises(ValidationError):
        AnnulAlarm.model_validate(ANNUL.model_dump() | {"reason": "350526199001010019 误报"})
