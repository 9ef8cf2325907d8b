"""What a representative may do, and the clear word where he may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.application import Act, Actor
from schemas.authority import Principal, Role
from schemas.codes import ActorKind
from schemas.mandate import NEEDED, Assurance, Mandate, MandateTerms, check_mandate, representative_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARTY, OTHER, AGENT = (f"s_{digit * 32}" for digit in "abc")
TERMS: dict[str, Any] = {
    "acts": (Act.WITHDRAW, Act.SUBMIT_PAPER),
    "items": ("item_a",),
    "application_no": "A-1",
    "assurance": Assurance.SUBSTANTIAL,
    "valid_from": NOW,
    "valid_until": NOW + timedelta(days=30),
    "document_digest": "a" * 64,
}
CLERK = Actor(kind=ActorKind.CLERK, actor_id="c-1", department="11350526MB0000002F")
MANDATE = Mandate(
    **TERMS,
    mandate_id="m_1",
    party_ref=PARTY,
    representative_ref=AGENT,
    registered_by=CLERK,
    registered_at=NOW,
)


def codes(mandate: Mandate | None = MANDATE, **changed: Any) -> list[str]:
    asked: dict[str, Any] = {
        "party_ref": PARTY,
        "representative_ref": AGENT,
        "act": Act.WITHDRAW,
        "item_code": "item_a",
        "application_no": "A-1",
        "now": NOW,
    } | changed
    return [error.code for error in check_mandate(mandate, **asked)]


def changed(**terms: Any) -> Mandate:
    return MANDATE.model_copy(update=terms)


@pytest.mark.parametrize(
    ("mandate", "asked", "code"),
    [
        (MANDATE, {}, None),
        (MANDATE, {"now": NOW + timedelta(days=30) - timedelta(seconds=1)}, None),
        (changed(items=(), application_no=None), {"item_code": "item_z", "application_no": "A-9"}, None),
        (changed(assurance=Assurance.LOW), {"act": Act.SUBMIT_PAPER}, None),
        (None, {}, "mandate_unknown"),
        (MANDATE, {"party_ref": OTHER}, "mandate_unknown"),
        (MANDATE, {"representative_ref": OTHER}, "mandate_unknown"),
        (changed(revoked_at=NOW), {}, "mandate_revoked"),
        (MANDATE, {"now": NOW - timedelta(seconds=1)}, "mandate_not_yet_valid"),
        (MANDATE, {"now": NOW + timedelta(days=30)}, "mandate_expired"),
        (MANDATE, {"act": Act.CHOOSE}, "mandate_not_for_act"),
        (MANDATE, {"item_code": "item_b"}, "mandate_not_for_item"),
        (MANDATE, {"application_no": "A-2"}, "mandate_not_for_case"),
        (changed(assurance=Assurance.LOW), {}, "mandate_too_weak"),
        (MANDATE, {"act": Act.SIGN_COMMITMENT}, "act_not_by_representative"),
        (MANDATE, {"act": Act.ACCEPT}, "act_not_by_representative"),
    ],
)
def test_a_mandate_is_good_for_what_it_says(mandate: Mandate | None, asked: dict[str, Any], code: str | None) -> None:
    assert codes(mandate, **asked) == ([] if code is None else [code])


@pytest.mark.parametrize("act", sorted(set(Act) - set(NEEDED)))
def test_what_nobody_does_for_another_is_in_no_mandate(act: Act) -> None:
    with pytest.raises(ValidationError, match="不得由代理人代为"):
        MandateTerms.model_validate(TERMS | {"acts": (act,)})
    assert codes(act=act) == ["act_not_by_representative"]


@pytest.mark.parametrize("terms", [{"valid_until": NOW}, {"acts": ()}], ids=str)
def test_a_mandate_that_allows_nothing_is_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MandateTerms.model_validate(TERMS | terms)


def test_the_record_names_the_mandate_and_who_brought_the_act() -> None:
    system = Principal(principal_id="bs-1", roles=(Role.BUSINESS_SYSTEM,), department="11350526MB0000001C")
    actor = representative_of(MANDATE, system)
    assert (actor.kind, actor.actor_id, actor.department) == (
        ActorKind.REPRESENTATIVE,
        "m_1",
        "11350526MB0000001C",
    )
