"""Whole cases played at random: the figures are those of a straightforward count over the folded cases."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from schemas.assignment import RungFired
from schemas.case import Case, RequirementStanding, fold
from schemas.case_state import Stage
from schemas.codes import Route
from schemas.events import AttemptMade, Event
from schemas.statistics import EvidenceFigures, Measure, Treatment, figures_of
from schemas.statistics_facts import facts_of
from tests.machine.people import AcceptedCase, WholeCase

STANDING = RequirementStanding


class _Kept:
    """What was played."""

    cases: ClassVar[list[tuple[Event, ...]]] = []


class KeptCase(WholeCase):
    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "played"):
            _Kept.cases.append(tuple(self.played.events))


class KeptAccepted(AcceptedCase):
    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "played"):
            _Kept.cases.append(tuple(self.played.events))


def by_hand(cases: list[Case]) -> EvidenceFigures:
    """The count of 证明要求 as somebody would do it who knows the cases and none of the facts."""
    every = [(case, r) for case in cases for r in case.requirements.values()]
    settled = Counter(r.ground for _, r in every if r.standing is STANDING.SETTLED)
    exempt = {
        Route(str(ground)): n
        for ground, n in settled.items()
        if ground not in ("abolished", "volunteered", "commitment", "deferred_supply", "paper_first")
    }
    standing = Counter(r.standing for _, r in every)
    owed = [(c, r) for c, r in every if r.standing is STANDING.PROVISIONAL]
    provisional = Counter(r.ground for case, r in owed if not case.ended or case.stage is Stage.COMPLETED)
    apart = settled["commitment"] + settled["deferred_supply"] + settled["paper_first"]
    concluded = sum(exempt.values()) + apart + provisional.total() + standing[STANDING.NOT_EXEMPTED]
    ways = {"verification": "collaboration", "assistance": "service", "flexible_disposition": "service"}
    by_way: Counter[str] = Counter()
    for route, n in exempt.items():
        by_way[ways.get(route.value, "data_sharing")] += n
    return EvidenceFigures.model_validate(
        {
            "concluded": concluded,
            "exempted": sum(exempt.values()),
            "exempted_rate": round(sum(exempt.values()) / concluded, 4) if concluded else None,
            "exempted_by_route": exempt,
            "exempted_by_way": dict(by_way),
            "commitment": settled["commitment"],
            "deferred": settled["deferred_supply"],
            "paper": settled["paper_first"],
            "provisional": provisional.total(),
            "provisional_by_route": dict(provisional),
            "not_exempted": standing[STANDING.NOT_EXEMPTED],
            "pending": sum(r.standing is STANDING.OPEN and not case.ended for case, r in every),
            "dropped": sum(r.standing is STANDING.OPEN and case.ended for case, r in every)
            + len(owed)
            - provisional.total(),
            "applicant_made": standing[STANDING.APPLICANT_MADE],
            "volunteered": settled["volunteered"],
            "abolished": settled["abolished"],
            "unlisted": standing[STANDING.QUERIED],
        }
    )


def test_figures_are_those_of_a_count_over_the_folded_cases() -> None:
    for machine in (KeptCase, KeptAccepted):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=120,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    streams = _Kept.cases
    cases = [case for events in streams if (case := fold(events)) is not None]
    assert len(cases) >= 200
    counts: Counter[tuple[Measure, str, str]] = Counter()
    for events in streams:
        counts.update((fact.measure, fact.detail, fact.route) for fact in facts_of([events]))
    found = figures_of(counts, {})
    expected = by_hand(cases)
    # What has not come about is not compared; these are in the tables of ``tests/schemas/test_statistics``.
    seldom = {Treatment.UNLISTED, Treatment.APPLICANT_MADE, Treatment.ABOLISHED, Treatment.COMMITMENT}
    assert {t for t in Treatment if getattr(expected, t.value)} >= set(Treatment) - seldom
    assert found.evidence == expected
    assert found.cases.received == len(cases)
    assert found.cases.ended == sum(case.ended for case in cases)
    assert found.cases.accepted == sum(case.accepted_at is not None for case in cases)
    assert found.cases.decided == sum(case.decided for case in cases)
    attempts = [e.body for events in streams for e in events if isinstance(e.body, AttemptMade)]
    for route, asked in found.lookups.items():
        mine = [a.outcome.kind.value for a in attempts if a.route is route]
        assert (asked.asked, asked.hit) == (len(mine), mine.count("hit"))
    assert sum(asked.asked for asked in found.lookups.values()) == len(attempts)
    fired = Counter(e.body.rung.value for events in streams for e in events if isinstance(e.body, RungFired))
    assert fired["blue"] and fired["red"]
    assert all(getattr(found.colours, colour) == fired[colour] for colour in ("blue", "orange", "red"))
