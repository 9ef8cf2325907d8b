"""容缺后补, the pure part: granted on clear credit, its notice, supplied, lapsed, and settled otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.acceptance import (
    ApplicationAccepted,
    DecisionReported,
    DeferralGranted,
    DeferralLapsed,
    DeferralSigned,
    DeferredSupplied,
)
from schemas.application import Act
from schemas.assignment import Assignee, AssignmentClosed, Responsible, Step, opened
from schemas.case import Case, RequirementStanding
from schemas.case_state import RouteStanding
from schemas.catalogue import ItemRules
from schemas.codes import OverdueEffect, Route
from schemas.commitment_terms import DeferralTerms
from schemas.credit_exchange import CreditFinding
from schemas.deferral import (
    deferral_task,
    in_question,
    lapsed,
    on_credit,
    on_lapse,
    on_supply,
    pointless,
    render_deferral_notice,
    supplied,
    supply_days,
)
from schemas.events import EventBody
from schemas.route_events import CaseNewsKind, RouteClosed, RouteOpened
from schemas.timetable import Due, Timetable
from tests.schemas.builders import NOW, calendar, command, evidence_rule, item_rules, open_case
from tests.schemas.test_commitment_rules import CLEAR, FALSE, SERIOUS, SILENT, finding

KEY, STREAM = "need/p1", "deferral/x/need/p1"
DUE = Due(at=datetime(2026, 3, 9, 9, 30, tzinfo=UTC), provisional=False)


def rules(overdue: OverdueEffect = OverdueEffect.TERMINATE) -> ItemRules:
    terms = DeferralTerms(requirement="need", form="原件扫描", within_days=5, overdue=overdue, provenance="synthetic")
    return item_rules(evidence_rule(), deferrable=True, deferral=terms)


def signed(*after: EventBody, of: ItemRules | None = None) -> Case:
    """A case in which the letter was signed."""
    letter = DeferralSigned(command=command("s-1", Act.SIGN_DEFERRAL), requirement=KEY, letter_digest="a" * 64)
    return open_case(of or rules(), letter, _route(), *after)


def _route() -> RouteOpened:
    return RouteOpened(
        command=None,
        requirement=KEY,
        evidence="marriage",
        route=Route.DEFERRED_SUPPLY,
        stream=STREAM,
        round=1,
        document_digest="a" * 64,
        findings=(),
    )


def granted(*after: EventBody, of: ItemRules | None = None) -> Case:
    """A case in which it was granted, with the task of the applicant."""
    said = on_credit(signed(of=of), of or rules(), KEY, finding(CLEAR, CLEAR), DUE, ())
    owing = opened(
        deferral_task(KEY),
        Step.DEFERRED_SUPPLY,
        Assignee(responsible=Responsible.APPLICANT, name="申请人"),
        task="补交",
        then="终止办理",
        working_days=5,
        gives_up_after=5,
        timetable=Timetable(calendar=calendar()),
        now=NOW,
        requirement=KEY,
    )
    return signed(*said, owing, *after, of=of)


def types(bodies: tuple[EventBody, ...]) -> list[str]:
    return [b.type for b in bodies]


def test_clear_credit_grants_it_with_a_notice_that_names_everything() -> None:
    case = signed()
    assert dict(in_question(case)).keys() == {KEY}
    said = on_credit(case, rules(), KEY, finding(CLEAR, CLEAR), DUE, ())
    assert types(said) == ["credit_checked", "route_reported", "requirement_provisionally_settled", "deferral_granted"]
    notice = next(b for b in said if isinstance(b, DeferralGranted))
    assert notice.supply_due_at == DUE.at
    for words in ("收养登记", "《marriage》".strip("《》"), "原件扫描", "5个工作日", "2026-03-09 17:30", "终止办理"):
        assert words in notice.notice_text
    after = granted()
    assert after.requirements[KEY].standing is RequirementStanding.PROVISIONAL
    assert after.deferrals_owed == (KEY,)
    assert in_question(after) == ()


@pytest.mark.parametrize(
    ("answers", "detail"),
    [
        (None, "credit_unavailable"),
        (finding(SILENT, CLEAR), "credit_unavailable"),
        (finding(FALSE, SILENT), "credit_unavailable"),
        (finding(SERIOUS, CLEAR), "credit_serious"),
    ],
)
def test_without_clear_credit_the_route_fails_with_the_reason(answers: CreditFinding | None, detail: str) -> None:
    said = on_credit(signed(), rules(), KEY, answers, DUE, ())
    assert types(said) == ["credit_checked", "route_reported"]
    case = signed(*said)
    (route,) = case.requirements[KEY].routes
    assert (route.standing, route.result) == (RouteStanding.FAILED, detail)
    assert case.requirements[KEY].standing is RequirementStanding.OPEN
    assert case.deferrals_owed == ()


def test_a_deferral_that_was_called_off_meanwhile_is_not_granted() -> None:
    closed = RouteClosed(
        command=None,
        requirement=KEY,
        route=Route.DEFERRED_SUPPLY,
        stream=STREAM,
        reason=CaseNewsKind.SETTLED_OTHERWISE,
    )
    assert on_credit(signed(closed), rules(), KEY, finding(CLEAR, CLEAR), DUE, ()) == ()


def test_the_deadline_is_never_longer_than_the_promise_of_the_item() -> None:
    terms = rules().requirements[0].deferral
    assert terms is not None
    assert [supply_days(terms, promised) for promised in (None, 10, 5, 3)] == [5, 5, 5, 3]


def test_a_deadline_past_the_published_calendar_says_so() -> None:
    terms = rules().requirements[0].deferral
    assert terms is not None
    due = DUE.model_copy(update={"provisional": True})
    assert "待复算" in render_deferral_notice(terms, "示例事项", "示例材料", 5, due)
    assert "待复算" not in render_deferral_notice(terms, "示例事项", "示例材料", 5, DUE)


def _supply() -> DeferredSupplied:
    return DeferredSupplied(command=command("p-1", Act.SUPPLY_DEFERRED), requirement=KEY, document_digest="b" * 64)


def test_what_arrives_settles_for_good_and_once() -> None:
    assert on_supply(granted(), KEY) == ()
    case = granted(_supply())
    assert supplied(case) == (KEY,)
    said = on_supply(case, KEY)
    assert types(said) == ["route_reported", "settlement_confirmed"]
    after = granted(_supply(), *said)
    assert after.requirements[KEY].standing is RequirementStanding.SETTLED
    assert supplied(after) == () and on_supply(after, KEY) == ()
    assert pointless(after) == (deferral_task(KEY),)


def test_what_arrives_after_the_decision_still_settles_it() -> None:
    accepted = ApplicationAccepted(command=None, deemed=False, accepted_at=NOW)
    decided = DecisionReported(
        command=command("d-1", Act.REPORT_DECISION),
        decision="granted",
        reference="R-1",
        decided_at=NOW,
        withheld=True,
    )
    case = granted(accepted, decided, _supply())
    after = granted(accepted, decided, _supply(), *on_supply(case, KEY))
    assert after.requirements[KEY].standing is RequirementStanding.SETTLED


@pytest.mark.parametrize(
    ("overdue", "words"),
    [
        (OverdueEffect.RETURN, "退件"),
        (OverdueEffect.TERMINATE, "终止办理"),
        (OverdueEffect.WITHDRAW_ACCEPTANCE, "撤销受理"),
    ],
)
def test_what_does_not_arrive_has_the_stated_effect(overdue: OverdueEffect, words: str) -> None:
    of = rules(overdue)
    expired = AssignmentClosed(assignment=deferral_task(KEY), how="expired")
    assert lapsed(granted(of=of)) == ()
    case = granted(expired, of=of)
    assert lapsed(case) == (KEY,)
    said = on_lapse(case, of, KEY)
    assert types(said) == ["deferral_lapsed", "route_closed", "application_terminated"]
    assert next(b.effect for b in said if isinstance(b, DeferralLapsed)) == words
    after = granted(expired, *said, of=of)
    assert after.ended and after.deferrals_owed == ()


def test_what_was_supplied_in_time_cannot_lapse_afterwards() -> None:
    expired = AssignmentClosed(assignment=deferral_task(KEY), how="expired")
    case = granted(_supply(), expired)
    assert lapsed(case) == () and on_lapse(case, rules(), KEY) == ()
