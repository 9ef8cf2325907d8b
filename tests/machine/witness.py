"""What must be true of a case after every event, and whenever it waits for others."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from schemas.acceptance import ClockResumed, ClockSuspended, NoticeIssued
from schemas.application import LedgerPosition
from schemas.assignment import AssignmentClosed, AssignmentOpened, Rung, RungFired
from schemas.case import Case, RequirementStanding, RouteStanding, apply, fold
from schemas.case_reports import NEVER_CALLED_OFF
from schemas.clock import county_date
from schemas.events import (
    ActRefused,
    Event,
    RequirementSettled,
)
from schemas.route_events import (
    CompletionReported,
    ReportKind,
    RequirementProvisionallySettled,
    RequirementReopened,
    ReviewOpened,
    ReviewReported,
    RouteOpened,
    RouteReport,
    RouteReported,
    SettlementConfirmed,
)
from schemas.texts import zh
from schemas.timetable import Clock, ClockKind, SuspensionGround, account_of, due_of
from schemas.views import explain, result_of, status_of
from tests.machine.played import Played

POSITION = LedgerPosition(stream="application/T-machine", sequence=1, event_id="e", chain_hash="0" * 64)
FINAL, PROVISIONAL = "final", "provisional"


class Witness:
    """Sees every event; keeps its own account of what must happen at most once."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.other: Case | None = None
        self._settlements: dict[str, str] = {}
        self._fired: dict[str, set[Rung]] = {}
        self._open_tasks: set[str] = set()
        self._heard: dict[tuple[str, str], int] = {}
        self._concluded: set[str] = set()
        self._adverse: set[tuple[str, str]] = set()
        self._notices = 0
        self._looked_at = -1
        self._streams: set[tuple[str, str]] = set()

    def saw(self, before: Case | None, event: Event, after: Case) -> None:
        """One event was recorded."""
        body = event.body
        self.seen[body.type] += 1
        again = Event.model_validate_json(event.model_dump_json())
        assert again == event, "an event survives its JSON"
        self.other = apply(self.other, again)
        if before is None:
            return
        if isinstance(body, ActRefused):
            kept = {"commands": before.commands, "sequence": before.sequence}
            assert after.model_copy(update=kept) == before, "a refused act changes nothing"
            assert all(error.message for error in body.errors)
            return
        assert not before.ended, f"{body.type} after the end"
        self._one_settlement(event)
        self._tasks(event)
        self._reports(before, event, after)
        if before.decided:
            self._nothing_changes_by_itself(before, event, after)

    def heard(self, report: RouteReport) -> int:
        """Sequence of the last report of a stream that is in the case."""
        return self._heard.get((report.requirement, report.stream), -1)

    # --- at most once --------------------------------------------------------------------------------------------

    def _one_settlement(self, event: Event) -> None:
        match event.body:
            case RequirementSettled() as body:
                assert body.requirement not in self._settlements, f"{body.requirement} settled twice"
                self._settlements[body.requirement] = FINAL
            case RequirementProvisionallySettled() as body:
                assert body.requirement not in self._settlements, f"{body.requirement} settled twice"
                self._settlements[body.requirement] = PROVISIONAL
            case SettlementConfirmed() as body:
                assert self._settlements[body.requirement] == PROVISIONAL
                self._settlements[body.requirement] = FINAL
            case RequirementReopened() as body:
                assert self._settlements.pop(body.requirement, PROVISIONAL) == PROVISIONAL, "final is final"
            case NoticeIssued():
                self._notices += 1
                assert self._notices == 1, "one notice, once"
            case _:
                pass

    def _tasks(self, event: Event) -> None:
        match event.body:
            case AssignmentOpened() as body:
                assert body.assignment not in self._open_tasks, f"{body.assignment} opened while it is open"
                self._open_tasks.add(body.assignment)
                self._fired[body.assignment] = set()
            case RungFired() as body:
                assert body.assignment in self._open_tasks
                assert body.rung not in self._fired[body.assignment], "a rung fires once"
                later = list(Rung)[list(Rung).index(body.rung) :]
                assert not self._fired[body.assignment] & set(later), "and in order"
                self._fired[body.assignment].add(body.rung)
            case AssignmentClosed() as body:
                self._open_tasks.remove(body.assignment)
            case _:
                pass

    def _reports(self, before: Case, event: Event, after: Case) -> None:
        match event.body:
            case RouteReported(report=report, used=used):
                route = next(r for r in before.requirements[report.requirement].routes if r.stream == report.stream)
                assert not (used and route.standing is RouteStanding.CLOSED), (
                    "what was called off is not heard any more"
                )
                assert report.sequence > self.heard(report), "a report is heard once"
                self._heard[report.requirement, report.stream] = report.sequence
                if used and report.kind is ReportKind.ADVERSE:
                    self._adverse.add((report.requirement, route.evidence))
            case ReviewReported(report=report):
                assert report.stream not in self._concluded
                self._concluded.add(report.stream)
                if event.body.used and report.conclusion == "corrected":
                    self._adverse.discard((report.requirement, report.evidence))
            case CompletionReported(report=report):
                known = after.requirements[report.requirement].completions
                assert sum(c.stream == report.stream for c in known) == 1
            case RouteOpened() as body:
                reviews = before.requirements[body.requirement].reviews
                held = any(r.evidence == body.evidence and r.conclusion is None for r in reviews)
                assert not held, "nothing passes what a person has to look at (law 5)"
                assert (body.requirement, body.stream) not in self._streams, "a stream of its own for every route"
                self._streams.add((body.requirement, body.stream))
            case ReviewOpened() as body:
                assert (body.requirement, body.stream) not in self._streams, "a stream of its own for every review"
                self._streams.add((body.requirement, body.stream))
            case _:
                pass

    def _nothing_changes_by_itself(self, before: Case, event: Event, after: Case) -> None:
        """After the decision only what was owed at it may still come (law 6), or what he hands in of his own will."""
        match event.body:
            case (
                SettlementConfirmed() | RequirementReopened(reason="choice") | RequirementSettled(ground="volunteered")
            ):
                return
        standings = {k: (r.standing, r.ground, r.settled_by) for k, r in before.requirements.items()}
        assert {k: (r.standing, r.ground, r.settled_by) for k, r in after.requirements.items()} == standings

    # --- whenever something was done -----------------------------------------------------------------------------

    def looks(self, played: Played, *, at_rest: bool) -> None:
        """The case as it stands; ``at_rest``: it has gone on as far as it can."""
        case = played.case
        self._clocks(played)
        if case.sequence == self._looked_at:
            return
        assert self.other == case, "the fold of the events is the state"
        if case.ended:
            assert not [t.assignment for t in case.assignments.values() if t.open], "no task after the end"
        self._views(played)
        if at_rest:
            self._no_route_open_in_vain(case)
            self._waits_for_somebody(played)
            self._somebody_looks(played)
            self._looked_at = case.sequence

    def _no_route_open_in_vain(self, case: Case) -> None:
        wanted = (RequirementStanding.OPEN, RequirementStanding.PROVISIONAL)
        for known in case.requirements.values():
            for route in known.routes:
                checked = route.route in NEVER_CALLED_OFF or (route.result is not None and not case.ended)
                if route.standing is RouteStanding.OPEN and not checked:
                    assert known.standing in wanted and not case.ended, f"{route.stream} {known.standing} {case.stage}"

    def _waits_for_somebody(self, played: Played) -> None:
        """A case that has not ended waits for somebody, and each of its open requirements too: never in silence."""
        case = played.case
        busy = any(t.open for t in case.assignments.values())
        assert case.ended or busy or case.open_requirements(), f"{case.stage} waits for nobody"
        for key in case.open_requirements():
            known = case.requirements[key]
            tasks = any(t.open and t.requirement == key for t in case.assignments.values())
            others = any(r.standing is RouteStanding.OPEN for r in known.routes) or key in played.asking
            reviewed = any(r.conclusion is None for r in known.reviews)
            mended = any(c.completed is None for c in known.completions)
            assert case.ended or tasks or others or reviewed or mended, f"{key} waits for nobody"

    def _somebody_looks(self, played: Played) -> None:
        """What a route brought against him is looked at by a person of the department (law 5)."""
        case = played.case
        for key, evidence in sorted(self._adverse):
            known = case.requirements[key]
            if known.standing is RequirementStanding.OPEN and key not in played.asking and not case.ended:
                review = known.review(evidence)
                assert review is not None and review.conclusion != "corrected", f"nobody looks at {evidence} of {key}"

    def _clocks(self, played: Played) -> None:
        for clock in played.case.clocks.values():
            account = account_of(clock, played.timetable, played.now)
            assert account.elapsed == account.consumed + account.suspended
            assert account.left == clock.allowed - account.consumed
            assert min(account.elapsed, account.consumed, account.suspended) >= 0
            if clock.kind is ClockKind.STATUTORY:
                assert all(s.ground is SuspensionGround.EXCLUDED for s in clock.suspensions), "law 11"
            if played.long.working_day_seconds is None:
                self._by_the_calendar(clock, played)

    def _by_the_calendar(self, clock: Clock, played: Played) -> None:
        """The same sums, day by day from the events alone."""
        account = account_of(clock, played.timetable, played.now)
        until = county_date(min(clock.stopped_at or played.now, played.now))
        began = county_date(clock.started_at)
        assert account.elapsed == max(0, played.timetable.calendar.worked(began, until))
        still = suspended_days(played, clock.kind, began, until)
        assert account.suspended == still
        if clock.stopped_at is None:
            due = county_date(due_of(clock, played.timetable, played.now).at)
            assert (due > until) == (account.left > 0), "due when the budget is used up, not before"

    def _views(self, played: Played) -> None:
        case = played.case
        live = {key: played.climb(key).findings for key in case.open_requirements()}
        for requirement in explain(case, live).requirements:
            assert requirement.rungs
            for rung in requirement.rungs:
                assert rung.reason in zh.REASONS, f"no text for {rung.reason}"
                assert rung.text and rung.clause
        assert status_of(case, 0).recorded == case.sequence + 1
        result_of(case, played.admission.rules, POSITION)

    # --- at the end of a game ------------------------------------------------------------------------------------

    def tells_the_whole(self, played: Played) -> None:
        """The whole story once more, from what was written down."""
        written = tuple(Event.model_validate_json(event.model_dump_json()) for event in played.events)
        assert fold(written) == played.case
        assert Case.model_validate_json(played.case.model_dump_json()) == played.case


def suspended_days(played: Played, kind: ClockKind, after: date, until: date) -> int:
    """Working days in which a clock stood still, from the events: the day it began not counted, the day it ended is."""
    spans: list[tuple[date, date]] = []
    since: dict[SuspensionGround, datetime] = {}
    for event in played.events:
        body = event.body
        if isinstance(body, ClockSuspended) and body.clock is kind:
            since[body.ground] = event.occurred_at
        elif isinstance(body, ClockResumed) and body.clock is kind:
            spans.append((county_date(since.pop(body.ground)), county_date(event.occurred_at)))
    spans += [(county_date(at), until) for at in since.values()]
    days = {date.fromordinal(n) for a, b in spans for n in range(a.toordinal() + 1, b.toordinal() + 1)}
    calendar = played.timetable.calendar
    return sum(after < day <= until and calendar.is_working_day(day) for day in days)
