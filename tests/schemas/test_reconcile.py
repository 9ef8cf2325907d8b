"""Histories against rows, case by case: what agrees, what is under way, what is a finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from schemas.reconcile import (
    Code,
    Compared,
    Derived,
    Heard,
    Kept,
    Message,
    RunDerived,
    Standing,
    by_hand,
    compare,
    unexplained,
)
from schemas.texts import zh_reconcile

NOW = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
HORIZON = NOW - timedelta(days=3)
STREAM = "application/T-1"


def event(number: int, standing: Standing = Standing.DURABLE, run: str = "run-1") -> Derived:
    return Derived(UUID(int=number), STREAM, number, run, "run-1", standing)


def row(number: int, position: int | None = None, *, run: str = "run-1", age: timedelta = timedelta(hours=1)) -> Kept:
    return Kept(UUID(int=number), number if position is None else position, number, run, "run-1", NOW - age)


def run(*events: Derived, open: bool = False, run_id: str = "run-1") -> RunDerived:
    return RunDerived(run_id, open, events)


def compared(runs: list[RunDerived], rows: list[Kept], differing: int | None = None) -> Compared:
    def differs(derived: Derived, kept: Kept) -> str | None:
        return "content" if derived.sequence == differing else None

    return compare(STREAM, runs, rows, horizon=HORIZON, differs=differs)


def codes(found: Compared) -> list[tuple[Code, int]]:
    return [(each.code, each.event_id.int if each.event_id else -1) for each in found.findings]


def test_what_agrees_is_counted_and_no_finding() -> None:
    found = compared([run(event(0), event(1))], [row(0), row(1)])
    assert (found.findings, found.owed, found.events, found.past) == ((), (), 2, 0)


@pytest.mark.parametrize(
    ("standing", "open", "expected", "owed"),
    [
        (Standing.DURABLE, True, [(Code.MISSING, 1)], 0),
        (Standing.DURABLE, False, [(Code.MISSING, 1)], 0),
        (Standing.SENT, True, [], 0),
        (Standing.SENT, False, [], 1),
        (Standing.RECORDED, True, [], 0),
        (Standing.RECORDED, False, [], 1),
        (Standing.REFUSED, True, [(Code.REFUSED, 1)], 0),
        (Standing.DISCLAIMED, False, [], 0),
    ],
)
def test_what_the_ledger_lacks(standing: Standing, open: bool, expected: list[tuple[Code, int]], owed: int) -> None:
    found = compared([run(event(0), event(1, standing), open=open)], [row(0)])
    assert codes(found) == expected
    assert len(found.owed) == owed


def test_another_content_under_the_id_is_found() -> None:
    assert codes(compared([run(event(0), event(1))], [row(0), row(1)], differing=1)) == [(Code.DIFFERENT, 1)]


def test_an_event_no_history_gives_is_found_unless_its_history_can_be_past_retention() -> None:
    old = timedelta(days=9)
    assert codes(compared([run(event(0))], [row(0), row(7)])) == [(Code.EXTRA, 7)]
    assert codes(compared([run(event(0))], [row(0), row(7, age=old)])) == [(Code.EXTRA, 7)], "its run is there"
    elder = replace(row(7, age=old, run="run-0"), chain_run_id="run-0")
    found = compared([run(event(0))], [row(0), elder])
    assert (found.findings, found.past) == ((), 1)


def test_the_order_of_a_run_is_the_order_of_its_rows() -> None:
    assert codes(compared([run(event(0), event(1))], [row(1, 0), row(0, 1)])) == [(Code.ORDER, 1)]


def test_after_a_reset_both_branches_stand_and_the_shared_past_counts_once() -> None:
    first = run(event(0), event(1), event(2, Standing.SENT))
    second = run(event(0, Standing.SENT), event(3, run="run-2"), open=True, run_id="run-2")
    found = compared([first, second], [row(0), row(1), row(3, 2, run="run-2")])
    assert codes(found) == []
    assert [each.sequence for each in found.owed] == [2]
    assert found.events == 3


def test_what_a_run_that_goes_on_will_still_append_is_not_owed_by_the_one_before() -> None:
    first, second = run(event(0, Standing.SENT)), run(event(0, Standing.SENT), open=True, run_id="run-2")
    assert compared([first, second], []).owed == ()


MESSAGE = Message("application/T-1", "report", "d" * 64)


@pytest.mark.parametrize(
    ("known", "tool", "at", "all_read", "found"),
    [
        (True, False, NOW, True, False),
        (False, False, NOW, True, True),
        (False, False, NOW, False, False),
        (False, True, NOW, False, True),
        (False, False, NOW + timedelta(minutes=2), True, False),
        (False, False, HORIZON - timedelta(minutes=1), True, False),
        (True, True, NOW, True, False),
    ],
    ids=["ours", "nobodys", "sender_not_read", "by_tool", "sent_since", "sender_past", "ours_again"],
)
def test_a_signal_is_explained_by_who_sent_it(
    known: bool, tool: bool, at: datetime, all_read: bool, found: bool
) -> None:
    sent = frozenset([MESSAGE] if known else [])
    heard = [Heard(MESSAGE, "run-1", 9, at, tool)]
    left = unexplained(heard, sent, before=NOW + timedelta(minutes=1), after=HORIZON, all_read=all_read)
    assert bool(left) is found


def test_tools_for_people_are_told_from_programs() -> None:
    assert by_hand("") and by_hand("temporal-cli:root@host") and by_hand("Temporal-UI")
    assert not by_hand("4711@worker-1") and not by_hand("history-service")


def test_every_finding_has_its_words() -> None:
    assert set(zh_reconcile.FINDINGS) == set(zh_reconcile.TODO) == set(Code)
