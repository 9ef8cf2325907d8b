"""干预: pressing on changes nothing; what changes an outcome takes two, and passes nobody whose word is wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.application import Actor
from schemas.assignment import (
    Assignee,
    Assignment,
    AssignmentHeld,
    Responsible,
    Rungs,
    Step,
    apply_assignment,
    moments_of,
    opened,
)
from schemas.codes import ActorKind
from schemas.intervention import OverrideKind
from schemas.intervention_acts import (
    EXTENDED,
    GIVEN_UP,
    ConfirmOverride,
    ProposeOverride,
    Remind,
    RetryNow,
    check_confirmation,
    check_proposal,
    check_reminder,
    check_retry,
    confirmed,
    proposed,
    reminded,
)
from schemas.stream import StreamState
from schemas.timetable import Timetable
from tests.schemas.builders import APPLICATION_NO, POLICE, calendar

NOW = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
DECIDING, OTHER = "11350526MB0000002F", "11350526MB0000001C"
ANNA = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-1", department=DECIDING)
BO = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-2", department=DECIDING)
MEMBER = Actor(kind=ActorKind.COMMITTEE, actor_id="member-1", department=OTHER)
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
TIMETABLE = Timetable(calendar=calendar())


class Ended(StreamState):
    @property
    def ended(self) -> bool:
        return True


def state(step: Step = Step.VERIFICATION, gives_up: int | None = 4, *, held: bool = False) -> StreamState:
    who = Assignee(responsible=Responsible.DEPARTMENT, name="德化县公安局", department=POLICE)
    body = opened(
        "t", step, who, task="答复", then="转下一路径", working_days=2, gives_up_after=gives_up, timetable=TIMETABLE,
        now=NOW,
    )  # fmt: skip
    tasks = apply_assignment({}, body, NOW)
    if held:
        tasks = apply_assignment(tasks, AssignmentHeld(assignment="t", reason="x", responsible="y"), NOW)
    return StreamState(application_no=APPLICATION_NO, assignments=tasks)


def proposal(actor: Actor = ANNA, kind: OverrideKind = OverrideKind.NEXT_RUNG, days: int | None = None,
             command_id: str = "p-1") -> ProposeOverride:  # fmt: skip
    return ProposeOverride(
        command_id=command_id, actor=actor, assignment="t", kind=kind, working_days=days, reason="平台长期不通"
    )


def confirmation(actor: Actor = BO, of: str = "p-1") -> ConfirmOverride:
    return ConfirmOverride(command_id="c-1", actor=actor, assignment="t", proposal=of, reason="同意")


def after(of: StreamState, *acts: ProposeOverride) -> StreamState:
    tasks = dict(of.assignments)
    for act in acts:
        tasks = apply_assignment(tasks, proposed(act), NOW)
    return of.model_copy(update={"assignments": tasks})


def codes(errors: tuple[object, ...]) -> list[str]:
    return [getattr(e, "code", "") for e in errors]


@pytest.mark.parametrize("actor", [SUPERVISOR, MEMBER])
def test_who_presses_on_reminds_and_retries(actor: Actor) -> None:
    act = Remind(command_id="r-1", actor=actor, assignment="t", reason="申请人来电")
    assert check_reminder(state(), act) == ()
    assert check_retry(state(), RetryNow(command_id="r-2", actor=actor, reason="已恢复")) == ()
    tasks = apply_assignment(dict(state().assignments), reminded(act), NOW)
    assert tasks["t"] == state().assignments["t"].model_copy(update={"reminded": 1})


def test_nobody_else_presses_on_and_nothing_that_is_over() -> None:
    act = Remind(command_id="r-1", actor=ANNA, assignment="t", reason="x")
    assert codes(check_reminder(state(), act)) == ["not_a_supervisor"]
    assert codes(check_retry(state(), RetryNow(command_id="r", actor=ANNA, reason="x"))) == ["not_a_supervisor"]
    act = act.model_copy(update={"actor": SUPERVISOR})
    assert codes(check_reminder(Ended(application_no="A"), act)) == ["conversation_ended"]
    assert codes(check_reminder(StreamState(application_no="A"), act)) == ["unknown_assignment"]


@pytest.mark.parametrize("step", Step)
def test_no_step_is_given_up_on_which_somebodys_word_is_wanted(step: Step) -> None:
    """Law 5 (review), the applicant's consent, an opinion, a conclusion: none is passed, whoever proposes it."""
    for actor in (ANNA, MEMBER):
        told = codes(check_proposal(state(step), (DECIDING,), proposal(actor)))
        assert told == ([] if step in (Step.VERIFICATION, Step.ASSISTANCE) else ["step_not_overridden"])
    confirm = confirmation(MEMBER)
    forced = after(state(step), proposal())
    told = codes(check_confirmation(forced, (DECIDING,), confirm))
    assert told == ([] if step in GIVEN_UP else ["step_not_overridden"]), "looked at again when it is confirmed"


@pytest.mark.parametrize("step", Step)
def test_no_period_of_the_law_or_of_a_promise_is_extended(step: Step) -> None:
    told = codes(check_proposal(state(step), (DECIDING,), proposal(kind=OverrideKind.EXTEND, days=2)))
    assert told == ([] if step in EXTENDED else ["step_not_overridden"])
    fixed = {Step.NOTICE, Step.ACCEPTANCE, Step.DECISION, Step.DEFERRED_SUPPLY, Step.RECTIFICATION, Step.HEARING}
    assert not fixed & set(EXTENDED)


@pytest.mark.parametrize(
    ("of", "act", "code"),
    [
        pytest.param(state(), proposal(SUPERVISOR), "deciding_or_committee", id="a supervisor decides nothing"),
        pytest.param(
            state(), proposal(ANNA.model_copy(update={"department": OTHER})), "deciding_or_committee", id="another"
        ),
        pytest.param(
            state(), proposal(ANNA.model_copy(update={"kind": ActorKind.CLERK})), "deciding_or_committee", id="a clerk"
        ),
        pytest.param(state(), proposal(days=2), "working_days_of_extension", id="days without extension"),
        pytest.param(
            state(), proposal(kind=OverrideKind.EXTEND), "working_days_of_extension", id="extension without days"
        ),
        pytest.param(state(gives_up=None), proposal(), "never_given_up", id="what has no end"),
        pytest.param(state(held=True), proposal(), "task_held", id="held"),
        pytest.param(Ended(application_no="A"), proposal(), "conversation_ended", id="ended"),
    ],
)
def test_what_may_not_be_proposed(of: StreamState, act: ProposeOverride, code: str) -> None:
    assert codes(check_proposal(of, (DECIDING,), act)) == [code]


def test_the_proposer_never_confirms_and_only_what_was_proposed_is_confirmed() -> None:
    of = after(state(), proposal())
    assert codes(check_confirmation(of, (DECIDING,), confirmation(ANNA))) == ["confirmer_is_proposer"]
    as_member = MEMBER.model_copy(update={"actor_id": ANNA.actor_id})
    assert codes(check_confirmation(of, (DECIDING,), confirmation(as_member))) == ["confirmer_is_proposer"]
    assert codes(check_confirmation(state(), (DECIDING,), confirmation())) == ["no_such_proposal"]
    replaced = after(of, proposal(command_id="p-2"))
    assert codes(check_confirmation(replaced, (DECIDING,), confirmation())) == ["no_such_proposal"]
    assert check_confirmation(replaced, (DECIDING,), confirmation(of="p-2")) == ()
    assert codes(check_confirmation(of, (DECIDING,), confirmation(SUPERVISOR))) == ["deciding_or_committee"]


def settled(of: StreamState) -> Assignment:
    task = of.assignments["t"]
    body = confirmed(task, confirmation(), TIMETABLE, LATER)
    return apply_assignment(dict(of.assignments), body, LATER)["t"]


def test_a_proposal_alone_changes_nothing() -> None:
    task = after(state(), proposal()).assignments["t"]
    assert task.model_copy(update={"override": None}) == state().assignments["t"]


def test_next_rung_lets_the_task_end_now_as_it_would_have_ended_by_itself() -> None:
    task = settled(after(state(), proposal()))
    assert task.open and task.override is None
    ends = [m for m in moments_of(task, Rungs(), TIMETABLE) if m.rung is None]
    assert [m.at for m in ends] == [LATER]


def test_an_extension_moves_deadline_and_end_by_working_days() -> None:
    before = state().assignments["t"]
    task = settled(after(state(), proposal(kind=OverrideKind.EXTEND, days=2)))
    assert task.due_at == TIMETABLE.due(NOW, 4).at == TIMETABLE.shifted(before.due_at, 2)
    assert task.ends_at == TIMETABLE.due(NOW, 6).at
    assert (task.working_days, task.gives_up_after) == (4, 6), "a newly published calendar reckons with them"
