"""catalogue …: check a folder of catalogue files, publish it, look at what is in force."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings
from schemas.clock import COUNTY_TIME
from schemas.errors import FieldError
from schemas.texts import zh

if TYPE_CHECKING:
    from infra.settings import Settings
    from schemas.catalogue import Catalogue, EvidenceRule, ItemRules, RequirementRule

app = typer.Typer(no_args_is_help=True, help="目录：检查、公布、查看。Check, publish and show the catalogue.")
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="目录文件夹。", show_default=False)
]


@app.command()
def check(folder: FolderArgument, json: Json = False) -> None:
    """检查目录文件夹；有误时逐项指出文件、行、字段，退出码为 2。Check a folder of catalogue files."""
    catalogue = _load(folder)
    counts = _counts(catalogue)
    emit({"version": catalogue.version, **counts}, lambda: f"目录 {catalogue.version} 合规：{_in_words(counts)}")


@app.command()
def publish(folder: FolderArgument, state_dir: StateOption = None, json: Json = False) -> None:
    """公布一个目录版本；重复公布同一内容不产生变化。Publish a catalogue version."""
    from infra.catalogue.store import VersionTaken
    from infra.catalogue.store import publish as publish_version

    catalogue = _load(folder)
    settings = load_settings(state_dir)

    async def command() -> str:
        async with database(settings) as pool:
            return await publish_version(pool, catalogue)

    try:
        with working(f"公布目录 {catalogue.version}"):
            digest = run(command())
    except VersionTaken as error:
        raise Failure(str(error), ExitCode.INVALID) from error
    told = {"version": catalogue.version, "digest": digest, "effective_from": catalogue.effective_from.isoformat()}
    emit(told, lambda: f"已公布目录 {catalogue.version}，自 {catalogue.effective_from} 生效，摘要 {digest}")


@app.command()
def show(
    item: Annotated[str | None, typer.Argument(metavar="[ITEM]", help="事项编码；不填则列出全部事项。")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="看文件夹中的目录，而非已公布且生效的。", show_default=False)
    ] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """显示生效的目录，或其中一个事项要哪些证明、从哪里查。What is in force."""
    from infra.catalogue.store import digest_of

    if folder is not None:
        catalogue = _load(folder)
        digest = digest_of(catalogue)
    else:
        settings = load_settings(state_dir)
        with working("读取目录"):
            catalogue, digest = run(_in_force(settings))
    if item is None:
        items = [{"code": i.code, "name": i.name, "department": i.department} for i in catalogue.items]
        told = {"version": catalogue.version, "digest": digest, **_counts(catalogue), "service_items": items}
        emit(told, lambda: _items_table(catalogue))
        return
    if item not in {i.code for i in catalogue.items}:
        raise Failure(f"目录 {catalogue.version} 中没有事项 {item}", ExitCode.NOT_FOUND)
    from schemas.rules import rules_for

    rules = rules_for(catalogue, digest, item, ())
    emit(rules, lambda: _rules_table(rules))


def _load(folder: Path) -> Catalogue:
    from infra.catalogue.files import load
    from infra.catalogue.problems import CatalogueInvalid

    try:
        return load(folder)
    except CatalogueInvalid as error:
        errors = tuple(
            FieldError(field=f"{p.file}:{p.line} {p.field}".strip(), code="catalogue", message=p.message)
            for p in error.problems
        )
        raise Failure(f"目录文件夹 {folder} 有 {len(errors)} 处问题", ExitCode.INVALID, errors) from error


async def _in_force(settings: Settings) -> tuple[Catalogue, str]:
    from infra.catalogue.store import StoredCatalogues

    async with database(settings) as pool:
        try:
            return await StoredCatalogues(pool).in_force(datetime.now(COUNTY_TIME).date())
        except LookupError as error:
            raise Failure(str(error), ExitCode.NOT_FOUND) from error


def _counts(catalogue: Catalogue) -> dict[str, int]:
    return {
        "items": len(catalogue.items),
        "requirements": len(catalogue.requirements),
        "evidence_types": len(catalogue.evidence_types),
        "sources": len(catalogue.sources),
        "cancellations": len(catalogue.cancellations),
        "commitments": len(catalogue.commitments),
        "deferrals": len(catalogue.deferrals),
    }


def _in_words(counts: dict[str, int]) -> str:
    words = {
        "items": "事项",
        "requirements": "证明要求",
        "evidence_types": "证明材料",
        "sources": "数据来源",
        "cancellations": "取消",
        "commitments": "告知承诺条款",
        "deferrals": "容缺条款",
    }
    return "，".join(f"{words[name]} {count}" for name, count in counts.items())


def _items_table(catalogue: Catalogue) -> RenderableType:
    names = {d.code: d.name for d in catalogue.departments}
    table = Table(title=f"目录 {catalogue.version} · 自 {catalogue.effective_from} 生效", title_justify="left")
    for column in ("事项编码", "事项", "部门", "证明要求", "承诺时限", "帮代办"):
        table.add_column(column, no_wrap=column == "事项编码")
    for item in catalogue.items:
        needed = sum(r.item_code == item.code for r in catalogue.requirements)
        table.add_row(
            item.code,
            item.name,
            names.get(item.department, item.department),
            str(needed),
            _days(item.promised_working_days),
            "可" if item.assistance else "—",
        )
    bodies = "，".join(body.name for body in catalogue.bodies)
    return Group(table, _in_words(_counts(catalogue)), *([bodies] if bodies else []))


def _rules_table(rules: ItemRules) -> RenderableType:
    table = Table(title=f"{rules.item_name} · {rules.department_name}", title_justify="left")
    for column in ("证明要求", "当事人", "材料", "从哪里查", "向谁核验", "另可", "依据"):
        table.add_column(column)
    for rule in rules.requirements:
        kinds = [rules.evidence[key] for key in rule.evidence]
        role: Any = rules.role_names.get(rule.role, rule.role)
        table.add_row(
            rule.code,
            role,
            "\n或 ".join(kind.name for kind in kinds),
            "\n".join(_whence(kind) for kind in kinds),
            "\n".join(_verified_with(kind) for kind in kinds),
            "\n".join(_instead(rules, rule)) or "—",
            rule.legal_basis,
        )
    return Group(table, _limits(rules))


def _limits(rules: ItemRules) -> str:
    """Time limits, assistance and the domain, in one line below the table."""
    domain = f"{zh.ITEM_DOMAINS[rules.domain.value]}领域"
    return " · ".join(
        (
            f"法定时限 {_days(rules.statutory_working_days)}",
            f"承诺时限 {_days(rules.promised_working_days)}",
            "可帮办代办" if rules.assistance else "不在帮办代办范围",
            f"{domain}，不适用告知承诺" if rules.commitment_excluded else domain,
        )
    )


def _days(count: int | None) -> str:
    return "—" if count is None else f"{count} 个工作日"


def _verified_with(kind: EvidenceRule) -> str:
    if kind.issuer_name is None:
        return "—"
    return kind.issuer_name if kind.issuer_on_platform else f"{kind.issuer_name}（不在平台）"


def _instead(rules: ItemRules, rule: RequirementRule) -> list[str]:
    """What the applicant may choose where the evidence is not there: a commitment, a later supply."""
    lines = []
    for terms in rule.commitments:
        share = f" {terms.sample_percent}%" if terms.sample_percent < 100 else ""
        name = rules.evidence[terms.evidence_type].name
        lines.append(f"承诺：{name}（{zh.CHECK_MODES[terms.check.value]}{share}）")
    if rule.deferral is not None:
        effect = zh.OVERDUE_EFFECTS[rule.deferral.overdue.value]
        lines.append(f"容缺：{_days(rule.deferral.within_days)}，逾期{effect}")
    return lines


def _whence(kind: EvidenceRule) -> str:
    if kind.cancelled_by is not None:
        return f"已取消：{kind.cancelled_by}"
    return "、".join(zh.PLATFORMS[s.platform.value] for s in kind.sources) or "—"
