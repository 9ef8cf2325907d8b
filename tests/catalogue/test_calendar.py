"""The published working days, against the arrangements of 2024 to 2026, and what a county adds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from chinese_calendar import constants

from infra.calendar import CalendarInvalid, published, working_calendar
from tests.catalogue.folders import COUNTY

VECTORS = [
    ("2024-09-27", 2, "2024-09-30"),
    ("2024-09-30", 1, "2024-10-08"),
    ("2025-01-24", 1, "2025-01-26"),
    ("2025-09-30", 3, "2025-10-11"),
    ("2025-09-26", 2, "2025-09-29"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-14", 1, "2026-02-24"),
    ("2026-04-30", 7, "2026-05-13"),
    ("2026-09-24", 1, "2026-09-28"),
]
WORKED = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
OFF = {
    2024: "0101 0212-0216 0404-0405 0501-0503 0610 0916-0917 1001-1004 1007",
    2025: "0101 0128-0131 0203-0204 0404 0501-0502 0505 0602 1001-1003 1006-1008",
    2026: "0101-0102 0216-0220 0223 0406 0501 0504-0505 0619 0925 1001-1002 1005-1007",
}


def days(year: int, text: str) -> list[date]:
    """``0212-0216 0404`` as days of a year."""
    spans = [(part.partition("-")[0], part.partition("-")[2] or part) for part in text.split()]
    found: list[date] = []
    for first, last in spans:
        day, end = (date(year, int(d[:2]), int(d[2:])) for d in (first, last))
        while day <= end:
            found.append(day)
            day += timedelta(days=1)
    return found


def overrides(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "calendar.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("start", "count", "expected"), VECTORS)
@pytest.mark.parametrize("county", [None, COUNTY / "calendar.yaml"], ids=["nation", "county"])
def test_published_due_dates(county: Path | None, start: str, count: int, expected: str) -> None:
    due = working_calendar(county).due(date.fromisoformat(start), count)
    assert (due.day, due.provisional) == (date.fromisoformat(expected), False)


def test_a_due_date_past_the_published_years_is_provisional() -> None:
    due = working_calendar().due(date(2026, 12, 31), 1)
    assert due.provisional
    assert due.day == date(2027, 1, 1)


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_published_years_day_by_day(year: int, count: int) -> None:
    calendar = working_calendar()
    whole = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    whole = [d for d in whole if d.year == year]
    assert sum(map(calendar.is_working_day, whole)) == count
    assert [d for d in calendar.workdays if d.year == year] == days(year, WORKED[year])
    assert [d for d in calendar.holidays if d.year == year] == days(year, OFF[year])


def test_the_horizon_is_the_last_year_published_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = working_calendar()
    assert calendar.first == date(2004, 1, 1)
    assert (calendar.last.month, calendar.last.day) == (12, 31)
    assert calendar.last >= date(2026, 12, 31)
    # New Year's Day of the next year alone, as a release in December may carry it, publishes no year.
    coming = calendar.last.year + 1
    monkeypatch.setitem(constants.holidays, date(coming, 1, 1), constants.holidays[date(2026, 1, 1)])
    assert published._published_years()[-1] == calendar.last.year


def test_a_county_moves_days(tmp_path: Path) -> None:
    path = overrides(
        tmp_path,
        "version: dehua_x\nholidays: [2026-03-04, 2026-02-14, 2026-03-07]\nworkdays: [2026-05-01, 2026-05-02]\n",
    )
    calendar = working_calendar(path)
    assert calendar.version.endswith("+dehua_x")
    assert [calendar.is_working_day(date(2026, m, d)) for m, d in ((3, 4), (2, 14), (3, 7))] == [False] * 3
    assert [calendar.is_working_day(date(2026, 5, d)) for d in (1, 2, 3)] == [True, True, False]
    assert calendar.due(date(2026, 3, 3), 1).day == date(2026, 3, 5)
    assert working_calendar().is_working_day(date(2026, 3, 4)), "the nation's calendar is another"


def test_the_county_in_the_repository_adds_nothing() -> None:
    calendar = working_calendar(COUNTY / "calendar.yaml")
    assert calendar.version.endswith("+dehua_2026_01")
    assert calendar.holidays == working_calendar().holidays


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("holidays: []\n", "calendar.yaml version"),
        ("version: x\nholidays: [2026-13-01]\n", "calendar.yaml"),
        ("version: x\nholidays: [tomorrow]\n", "calendar.yaml holidays.0"),
        ("version: x\nfeasts: []\n", "calendar.yaml feasts"),
        (
            "version: x\nholidays: [2026-03-04]\nworkdays: [2026-03-04]\n",
            "calendar.yaml workdays: 既休又班：2026-03-04",
        ),
        ("version: [\n", "calendar.yaml"),
        ("", "calendar.yaml"),
    ],
)
def test_wrong_overrides_are_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CalendarInvalid, match=told.replace(".", r"\.")):
        working_calendar(overrides(tmp_path, text))


def test_missing_or_unreadable_overrides_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarInvalid, match="nowhere"):
        working_calendar(tmp_path / "nowhere.yaml")
    (tmp_path / "gbk.yaml").write_bytes("version: 德化".encode("gb18030"))
    with pytest.raises(CalendarInvalid, match="gbk"):
        working_calendar(tmp_path / "gbk.yaml")
