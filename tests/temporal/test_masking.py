"""What is shown of an opened payload: no personal value of any model, whatever it is wrapped in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric
from temporalio.api.common.v1 import Payload

from infra.temporal.masking import MASKED, _models, cases_of, masked, masked_value
from schemas.base import MASK, Model, personal_fields, personal_values
from schemas.codes import PartyKind
from tests.schemas.builders import request as some_request

PERSON = "35052619900101001" + ric.calc_check_digit("35052619900101001?")


def of(value: Any, encoding: bytes = b"json/plain") -> Payload:
    return Payload(metadata={"encoding": encoding}, data=json.dumps(value, ensure_ascii=False).encode())


def test_nothing_personal_of_a_request_is_shown() -> None:
    request = some_request()
    secrets = [str(value) for _, _, value in personal_values(request) if isinstance(value, str)]
    assert secrets
    shown = masked(of({"request": request.model_dump(mode="json"), "more": [1, None]})).data.decode()
    assert not any(secret in shown for secret in secrets)
    assert request.application_no in shown and request.item_code in shown
    assert MASK in shown


def test_a_model_whose_name_is_no_persons_shows_it() -> None:
    office: dict[str, Any] = {"responsible": "department", "name": "德化县公安局", "department": None, "recipients": []}
    assert masked_value(office) == office


def test_what_is_no_model_of_ours_is_masked_by_the_names_of_fields() -> None:
    assert masked_value({"name": "王某", "surprise": 1}) == {"name": MASK, "surprise": 1}


@pytest.mark.parametrize("text", [PERSON, f"持证人 {PERSON}。", PERSON.lower(), f"1{PERSON}9"])
def test_an_identity_number_is_masked_wherever_it_stands(text: str) -> None:
    shown = json.dumps(masked_value({"message": text, "inside": [{text: {"deep": text}}]}))
    assert PERSON not in shown.upper()
    assert json.loads(masked(of(text)).data) != text


def test_a_number_that_is_an_identity_number_is_masked_too() -> None:
    first = (f"35052619900101{n:03d}" for n in range(1000))
    digits = next(each for each in first if ric.calc_check_digit(f"{each}?") == "1")
    assert masked_value([int(digits + "1"), 7, True]) == [MASK, 7, True]


@pytest.mark.parametrize("encoding", [b"binary/plain", b"binary/encrypted", b"json/plain", b""])
def test_what_cannot_be_read_is_not_shown(encoding: bytes) -> None:
    assert masked(Payload(metadata={"encoding": encoding}, data=b"\xff" + PERSON.encode())) == MASKED


def test_nothing_and_null_stay_what_they_are() -> None:
    nothing = Payload(metadata={"encoding": b"binary/null"})
    assert masked(nothing) == nothing
    assert masked(of(None)) == of(None)


PERSONAL_MODELS = [model for model in _models() if personal_fields(model)]


@pytest.mark.parametrize("model", PERSONAL_MODELS, ids=lambda m: m.__name__)
@given(data=st.data())
def test_every_personal_field_of_every_model_is_masked(model: type[Model], data: st.DataObject) -> None:
    """With any choice of its optional fields present, as serialisations differ."""
    optional = sorted(name for name, field in model.model_fields.items() if not field.is_required())
    kept = data.draw(st.lists(st.sampled_from(optional), unique=True)) if optional else []
    names = [name for name, field in model.model_fields.items() if field.is_required()] + kept
    shown = masked_value(dict.fromkeys(names, "某"))
    assert all(shown[name] == MASK for name in personal_fields(model) & set(names))


def test_cases_are_read_from_numbers_and_workflow_ids() -> None:
    value = {
        "application_no": "A-1",
        "positions": [{"stream": "application/A-2"}, {"stream": "verification/A-3/need/p1"}],
        "workflow_id": "refused/commitment/A-4/need/p1/c-1",
        "stream": "completion/licence/s_1",
        "text": "application/A-9",
    }
    assert cases_of(value) == {"A-1", "A-2", "A-3", "A-4"}
    assert cases_of("application/A-1") == cases_of(PartyKind.LIVING) == frozenset()
