"""The forms a report is drawn in: hostile names are text, nothing runs, the same content gives the same bytes."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from infra.report.message import message
from infra.report.page import page
from infra.report.workbook import workbook
from schemas.codes import Route
from schemas.report import Basis, Content, Drawn, Head, MonthPart, ReportKind, Subject
from schemas.report_tables import late_named, number_of, title_of
from schemas.statistics import By, EvidenceFigures, FigureRow, Figures, LookupFigures, Statistics
from schemas.submission import Standing, SubmissionState, SubmissionTerms
from schemas.texts import zh_report as zh

JUSTICE = "11350526MB0000001C"
HOSTILE = (
    '=HYPERLINK("http://evil.example","点我")',
    "+1+1|cmd",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    "德化县\x07公安\ud7ff局",
    "https://evil.example/",
    "00123",
    "{{ 7*7 }}",
    "长" * 200,
)


def a_report(kind: ReportKind = ReportKind.MONTHLY, names: tuple[str, ...] = HOSTILE) -> Content:
    subject = Subject(kind=kind, name="2025-11" if kind is ReportKind.MONTHLY else "2025-Q4")
    figures = Figures(
        evidence=EvidenceFigures(concluded=3, exempted=2, exempted_rate=0.6667, exempted_by_route={Route.ELICENCE: 2}),
        lookups={Route.ELICENCE: LookupFigures(asked=4, hit=2, hit_rate=0.5)},
    )
    rows = tuple(FigureRow(key=f"k{n}", name=name, figures=figures) for n, name in enumerate(names))

    def statistics(by: By) -> Statistics:
        return Statistics(period=subject.period, by=by, as_of=41, total=figures, rows=rows)

    standings = tuple(
        Standing(department=JUSTICE, name=name, state=SubmissionState.LATE, received_on=date(2025, 12, 9), days_late=1)
        for name in names
    )
    due = date(2025, 12, 8)
    return Content(
        basis=Basis(
            subject=subject,
            county="350526",
            head=Head(origin="mianzheng/test", size=42, root="A" * 43 + "=", note="mianzheng/test\n42\nAAA\n\n— s\n"),
            as_of=datetime(2025, 12, 9, 1, tzinfo=UTC),
            catalogue="dehua_2025_01",
            dues=tuple(due for _ in subject.months),
            terms=SubmissionTerms(),
        ),
        title=title_of(subject),
        by_department=statistics(By.DEPARTMENT),
        by_township=statistics(By.TOWNSHIP),
        months=tuple(MonthPart(month=m, due=due, standings=standings, total=figures) for m in subject.months),
    )


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def sheets(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name).decode() for name in file.namelist()}


def test_nothing_in_a_workbook_is_a_formula_or_a_link() -> None:
    parts = sheets(workbook(a_report()))
    for name, text in parts.items():
        ElementTree.fromstring(text)
        if name.startswith("xl/worksheets/sheet"):
            assert "<f>" not in text and "hyperlink" not in text.lower(), name
    told = parts["xl/sharedStrings.xml"]
    assert "=HYPERLINK(" in told and "&lt;script&gt;" in told and "00123" in told, "shown as it is"
    assert not any("hyperlink" in text.lower() for name, text in parts.items() if name.endswith(".rels"))


def test_every_figure_has_its_number_its_name_and_its_definition() -> None:
    told = sheets(workbook(a_report()))["xl/sharedStrings.xml"]
    for text in zh.FIGURES:
        assert text.name in told and text.definition in told
        number_of(a_report().by_department.total, text)  # raises where a text names no figure
    assert len({(t.group, t.name) for t in zh.FIGURES}) == len({t.path for t in zh.FIGURES}) == len(zh.FIGURES)


def test_numbers_are_as_counted() -> None:
    figures = {f"{t.path}": number_of(a_report().by_department.total, t).told() for t in zh.FIGURES}
    assert figures["evidence.exempted_rate"] == "66.67%"
    assert figures["evidence.exempted_by_route.elicence"] == "2"
    assert figures["evidence.exempted_by_route.verification"] == "0"
    assert figures["lookups.elicence.hit_rate"] == "50.00%"
    assert figures["lookups.data_sharing.hit_rate"] == figures["verification.median_hours"] == zh.NO_VALUE


@pytest.mark.parametrize("kind", list(ReportKind))
def test_a_page_loads_nothing_and_runs_nothing(kind: ReportKind) -> None:
    content = a_report(kind)
    parsed = Page()
    parsed.feed(page(content).decode())
    assert not {"script", "img", "link", "iframe", "a", "form", "object"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "<script>alert(1)</script>" in parsed.texts and "{{ 7*7 }}" in parsed.texts
    assert content.title in parsed.texts and content.basis.head.note in parsed.texts
    assert any("迟报、未报（10 个）" in text for text in parsed.texts)


@pytest.mark.parametrize("draw", [workbook, page])
def test_the_same_content_gives_the_same_bytes(draw: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(draw)
    first = draw(a_report())
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
        assert draw(a_report()) == first
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_mail_carries_both_files_under_chinese_names_and_the_same_id_each_time() -> None:
    content = a_report(names=("德化县公安局",))
    drawn = Drawn(figures="ab" * 32, xlsx="cd" * 32, html="ef" * 32)
    files = (workbook(content), page(content))
    made = message(content, drawn, 1, files, "report@dehua.example", ("gwh@dehua.example",))
    raw = made.as_bytes(policy=policy.SMTP.clone(cte_type="7bit"))
    assert raw.isascii() and max(map(len, raw.splitlines())) <= 998
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read["Subject"] == "“无证明城市”建设月报（2025年11月）"
    assert read["Message-ID"] == "<monthly.2025-11.1.abababababababab@dehua.example>"
    attached = list(read.iter_attachments())
    assert [part.get_filename() for part in attached] == [f"{content.title}.xlsx", f"{content.title}.html"]
    assert [part.get_payload(decode=True) for part in attached] == list(files)
    body = read.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "德化县公安局（迟报 1 天）" in text and "cd" * 32 in text and "第 42 条" in text
    again = message(content, drawn, 1, files, "report@dehua.example", ("gwh@dehua.example",))
    assert again["Message-ID"] == made["Message-ID"]
    other = message(content, drawn, 2, files, "report@dehua.example", ("gwh@dehua.example",))
    assert other["Message-ID"] != made["Message-ID"]


def test_nobody_late_is_said_too() -> None:
    assert late_named(a_report(names=())) == (zh.NOBODY_LATE,)
