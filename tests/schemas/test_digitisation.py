"""纸质材料电子化, pure: whose turn it is, what the cases are told, and how it ends, for every standing of a paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.application import Act, Actor, CommandRef, Origin
from schemas.codes import ActorKind, Platform, Route, Sensitivity
from schemas.collaboration_exchange import CollaborationCallback
from schemas.digitisation import (
    BackfillImpossible,
    DigitisationEnded,
    DigitisationStart,
    DigitisationState,
    PaperAnswered,
    PaperChecked,
    apply,
    batches,
    conclusion,
    issuer,
    opening,
    report_for,
    request_of,
    result_of,
    turns,
)
from schemas.digitisation_acts import (
    CannotBackfill,
    RecordPaperCheck,
    check_cannot_backfill,
    check_own_check,
    check_paper_reply,
)
from schemas.events import Event, EventBody, make_event_id
from schemas.evidence import Evidence, Outcome, OutcomeKind
from schemas.joining import CaseJoined, CaseTold, Joining
from schemas.lookup import LibraryAnswered, open_sources
from schemas.request_events import NewsHeard, ReportUndelivered, RequestDelivered, RequestUndelivered
from schemas.route_events import ReportKind
from schemas.stream import ImpossibleEvent
from schemas.texts import zh
from tests.workflows.listening import LIBRARY, PAPER, POLICE, joining, paper_start, subject
from tests.workflows.long_world import DECIDING

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")
KEY = "P-1/r_shared/p1/digitisation/1"


def start(**changes: Any) -> DigitisationStart:
    return paper_start("P-1", subject(), **changes)


def ref(number: int = 1) -> CommandRef:
    return CommandRef(command_id=f"c-{number}", act=Act.REPLY, digest="0" * 64)


def event(sequence: int, body: EventBody) -> Event:
    return Event(
        event_id=make_event_id("digitisation/x", sequence, None, NOW),
        stream="digitisation/x",
        application_no="P-1",
        sequence=sequence,
        previous_id=None,
        occurred_at=NOW,
        actor=SYSTEM,
        body=body,
    )


def after(*bodies: EventBody, begun: DigitisationStart | None = None) -> DigitisationState:
    """The state after the opening and these events."""
    state: DigitisationState | None = None
    for sequence, body in enumerate((opening(begun or start()), *bodies)):
        state = apply(state, event(sequence, body))
    assert state is not None
    return state


DELIVERED = RequestDelivered(key=KEY, platform_ref="r-1")
UNDELIVERED = RequestUndelivered(key=KEY, reason="unavailable")
IMPOSSIBLE = BackfillImpossible(command=ref(9), reason="档案已毁")


def said(verdict: str, number: int = 1) -> PaperAnswered:
    return PaperAnswered.model_validate(
        {
            "command": ref(number),
            "verdict": verdict,
            "reason": "说明",
            "document_digest": "d" * 64,
            "answered_at": NOW,
        }
    )


def by_hand(verdict: str) -> PaperChecked:
    return PaperChecked.model_validate({"command": ref(2), "verdict": verdict, "finding": "已核对"})


def library(kind: OutcomeKind = OutcomeKind.HIT) -> LibraryAnswered:
    evidence = Evidence(
        subject_ref=subject().subject_ref,
        evidence_type="household",
        platform=Platform.DATA_SHARING,
        resource_code="res",
        digest="e" * 64,
        media_type="application/json",
        size=2,
        retrieved_at=NOW,
        verdict="valid_record",
    )
    outcome = Outcome(kind=kind, evidence=evidence if kind is OutcomeKind.HIT else None, asked_at=NOW, answered_at=NOW)
    return LibraryAnswered(
        route=Route.DATA_SHARING, platform=Platform.DATA_SHARING, resource_code="res", outcome=outcome
    )


OUTSIDE = Origin(requirement_code="r_shared", party_id="p1", area="330100")
ABROAD = Origin(requirement_code="r_shared", party_id="p1", abroad=True)
OLD = Origin(requirement_code="r_shared", party_id="p1", area="350500", historical=True)


@pytest.mark.parametrize(
    ("bodies", "whose", "known", "end"),
    [
        pytest.param((), (), None, None, id="opened"),
        pytest.param((DELIVERED,), ("asked",), None, None, id="asked: silence presumes nothing"),
        pytest.param((UNDELIVERED,), ("by_hand",), None, None, id="not delivered"),
        pytest.param((DELIVERED, said("no_record")), ("by_hand",), None, None, id="no record is no proof"),
        pytest.param((DELIVERED, said("declined")), ("by_hand",), None, None, id="declined"),
        pytest.param((DELIVERED, said("needs_more")), ("by_hand",), None, None, id="needs more"),
        pytest.param(
            (DELIVERED, said("needs_more"), said("confirmed", 2)), ("backfill",), "confirmed", None, id="said later"
        ),
        pytest.param((said("confirmed"), DELIVERED), ("backfill",), "confirmed", None, id="answered before delivered"),
        pytest.param((DELIVERED, said("confirmed")), ("backfill",), "confirmed", None, id="confirmed, library lacks"),
        pytest.param(
            (DELIVERED, said("confirmed"), library()), (), "backfilled", "backfilled", id="confirmed and found"
        ),
        pytest.param(
            (DELIVERED, said("confirmed"), IMPOSSIBLE),
            (),
            "issuer_cannot_backfill",
            "issuer_cannot_backfill",
            id="cannot back-fill",
        ),
        pytest.param((DELIVERED, said("refuted")), (), "paper_false", "paper_false", id="false"),
        pytest.param((library(),), (), "backfilled", "backfilled", id="found before anybody was asked"),
        pytest.param((DELIVERED, library()), ("asked",), "backfilled", None, id="found: the check is not withdrawn"),
        pytest.param(
            (DELIVERED, library(), said("refuted")), (), "paper_false", "paper_false", id="found, and the paper false"
        ),
        pytest.param(
            (DELIVERED, said("declined"), library()), (), "backfilled", "backfilled", id="found while by hand"
        ),
        pytest.param((UNDELIVERED, by_hand("confirmed")), ("backfill",), "confirmed", None, id="by hand confirmed"),
        pytest.param((UNDELIVERED, by_hand("refuted")), (), "paper_false", "paper_false", id="by hand refuted"),
        pytest.param((DELIVERED, library(OutcomeKind.NO_RECORD)), ("asked",), None, None, id="looked up and not found"),
    ],
)
def test_a_paper_in_every_standing(
    bodies: tuple[EventBody, ...], whose: tuple[str, ...], known: str | None, end: str | None
) -> None:
    state = after(*bodies)
    told = conclusion(state)
    assert turns(state) == whose
    assert (told[1] if told else None) == known
    assert result_of(state) == end
    if told is not None:
        assert f"tried_{told[1]}" in zh.REASONS, "every reason has a text"
        assert told[0] is (ReportKind.REVERSED if known == "paper_false" else ReportKind.CONFIRMED)


@pytest.mark.parametrize(
    ("changes", "exempt", "hand"),
    [
        ({}, None, None),
        ({"origin": OLD}, None, None),
        ({"origin": OUTSIDE}, "issuer_out_of_province", "issuer_out_of_reach"),
        ({"origin": ABROAD}, "issuer_out_of_province", "issuer_out_of_reach"),
        ({"requirement": "r_village"}, "issuer_cannot_backfill", "issuer_not_on_platform"),
    ],
)
def test_who_checks_and_what_is_owed(changes: dict[str, Any], exempt: str | None, hand: str | None) -> None:
    opened = opening(start(**changes))
    assert (opened.exempt, opened.by_hand) == (exempt, hand)
    if hand is not None:
        assert opened.issuer is None, "nobody of the county's is asked, or may speak for the issuer"
        assert issuer(start(**changes)).department is None
        begun = start(**changes)
        state = after(by_hand("confirmed"), begun=begun)
        assert result_of(state) == exempt
        case = next(iter(state.cases.values()))
        report = report_for(begun, state, case)
        assert report is not None
        assert (report.kind, report.detail) == (ReportKind.CONFIRMED, exempt)


def test_the_question_to_the_issuer_carries_the_digest_and_sends_nobody_anywhere() -> None:
    request = request_of(start(), NOW)
    assert (request.document_digest, request.to_department, request.from_department) == (PAPER, POLICE, DECIDING)
    assert "不得要求申请人前往" in request.question
    assert request.stream == start().stream


def test_we_look_where_the_next_case_will_look() -> None:
    (batch,) = batches(start(), NOW)
    (query,) = batch.queries
    assert (batch.route, query.requirement, query.party_id) == (Route.DATA_SHARING, "r_shared/p1", "p1")
    assert batch.again_at == NOW, "the case has asked under the same round: this is a question of its own"
    kind = start().kind
    assert open_sources(kind.model_copy(update={"paper_exempt": True}), LIBRARY) == ()
    guarded = kind.model_copy(update={"sensitivity": Sensitivity.HEALTH})
    assert open_sources(guarded, LIBRARY) == (), "health data only with the holder's authorisation"
    allowed = LIBRARY.model_copy(update={"authorised": (Sensitivity.HEALTH,)})
    assert open_sources(guarded, allowed) == kind.sources


# --- the cases -------------------------------------------------------------------------------------------------------


def told(number: str, word: str) -> CaseTold:
    return CaseTold(application_no=number, requirement="r_shared/p1", word=word)


def news(number: str, kind: str) -> NewsHeard:
    return NewsHeard.model_validate({"application_no": number, "requirement": "r_shared/p1", "news": kind})


def reports(state: DigitisationState) -> dict[str, str]:
    found = {key: report_for(start(), state, case) for key, case in state.cases.items()}
    return {key: report.detail for key, report in found.items() if report is not None}


def test_each_case_is_told_once_of_each_thing() -> None:
    joined = CaseJoined(joining=joining("P-2"))
    confirmed = (DELIVERED, joined, said("confirmed"))
    assert reports(after(DELIVERED, joined)) == {}
    assert reports(after(*confirmed)) == {"P-1/r_shared/p1": "confirmed", "P-2/r_shared/p1": "confirmed"}
    assert reports(after(*confirmed, told("P-1", "confirmed"))) == {"P-2/r_shared/p1": "confirmed"}
    both = (*confirmed, told("P-1", "confirmed"), told("P-2", "confirmed"))
    assert reports(after(*both, library())) == {}, "that the library has it now changes nothing for them"


def test_a_case_that_has_forgotten_is_told_again() -> None:
    state = after(DELIVERED, said("confirmed"), told("P-1", "confirmed"), CaseJoined(joining=start().joining))
    assert reports(state) == {"P-1/r_shared/p1": "confirmed"}


def test_a_case_that_is_gone_is_told_nothing_more() -> None:
    gone = ReportUndelivered(application_no="P-1", requirement="r_shared/p1")
    assert reports(after(DELIVERED, said("confirmed"), gone)) == {}


@pytest.mark.parametrize(
    ("bodies", "looks"),
    [
        pytest.param((), (), id="the settlement is reversed"),
        pytest.param((news("P-1", "decided"),), ("late/P-1/r_shared/p1",), id="decided"),
        pytest.param((news("P-1", "application_ended"),), (), id="withdrawn: nothing depends on it"),
        pytest.param((told("P-1", "confirmed"),), ("late/P-1/r_shared/p1",), id="settled for good"),
        pytest.param(
            (CaseJoined(joining=joining("P-2")), news("P-2", "decided")), ("late/P-2/r_shared/p1",), id="another case"
        ),
    ],
)
def test_a_false_paper_that_can_change_nothing_is_looked_at(
    bodies: tuple[EventBody, ...], looks: tuple[str, ...]
) -> None:
    assert turns(after(DELIVERED, *bodies, said("refuted"))) == looks


def test_a_report_of_a_false_paper_is_for_review() -> None:
    state = after(DELIVERED, said("refuted"))
    report = report_for(start(), state, state.cases["P-1/r_shared/p1"])
    assert report is not None
    assert (report.kind, report.outcome, report.route) == (
        ReportKind.REVERSED,
        OutcomeKind.ADVERSE,
        Route.PAPER_FIRST,
    )
    assert report.sequence == state.sequence
    assert report.stream == start().stream


# --- acts ------------------------------------------------------------------------------------------------------------


def reply(**changes: Any) -> CollaborationCallback:
    values: dict[str, Any] = {
        "message_id": "m-1",
        "stream": start().stream,
        "key": KEY,
        "department": POLICE,
        "verdict": "confirmed",
        "reason": None,
        "document_digest": None,
        "conditions": None,
        "answered_at": NOW,
    }
    return CollaborationCallback.model_validate(values | changes)


ENDED = DigitisationEnded(result="paper_false")


@pytest.mark.parametrize(
    ("bodies", "changes", "code"),
    [
        ((DELIVERED,), {}, None),
        ((), {}, None),
        ((DELIVERED,), {"key": "other"}, "wrong_request"),
        ((DELIVERED,), {"department": DECIDING}, "wrong_department_replied"),
        ((DELIVERED,), {"verdict": "agree"}, "unknown_verdict"),
        ((DELIVERED,), {"verdict": "refuted"}, "reason_missing"),
        ((DELIVERED, said("confirmed")), {"verdict": "refuted", "reason": "x"}, "already_answered"),
        ((DELIVERED, said("needs_more")), {"verdict": "no_record"}, "already_answered"),
        ((DELIVERED, said("needs_more")), {}, None),
        ((DELIVERED, said("refuted"), ENDED), {}, "conversation_ended"),
    ],
)
def test_which_reply_counts(bodies: tuple[EventBody, ...], changes: dict[str, Any], code: str | None) -> None:
    errors = check_paper_reply(after(*bodies), reply(**changes))
    assert [e.code for e in errors] == ([code] if code else [])


def clerk(department: str | None, kind: ActorKind = ActorKind.CLERK) -> Actor:
    return Actor(kind=kind, actor_id="c-7", department=department)


@pytest.mark.parametrize(
    ("bodies", "actor", "code"),
    [
        ((UNDELIVERED,), clerk(DECIDING), None),
        ((DELIVERED,), clerk(DECIDING), "no_open_check"),
        ((UNDELIVERED,), clerk(POLICE), "wrong_department"),
        ((UNDELIVERED,), clerk(None), "wrong_department"),
        ((UNDELIVERED,), clerk(DECIDING, ActorKind.SUPERVISOR), "wrong_department"),
        ((UNDELIVERED, by_hand("confirmed")), clerk(DECIDING), "no_open_check"),
    ],
)
def test_who_checks_by_hand(bodies: tuple[EventBody, ...], actor: Actor, code: str | None) -> None:
    act = RecordPaperCheck(command_id="c-5", actor=actor, verdict="confirmed", finding="已核对")
    assert [e.code for e in check_own_check(after(*bodies), act)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("bodies", "actor", "code"),
    [
        ((DELIVERED, said("confirmed")), clerk(POLICE), None),
        ((DELIVERED, said("confirmed")), clerk(POLICE, ActorKind.DEPARTMENT), None),
        ((DELIVERED, said("confirmed")), clerk(DECIDING), "not_the_issuer"),
        ((DELIVERED,), clerk(POLICE), "nothing_to_backfill"),
        ((DELIVERED, said("confirmed"), library()), clerk(POLICE), "nothing_to_backfill"),
    ],
)
def test_who_says_that_it_cannot_be_backfilled(bodies: tuple[EventBody, ...], actor: Actor, code: str | None) -> None:
    act = CannotBackfill(command_id="c-5", actor=actor, reason="档案已毁")
    assert [e.code for e in check_cannot_backfill(after(*bodies), act)] == ([code] if code else [])


def test_an_issuer_that_is_no_department_of_ours_is_spoken_for_by_who_decides() -> None:
    offline = start().kind.model_copy(update={"issuer_department": None})
    state = after(by_hand("confirmed"), begun=start(kind=offline))
    assert turns(state) == ("backfill",)
    act = CannotBackfill(command_id="c-5", actor=clerk(DECIDING), reason="档案已毁")
    assert check_cannot_backfill(state, act) == ()


def test_a_finding_names_no_identity_number() -> None:
    with pytest.raises(ValidationError):
        RecordPaperCheck(
            command_id="c-5", actor=clerk(DECIDING), verdict="confirmed", finding="350526199001010019 属实"
        )


def test_a_stream_begins_with_its_paper_and_ends_once() -> None:
    with pytest.raises(ImpossibleEvent):
        apply(None, event(0, DELIVERED))
    state = after(DELIVERED, said("refuted"), ENDED)
    with pytest.raises(ImpossibleEvent):
        apply(state, event(4, CaseJoined(joining=Joining.model_validate(joining("P-2")))))
