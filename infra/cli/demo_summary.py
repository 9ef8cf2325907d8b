"""What the demo has to say: counted from the outcomes, in words a person understands."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table

from infra.cli.application_tables import OUTCOMES
from schemas.texts import zh

if TYPE_CHECKING:
    from infra.cli.demo_cases import Ran

TOP_REASONS = 8
SHOWN_ROUTES = ("abolished", "elicence", "data_sharing", "trusted_document", "volunteered")


def summary(ran: Ran) -> dict[str, Any]:
    """The numbers, for ``--json`` and for the tables."""
    settled = Counter(s.ground for r in ran.results for s in r.settled)
    return {
        "cases": len(ran.results) + len(ran.failures),
        "by_result": dict(Counter(r.status for r in ran.results).most_common()),
        "failed": len(ran.failures),
        "requirements": sum(len(r.settled) + len(r.not_exempted) + len(r.queried) for r in ran.results),
        "settled_by_route": dict(settled),
        "spared": sum(count for ground, count in settled.items() if ground != "volunteered"),
        "not_exempted": sum(len(r.not_exempted) for r in ran.results),
        "not_exempted_reasons": dict(_reasons(ran).most_common()),
        "queried": sum(len(r.queried) for r in ran.results),
        "latency_p50_ms": round(1000 * _percentile(ran.seconds, 50)),
        "latency_p95_ms": round(1000 * _percentile(ran.seconds, 95)),
        "elapsed_seconds": round(ran.elapsed, 1),
        "ledger_events": ran.events,
        "chain_verified": not ran.unsound,
    }


def tables(told: dict[str, Any]) -> RenderableType:
    """The summary for a person."""
    cases = _table("办件", "结果", "件")
    for status, count in told["by_result"].items():
        cases.add_row(OUTCOMES.get(status, status), str(count))
    if told["failed"]:
        cases.add_row("[red]未办成[/]", str(told["failed"]))

    routes = _table("证明要求怎样办到", "路径", "项")
    for ground in SHOWN_ROUTES:
        routes.add_row(zh.ROUTES[ground], str(told["settled_by_route"].get(ground, 0)))
    routes.add_row("[dim]清单之外，已询司法局，不向申请人索要[/]", str(told["queried"]))
    routes.add_row("[yellow]不能免提交（一次性告知或主管部门复核）[/]", str(told["not_exempted"]))

    shown: list[RenderableType] = [cases, routes]
    if told["not_exempted_reasons"]:
        reasons = _table("为何不能免提交", "查到哪一步、原因", "项")
        for code, count in list(told["not_exempted_reasons"].items())[:TOP_REASONS]:
            reasons.add_row(_in_words(code), str(count))
        shown.append(reasons)
        shown.append("[dim]其后的路径（信息核验、告知承诺、帮办代办、灵活处置等）本版尚未开通，均如实记录。[/]")
    verified = "[green]全部核验通过[/]" if told["chain_verified"] else "[bold red]核验未通过[/]"
    shown.append(
        f"\n申请人共少跑、少交 [bold green]{told['spared']}[/] 份证明（共需 {told['requirements']} 份）\n"
        f"每件用时：中位 {told['latency_p50_ms']} 毫秒，95% 在 {told['latency_p95_ms']} 毫秒内；"
        f"{told['cases']} 件共 {told['elapsed_seconds']} 秒\n"
        f"台账：{told['ledger_events']} 条事件，哈希链与封存的个人信息{verified}\n"
    )
    return Group(*shown)


def _reasons(ran: Ran) -> Counter[str]:
    """For each requirement not exempted, the last thing that was tried for it."""
    counted: Counter[str] = Counter()
    for result in ran.results:
        for lacking in result.not_exempted:
            tried = [c for c in lacking.reasons if c.partition(":")[2].startswith(("tried_", "holder_"))]
            counted[tried[-1] if tried else "none_open"] += 1
    return counted


def _in_words(code: str) -> str:
    route, _, reason = code.partition(":")
    return f"{zh.ROUTES[route]}：{zh.REASONS.get(reason, reason)}" if reason else "目录中没有可用的数据来源"


def _percentile(values: list[float], percent: int) -> float:
    if not values:
        return 0.0
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def _table(title: str, first: str, second: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", min_width=50)
    table.add_column(first)
    table.add_column(second, justify="right")
    return table
