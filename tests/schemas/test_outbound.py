"""What goes out: stable names, nothing personal, every field a real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
import rfc8785
from pydantic import BaseModel

from schemas.events import Event, EventBody
from schemas.outbound import NAMES, PUBLIC, CaseScope, Facts, Reset, Scope, covers, message_id, outbound
from schemas.texts import zh
from tests.ledger.cases import admitted, handed_over, link, received, refused, settled, withdrawn

BODIES: dict[str, type[BaseModel]] = {
    get_args(body.model_fields["type"].annotation)[0]: body for body in get_args(get_args(EventBody)[0])
}


def told(event: Event) -> dict[str, Any]:
    data = outbound(
        rfc8785.dumps(event.model_dump(mode="json")).decode(),
        type_=event.body.type,
        application_no=event.application_no,
        index=7,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
    )
    return data.model_dump(mode="json", exclude_none=True)


@pytest.mark.parametrize("type_", PUBLIC)
def test_every_name_stands_for_a_real_event_with_real_fields(type_: str) -> None:
    name, fields = PUBLIC[type_]
    assert name in NAMES
    assert zh.EVENTS[type_]
    for fact, path in fields.items():
        assert fact in Facts.model_fields
        assert path.split(".")[0] in BODIES[type_].model_fields, path


def test_names_are_not_shared() -> None:
    assert len(set(NAMES)) == len(NAMES)


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "received": (received(), {"item_code": "pottery_market_entry", "mode": "interactive"}),
    "refused": (refused(), {"codes": ["unknown_item"]}),
    "admitted": (
        admitted(),
        {
            "item_name": "陶瓷市场准入",
            "requirements": [f"req_{n}/applicant" for n in range(3)],
            "due_on": "2025-12-01",
        },
    ),
    "settled": (
        settled(1),
        {
            "requirement": "req_1/applicant",
            "evidence": "ev_1",
            "route": "elicence",
            "basis": "《不动产登记暂行条例》第二十一条",
        },
    ),
    "withdrawn": (withdrawn(), {"reason": "申请人改日再来"}),
    "handed over": (handed_over(), {"notice": "请补正。", "due_on": "2025-12-01"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_told(case: str) -> None:
    body, facts = CASES[case]
    event = link("T-1", (body,))[0]
    data = told(event)
    assert data.pop("facts") == facts
    assert data == {
        "version": 1,
        "application_no": "T-1",
        "event": body.type,
        "text": zh.EVENTS[body.type],
        "occurred_at": "2025-11-24T01:30:00Z",
        "position": 7,
        "sequence": 0,
        "resets": [],
    }


def test_nothing_personal_goes_out() -> None:
    text = json.dumps(told(link("T-1", (admitted(),))[0]), ensure_ascii=False)
    for personal in ("测试", "350526199001010019", "德化县浔中镇"):
        assert personal not in text


def test_a_sealed_value_is_left_out() -> None:
    event = json.loads(rfc8785.dumps(link("T-1", (withdrawn(),))[0].model_dump(mode="json")))
    event["body"]["reason"] = {"sealed": "ab" * 32}
    data = outbound(
        json.dumps(event),
        type_="application_withdrawn",
        application_no="T-1",
        index=0,
        sequence=0,
        occurred_at=link("T-1", (received(),))[0].occurred_at,
        resets=(Reset(position=3, sequence=1),),
    )
    assert data.facts == Facts()
    assert data.resets


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), False),
        (Scope(items=("i",)), True),
        (Scope(items=("j",)), False),
        (Scope(departments=("d",)), True),
        (Scope(departments=("t",)), False),
        (Scope(taken_in_by=("t",)), True),
        (Scope(items=("j",), departments=("d",)), True),
    ],
)
def test_scope(scope: Scope, covered: bool) -> None:
    case = CaseScope(application_no="T-1", item_code="i", department="d", taken_in_by="t")
    assert covers(scope, case) is covered
    unknown = case.model_copy(update={"department": None, "taken_in_by": None, "item_code": "k"})
    assert not covers(scope, unknown)


def test_the_id_of_a_message_follows_from_event_and_subscription() -> None:
    one, two = UUID(int=1), UUID(int=2)
    assert message_id(one, two) == message_id(one, two) != message_id(two, one)
    assert "." not in message_id(one, two), "the signature separates by full stops"


def test_the_page_for_subscribers_names_every_event_and_its_facts() -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    for type_, (name, fields) in PUBLIC.items():
        facts = " ".join(f"`{fact}`" for fact in fields)
        assert f"| `{name}` | {zh.EVENTS[type_]} | {facts} |" in page
