"""The tables of ``mianzheng statistics``: a column only where some row has something to show in it."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from schemas.statistics import Figures, Gaps, LookupFigures, Statistics
from schemas.texts import zh, zh_statistics

NONE = "–"
OBVIOUS = ("cases", "evidence")
Figure = int | float | None
Column = tuple[str, Callable[[Figures], Figure]]


def of_figures(found: Statistics) -> RenderableType:
    """Three tables: what came of the evidence, how offices answered, and what else happened."""
    if not found.rows:
        return zh_statistics.NOTHING
    head = zh_statistics.STATISTICS.format(
        by=f"按{zh_statistics.BY[found.by.value]}",
        first=found.period.first,
        last=found.period.last,
        as_of=found.as_of,
        definitions=found.definitions,
    )
    tables = [_table(found, columns) for columns in (EVIDENCE, ANSWERS, ROUTES)]
    missing = [zh_statistics.UNREADABLE.format(count=found.unreadable)] if found.unreadable else []
    return Group(head, *missing, *(table for table in tables if table is not None), *_lookups(found))


def of_gaps(found: Gaps) -> RenderableType:
    """The work list for completing the libraries."""
    if not found.rows:
        return zh_statistics.NO_GAPS
    table = Table(
        title=zh_statistics.GAPS.format(
            first=found.period.first, last=found.period.last, as_of=found.as_of, definitions=found.definitions
        ),
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("出具单位", "证明材料", "办理路径"):
        table.add_column(name, overflow="fold")
    table.add_column("次数", justify="right")
    table.add_column("原因", overflow="fold")
    for gap in found.rows:
        reasons = "；".join(f"{zh.reason(code)} {number}" for code, number in gap.reasons.items())
        names = gap.issuer_name, gap.evidence_name, zh.ROUTES[gap.route.value]
        table.add_row(*map(escape, names), str(gap.failed), escape(reasons))
    return table


# --- pieces ------------------------------------------------------------------------------------------------------


def _named(path: str) -> Column:
    """A column for one figure, under its one name, and that of its group where it has several."""
    group, _, name = path.partition(".")
    label = zh_statistics.FIGURES[path]
    if group not in OBVIOUS and name:
        label = f"{zh_statistics.GROUPS[group]}\n{label}"

    def value(figures: Figures) -> Figure:
        part = getattr(figures, group)
        found: Figure = getattr(part, name) if name else part
        return found

    return label, value


EVIDENCE = tuple(
    _named(path)
    for path in (
        "cases.received",
        *(f"evidence.{name}" for name in ("concluded", "exempted", "exempted_rate", "commitment", "deferred", "paper")),
        *(f"evidence.{name}" for name in ("provisional", "not_exempted", "pending", "abolished", "volunteered")),
        "evidence.unlisted",
    )
)
ANSWERS = tuple(
    _named(path)
    for path in (
        *(f"verification.{name}" for name in ("received", "on_time", "overdue", "on_time_rate", "median_hours")),
        *(f"colours.{name}" for name in ("blue", "orange", "red", "annulled")),
        *("aggregation.owed", "aggregation.rate", "complaints"),
    )
)
ROUTES = tuple(
    _named(path)
    for path in (
        *(f"commitments.{name}" for name in ("signed", "checked", "broken")),
        *(f"deferrals.{name}" for name in ("opened", "cured", "expired")),
        *(f"papers.{name}" for name in ("opened", "backfilled")),
        *(f"assistance.{name}" for name in ("opened", "obtained")),
        *(f"dispositions.{name}" for name in ("opened", "decided", "median_days")),
    )
)


def _table(found: Statistics, columns: tuple[Column, ...]) -> Table | None:
    shown = [column for column in columns if _tells(column[1](found.total))]
    if not shown:
        return None
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column(zh_statistics.BY[found.by.value], zh_statistics.WHOLE, overflow="fold")
    for label, value in shown:
        table.add_column(label, _text(label, value(found.total)), justify="right", overflow="fold")
    for row in found.rows:
        if any(value(row.figures) for _, value in shown):
            table.add_row(escape(row.name), *(_text(label, value(row.figures)) for label, value in shown))
    return table


def _tells(value: Figure) -> bool:
    """Whether there is anything to show: a rate of nought is, a count of nought is not."""
    return isinstance(value, float) or bool(value)


def _lookups(found: Statistics) -> list[Table]:
    """Hit rates of the whole, by route."""
    if not found.total.lookups:
        return []
    table = Table(title=zh_statistics.GROUPS["lookups"], title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(zh_statistics.BY["route"])
    names = tuple(LookupFigures.model_fields)
    for name in names:
        table.add_column(zh_statistics.FIGURES[f"lookups.{name}"], justify="right")
    for route, asked in found.total.lookups.items():
        values = (_text(zh_statistics.FIGURES[f"lookups.{name}"], getattr(asked, name)) for name in names)
        table.add_row(zh.ROUTES[route.value], *values)
    return [table]


def _text(label: str, value: Figure) -> str:
    if value is None:
        return NONE
    return f"{value:.2%}" if label.endswith("率") else f"{value}"
