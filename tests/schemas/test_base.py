from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from schemas.application import ApplicationRequest, Party
from schemas.base import MASK, Model, Personal, ShortText, _walked, personal_fields, personal_values
from schemas.events import EventBody, PartyRecord
from schemas.evidence import OutcomeKind
from schemas.exchange import FetchedFile, FoundRecord, PlatformAnswer, Subject
from tests.schemas.builders import NOW, PERSON, admitted, attempt, item_rules, party, request, source, subject_ref


class Leaf(Model):
    subject_ref: str
    plain: str = "open"
    bare: Personal[str] = "secret-1"
    optional: Personal[str] | None = None
    inside: Personal[str | None] = None
    constrained: Personal[Annotated[str, StringConstraints(max_length=9)]] = "secret-2"
    listed: tuple[Personal[str], ...] = ()
    keyed: dict[str, Personal[str]] = Field(default_factory=dict)
    mapping: Personal[dict[str, str]] = Field(default_factory=dict)


class Branch(Model):
    leaves: tuple[Leaf, ...] = ()
    by_name: dict[str, Leaf] = Field(default_factory=dict)
    one: Leaf | None = None


def test_the_mark_is_found_wherever_it_stands() -> None:
    assert personal_fields(Leaf) == {"bare", "optional", "inside", "constrained", "listed", "keyed", "mapping"}
    assert personal_fields(Branch) == frozenset()


def test_personal_values_are_walked_with_path_and_subject() -> None:
    leaf = Leaf(subject_ref="s1", optional="secret-3", listed=("secret-4",), mapping={"k": "secret-5"})
    branch = Branch(leaves=(leaf,), by_name={"a": Leaf(subject_ref="s2")}, one=Leaf(subject_ref="s3"))
    found = {path: (ref, value) for path, ref, value in personal_values(branch)}
    assert found["leaves.0.bare"] == ("s1", "secret-1")
    assert found["leaves.0.optional"] == ("s1", "secret-3")
    assert found["leaves.0.listed"] == ("s1", ("secret-4",))
    assert found["leaves.0.mapping"] == ("s1", {"k": "secret-5"})
    assert found["by_name.a.constrained"] == ("s2", "secret-2")
    assert found["one.bare"] == ("s3", "secret-1")
    assert not any(path.endswith((".plain", ".inside")) for path in found)


class Anything(Model):
    what: Any = None
    deep: tuple[Annotated[Branch, "said"] | int, ...] = ()
    word: Literal["open"] = "open"


def test_a_personal_value_is_found_also_where_the_type_says_nothing() -> None:
    leaf = Leaf(subject_ref="s1")
    for holder in (Anything(what=[leaf]), Anything(what={"k": Branch(one=leaf)}), Anything(deep=(1, Branch(one=leaf)))):
        assert [ref for _, ref, _ in personal_values(holder)] == ["s1", "s1"]


@pytest.mark.parametrize("show", [repr, str, lambda m: f"{m}", lambda m: repr([m]), lambda m: repr(Branch(one=m))])
def test_personal_values_are_masked_in_representations(show: Any) -> None:
    text = show(Leaf(subject_ref="s1", optional="secret-3", listed=("secret-4",), mapping={"k": "secret-5"}))
    assert "secret" not in text
    assert MASK in text
    assert "open" in text


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        pytest.param(Leaf, {"subject_ref": "s", "constrained": "much too long a secret"}, id="constraint"),
        pytest.param(Party, party().model_dump() | {"id_number": "350526199001010018"}, id="check digit"),
        pytest.param(Party, party().model_dump() | {"name": "甲" * 101}, id="name too long"),
        pytest.param(Party, party().model_dump() | {"kind": "organisation"}, id="whole-model rule"),
        pytest.param(Party, party().model_dump() | {"facts": {"age": 2.5}}, id="fact of a wrong type"),
        pytest.param(ApplicationRequest, {"parties": [party().model_dump() | {"name": 7}]}, id="nested"),
    ],
)
def test_validation_errors_carry_no_input(model: type[Model], raw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    for value in ("secret", "3505261990", "甲甲", "测试甲", "2.5"):
        assert value not in str(caught.value)


def test_models_are_closed_and_frozen() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Leaf.model_validate({"subject_ref": "s", "unknown": 1})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Leaf(subject_ref="s"), "plain", "other")  # noqa: B010 - mypy would refuse the plain assignment


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "NUL\x00", "two\nlines", "\x1b[31mred"])
def test_sentences_for_people_are_one_plain_line(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ShortText).validate_python(text)


def test_sentences_are_trimmed() -> None:
    assert TypeAdapter(ShortText).validate_python("  办理收养登记 \n") == "办理收养登记"


# --- law 10: every personal field stands beside the pseudonym it is sealed under -------------------------------------


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, list, dict):
        for argument in get_args(annotation):
            yield from models_in(argument)


def reachable(annotation: Any, seen: dict[type[BaseModel], None] | None = None) -> dict[type[BaseModel], None]:
    seen = {} if seen is None else seen
    for model in models_in(annotation):
        if model not in seen:
            seen[model] = None
            for field in model.model_fields.values():
                reachable(field.annotation, seen)
    return seen


EVENT_MODELS = tuple(reachable(EventBody))


def test_the_walk_reaches_the_models_that_hold_persons() -> None:
    names = {model.__name__ for model in EVENT_MODELS}
    assert {"PartyRecord", "Evidence", "Outcome", "Notice", "Volunteered", "FieldError"} <= names


@pytest.mark.parametrize("model", EVENT_MODELS, ids=lambda m: m.__name__)
def test_what_an_event_holds_of_a_person_can_be_sealed(model: type[BaseModel]) -> None:
    if personal_fields(model):
        assert "subject_ref" in model.model_fields


@pytest.mark.parametrize("model", EVENT_MODELS, ids=lambda m: m.__name__)
def test_what_the_walk_leaves_out_holds_nobody(model: type[BaseModel]) -> None:
    walked = {name for name, _ in _walked(model)}
    for name in model.model_fields.keys() - walked:
        assert not any(personal_fields(inside) for inside in reachable(model.model_fields[name].annotation))


@pytest.mark.parametrize("model", EVENT_MODELS, ids=lambda m: m.__name__)
def test_no_event_has_a_field_of_a_person_in_the_open(model: type[BaseModel]) -> None:
    of_persons = {"id_number", "holder_name", "holder_code", "facts", "content", "identifier", "body"}
    assert of_persons & set(model.model_fields) <= personal_fields(model)
    if model is PartyRecord:
        assert "name" in personal_fields(model)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Party, {"id_number", "name", "facts"}),
        (Subject, {"id_number", "name", "facts"}),
        (FoundRecord, {"identifier", "holder_code", "holder_name", "content"}),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_comes_in_and_is_exchanged_of_a_person_is_marked(model: type[BaseModel], fields: set[str]) -> None:
    assert personal_fields(model) == fields


def test_bytes_of_documents_are_masked() -> None:
    file = FetchedFile(content=b"passport scan", media_type="application/ofd")
    answer = PlatformAnswer.model_validate({"kind": "found", "body": b"passport scan", "received_at": NOW})
    assert "scan" not in repr(file) + repr(answer)


def test_the_walk_of_an_admission_gives_every_person_with_his_pseudonym() -> None:
    asked = request(party(facts={"married_on": "2014-05-20"}))
    found = list(personal_values(admitted(asked, item_rules())))
    assert found == [
        ("parties.0.id_number", subject_ref(1), PERSON),
        ("parties.0.name", subject_ref(1), "测试甲"),
        ("parties.0.facts", subject_ref(1), {"married_on": "2014-05-20"}),
    ]


def test_the_walk_of_an_attempt_gives_the_licence_number() -> None:
    found = list(personal_values(attempt(OutcomeKind.HIT, source())))
    assert found == [("outcome.evidence.identifier", subject_ref(1), "J350526-2020-000001")]


def test_dates_are_no_models() -> None:
    assert list(personal_values({"day": date(2026, 1, 1)})) == []
