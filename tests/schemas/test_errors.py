from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.application import ApplicationRequest, Party, Withdraw
from schemas.base import Model
from schemas.errors import FieldError, InvalidInput, field_errors
from tests.schemas.builders import COMPANY, PERSON, company, party, request


def errors_of(model: type[Model], raw: Any, prefix: str = "") -> dict[str, FieldError]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    return {e.field: e for e in field_errors(caught.value, prefix)}


def test_an_error_shows_field_message_and_code() -> None:
    error = FieldError(field="parties.0.role", code="unknown_role", message="事项没有此角色")
    assert str(error) == "parties.0.role: 事项没有此角色 [unknown_role]"


def test_invalid_input_names_every_field() -> None:
    first, second = (FieldError(field=f, code="c", message="m") for f in ("a", "b.1"))
    invalid = InvalidInput((first, second))
    assert invalid.errors == (first, second)
    assert str(invalid) == "a: m [c]; b.1: m [c]"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"application_no": PERSON}, "application_no", id="identity number as number"),
        pytest.param({"item_code": "x y"}, "item_code", id="item code"),
        pytest.param({"parties": ()}, "parties", id="nobody"),
        pytest.param({"parties": (party().model_dump() | {"role": "Applicant"},)}, "parties.0.role", id="role"),
        pytest.param({"purpose": " "}, "purpose", id="no purpose"),
        pytest.param({"purpose": "途" * 201}, "purpose", id="purpose too long"),
        pytest.param({"purpose": "a\x00b"}, "purpose", id="NUL in the purpose"),
        pytest.param({"received_at": "2026-03-02T09:00:00"}, "received_at", id="time without zone"),
        pytest.param({"received_at": "yesterday"}, "received_at", id="no time"),
        pytest.param({"mode": "express"}, "mode", id="mode"),
        pytest.param({"unknown": 1}, "unknown", id="unknown field"),
        pytest.param({"operator": {"kind": "clerk", "actor_id": "张三"}}, "operator.actor_id", id="operator's name"),
        pytest.param({"operator": {"kind": "clerk", "actor_id": PERSON}}, "operator.actor_id", id="operator's number"),
        pytest.param(
            {"operator": {"kind": "clerk", "actor_id": "c1", "department": PERSON}}, "operator.department", id="uscc"
        ),
        pytest.param(
            {"demands": [{"evidence": "x" * 61, "issuer_class": "police", "party_id": "p1"}]},
            "demands.0.evidence",
            id="demand",
        ),
        pytest.param(
            {
                "volunteered": [
                    {"requirement_code": "need", "party_id": "p1", "evidence_type": "m", "document_digest": "AB" * 32}
                ]
            },
            "volunteered.0.document_digest",
            id="digest in capitals",
        ),
    ],
)
def test_a_malformed_request_names_its_field(change: dict[str, Any], field: str) -> None:
    errors = errors_of(ApplicationRequest, request().model_dump() | change)
    assert field in errors
    assert all(e.message and e.code for e in errors.values())


INSIDE = [
    pytest.param(PERSON, id="nothing else"),
    pytest.param(f"为{PERSON}办理", id="between words"),
    pytest.param(f"x{PERSON}9", id="between letters and digits"),
    pytest.param("办理 11010519491231002x", id="with a small x"),
]
OUTSIDE = [
    pytest.param("办理收养登记", id="words"),
    pytest.param(f"办理 {PERSON[:-1]}8", id="a check digit that is wrong"),
    pytest.param(f"案卷 {PERSON[:-1]}", id="a digit short"),
    pytest.param(COMPANY, id="a company's code"),
]


def texts(text: str) -> list[tuple[type[Model], dict[str, Any], str]]:
    """Every place of the language where people write a sentence of their own, with ``text`` in it."""
    asked = request().model_dump()
    demanded = {"evidence": text, "issuer_class": "police", "party_id": "p1"}
    return [
        (ApplicationRequest, asked | {"purpose": text}, "purpose"),
        (ApplicationRequest, asked | {"demands": [demanded]}, "demands.0.evidence"),
        (Withdraw, {"command_id": "c-1", "actor": asked["operator"], "reason": text}, "reason"),
    ]


@pytest.mark.parametrize("text", INSIDE)
@pytest.mark.parametrize("place", range(3), ids=["purpose", "demand", "reason"])
def test_no_sentence_carries_an_identity_number(place: int, text: str) -> None:
    """They stand in events, lists and logs in the open."""
    model, raw, field = texts(text)[place]
    errors = errors_of(model, raw)
    assert list(errors) == [field]
    assert "公民身份号码" in errors[field].message
    assert text not in str(errors[field])


@pytest.mark.parametrize("text", OUTSIDE)
@pytest.mark.parametrize("place", range(3), ids=["purpose", "demand", "reason"])
def test_other_sentences_are_taken(place: int, text: str) -> None:
    model, raw, _ = texts(text)[place]
    assert text in model.model_validate(raw).model_dump_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"kind": "organisation"}, "id_type 与 kind 不符", id="organisation with a person's number"),
        pytest.param({"id_number": PERSON[:-1] + "8"}, "校验码不符", id="check digit"),
        pytest.param({"id_type": "001", "kind": "organisation", "id_number": COMPANY[:-1] + "3"}, "校验码", id="uscc"),
    ],
)
def test_a_number_that_does_not_fit_its_type_is_told_in_words(change: dict[str, Any], message: str) -> None:
    errors = errors_of(Party, party().model_dump() | change, "parties.3")
    assert list(errors) == ["parties.3"]
    assert message in errors["parties.3"].message
    assert not errors["parties.3"].message.startswith("Value error")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        pytest.param({"n": 2**53}, "facts.n", id="number beyond canonical JSON"),
        pytest.param({"n": 10**400}, "facts.n", id="huge number"),
        pytest.param({"t": "长" * 201}, "facts.t", id="long text"),
        pytest.param({"x": 1.5}, "facts.x", id="fraction"),
        pytest.param({"x": None}, "facts.x", id="null"),
        pytest.param({"x": [1]}, "facts.x", id="list"),
        pytest.param({"k" * 61: 1}, "facts", id="long name"),
        pytest.param({f"k{n}": n for n in range(51)}, "facts", id="51 facts"),
    ],
)
def test_facts_stay_within_what_the_ledger_can_carry(facts: dict[str, Any], field: str) -> None:
    errors = errors_of(Party, party().model_dump() | {"facts": facts})
    assert all(name.startswith(field) for name in errors)


def test_facts_keep_their_kind() -> None:
    facts = party(facts={"flag": True, "count": 2**53 - 1, "day": "2014-05-20"}).facts
    assert facts == {"flag": True, "count": 2**53 - 1, "day": "2014-05-20"}
    assert facts["flag"] is True


def test_a_whole_that_is_no_object_is_named_so() -> None:
    assert list(errors_of(Party, 7)) == ["(whole)"]


def test_companies_and_persons_are_taken() -> None:
    assert company().id_number == COMPANY
    assert party(id_type="414", id_number="E12345678").id_number == "E12345678"


@pytest.mark.parametrize(("field", "most"), [("parties", 50), ("volunteered", 100), ("demands", 50)])
def test_lists_of_a_request_are_bounded(field: str, most: int) -> None:
    rows: dict[str, dict[str, Any]] = {
        "parties": party().model_dump(),
        "volunteered": {"requirement_code": "n1", "party_id": "p1", "evidence_type": "m1", "document_digest": "a" * 64},
        "demands": {"evidence": "x", "issuer_class": "police", "party_id": "p1"},
    }
    assert field in errors_of(ApplicationRequest, request().model_dump() | {field: [rows[field]] * (most + 1)})
    ApplicationRequest.model_validate(request().model_dump() | {field: [rows[field]] * most})
