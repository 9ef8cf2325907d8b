"""帮办代办, the pure part: which step may follow which, what its forms say, and what goes back to the case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.application import Act, Actor, callback_ref, command_ref
from schemas.assistance import (
    AssistanceLapsed,
    AssistanceStart,
    AssistanceState,
    WindowProgress,
    apply,
    body_of,
    check_callback,
    check_window,
    opening,
    order_of,
    report_of,
)
from schemas.assistance_exchange import AssistanceCallback, AssistanceStep
from schemas.codes import ActorKind
from schemas.events import Event, EventBody, make_event_id
from schemas.request_events import NewsHeard, RequestUndelivered
from schemas.stream import ImpossibleEvent
from tests.workflows.fakes import CALENDAR
from tests.workflows.long_world import DECIDING, policy
from tests.workflows.requests import OPERATOR
from tests.workflows.starts import fields

NOW = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
LETTER, OBTAINED = "a" * 64, "b" * 64
NO = "T-assistance"


def start(**over: Any) -> AssistanceStart:
    values = fields("assistance", NO, policy(), CALENDAR, document_digest=LETTER)
    return AssistanceStart.model_validate(values | {"requirement_names": ("生育情况证明", "户口簿")} | over)


START = start()


def step(of: str, **over: Any) -> AssistanceCallback:
    given: dict[str, dict[str, Any]] = {
        "assigned": {"helper": "helper-001"},
        "suspended": {"text": "出具单位需补充查档"},
        "finished": {"document_digest": OBTAINED},
        "terminated": {"text": "经核实无法取得"},
    }
    values: dict[str, Any] = {
        "message_id": f"m-{of}",
        "stream": START.stream,
        "key": START.key,
        "step": of,
        "helper": None,
        "text": None,
        "document_digest": None,
        "at": NOW,
    }
    return AssistanceCallback.model_validate(values | given.get(of, {}) | over)


def record(state: AssistanceState | None, body: EventBody) -> AssistanceState:
    sequence = 0 if state is None else state.sequence + 1
    event = Event(
        event_id=make_event_id(START.stream, sequence, None, NOW),
        stream=START.stream,
        application_no=NO,
        sequence=sequence,
        previous_id=None,
        occurred_at=NOW,
        actor=OPERATOR,
        body=body,
    )
    return apply(state, event)


def after(*steps: str, before: tuple[EventBody, ...] = ()) -> AssistanceState:
    state = record(None, opening(START))
    for body in before:
        state = record(state, body)
    for name in steps:
        told = step(name)
        assert check_callback(state, told) == (), name
        state = record(state, body_of(START, state, told, callback_ref(Act.PROGRESS, told), NOW))
    return state


def refused(state: AssistanceState, told: AssistanceCallback) -> str:
    errors = check_callback(state, told)
    assert len(errors) == 1
    return errors[0].code


# --- the start and the order ---------------------------------------------------------------------------------------


def test_without_a_letter_of_authorisation_there_is_no_assistance() -> None:
    with pytest.raises(ValidationError, match="委托书"):
        start(document_digest=None)


def test_the_first_event_and_the_order_stand_on_the_letter_and_say_whose_application_it_stays() -> None:
    opened, order = opening(START), order_of(START)
    assert opened.authorisation_digest == order.authorisation_digest == LETTER
    assert order.statement == opened.form.text and LETTER in opened.form.text
    for words in ("自愿", "不收取服务费", "申请人仍为申报主体", "不停止计算任何法定期限", "随时撤回"):
        assert words in opened.form.text
    assert order.window_department == OPERATOR.department
    assert order.requirement_names == ("生育情况证明", "户口簿")
    for personal in ("350526199001010019", "测试甲"):
        assert personal not in opened.model_dump_json()


# --- steps ---------------------------------------------------------------------------------------------------------


def test_the_whole_way_with_an_interruption() -> None:
    state = after("assigned", "progress", "suspended", "resumed", "progress", "finished")
    assert (state.helper, state.obtained) == ("helper-001", OBTAINED)
    report = report_of(START, state)
    assert (report.kind.value, report.detail, report.evidence_digest) == ("settled", "obtained", OBTAINED)
    assert report.sequence == state.sequence


@pytest.mark.parametrize(
    ("steps", "told", "code"),
    [
        pytest.param((), "resumed", "step_cannot_follow", id="goes on without having stood still"),
        pytest.param(("assigned", "suspended"), "suspended", "step_cannot_follow", id="stands still twice"),
        pytest.param(("suspended",), "progress", "step_cannot_follow", id="gets on while it stands still"),
        pytest.param(("suspended",), "finished", "step_cannot_follow", id="finished while it stands still"),
        pytest.param(("finished",), "progress", "conversation_ended", id="after it was finished"),
        pytest.param(("finished",), "terminated", "conversation_ended", id="finished, then stopped"),
        pytest.param(("terminated",), "finished", "conversation_ended", id="stopped, then finished"),
    ],
)
def test_a_step_that_cannot_follow_is_refused(steps: tuple[str, ...], told: str, code: str) -> None:
    assert refused(after(*steps), step(told)) == code


def test_a_late_word_of_who_has_it_is_tolerated_and_moves_nothing() -> None:
    state = after("progress", "suspended", "assigned")
    assert (state.step, state.helper) == (AssistanceStep.SUSPENDED, "helper-001")
    body = body_of(START, state, step("assigned"), callback_ref(Act.PROGRESS, step("assigned")), NOW)
    assert getattr(body, "late", None) is True


def test_it_may_be_stopped_while_it_stands_still() -> None:
    state = after("suspended", "terminated")
    report = report_of(START, state)
    assert (report.kind.value, report.detail, report.evidence_digest) == ("failed", "terminated", None)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        pytest.param(step("progress", key="another/order"), "wrong_request", id="of another order"),
        pytest.param(step("finished", document_digest=None), "digest_missing", id="a paper without digest"),
        pytest.param(step("assigned", helper=None), "helper_missing", id="nobody assigned"),
        pytest.param(step("suspended", text=None), "reason_missing", id="suspended without reason"),
        pytest.param(step("terminated", text=None), "reason_missing", id="terminated without reason"),
    ],
)
def test_an_incomplete_step_is_refused(told: AssistanceCallback, code: str) -> None:
    assert refused(after(), told) == code


def test_what_comes_after_the_consent_was_taken_back_or_after_its_time_changes_nothing() -> None:
    news = NewsHeard(application_no=NO, requirement=START.requirement, news="revoked")
    assert refused(after("assigned", before=()).model_copy(update={"news": "revoked"}), step("finished")) == (
        "assistance_called_off"
    )
    assert record(after("assigned"), news).news == "revoked"
    lapsed = record(after("assigned"), AssistanceLapsed())
    assert refused(lapsed, step("finished")) == "conversation_ended"
    assert report_of(START, lapsed).detail == "not_obtained"


def test_an_identity_number_in_what_a_helper_says_is_refused_at_the_door() -> None:
    with pytest.raises(ValidationError):
        step("progress", text="已为 350526199001010019 查档")
    with pytest.raises(ValidationError):
        step("assigned", helper="350526199001010019")


@given(st.lists(st.sampled_from([s.value for s in AssistanceStep]), max_size=12))
def test_whatever_order_steps_come_in_the_fold_takes_what_the_check_lets_through(steps: list[str]) -> None:
    state, closed, still = after(), 0, False
    for number, name in enumerate(steps):
        told = step(name, message_id=f"m-{number}")
        body = body_of(START, state, told, callback_ref(Act.PROGRESS, told), NOW)
        if check_callback(state, told):
            if state.closed:
                with pytest.raises(ImpossibleEvent):
                    record(state, body)
            continue
        state = record(state, body)
        still = name == "suspended" or (still and name == "assigned")
        closed += name in ("finished", "terminated")
        assert (state.step is AssistanceStep.SUSPENDED) == still
    assert closed <= 1 and state.closed == (closed == 1)


# --- the window -----------------------------------------------------------------------------------------------------


def by_window(of: str = "progress", **over: Any) -> WindowProgress:
    values: dict[str, Any] = {"command_id": f"w-{of}", "actor": OPERATOR, "step": of}
    return WindowProgress.model_validate(values | over)


def test_the_window_tells_the_steps_where_no_system_has_the_order() -> None:
    state = after(before=(RequestUndelivered(key=START.key, reason="not_on_platform"),))
    told = by_window("finished", document_digest=OBTAINED)
    assert check_window(state, START, told) == ()
    body = body_of(START, state, told, command_ref(Act.PROGRESS_BY_WINDOW, told), NOW)
    assert record(state, body).obtained == OBTAINED


@pytest.mark.parametrize(
    ("told", "code"),
    [
        pytest.param(by_window(), "carried_by_platform", id="the system has it"),
        pytest.param(
            by_window(actor=Actor(kind=ActorKind.SUPERVISOR, actor_id="s-1")), "window_only", id="a supervisor"
        ),
        pytest.param(
            by_window(actor=Actor(kind=ActorKind.CLERK, actor_id="c-1", department="11350526MB0000007Y")),
            "wrong_department",
            id="another department",
        ),
    ],
)
def test_who_may_not_tell_a_step(told: WindowProgress, code: str) -> None:
    assert [e.code for e in check_window(after(), START, told)] == [code]


def test_the_forms_of_an_interruption_name_reason_time_and_case() -> None:
    state = after("assigned")
    told = step("suspended")
    body = body_of(START, state, told, callback_ref(Act.PROGRESS, told), NOW)
    form = getattr(body, "form")  # noqa: B009
    assert form.kind == "suspended" and len(form.digest) == 64
    for words in (NO, "中止单", "2026-09-28 09:00", "出具单位需补充查档", "「生育情况证明」或「户口簿」"):
        assert words in form.text
    assert DECIDING not in form.text
