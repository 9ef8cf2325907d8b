"""What counts as an opinion, by the pure checks and the fold alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.application import Act, Actor, callback_ref
from schemas.codes import ActorKind
from schemas.collaboration_exchange import CollaborationCallback, CollaborationKind
from schemas.consultation import (
    ConsultationCalledOver,
    ConsultationStart,
    ConsultationState,
    OpinionLapsed,
    apply,
    consultation_stream,
    opening,
    report_of,
    request_of,
)
from schemas.consultation_acts import EndConsultation, check_calling_over, check_opinion, check_recusal, given
from schemas.events import Event, EventBody, make_event_id
from schemas.recusal import Apart, InternalUnit, PersonRecused, Recusal, Recuse
from schemas.request_events import NewsHeard
from schemas.stream import ImpossibleEvent
from tests.schemas.builders import NOW, SYSTEM
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR
from tests.workflows.long_world import COMMITTEE, DECIDING, HEALTH, JUSTICE, policy

NO, STAGE = "T-1", "acceptance_opinion"
REF = {"command_id": "c-1", "act": "recuse", "digest": "a" * 64}


def starting(**over: Any) -> ConsultationStart:
    values = starts.fields("consultation", NO, policy(), CALENDAR)
    for name in ("requirement", "evidence", "round", "kind", "rule", "origin"):
        values.pop(name)
    return ConsultationStart.model_validate(
        values
        | {
            "stream": consultation_stream(NO, STAGE),
            "stage": STAGE,
            "about": "是否受理",
            "question": "请提出意见",
            "asked": HEALTH,
            "asked_name": "德化县卫生健康局",
            "asker": DECIDING,
            "report_to": f"application/{NO}",
        }
        | over
    )


def folded(start: ConsultationStart, *bodies: EventBody) -> ConsultationState:
    state: ConsultationState | None = None
    for n, body in enumerate((opening(start), *bodies)):
        event = Event(
            event_id=make_event_id(start.stream, n, None, NOW),
            stream=start.stream,
            application_no=NO,
            sequence=n,
            previous_id=None,
            occurred_at=NOW,
            actor=SYSTEM,
            body=body,
        )
        state = apply(state, event)
    assert state is not None
    return state


def reply(**over: Any) -> CollaborationCallback:
    said = {"verdict": "agree", "reason": None, "conditions": None, "document_digest": None}
    values = {"message_id": "m-1", "stream": consultation_stream(NO, STAGE), "key": f"{NO}/{STAGE}/opinion"}
    return CollaborationCallback.model_validate(values | said | {"department": HEALTH, "answered_at": NOW} | over)


def answer(state: ConsultationState, **over: Any) -> EventBody:
    said = reply(**over)
    return given(state, said, callback_ref(Act.REPLY, said))


def news(kind: str) -> NewsHeard:
    return NewsHeard.model_validate({"application_no": NO, "requirement": "need/p1", "news": kind})


def aside(person: str) -> PersonRecused:
    recusal = Recusal(person=person, department=HEALTH, reason="有利害关系")
    return PersonRecused.model_validate({"command": REF, "recusal": recusal})


OWN = Apart(persons=("proposer",), units=(InternalUnit(department=HEALTH, unit="window_unit"),))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": f"{NO}/another_stage/opinion"}, "wrong_request"),
        ({"department": JUSTICE}, "wrong_department_replied"),
        ({"verdict": "confirmed"}, "unknown_verdict"),
        ({"verdict": "unanswered"}, "unknown_verdict"),
        ({"verdict": "disagree"}, "reason_missing"),
        ({"verdict": "outside_remit"}, "reason_missing"),
        ({"verdict": "agree_with_conditions", "reason": "有条件"}, "conditions_missing"),
        ({"verdict": "disagree", "reason": "当事人350526199001010019有误"}, "identity_number_in_text"),
        ({"verdict": "agree_with_conditions", "conditions": "核350526199001010019"}, "identity_number_in_text"),
        ({}, None),
        ({"verdict": "no_opinion"}, None),
        ({"verdict": "disagree", "reason": "不符合条件"}, None),
    ],
)
def test_what_is_an_opinion(change: dict[str, Any], code: str | None) -> None:
    errors = check_opinion(folded(starting()), reply(**change))
    assert [e.code for e in errors] == ([code] if code else [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "unit_missing"),
        ({"unit": "law_unit"}, "person_missing"),
        ({"unit": "window_unit", "answered_by": "other"}, "same_unit"),
        ({"unit": "law_unit", "answered_by": "proposer"}, "same_person"),
        ({"unit": "law_unit", "answered_by": "aside"}, "recused_person"),
        ({"unit": "law_unit", "answered_by": "other"}, None),
    ],
)
def test_the_proposers_own_unit_gives_no_opinion_but_another_of_its_department_does(
    change: dict[str, Any], code: str | None
) -> None:
    state = folded(starting(apart=OWN), aside("aside"))
    assert [e.code for e in check_opinion(state, reply(**change))] == ([code] if code else [])


def test_a_department_without_a_part_in_it_need_not_name_anybody_but_may_not_be_the_proposer() -> None:
    state = folded(starting(apart=Apart(persons=("proposer",), units=(InternalUnit(department=JUSTICE, unit="a1"),))))
    assert check_opinion(state, reply()) == ()
    assert [e.code for e in check_opinion(state, reply(answered_by="proposer"))] == ["same_person"]


@pytest.mark.parametrize("kind", ["application_ended", "decided"])
def test_after_it_is_over_nothing_counts(kind: str) -> None:
    state = folded(starting(), news(kind))
    assert [e.code for e in check_opinion(state, reply())] == ["conversation_ended"]


@pytest.mark.parametrize("kind", ["settled_otherwise", "revoked"])
def test_another_settlement_does_not_end_it(kind: str) -> None:
    state = folded(starting(), OpinionLapsed(), news(kind))
    assert not state.over and check_opinion(state, reply()) == ()


def test_a_second_answer_is_refused_and_the_first_one_is_reported() -> None:
    empty = folded(starting())
    state = folded(starting(), answer(empty, verdict="disagree", reason="不符合条件"))
    assert [e.code for e in check_opinion(state, reply(message_id="m-2"))] == ["already_answered"]
    said = report_of(starting(), state)
    assert (said.verdict, said.reason, said.late, said.sequence) == ("disagree", "不符合条件", False, 1)


def test_silence_is_neither_consent_nor_objection_and_a_late_opinion_replaces_it() -> None:
    lapsed = folded(starting(), OpinionLapsed())
    first = report_of(starting(), lapsed)
    late = folded(starting(), OpinionLapsed(), answer(lapsed))
    second = report_of(starting(), late)
    assert (first.verdict, second.verdict, second.late) == ("unanswered", "agree", True)
    assert second.sequence > first.sequence


def test_the_fold_refuses_what_cannot_follow() -> None:
    empty = folded(starting())
    with pytest.raises(ImpossibleEvent):
        folded(starting(), answer(empty), answer(empty, message_id="m-2"))
    with pytest.raises(ImpossibleEvent):
        folded(starting(), answer(empty), OpinionLapsed())
    with pytest.raises(ImpossibleEvent):
        apply(None, Event.model_validate(_first(OpinionLapsed())))


def _first(body: EventBody) -> dict[str, Any]:
    start = starting()
    place = {"event_id": make_event_id(start.stream, 0, None, NOW), "stream": start.stream, "sequence": 0}
    return place | {"application_no": NO, "previous_id": None, "occurred_at": NOW, "actor": SYSTEM, "body": body}


def test_who_may_step_aside_and_who_may_call_it_over() -> None:
    state = folded(starting())

    def recuse(person: str, department: str) -> Recuse:
        actor = Actor(kind=ActorKind.DEPARTMENT, actor_id=person, department=department)
        return Recuse(command_id="x-1", actor=actor, reason="有利害关系")

    def end(department: str) -> EndConsultation:
        actor = Actor(kind=ActorKind.CLERK, actor_id="clerk-1", department=department)
        return EndConsultation(command_id="e-1", actor=actor, reason="不再需要")

    assert check_recusal(state, recuse("s-1", HEALTH)) == () and check_calling_over(state, end(DECIDING)) == ()
    assert [e.code for e in check_recusal(state, recuse("s-1", JUSTICE))] == ["wrong_department_replied"]
    assert [e.code for e in check_recusal(folded(starting(), aside("s-1")), recuse("s-1", HEALTH))] == [
        "recused_already"
    ]
    assert [e.code for e in check_calling_over(state, end(HEALTH))] == ["asker_only"]
    over = folded(starting(), ConsultationCalledOver.model_validate({"command": REF, "reason": "不再需要"}))
    assert over.over and [e.code for e in check_calling_over(over, end(DECIDING))] == ["conversation_ended"]


def test_a_start_names_its_stream_by_its_stage_and_the_question_goes_out_under_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        starting(stage="another_stage")
    assert "stream" in str(wrong.value)
    with pytest.raises(ValidationError):
        starting(stage="受理", stream=consultation_stream(NO, "受理"))
    asked = request_of(starting(asker=COMMITTEE), NOW)
    assert (asked.kind, asked.key) == (CollaborationKind.OPINION, f"{NO}/{STAGE}/opinion")
    assert (asked.from_department, asked.to_department) == (COMMITTEE, HEALTH)
