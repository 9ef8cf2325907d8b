"""The tables on the terminal: what is nought and means something is shown."""

from __future__ import annotations

from datetime import date

from rich.console import Console

from infra.cli.statistics_tables import of_figures
from schemas.statistics import Answering, By, FigureRow, Measure, Period, Statistics, figures_of
from schemas.texts import zh_statistics


def test_a_rate_of_nought_is_shown_and_a_count_of_nought_is_not() -> None:
    figures = figures_of({(Measure.VERIFICATION, Answering.SILENT, "verification"): 2}, {})
    found = Statistics(
        period=Period(first=date(2026, 11, 1), last=date(2026, 11, 30)),
        by=By.DEPARTMENT,
        as_of=1,
        total=figures,
        rows=(FigureRow(key="d", name="某局", figures=figures),),
    )
    console = Console(width=200, record=True)
    console.print(of_figures(found))
    told = console.export_text()
    assert zh_statistics.FIGURES["verification.on_time_rate"] in told and "0.00%" in told
    assert zh_statistics.FIGURES["verification.on_time"] not in told.split()
