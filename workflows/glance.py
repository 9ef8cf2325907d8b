"""What a supervisor sees of a case without opening it: search attributes, current details, and the counters."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.assignment import worst_colour
    from schemas.case import Case, RequirementStanding
    from schemas.codes import Platform, Route
    from schemas.evidence import OutcomeKind
    from schemas.policy import Admission
    from schemas.route_starts import long_policy
    from schemas.texts import zh
    from schemas.timetable import Timetable
    from schemas.turn import case_tags, promised_at, turn_of

from workflows.columns import (
    CASE_STAGE,
    CASE_TAGS,
    CATALOGUE_VERSION,
    DUE_AT,
    OPEN_REQUIREMENTS,
    PROMISED_AT,
    ROUTE,
    SLA_COLOUR,
    STUCK_REASON,
    WAITING_ON,
    Change,
    details,
    either,
    is_shown,
    nobodys_turn,
    show,
    wait_for,
)
from workflows.recorder import Recorder


class Glance:
    """Of one case.  Writes nothing on the fast path: a case that settles at once costs no upsert."""

    def __init__(self, recorder: Recorder[Case]) -> None:
        self._recorder = recorder
        self._silent: list[tuple[Platform, datetime, datetime]] = []

    def asking(self) -> None:
        """The sources are asked for the first time; this costs nothing."""
        wait_for("sources", zh.OUTSIDE_PLATFORMS, workflow.now())

    def waiting(self, platform: Platform, limit: timedelta) -> None:
        """A source did not answer and is asked again: say on whom, since when, until when, and what ends it."""
        now = workflow.now()
        self._silent.append((platform, now, now + limit))
        self._recorder.snags.begin(_stuck_on(platform))
        show(
            self._recorder.snags.column,
            WAITING_ON.value_set(zh.PLATFORMS[platform]),
            DUE_AT.value_set(now + limit),
            OPEN_REQUIREMENTS.value_set(len(self._case.open_requirements())),
            progress=now,
        )
        wait_for("platform", zh.PLATFORMS[platform], now, now + limit)

    def waited(self, platform: Platform) -> None:
        """It answered, was given up or is not needed any more: said in one with whatever is shown next."""
        self._recorder.snags.end(_stuck_on(platform))
        self._silent.remove(next(silent for silent in self._silent if silent[0] is platform))

    def people(self, admission: Admission, timetable: Timetable) -> None:
        """Whose turn it is in the case as a whole; nothing is written until anybody's is, or a source is silent."""
        case, rules, now = self._case, admission.rules, workflow.now()
        turn, silent = turn_of(case, rules), next(iter(self._silent), None)
        if case.ended or (turn is None and silent is None and not self._shown):
            return
        who = turn.who if turn is not None else zh.PLATFORMS[silent[0]] if silent is not None else None
        until = turn.until if turn is not None else silent[2] if silent is not None else None
        colour = worst_colour(case.assignments)
        tags = case_tags(case, rules.county, long_policy(admission).rungs, timetable, now)
        show(
            *self._standing(),
            self._recorder.snags.column,
            either(WAITING_ON, who),
            either(DUE_AT, until),
            either(ROUTE, zh.ROUTES[turn.route.value] if turn is not None and turn.route is not None else None),
            either(SLA_COLOUR, zh.COLOURS[colour.value] if colour is not None else None),
            either(PROMISED_AT, promised_at(case, timetable, now)),
            either(CASE_TAGS, tags),
            progress=self._recorder.progressed_at,
        )
        if turn is not None:
            details(turn.task, turn.who, turn.since, turn.until, turn.unblocks)

    def ended(self) -> None:
        """The case is over; attributes are written only where it is not plainly settled."""
        case = self._case
        counts = {s: sum(r.standing is s for r in case.requirements.values()) for s in RequirementStanding}
        workflow.set_current_details(
            zh.CURRENT_STAGE.format(
                stage=zh.STAGES[case.stage],
                open=counts[RequirementStanding.OPEN],
                settled=counts[RequirementStanding.SETTLED],
                not_exempted=counts[RequirementStanding.NOT_EXEMPTED],
            )
        )
        if self._shown or counts[RequirementStanding.NOT_EXEMPTED]:
            show(*self._standing(), self._recorder.snags.column, ROUTE.value_unset(), *nobodys_turn())

    def settled(self, ground: str) -> None:
        """Count a settled requirement by its route or ground."""
        meter = workflow.metric_meter()
        meter.create_counter("mianzheng_requirements_settled", "Requirements settled by route or ground").add(
            1, {"ground": ground}
        )

    def answered(self, route: Route, kind: OutcomeKind) -> None:
        """Count a wait within a route's budget by how it ended."""
        meter = workflow.metric_meter()
        meter.create_counter("mianzheng_waits", "Waits within a route's budget by how they ended").add(
            1, {"route": route.value, "outcome": kind.value}
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _case(self) -> Case:
        return self._recorder.state

    @property
    def _shown(self) -> bool:
        """Whether anything was written since the start."""
        return is_shown(OPEN_REQUIREMENTS) or is_shown(STUCK_REASON)

    def _standing(self) -> tuple[Change, ...]:
        """How far the case is, and what it lacks once it is over."""
        case = self._case
        lacking = case.standing(RequirementStanding.NOT_EXEMPTED) if case.ended else case.open_requirements()
        catalogue = case.catalogue.version if case.catalogue is not None else None
        return (
            CASE_STAGE.value_set(zh.STAGES[case.stage]),
            OPEN_REQUIREMENTS.value_set(len(lacking)),
            either(CATALOGUE_VERSION, catalogue),
        )


def _stuck_on(platform: Platform) -> str:
    return zh.STUCK_PLATFORM.format(platform=zh.PLATFORMS[platform])
