"""What a supervisor asks the list of cases (pure): filters over search attributes, in one place.

Used by the page for supervisors, by the command line, and by the test that asks each of a real server.
"""

from __future__ import annotations

from datetime import datetime

from schemas import attributes as a
from schemas.assignment import Rung, Step
from schemas.base import Model
from schemas.codes import Platform, Route
from schemas.texts import zh

CASES = 'WorkflowType = "ApplicationWorkflow"'
STUCK_ON_PLATFORM = zh.STUCK_PLATFORM.format(platform="")
OURS = (zh.STUCK_LEDGER, zh.STUCK_STORE)


class ListFilter(Model):
    """A question, and the filter that answers it; ``name`` is what the browser saves it under."""

    name: str
    question: str
    query: str


def _running(name: str, question: str, *conditions: str) -> ListFilter:
    return ListFilter(name=name, question=question, query=" AND ".join(('ExecutionStatus = "Running"', *conditions)))


def _is(attribute: str, value: str) -> str:
    return f'{attribute} = "{value}"'


def _is_any(attribute: str, *values: str) -> str:
    names = ", ".join(f'"{value}"' for value in values)
    return f"{attribute} IN ({names})"


LATE = f"{a.SLA_COLOUR} IS NOT NULL"
ON_TIME = f"{a.SLA_COLOUR} IS NULL"
UNSTUCK = f"{a.STUCK_REASON} IS NULL"
SOMEBODYS = f"{a.WAITING_ON} IS NOT NULL"

WAITS = (
    _running("正常等待", "有人在办，未逾期，没有故障", SOMEBODYS, ON_TIME, UNSTUCK),
    _running("部门未办", "已亮蓝、橙或红牌", SOMEBODYS, LATE),
    _running("平台故障", "外部平台不应答", f'{a.STUCK_REASON} STARTS_WITH "{STUCK_ON_PLATFORM}"'),
    _running("自身故障", "台账或证据库写不进去", _is_any(a.STUCK_REASON, *OURS)),
)
"""The four waits, told apart by filters alone."""

RED = _running("红牌", "哪些已亮红牌", _is(a.SLA_COLOUR, zh.COLOURS[Rung.RED.value]))
DUE_SOON = _running("临期", "哪些一个工作日内到期", _is(a.CASE_TAGS, zh.TAGS["due_soon"]))
LEDGER = _running("台账未写入", "哪些记不进台账", _is(a.STUCK_REASON, zh.STUCK_LEDGER))
APPLICANT = _running("等申请人", "哪些在等申请人", _is(a.CASE_TAGS, zh.TAGS["applicant"]))
COMMITMENT = _running(
    "承诺核查逾期",
    "哪些告知承诺逾期未核查",
    _is(a.ROUTE, zh.ROUTES[Route.COMMITMENT.value]),
    _is_any(a.CASE_STAGE, zh.STEPS[Step.VERIFICATION.value], zh.STEPS[Step.COMMITMENT_CHECK.value]),
    LATE,
)
PAPER = _running(
    "纸质电子化逾期",
    "哪些纸质材料逾期未核验、未补录",
    _is(a.ROUTE, zh.ROUTES[Route.PAPER_FIRST.value]),
    LATE,
)
COMMITTEE = _running(
    "待管委会",
    "哪些灵活处置在等管委会",
    _is(a.ROUTE, zh.ROUTES[Route.FLEXIBLE_DISPOSITION.value]),
    _is(a.CASE_STAGE, zh.STEPS[Step.CONCLUSION.value]),
)
DEFECT = _running("程序故障", "哪些因程序缺陷停住（交运维）", "TemporalReportedProblems IS NOT NULL")


def stalled(since: datetime, days: int) -> ListFilter:
    """Cases in which nothing got on since then; ``days`` is how long ago that is, for people."""
    moment = f'{a.LAST_PROGRESS_AT} < "{since.isoformat(timespec="seconds")}"'
    return _running(f"{days}日无进展", f"哪些 {days} 日没有进展", moment)


def waiting_on(office: str) -> ListFilter:
    """Cases in which it is an office's turn."""
    return _running(f"等{office}", f"哪些在等{office}", _is(a.WAITING_ON, office))


def platform_down(platform: Platform) -> ListFilter:
    """Cases that a platform keeps waiting."""
    name = zh.PLATFORMS[platform.value]
    return _running(f"{name}未应答", f"哪些卡在{name}", _is(a.STUCK_REASON, zh.STUCK_PLATFORM.format(platform=name)))


def questions(since: datetime, days: int, office: str, platform: Platform) -> tuple[ListFilter, ...]:
    """The ten questions of a supervisor, and an operator's."""
    return (
        RED,
        DUE_SOON,
        stalled(since, days),
        waiting_on(office),
        platform_down(platform),
        LEDGER,
        APPLICANT,
        COMMITMENT,
        PAPER,
        COMMITTEE,
        DEFECT,
    )
