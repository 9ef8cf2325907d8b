"""The nation's working days, as the package ``chinesecalendar`` carries them, under a county's own overrides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path

import chinese_calendar
import yaml
from chinese_calendar import constants
from pydantic import ValidationError

from schemas.base import Model, ShortText
from schemas.clock import WorkingCalendar
from schemas.errors import FieldError, field_errors

_SATURDAY = 5


class CalendarInvalid(ValueError):
    """A county's overrides cannot be used; the message names file and field."""


class Overrides(Model):
    """A county's own days: ``holidays`` are off and ``workdays`` are worked, whatever the nation says of them."""

    version: ShortText
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


def working_calendar(county_overrides: Path | None = None) -> WorkingCalendar:
    """The working calendar from the first to the last published year.

    Args:
        county_overrides: a YAML file with ``version``, ``holidays`` and ``workdays``; none where the county has none.

    Raises CalendarInvalid where the overrides are missing, malformed, or contradict each other.
    """
    national = _national()
    if county_overrides is None:
        return national
    own = _read(county_overrides)
    holidays = set(national.holidays) - set(own.workdays) | {d for d in own.holidays if d.weekday() < _SATURDAY}
    workdays = set(national.workdays) - set(own.holidays) | {d for d in own.workdays if d.weekday() >= _SATURDAY}
    return national.model_copy(
        update={
            "version": f"{national.version}+{own.version}",
            "holidays": tuple(sorted(holidays)),
            "workdays": tuple(sorted(workdays)),
        }
    )


@cache
def _national() -> WorkingCalendar:
    years = _published_years()
    days = tuple(_days(date(years[0], 1, 1), date(years[-1], 12, 31)))
    return WorkingCalendar(
        version=f"chinesecalendar-{version('chinesecalendar')}",
        first=days[0],
        last=days[-1],
        holidays=tuple(d for d in days if d.weekday() < _SATURDAY and not chinese_calendar.is_workday(d)),
        workdays=tuple(d for d in days if d.weekday() >= _SATURDAY and chinese_calendar.is_workday(d)),
    )


def _published_years() -> tuple[int, ...]:
    """The unbroken run of years whose arrangement was published.

    The package answers for every year up to the latest holiday it knows, so a year of which only New Year's days are
    known yet would count as published: a year counts when its National Day, the last holiday arranged, is known too.
    """
    year = min(constants.holidays).year
    years: list[int] = []
    while date(year, 10, 1) in constants.holidays:
        years.append(year)
        year += 1
    if not years:
        raise CalendarInvalid("chinesecalendar 中没有任何已公布年份")
    return tuple(years)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _read(path: Path) -> Overrides:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        overrides = Overrides.model_validate(data)
    except OSError as error:
        raise CalendarInvalid(f"{path.name}: 无法读取（{error.strerror}）") from error
    except ValidationError as error:
        raise CalendarInvalid(_told(path, field_errors(error))) from error
    except (yaml.YAMLError, ValueError) as error:
        raise CalendarInvalid(f"{path.name}: 不是合格的 UTF-8 YAML") from error
    both = sorted(set(overrides.holidays) & set(overrides.workdays))
    if both:
        raise CalendarInvalid(f"{path.name} workdays: 既休又班：{'、'.join(map(str, both))}")
    return overrides


def _told(path: Path, errors: tuple[FieldError, ...]) -> str:
    return "\n".join(f"{path.name} {e.field}: {e.message}" for e in errors)
