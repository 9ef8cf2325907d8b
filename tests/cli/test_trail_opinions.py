"""A person who reads a trail understands every event of 意见征集, 灵活处置 and 异常复核."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel

from infra.cli.trail_texts import what
from schemas.consultation import ConsultationBody
from schemas.disposition_events import DispositionBody
from schemas.review import ReviewBody
from schemas.texts import zh
from tests.schemas.test_disposition import consulted, is_concluded, is_decided, is_returned
from tests.workflows.long_world import JUSTICE

MODELS: tuple[type[BaseModel], ...] = tuple(get_args(ConsultationBody | DispositionBody | ReviewBody))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_event_has_a_name(model: type[BaseModel]) -> None:
    assert zh.EVENTS[model.model_fields["type"].default]


def test_the_trail_says_what_was_concluded_who_dissented_and_whether_it_was_followed() -> None:
    stream = consulted().hear(JUSTICE, "disagree", reason="依据不足", sequence=9)
    is_decided(is_concluded(stream), outcome="substituted", substitute="登记簿册")
    lines = [what(event.body, {}) for event in stream.events]
    assert lines[0] == "「生育情况证明」拟准予免交"
    assert f"{JUSTICE} 不同意，依据不足" in lines
    assert lines[-2] == f"准予免交，理由，先例 p-1，不同意见：{JUSTICE}"
    assert lines[-1] == "以其他材料替代（登记簿册），理由（与管委会意见不同）"
    assert what(is_returned(consulted()).events[-1].body, {}) == "请补充"


@pytest.mark.parametrize(
    "detail",
    (
        *("exempted", "substituted", "conditional", "condition_met", "condition_lapsed"),
        *("own_inquiry", "inquiry_not_established", "not_exempted", "bodies_missing"),
    ),
)
def test_every_report_of_a_disposition_has_its_reason(detail: str) -> None:
    assert zh.reason(f"tried_{detail}") != f"tried_{detail}"
