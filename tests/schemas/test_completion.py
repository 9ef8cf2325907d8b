"""证照补齐, pure: what is opened, who says what, what the cases hear; and what a holder hands in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.application import Act, Actor, CommandRef, Party
from schemas.codes import ActorKind, HolderCodeType, PartyKind, Route
from schemas.collaboration_exchange import CollaborationCallback
from schemas.completion import (
    CannotComplete,
    CompletionAnswered,
    CompletionImpossible,
    CompletionStart,
    CompletionState,
    apply,
    batches,
    check_cannot_complete,
    check_completion_reply,
    opening,
    own_number,
    reachable,
    report_for,
    request_of,
    result_of,
)
from schemas.completion_start import CompletionRequest, start_of
from schemas.errors import InvalidInput
from schemas.events import Event, EventBody, make_event_id
from schemas.evidence import OutcomeKind
from schemas.identifiers import check_application_no
from schemas.joining import CaseJoined, CaseTold
from schemas.request_events import RequestDelivered
from tests.schemas.test_digitisation import NOW, SYSTEM, clerk, library
from tests.workflows.fakes import CALENDAR, World
from tests.workflows.listening import POLICE, joining, licence_start, subject
from tests.workflows.long_world import COMMITTEE, DECIDING, long_catalogue, policy

DELIVERED = RequestDelivered(key="L-1/id_card/completion/1", platform_ref="r-1")


def start(number: str | None = "L-1", **changes: Any) -> CompletionStart:
    return licence_start(number, subject(), **changes)


def after(*bodies: EventBody, begun: CompletionStart | None = None) -> CompletionState:
    begun = begun or start()
    state: CompletionState | None = None
    for sequence, body in enumerate((opening(begun), *bodies)):
        state = apply(
            state,
            Event(
                event_id=make_event_id("completion/x", sequence, None, NOW),
                stream="completion/x",
                application_no=begun.application_no,
                sequence=sequence,
                previous_id=None,
                occurred_at=NOW,
                actor=SYSTEM,
                body=body,
            ),
        )
    assert state is not None
    return state


def ref(number: int = 1) -> CommandRef:
    return CommandRef(command_id=f"c-{number}", act=Act.REPLY, digest="0" * 64)


def said(verdict: str) -> CompletionAnswered:
    return CompletionAnswered.model_validate(
        {"command": ref(), "verdict": verdict, "reason": "说明", "answered_at": NOW}
    )


IMPOSSIBLE = CompletionImpossible(command=ref(2), reason="无档案")


@pytest.mark.parametrize(
    ("bodies", "end"),
    [
        ((), None),
        ((DELIVERED,), None),
        ((DELIVERED, said("confirmed")), None),
        ((DELIVERED, said("needs_more")), None),
        ((DELIVERED, said("declined")), "issuer_cannot_complete"),
        ((DELIVERED, said("no_record")), "issuer_cannot_complete"),
        ((DELIVERED, said("refuted")), "issuer_cannot_complete"),
        ((DELIVERED, IMPOSSIBLE), "issuer_cannot_complete"),
        ((library(OutcomeKind.MISMATCH),), None),
        ((DELIVERED, library()), "completed"),
        ((DELIVERED, said("confirmed"), library()), "completed"),
    ],
)
def test_a_licence_in_every_standing(bodies: tuple[EventBody, ...], end: str | None) -> None:
    state = after(*bodies)
    assert result_of(state) == end
    case = state.cases["L-1/r_licence/p1"]
    report = report_for(start(), state, case)
    if end is None:
        assert report is None
    else:
        assert report is not None
        assert (report.completed, report.detail) == (end == "completed", end)
        assert (report.evidence, report.requirement) == ("id_card", "r_licence/p1")


def test_each_case_is_told_once() -> None:
    told = CaseTold(application_no="L-1", requirement="r_licence/p1", word="completed")
    joined = CaseJoined(joining=joining("L-2", "r_licence/p1", "id_card"))
    state = after(DELIVERED, joined, library(), told)
    assert report_for(start(), state, state.cases["L-1/r_licence/p1"]) is None
    assert report_for(start(), state, state.cases["L-2/r_licence/p1"]) is not None


def test_one_that_no_case_began_has_a_number_of_its_own() -> None:
    number = own_number("id_card", subject().subject_ref)
    assert number == f"BQ-id_card-{subject().subject_ref[2:18]}"
    longest = own_number("a" * 60, "s_" + "f" * 32)
    assert check_application_no(longest) == longest
    assert after(begun=start(None)).cases == {}


def test_any_valid_licence_of_the_person_will_do() -> None:
    (batch,) = batches(start(None), NOW)
    (query,) = batch.queries
    assert (batch.route, query.condition, query.needed_coverage, query.party_id) == (
        Route.ELICENCE,
        None,
        None,
        "holder",
    )
    assert batch.purpose == "补齐电子证照", "a lookup has its purpose on it (law 9)"


def test_what_the_issuer_is_asked() -> None:
    assert reachable(start())
    assert not reachable(start(kind=start().kind.model_copy(update={"issuer_on_platform": False})))
    missing, wrong = request_of(start(), NOW), request_of(start(lack="mismatch"), NOW)
    assert (missing.to_department, missing.key) == (POLICE, DELIVERED.key)
    assert "补齐" in missing.question
    assert "更正" in wrong.question


def reply(**changes: Any) -> CollaborationCallback:
    values: dict[str, Any] = {
        "message_id": "m-1",
        "stream": start().stream,
        "key": DELIVERED.key,
        "department": POLICE,
        "verdict": "confirmed",
        "reason": None,
        "document_digest": None,
        "conditions": None,
        "answered_at": datetime.now(UTC),
    }
    return CollaborationCallback.model_validate(values | changes)


@pytest.mark.parametrize(
    ("bodies", "changes", "code"),
    [
        ((DELIVERED,), {}, None),
        ((DELIVERED,), {"key": "other"}, "wrong_request"),
        ((DELIVERED,), {"department": DECIDING}, "wrong_department_replied"),
        ((DELIVERED,), {"verdict": "agree"}, "unknown_verdict"),
        ((DELIVERED,), {"verdict": "declined"}, "reason_missing"),
        ((DELIVERED, said("confirmed")), {}, "already_answered"),
        ((DELIVERED, said("needs_more")), {}, None),
    ],
)
def test_which_reply_counts(bodies: tuple[EventBody, ...], changes: dict[str, Any], code: str | None) -> None:
    errors = check_completion_reply(after(*bodies), reply(**changes))
    assert [e.code for e in errors] == ([code] if code else [])


@pytest.mark.parametrize(
    ("bodies", "actor", "code"),
    [
        ((DELIVERED,), clerk(POLICE), None),
        ((DELIVERED,), clerk(DECIDING), "not_the_issuer"),
        ((DELIVERED,), clerk(POLICE, ActorKind.SUPERVISOR), "not_the_issuer"),
        ((DELIVERED, library()), clerk(POLICE), "conversation_ended"),
    ],
)
def test_who_says_that_it_cannot_be_completed(bodies: tuple[EventBody, ...], actor: Actor, code: str | None) -> None:
    act = CannotComplete(command_id="c-5", actor=actor, reason="无档案")
    assert [e.code for e in check_cannot_complete(after(*bodies), DECIDING, act)] == ([code] if code else [])


# --- begun by the holder or at the counter ---------------------------------------------------------------------------


def handed_in(**changes: Any) -> CompletionRequest:
    values: dict[str, Any] = {
        "evidence_type": "id_card",
        "holder": Party(
            party_id="holder",
            role="holder",
            kind=PartyKind.LIVING,
            id_type=HolderCodeType.RESIDENT_ID,
            id_number="350526199001010019",
            name="测试甲",
        ),
        "opened_by": "counter",
        "lack": "no_record",
        "operator": Actor(kind=ActorKind.CLERK, actor_id="window-9", department=COMMITTEE),
    }
    return CompletionRequest.model_validate(values | changes)


def begun(request: CompletionRequest, **changes: Any) -> CompletionStart:
    catalogue = long_catalogue(("r_licence",))
    case_policy = World(catalogue, long=policy()).policy.model_copy(update=changes)
    return start_of(request, catalogue, subject().subject_ref, case_policy, CALENDAR)


def test_the_holder_opens_it_about_himself_alone() -> None:
    start = begun(handed_in())
    assert (start.subject.subject_ref, start.subject.name) == (subject().subject_ref, "测试甲")
    assert start.stream == f"completion/id_card/{subject().subject_ref}", "the same as a case would join"
    assert (start.department, start.department_name) == (COMMITTEE, "县行政服务中心管委会")
    assert start.case is None
    assert start.application_no == own_number("id_card", subject().subject_ref)
    assert "证照补齐服务窗口" in start.purpose


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"evidence_type": "nonsense"}, "evidence_type", "no_licence"),
        ({"evidence_type": "household"}, "evidence_type", "no_licence"),
        ({"operator": clerk("91350526MA00000012")}, "operator.department", "unknown_office"),
        ({"operator": clerk(None)}, "operator.department", "unknown_office"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        begun(handed_in(**changes))
    assert [(e.field, e.code) for e in wrong.value.errors] == [(field, code)]


def test_a_county_that_offers_nothing_beyond_sharing_completes_nothing() -> None:
    with pytest.raises(InvalidInput, match="not_offered"):
        begun(handed_in(), long=None)
