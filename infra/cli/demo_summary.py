"""What the demo has to say: counted from the outcomes and from the ledger, in words a person understands."""

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
IN_HAND = "in_hand"
SHOWN_ROUTES = tuple(zh.ROUTES)
LICENCES = {"completed": "已补齐入库", "issuer_cannot_complete": "出具部门不能补齐"}
PAPERS = {
    "backfilled": "已补录入库",
    "issuer_cannot_backfill": "属实，出具部门不能补录",
    "issuer_out_of_province": "属实，出具单位在省外",
    "paper_false": "材料不实",
}
COMMITMENTS = {"fulfilled": "核查属实", "broken": "核查不实"}
AFTERWARDS = (
    ("commitments", "告知承诺事后核查", COMMITMENTS),
    ("papers", "纸质材料电子化", PAPERS),
    ("licences", "证照补齐", LICENCES),
    ("dispositions", "灵活处置决定", zh.DISPOSITION_OUTCOMES),
    ("reviews", "异常复核结论", zh.REVIEW_CONCLUSIONS),
    ("alarms", "预警", zh.COLOURS),
)
"""Counts of the ledger, each with its title and the words of its codes."""


def summary(ran: Ran) -> dict[str, Any]:
    """The numbers, for ``--json`` and for the tables."""
    settled = Counter(s.ground for r in ran.results for s in (*r.settled, *r.provisional))
    by_result = Counter(r.status for r in ran.results) + Counter({IN_HAND: len(ran.open)})
    return {
        "cases": len(ran.results) + len(ran.open) + len(ran.failures),
        "by_result": dict(by_result.most_common()),
        "failed": len(ran.failures),
        "requirements": settled.total() + sum(len(r.not_exempted) + len(r.queried) for r in ran.results),
        "settled_by_route": dict(settled),
        "routes_opened": dict(ran.counts.opened),
        "spared": sum(count for ground, count in settled.items() if ground not in ("volunteered", "paper_first")),
        "not_exempted": sum(len(r.not_exempted) for r in ran.results),
        "not_exempted_reasons": dict(_reasons(ran).most_common()),
        "queried": sum(len(r.queried) for r in ran.results),
        **{name: dict(getattr(ran.counts, name)) for name, _, _ in AFTERWARDS},
        "refused_acts": ran.counts.refused_acts,
        "still_waiting": ran.running,
        "latency_p50_ms": round(1000 * _percentile(ran.seconds, 50)),
        "latency_p95_ms": round(1000 * _percentile(ran.seconds, 95)),
        "elapsed_seconds": round(ran.elapsed, 1),
        "ledger_events": ran.counts.events,
        "ledger_streams": ran.counts.streams,
        "chain_verified": not ran.unsound,
        "look_at": {code: ran.counts.look_at[code] for code in _shown(ran)},
    }


def look_at(ran: Ran) -> dict[str, str]:
    """One application number for each route and ground, by its name."""
    names = zh.ROUTES | {"review": zh.REVIEW_WORD}
    return {names[code]: ran.counts.look_at[code] for code in _shown(ran)}


def tables(told: dict[str, Any]) -> RenderableType:
    """The summary for a person."""
    cases = _table("办件", "结果", "件")
    for status, count in told["by_result"].items():
        cases.add_row("在办" if status == IN_HAND else OUTCOMES.get(status, status), str(count))
    if told["failed"]:
        cases.add_row("[red]未办成[/]", str(told["failed"]))

    routes = _table("证明要求怎样办到", "路径", "办到（项）", "走过（次）")
    for ground in SHOWN_ROUTES:
        opened = told["routes_opened"].get(ground)
        routes.add_row(zh.ROUTES[ground], str(told["settled_by_route"].get(ground, 0)), str(opened or ""))
    routes.add_row("[dim]清单之外，已询司法局，不向申请人索要[/]", str(told["queried"]), "")
    routes.add_row("[yellow]不能免提交（一次性告知）[/]", str(told["not_exempted"]), "")

    shown: list[RenderableType] = [cases, routes]
    if told["not_exempted_reasons"]:
        reasons = _table("为何不能免提交", "查到哪一步、原因", "项")
        for code, count in list(told["not_exempted_reasons"].items())[:TOP_REASONS]:
            reasons.add_row(_in_words(code), str(count))
        shown.append(reasons)
    afterwards = _table("人来办的", "", "结果", "件次")
    for name, title, words in AFTERWARDS:
        for code, word in words.items():
            if told[name].get(code):
                afterwards.add_row(title, word, str(told[name][code]))
    afterwards.add_row("不合规的操作", "未予采纳，均留痕", str(told["refused_acts"]))
    shown.append(afterwards)
    verified = "[green]全部核验通过[/]" if told["chain_verified"] else "[bold red]核验未通过[/]"
    waiting = f"；另有 {told['still_waiting']} 个环节仍在等人" if told["still_waiting"] else ""
    shown.append(
        f"\n申请人共少跑、少交 [bold green]{told['spared']}[/] 份证明（共需 {told['requirements']} 份）\n"
        f"每件用时：中位 {told['latency_p50_ms']} 毫秒，95% 在 {told['latency_p95_ms']} 毫秒内；"
        f"{told['cases']} 件共 {told['elapsed_seconds']} 秒{waiting}\n"
        f"台账：{told['ledger_streams']} 条流、{told['ledger_events']} 条事件，哈希链与封存的个人信息{verified}\n"
    )
    return Group(*shown)


def _shown(ran: Ran) -> list[str]:
    """Long routes first: they are what people want to see."""
    order = [*reversed(SHOWN_ROUTES), "review"]
    return [code for code in order if code in ran.counts.look_at]


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
    return f"{zh.ROUTES[route]}：{zh.REASONS.get(reason, reason)}" if reason else "没有可走的路径"


def _percentile(values: list[float], percent: int) -> float:
    if not values:
        return 0.0
    return sorted(values)[max(0, ceil(len(values) * percent / 100) - 1)]


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", min_width=50)
    table.add_column(first)
    for other in others[:-1]:
        table.add_column(other)
    table.add_column(others[-1], justify="right")
    return table
