"""From a report's content to its tables, the same for every form it is drawn in (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from schemas.report import Content, MonthPart, ReportKind, Subject
from schemas.statistics import Figures, Statistics
from schemas.submission import Standing, SubmissionState
from schemas.texts import zh_report as zh

RATE = "率"


class Number(NamedTuple):
    """A figure in a table; ``None`` where there is nothing to tell."""

    value: float | None
    unit: str

    def told(self) -> str:
        """As people read it."""
        if self.value is None:
            return zh.NO_VALUE
        return f"{self.value:.2%}" if self.unit == RATE else f"{self.value:g}"


Cell = str | Number


class Table(NamedTuple):
    """One table; ``title`` is the name of its sheet."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def title_of(subject: Subject) -> str:
    """What a report is called."""
    year, part = subject.name.split("-")
    month = part.lstrip("0") if subject.kind is ReportKind.MONTHLY else ""
    return zh.TITLES[subject.kind.value].format(year=year, month=month, quarter=part[-1])


def number_of(figures: Figures, text: zh.FigureText) -> Number:
    """The figure that a text names."""
    found: object = figures
    for name in text.path.split("."):
        found = found.get(name) if isinstance(found, dict) else getattr(found, name)
        if found is None:  # no rate, no median, or a route that nothing went
            break
    if found is None and text.unit in ("件", "项", "次", "份"):
        found = 0
    assert found is None or isinstance(found, (int, float))  # noqa: S101 - the texts name figures
    return Number(found, text.unit)


def total_table(content: Content) -> Table:
    """Every figure of the county: of the period, and of each month where it has several."""
    several = content.months if len(content.months) > 1 else ()
    head = ("group", "figure", "unit", "whole")
    columns = (*(zh.COLUMNS[name] for name in head), *(part.month for part in several), zh.COLUMNS["definition"])
    rows = tuple(
        _row(
            text.group,
            text.name,
            text.unit,
            number_of(content.by_department.total, text),
            *(number_of(part.total, text) for part in several),
            text.definition,
        )
        for text in zh.FIGURES
    )
    return Table(zh.SHEETS["total"], columns, rows)


def unit_table(which: str, statistics: Statistics, *, brief: bool) -> Table:
    """Figures by ``department`` or ``township``, and in all."""
    texts = [text for text in zh.FIGURES if text.brief or not brief]
    columns = (zh.COLUMNS[which], zh.COLUMNS["code"], *(f"{t.group}·{t.name}" for t in texts))
    rows = [
        _row(row.name or zh.UNKNOWN_ROW, row.key, *(number_of(row.figures, text) for text in texts))
        for row in statistics.rows
    ]
    total = _row(zh.TOTAL, "", *(number_of(statistics.total, text) for text in texts))
    return Table(zh.SHEETS[which], columns, (*rows, total))


def submission_table(months: Iterable[MonthPart]) -> Table:
    """Who handed in what is owed, and when."""
    columns = tuple(zh.COLUMNS[name] for name in ("month", "department", "code", "due", "received", "state"))
    rows = tuple(
        (part.month, each.name, each.department, f"{part.due}", f"{each.received_on or zh.NO_VALUE}", state_of(each))
        for part in months
        for each in part.standings
    )
    return Table(zh.SHEETS["submissions"], columns, rows)


def state_of(standing: Standing) -> str:
    """How a department stands, with the days it is late."""
    match standing.state:
        case SubmissionState.LATE:
            return zh.STATE_LATE.format(days=standing.days_late)
        case SubmissionState.MISSING:
            return zh.STATE_MISSING.format(days=standing.days_late)
    return zh.STATES[standing.state.value]


def late_named(content: Content) -> tuple[str, ...]:
    """A sentence for each month that names everybody late or missing; one that says so where nobody is."""
    told: list[str] = []
    for part in content.months:
        late = [s for s in part.standings if s.state in (SubmissionState.LATE, SubmissionState.MISSING)]
        if late:
            names = "、".join(f"{each.name}（{state_of(each)}）" for each in late)
            told.append(zh.LATE_NAMED.format(month=part.month, count=len(late), names=names))
        elif any(s.state is SubmissionState.AWAITED for s in part.standings):
            told.append(zh.AWAITED.format(month=part.month, due=part.due))
    return tuple(told) or (zh.NOBODY_LATE,)


def basis_rows(content: Content) -> tuple[tuple[str, str], ...]:
    """What the figures rest on, and how they are made again."""
    basis, head = content.basis, content.basis.head
    period = basis.subject.period
    return (
        (zh.BASIS["period"], f"{period.first} — {period.last}"),
        (zh.BASIS["as_of"], basis.as_of.isoformat()),
        (zh.BASIS["origin"], head.origin),
        (zh.BASIS["size"], f"{head.size}"),
        (zh.BASIS["root"], head.root),
        (zh.BASIS["leaf"], f"{content.by_department.as_of}"),
        (zh.BASIS["catalogue"], basis.catalogue),
        (zh.BASIS["edition_basis"], f"{content.by_department.definitions}"),
        (zh.BASIS["how"], zh.HOW.format(name=basis.subject.name)),
        (zh.BASIS["note"], head.note),
    )


def workbook_tables(content: Content) -> tuple[Table, ...]:
    """All of a report, every figure in it."""
    return (
        total_table(content),
        unit_table("department", content.by_department, brief=False),
        unit_table("township", content.by_township, brief=False),
        submission_table(content.months),
        Table(zh.SHEETS["basis"], ("", ""), basis_rows(content)),
    )


def headline(content: Content) -> str:
    """The few figures that stand in the mail itself."""
    brief = [text for text in zh.FIGURES if text.brief]
    told = ((text, number_of(content.by_department.total, text)) for text in brief)
    units = {RATE: ""}
    return "\n".join(
        f"  {text.group}·{text.name}：{number.told()}"
        + (f" {units.get(text.unit, text.unit)}".rstrip() if number.value is not None else "")
        for text, number in told
    )


def _row(*cells: Cell) -> tuple[Cell, ...]:
    return cells
