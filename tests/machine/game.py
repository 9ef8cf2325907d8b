"""One case as a game: how it begins, what must hold after every step, and the small moves the rules are made of."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.application import Choice, Origin
from schemas.asking import Question
from schemas.case import Stage
from schemas.case_state import RouteState
from schemas.codes import Route
from schemas.evidence import OutcomeKind
from schemas.route_events import RouteReport
from tests.machine import acts, counties
from tests.machine.played import Played
from tests.machine.witness import Witness
from tests.schemas.builders import evidence, outcome

few = st.integers(0, 7)
odd = st.integers(0, 5).map(lambda n: n == 5)


class Game(RuleBasedStateMachine):
    """One case; the rules come from whoever acts."""

    played: Played
    seen: ClassVar[Counter[str]] = Counter()
    stages: ClassVar[Counter[Stage]] = Counter()
    games: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.witness = Witness()
        self.commands: list[tuple[acts.Command, acts.Errors]] = []
        self.at_once = 0
        self.reports: list[RouteReport] = []

    @initialize(
        item=st.integers(0, len(counties.ITEMS) - 1),
        long=st.integers(0, len(counties.POLICIES) - 1),
        start=st.sampled_from(counties.STARTS),
        origin=st.sampled_from((None, None, *acts.ORIGINS)),
        wanted=st.sampled_from((None, None, *acts.CHOSEN)),
        n=few,
    )
    def received(
        self, item: int, long: int, start: datetime, origin: dict[str, Any] | None, wanted: Route | None, n: int
    ) -> None:
        code = counties.ITEMS[item][n % len(counties.ITEMS[item])]
        origins = (Origin(requirement_code=code, party_id="p1", **origin),) if origin else ()
        choice = Choice(requirement_code=code, party_id="p1", route=wanted, wanted=n % 3 > 0) if wanted else None
        request = counties.asked(item, choices=(choice,) if choice else (), origins=origins)
        self.played = Played(request, counties.admission(item, counties.POLICIES[long], start), start, self.witness.saw)
        self._went_on()
        self.prologue(n)

    def prologue(self, n: int) -> None:
        """What has happened already when the game begins."""

    # --- time ----------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 30, 61, 700, 3600)))
    def a_while_passes(self, seconds: int) -> None:
        self._until(self.played.now + timedelta(seconds=seconds))

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        self._until(self.played.now + timedelta(days=days))

    @rule(more=st.integers(1, 4))
    def the_next_moment_comes(self, more: int) -> None:
        for _ in range(more):
            moment = self.played.next_moment()
            if moment is not None:
                self._until(max(self.played.now, moment.at))

    @rule(many=st.integers(1, 4))
    def several_things_happen_at_once(self, many: int) -> None:
        """What comes within one workflow task: the course of the case goes on only after all of it."""
        self.at_once = many

    @precondition(lambda self: self.played.timetable.calendar.version != counties.NEXT_YEAR.version)
    @precondition(lambda self: not self.played.case.ended)
    @rule()
    def the_calendar_is_published(self) -> None:
        self.played.publish(counties.NEXT_YEAR)
        self._went_on()

    # --- invariants ----------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "played"):
            self.witness.looks(self.played, at_rest=not self.at_once)

    def teardown(self) -> None:
        if hasattr(self, "played"):
            self.at_once = 0
            self.played.go_on()
            self.witness.looks(self.played, at_rest=True)
            self.witness.tells_the_whole(self.played)
            kind = type(self)
            kind.games += 1
            kind.stages[self.played.case.stage] += 1
            kind.seen.update(self.witness.seen)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _went_on(self) -> None:
        if self.at_once:
            self.at_once -= 1
        if not self.at_once:
            self.played.go_on()

    def _until(self, at: datetime) -> None:
        if self.at_once:
            self.played.now = max(self.played.now, at)
            self._went_on()
        else:
            self.played.let_pass(at)

    def _id(self) -> str:
        return f"c-{len(self.commands)}-{len(self.played.events)}"

    def _do(self, command: acts.Command) -> None:
        self.commands.append((command, acts.done(self.played, command)))
        self._went_on()

    def _answer(self, question: Question, kind: OutcomeKind) -> None:
        now = self.played.now
        found = evidence(subject_ref="s_" + "1" * 32) if kind is OutcomeKind.HIT else None
        self.played.answered(question, outcome(kind, asked_at=question.asked_at, answered_at=now, evidence=found))
        self._went_on()

    def _routes(self) -> list[tuple[str, RouteState]]:
        return [
            (key, r)
            for key, known in self.played.case.requirements.items()
            for r in known.routes
            if r.route is not Route.DEFERRED_SUPPLY
        ]
