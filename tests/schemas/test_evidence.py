from __future__ import annotations

from datetime import date

import pytest

from schemas.evidence import FOR_A_PERSON, WAITABLE, Coverage, OutcomeKind


def area(code: str, since: int | None = None) -> Coverage:
    return Coverage(area=code, since=None if since is None else date(since, 1, 1))


@pytest.mark.parametrize(
    ("known", "needed", "covers"),
    [
        pytest.param(area("100000"), area("100000"), True, id="nation for nation"),
        pytest.param(area("100000"), area("350526"), True, id="nation for county"),
        pytest.param(area("350000"), area("350526"), True, id="province for its county"),
        pytest.param(area("350000"), area("350500"), True, id="province for its city"),
        pytest.param(area("350500"), area("350526"), True, id="city for its county"),
        pytest.param(area("350526"), area("350526"), True, id="county for itself"),
        pytest.param(area("350526"), area("350500"), False, id="county for its city"),
        pytest.param(area("350500"), area("350000"), False, id="city for its province"),
        pytest.param(area("350000"), area("100000"), False, id="province for the nation"),
        pytest.param(area("350500"), area("350626"), False, id="city for another city's county"),
        pytest.param(area("330000"), area("350526"), False, id="another province"),
        pytest.param(area("351000"), area("351022"), True, id="a prefecture ending in ten"),
        pytest.param(area("351000"), area("351122"), False, id="not the prefecture beside it"),
        pytest.param(area("351000"), area("350100"), False, id="not its whole province"),
        pytest.param(area("350526", 2000), area("350526", 2005), True, id="earlier than needed"),
        pytest.param(area("350526", 2005), area("350526", 2005), True, id="just from then"),
        pytest.param(area("350526", 2006), area("350526", 2005), False, id="too late"),
        pytest.param(area("350526", 1900), area("350526"), False, id="a date for all time"),
        pytest.param(area("350526"), area("350526", 1900), True, id="all time for a date"),
        pytest.param(area("350526"), area("350526"), True, id="all time for all time"),
    ],
)
def test_coverage(known: Coverage, needed: Coverage, covers: bool) -> None:
    assert known.covers(needed) is covers


def test_no_outcome_both_waits_and_needs_a_person() -> None:
    assert not set(WAITABLE) & set(FOR_A_PERSON)
    passed_over = set(OutcomeKind) - set(WAITABLE) - set(FOR_A_PERSON)
    assert passed_over == {OutcomeKind.HIT, OutcomeKind.NO_RECORD, OutcomeKind.CONFIG}
