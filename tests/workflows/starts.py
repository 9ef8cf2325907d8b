"""Long routes started by themselves: what a case would give them, and a case that only listens."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from temporalio import workflow

from schemas.clock import WorkingCalendar
from schemas.codes import HolderCodeType
from schemas.exchange import Subject
from schemas.policy import LongPolicy
from schemas.route_events import RouteReport
from tests.schemas.builders import evidence_rule, item_rules
from tests.workflows.long_world import DECIDING, HEALTH
from tests.workflows.requests import OPERATOR

REQUIREMENT = "need/p1"


def number() -> str:
    """The number of a new case."""
    return f"T-{uuid.uuid4().hex[:12]}"


def fields(word: str, no: str, long: LongPolicy, calendar: WorkingCalendar, **over: Any) -> dict[str, Any]:
    """The fields of a ``RouteStart`` about the one requirement of a case."""
    kind = evidence_rule(
        "fertility",
        name="生育情况证明",
        issuer_name="德化县卫生健康局",
        issuer_department=HEALTH,
        issuer_on_platform=True,
    )
    values: dict[str, Any] = {
        "application_no": no,
        "stream": f"{word}/{no}/{REQUIREMENT}",
        "requirement": REQUIREMENT,
        "evidence": "fertility",
        "round": 1,
        "item_code": "11350526MB0000003J4000123456001",
        "item_name": "示例事项",
        "purpose": "办理示例事项",
        "operator": OPERATOR,
        "department": DECIDING,
        "department_name": "德化县司法局",
        "kind": kind,
        "rule": item_rules(kind).requirements[0],
        "subject": Subject(
            subject_ref=f"s_{'1' * 32}",
            id_type=HolderCodeType.RESIDENT_ID,
            id_number="350526199001010019",
            name="测试甲",
        ),
        "origin": None,
        "document_digest": None,
        "policy": long,
        "calendar": calendar,
        "queues": {},
    }
    return values | over


def week_off(first: date, version: str = "week_off", last: date | None = None) -> WorkingCalendar:
    """国庆 wherever it is needed: seven days off from ``first`` on, every other day of the season worked (调休)."""
    off = [first + timedelta(days=n) for n in range(7)]
    season = [first + timedelta(days=n) for n in range(-40, 60)]
    return WorkingCalendar(
        version=version,
        first=date(2020, 1, 1),
        last=last or date(2040, 12, 31),
        holidays=tuple(day for day in off if day.weekday() < 5),
        workdays=tuple(day for day in season if day.weekday() >= 5 and day not in off),
    )


@workflow.defn(name="ListeningCase", sandboxed=False)
class ListeningCase:
    """Stands in for a case: hears what a route reports, until it is told to go."""

    def __init__(self) -> None:
        self._heard: list[RouteReport] = []
        self._over = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal
    def report(self, report: RouteReport) -> None:
        self._heard.append(report)

    @workflow.signal
    def leave(self) -> None:
        self._over = True

    @workflow.query
    def heard(self) -> list[RouteReport]:
        return self._heard
