"""What a game begins with: items whose facts need people, calendars with the long holidays, and the day of 收件."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from schemas.application import ApplicationRequest, Choice, Origin
from schemas.catalogue import ItemRules
from schemas.clock import COUNTY_TIME, county_date
from schemas.codes import ItemType, Platform
from schemas.policy import Admission, CasePolicy, LongPolicy, RouteBudget
from schemas.rules import rules_for
from tests.schemas.builders import SHARING, calendar, demand, subject_ref
from tests.workflows.catalogues import ITEM
from tests.workflows.long_world import long_catalogue, policy
from tests.workflows.requests import request

ITEMS = (
    ("r_verify",),
    ("r_shared", "r_village"),
    ("r_licence",),
    ("r_commit", "r_defer"),
    ("r_any", "r_commit"),
    ("r_licence", "r_shared", "r_defer"),
    ("r_verify", "r_commit", "r_village"),
)
"""The requirements of each item; with two of them a guide demands something more (one abolished, one on no list)."""
DEMANDS = {2: demand("no_criminal_record", "village_committee"), 4: demand("宣誓书", "police")}
RULES: tuple[ItemRules, ...] = tuple(
    rules_for(long_catalogue(only), "d" * 64, ITEM, (DEMANDS[index],) if index in DEMANDS else ())
    for index, only in enumerate(ITEMS)
)

PUBLISHED = calendar()
"""The calendar to the end of 2026."""
NEXT_YEAR = PUBLISHED.model_copy(
    update={
        "version": "cn_2024_2027",
        "last": date(2027, 12, 31),
        "holidays": (*PUBLISHED.holidays, date(2027, 1, 1), *(date(2027, 2, day) for day in (8, 9, 10, 11, 12))),
        "workdays": (*PUBLISHED.workdays, date(2027, 1, 3), date(2027, 2, 7), date(2027, 2, 20)),
    }
)
"""The same with a year more (that year by hand), as it is published at the end of the year before."""

STARTS = (
    datetime(2026, 9, 24, 9, 0, tzinfo=COUNTY_TIME),
    datetime(2026, 2, 12, 16, 45, tzinfo=COUNTY_TIME),
    datetime(2026, 12, 21, 8, 0, tzinfo=COUNTY_TIME),
    datetime(2026, 10, 10, 11, 11, tzinfo=COUNTY_TIME),
    datetime(2026, 5, 30, 23, 59, tzinfo=COUNTY_TIME),
)
"""Before National Day, Spring Festival, and the end of what is published; a Saturday worked, and one not worked."""

POLICIES: tuple[LongPolicy, ...] = (
    policy(),
    policy(deemed_accepted=()),
    policy(working_day_seconds=60.0),
    policy(deemed_accepted=(ItemType.CONFIRMATION,)),
)
"""Deemed accepted without a notice, never so, the short days of a demonstration, and never so for this item type."""


def asked(index: int, *, choices: tuple[Choice, ...] = (), origins: tuple[Origin, ...] = ()) -> ApplicationRequest:
    """The request of a game."""
    demands = (DEMANDS[index],) if index in DEMANDS else ()
    return request("T-machine", demands=demands, choices=choices, origins=origins)


def admission(index: int, long: LongPolicy, received_at: datetime, **rules: Any) -> Admission:
    """What the admission finds for the item of that number."""
    of = RULES[index].model_copy(update=rules)
    received_on = county_date(received_at)
    due = PUBLISHED.due(received_on, of.notice_working_days)
    return Admission(
        rules=of,
        policy=CasePolicy(
            budgets={route: RouteBudget(interactive_seconds=60, background_seconds=600) for route in SHARING},
            ask_seconds=dict.fromkeys(Platform, 5),
            retry_initial_seconds=1,
            retry_maximum_seconds=10,
            long=long,
        ),
        subject_refs={"p1": subject_ref(1)},
        received_on=received_on,
        notice_due=due.day,
        notice_due_provisional=due.provisional,
        calendar=PUBLISHED.since(received_on),
    )
