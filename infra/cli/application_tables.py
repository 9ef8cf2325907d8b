"""A case as tables for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from infra.cli.output import local
from schemas.application import ApplicationResult, ApplicationStatus, Explanation, RungView
from schemas.texts import zh

OUTCOMES = {
    "settled": "全部免提交",
    "notice_due": "尚有证明不能免提交，一次性告知申请人",
    "under_review": "查得情况须由主管部门复核",
    "queried": "其余免提交，清单之外的已询司法局",
    "withdrawn": "已撤回",
    "not_accepted": "不予受理",
    "terminated": "终止办理",
    "completed": "办结",
}
REST = "其余路径"
MARKS = {"taken": "[green]走[/]", "passed_over": "[dim]越过[/]", "not_reached": "[dim]未到[/]"}


def status(found: ApplicationStatus) -> RenderableType:
    """The query ``status``."""
    table = Table(title_justify="left", title=f"{found.application_no} · {zh.STAGES.get(found.stage, found.stage)}")
    for column in ("证明要求", "材料", "状态", "依据"):
        table.add_column(column)
    for each in found.requirements:
        ground = zh.ROUTES.get(each.ground or "", each.ground or "")
        standing = zh.STANDINGS.get(each.status, each.status)
        table.add_row(each.requirement, " 或 ".join(each.evidence_names), standing, ground)
    provisional = "（待复算）" if found.notice_due_provisional else ""
    due = f"；一次性告知限 {found.notice_due}{provisional}" if found.notice_due else ""
    return Group(
        table,
        f"事项 {found.item_code}；目录 {found.catalogue_version or '—'}；收件 {local(found.received_at)}{due}",
        f"事件 {found.recorded} 条，已入台账 {found.durable} 条",
    )


def explanation(found: Explanation) -> RenderableType:
    """The query ``explain``: one table for each requirement.

    Kinds of evidence of which the same is to be said share a row; the routes behind the one that settled are one row.
    """
    tables: list[RenderableType] = [f"{found.application_no} · 目录 {found.catalogue_version or '—'}"]
    for each in found.requirements:
        names = " 或 ".join(each.evidence_names)
        title = f"{each.requirement}（{names}）：{zh.STANDINGS.get(each.status, each.status)}"
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in ("", "路径", "材料", "为何", "依据"):
            table.add_column(column, overflow="fold")
        rows: dict[tuple[str, ...], list[str]] = {}
        for rung in each.rungs:
            rows.setdefault(_row(rung), []).append(rung.evidence_type)
        for (mark, route, why, clause), evidence in rows.items():
            table.add_row(mark, route, "、".join(dict.fromkeys(evidence)) if route != REST else "", why, clause)
        tables.append(table)
    return Group(*tables)


def _row(rung: RungView) -> tuple[str, str, str, str]:
    mark = MARKS.get(rung.standing, rung.standing)
    if rung.standing == "not_reached":
        return mark, REST, rung.text, ""
    return mark, zh.ROUTES.get(rung.route.value, rung.route.value), rung.text, rung.clause


def result(found: ApplicationResult) -> RenderableType:
    """The outcome of a case."""
    table = Table(title=f"{found.application_no} · {OUTCOMES.get(found.status, found.status)}", title_justify="left")
    for column in ("材料", "结果", "依据"):
        table.add_column(column)
    for each in found.settled:
        ground = zh.ROUTES.get(each.ground, each.ground)
        table.add_row(each.evidence_name, f"[green]免提交[/] · {ground}", each.clause)
    for lacking in found.not_exempted:
        table.add_row(" 或 ".join(lacking.evidence_names), "[yellow]不能免提交[/]", reasons(lacking.reasons))
    for asked in found.queried:
        table.add_row(" 或 ".join(asked.evidence_names), zh.STANDINGS["queried"], "")
    for name in found.applicant_made:
        table.add_row(name, zh.STANDINGS["applicant_made"], "")
    shown: list[RenderableType] = [table]
    for concern in found.concerns:
        outcome = zh.OUTCOMES.get(concern.outcome, concern.outcome)
        shown.append(f"[yellow]提请窗口注意[/]：{concern.requirement} 另有来源答复“{outcome}”")
    if found.notice is not None:
        shown.append(Panel(escape(found.notice.text), title="补正告知", title_align="left"))
    shown.append(f"目录 {found.catalogue_version}；台账至第 {found.position.sequence + 1} 条")
    return Group(*shown)


def reasons(codes: tuple[str, ...]) -> str:
    """The reasons of an open requirement that say what was tried or what stands in the way, in words."""
    texts = []
    for code in codes:
        route, _, reason = code.partition(":")
        if reason.startswith(("tried_", "held_by_", "holder_")):
            texts.append(f"{zh.ROUTES.get(route, route)}：{zh.REASONS.get(reason, reason)}")
    return "；".join(dict.fromkeys(texts)) or "各路径均未开通或不适用"
