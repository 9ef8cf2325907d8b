"""Admission: when it was received, under which workflow id, and the catalogue version it is pinned to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.testing import ActivityEnvironment

from activities.catalogue import (
    CLOCKS_DIFFER,
    AdmitRequest,
    CatalogueActivities,
    check_received,
    check_stream,
    still_holds,
)
from schemas.application import ApplicationRequest, application_stream
from schemas.catalogue import Catalogue
from schemas.errors import FieldError
from schemas.events import received
from schemas.identifiers import make_application_no
from schemas.policy import Admission, AdmissionResult
from tests.schemas.builders import (
    APPLICATION_NO,
    DIGEST,
    ITEM,
    NOW,
    PERSON,
    TODAY,
    calendar,
    case_policy,
    catalogue,
    demand,
    party,
    request,
    requirement,
    spouse,
    volunteered,
)
from tests.workflows.fakes import PlainPseudonyms

MICROSECOND = timedelta(microseconds=1)
CALENDAR = calendar()
FIRST = datetime(2023, 12, 31, 16, 0, tzinfo=UTC)
"""The first moment of 2024 in 德化, where the calendar begins."""


class Versions:
    """One version, in force from a day on."""

    def __init__(self, since: date = date(2020, 1, 1)) -> None:
        self.since = since
        self.asked: list[date] = []

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        self.asked.append(on)
        if on < self.since:
            raise LookupError(on)
        return catalogue(requirement("need", "marriage"), requirement("clean", "no_crime", role="spouse")), DIGEST


def asking(asked: ApplicationRequest, now: datetime = NOW, stream: str | None = None) -> AdmitRequest:
    return AdmitRequest(
        request=asked,
        received=received(asked, now),
        started_at=now,
        stream=stream or application_stream(asked.application_no),
    )


async def admit(asked: AdmitRequest, versions: Versions | None = None) -> AdmissionResult:
    activities = CatalogueActivities(versions or Versions(), PlainPseudonyms(), CALENDAR, case_policy())
    result: AdmissionResult = await ActivityEnvironment().run(activities.admit, asked)
    assert (result.admission is None) == bool(result.errors)
    return result


async def admitted(asked: AdmitRequest, versions: Versions | None = None) -> Admission:
    result = await admit(asked, versions)
    assert result.admission is not None, result.errors
    return result.admission


def told(errors: tuple[FieldError, ...]) -> list[tuple[str, str]]:
    assert all(e.message for e in errors)
    return [(e.field, e.code) for e in errors]


# --- when it was received --------------------------------------------------------------------------------------------

RECEIVED: list[Any] = [
    pytest.param(None, None, id="with this start"),
    pytest.param(NOW - timedelta(days=30), None, id="a month ago"),
    pytest.param(NOW, None, id="now"),
    pytest.param(NOW + CLOCKS_DIFFER, None, id="as far ahead as clocks may differ"),
    pytest.param(NOW + CLOCKS_DIFFER + MICROSECOND, "in_future", id="further ahead than that"),
    pytest.param(NOW + timedelta(days=400), "in_future", id="past the calendar"),
    pytest.param(FIRST, None, id="the first moment of the calendar"),
    pytest.param(FIRST - MICROSECOND, "before_calendar", id="the moment before"),
    pytest.param(datetime(2024, 1, 1, 0, 0, tzinfo=UTC), None, id="the calendar's first day, in UTC"),
    pytest.param(datetime(1999, 1, 1, tzinfo=UTC), "before_calendar", id="long ago"),
]


@pytest.mark.parametrize(("received_at", "code"), RECEIVED)
def test_an_application_is_received_in_the_past_and_within_the_calendar(
    received_at: datetime | None, code: str | None
) -> None:
    asked = asking(request(received_at=received_at))
    assert told(check_received(asked, CALENDAR)) == ([] if code is None else [("received_at", code)])


@pytest.mark.parametrize(("received_at", "code"), RECEIVED)
async def test_admission_refuses_it_by_field_and_looks_nothing_up(
    received_at: datetime | None, code: str | None
) -> None:
    versions = Versions()
    result = await admit(asking(request(received_at=received_at)), versions)
    assert told(result.errors) == ([] if code is None else [("received_at", code)])
    assert len(versions.asked) == (code is None)


def test_the_start_has_a_zone() -> None:
    with pytest.raises(ValidationError, match="started_at"):
        AdmitRequest.model_validate(asking(request()).model_dump() | {"started_at": datetime(2026, 3, 2)})  # noqa: DTZ001


async def test_before_the_first_version_there_is_nothing_to_be_admitted_under() -> None:
    earlier = asking(request(received_at=NOW - timedelta(days=1)))
    assert told((await admit(earlier, Versions(since=TODAY))).errors) == [("received_at", "no_catalogue")]
    await admitted(asking(request(received_at=NOW)), Versions(since=TODAY))


async def test_without_any_version_for_today_the_county_is_at_fault_and_not_the_request() -> None:
    with pytest.raises(LookupError):
        await admit(asking(request()), Versions(since=TODAY + timedelta(days=1)))


# --- under which workflow id -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "accepted"),
    [
        (f"application/{APPLICATION_NO}", True),
        (f"application/{APPLICATION_NO}-2", False),
        (f"Application/{APPLICATION_NO}", False),
        (APPLICATION_NO, False),
        ("application/QZ-1", False),
    ],
)
def test_the_workflow_id_is_the_case_number(stream: str, accepted: bool) -> None:
    errors = check_stream(asking(request(), stream=stream))
    assert told(errors) == ([] if accepted else [("application_no", "wrong_workflow_id")])
    assert all(f"application/{APPLICATION_NO}" in e.message for e in errors)


# --- the admission ---------------------------------------------------------------------------------------------------


async def test_an_admission_pins_version_pseudonyms_and_the_date_of_the_notice() -> None:
    asked, versions = request(party(), spouse()), Versions()
    admission = await admitted(asking(asked), versions)
    assert versions.asked == [TODAY]
    assert (admission.rules.ref.version, admission.rules.ref.digest) == ("dehua_2026_1", DIGEST)
    assert admission.rules.item_code == ITEM
    assert admission.policy == case_policy()
    pseudonyms = PlainPseudonyms()
    assert admission.subject_refs == {p.party_id: pseudonyms.subject_ref(p.id_type, p.id_number) for p in asked.parties}
    assert PERSON not in admission.model_dump_json()
    assert (admission.received_on, admission.notice_due) == (TODAY, date(2026, 3, 9))
    assert not admission.notice_due_provisional


@pytest.mark.parametrize(
    ("received_at", "day", "due", "provisional"),
    [
        pytest.param(datetime(2026, 3, 1, 15, 59, tzinfo=UTC), date(2026, 3, 1), date(2026, 3, 6), False, id="Sunday"),
        pytest.param(datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 2), date(2026, 3, 9), False, id="Monday"),
        pytest.param(
            datetime(2026, 2, 13, 2, 0, tzinfo=UTC), date(2026, 2, 13), date(2026, 2, 27), False, id="before 春节"
        ),
        pytest.param(
            datetime(2026, 12, 30, 2, 0, tzinfo=UTC), date(2026, 12, 30), date(2027, 1, 6), True, id="past the calendar"
        ),
    ],
)
async def test_version_and_notice_go_by_the_countys_day_of_receipt(
    received_at: datetime, day: date, due: date, provisional: bool
) -> None:
    versions = Versions()
    asked = asking(request(received_at=received_at), now=datetime(2027, 1, 15, tzinfo=UTC))
    admission = await admitted(asked, versions)
    assert versions.asked == [day]
    assert (admission.received_on, admission.notice_due) == (day, due)
    assert admission.notice_due_provisional is provisional


SISTER = f"{ITEM[:-1]}2"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(asking(request(item_code="bm_nothing")), [("item_code", "unknown_item")], id="unknown item"),
        pytest.param(
            asking(request(demands=(demand(issuer_class="moon"),))),
            [("demands.0.issuer_class", "unknown_issuer")],
            id="unknown issuer",
        ),
        pytest.param(
            asking(request(application_no=make_application_no(SISTER, TODAY, 1))),
            [("application_no", "number_of_another_item")],
            id="a number of another item",
        ),
        pytest.param(
            asking(request(volunteered=(volunteered(party_id="p9"),))),
            [("volunteered.0.party_id", "not_a_party")],
            id="not a party",
        ),
        pytest.param(
            asking(request(spouse(), volunteered=(volunteered("nothing", party_id="p2"),)), stream="application/other"),
            [
                ("application_no", "wrong_workflow_id"),
                ("parties", "role_missing"),
                ("volunteered.0.requirement_code", "unknown_requirement"),
            ],
            id="everything at once",
        ),
    ],
)
async def test_what_is_wrong_is_named_by_field(asked: AdmitRequest, expected: list[tuple[str, str]]) -> None:
    assert told((await admit(asked)).errors) == expected


# --- an admission looked up before the start -------------------------------------------------------------------------

ASKED = request(party(), spouse(), demands=(demand(),))
STREAM = application_stream(APPLICATION_NO)


@pytest.mark.parametrize(
    ("asked", "received_at", "stream", "holds"),
    [
        pytest.param(ASKED, NOW, STREAM, True, id="the same case"),
        pytest.param(ASKED, NOW + timedelta(hours=14, minutes=59), STREAM, True, id="later the same day"),
        pytest.param(ASKED, NOW + timedelta(hours=15), STREAM, False, id="the next day"),
        pytest.param(ASKED, NOW, f"{STREAM}-2", False, id="another workflow id"),
        pytest.param(ASKED.model_copy(update={"item_code": SISTER}), NOW, STREAM, False, id="another item"),
        pytest.param(ASKED.model_copy(update={"parties": ASKED.parties[:1]}), NOW, STREAM, False, id="a party less"),
        pytest.param(
            ASKED.model_copy(update={"parties": ASKED.parties[::-1]}), NOW, STREAM, False, id="the parties turned round"
        ),
        pytest.param(ASKED.model_copy(update={"demands": ()}), NOW, STREAM, False, id="a demand less"),
        pytest.param(
            ASKED.model_copy(update={"volunteered": (volunteered("nothing"),)}),
            NOW,
            STREAM,
            False,
            id="something wrong",
        ),
    ],
)
async def test_an_admission_holds_for_the_very_case_it_was_looked_up_for(
    asked: ApplicationRequest, received_at: datetime, stream: str, holds: bool
) -> None:
    found = await admitted(asking(ASKED))
    assert still_holds(asked, received(asked, received_at), received_at, stream, found) is holds
