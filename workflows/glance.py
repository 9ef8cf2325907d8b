"""What a supervisor sees of a case without opening it: search attributes, current details, and the counters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from schemas import attributes
    from schemas.case import Case, RequirementStanding, RouteStanding
    from schemas.clock import COUNTY_TIME
    from schemas.codes import Platform, Route
    from schemas.evidence import OutcomeKind
    from schemas.texts import zh

CASE_STAGE = SearchAttributeKey.for_keyword(attributes.CASE_STAGE)
CATALOGUE_VERSION = SearchAttributeKey.for_keyword(attributes.CATALOGUE_VERSION)
STUCK_REASON = SearchAttributeKey.for_keyword(attributes.STUCK_REASON)
ROUTE = SearchAttributeKey.for_keyword(attributes.ROUTE)
WAITING_ON = SearchAttributeKey.for_keyword(attributes.WAITING_ON)
DUE_AT = SearchAttributeKey.for_datetime(attributes.DUE_AT)
LAST_PROGRESS_AT = SearchAttributeKey.for_datetime(attributes.LAST_PROGRESS_AT)
OPEN_REQUIREMENTS = SearchAttributeKey.for_int(attributes.OPEN_REQUIREMENTS)


class Glance:
    """Writes nothing on the fast path: a case that settles at once costs no upsert."""

    def __init__(self) -> None:
        self._stuck = False
        self._seen: tuple[object, ...] = ()

    def waiting(self, platform: Platform, now: datetime, limit: timedelta, case: Case) -> None:
        """A source did not answer and is asked again: say on whom, since when, until when, and what ends it."""
        reason = zh.STUCK_PLATFORM.format(platform=zh.PLATFORMS[platform])
        self._stuck = True
        workflow.upsert_search_attributes(
            [
                STUCK_REASON.value_set(reason),
                WAITING_ON.value_set(platform.value),
                DUE_AT.value_set(now + limit),
                LAST_PROGRESS_AT.value_set(now),
                OPEN_REQUIREMENTS.value_set(len(case.open_requirements())),
            ]
        )
        workflow.set_current_details(
            zh.CURRENT_ASKING.format(
                platform=zh.PLATFORMS[platform],
                since=_clock(now),
                until=_clock(now + limit),
            )
        )

    def people(self, case: Case) -> None:
        """People have to act: say who, on what, until when; written only when it changed."""
        tasks = sorted((t for t in case.assignments.values() if t.open), key=lambda t: t.due_at)
        routes = [r for q in case.requirements.values() for r in q.routes if r.standing is RouteStanding.OPEN]
        first = tasks[0] if tasks else None
        who = first.assignee.name if first is not None else zh.STAGES[case.stage.value]
        route = zh.ROUTES[routes[0].route.value] if routes else ""
        seen = (case.stage.value, who, route, first.due_at if first else None, len(case.open_requirements()))
        if seen == self._seen:
            return
        self._seen = seen
        updates: list[SearchAttributeUpdate[Any]] = [
            CASE_STAGE.value_set(zh.STAGES[case.stage.value]),
            WAITING_ON.value_set(who),
            ROUTE.value_set(route) if route else ROUTE.value_unset(),
            DUE_AT.value_set(first.due_at) if first is not None else DUE_AT.value_unset(),
            OPEN_REQUIREMENTS.value_set(len(case.open_requirements())),
            LAST_PROGRESS_AT.value_set(workflow.now()),
        ]
        if case.catalogue is not None:
            updates.append(CATALOGUE_VERSION.value_set(case.catalogue.version))
        workflow.upsert_search_attributes(updates)
        self._stuck = True
        if first is not None:
            workflow.set_current_details(
                zh.CURRENT_PEOPLE.format(
                    task=first.task,
                    who=first.assignee.name,
                    since=_clock(first.opened_at),
                    until=_clock(first.due_at),
                    unblocks=first.then,
                )
            )

    def ended(self, case: Case) -> None:
        """The case is over; attributes are written only where it is not plainly settled."""
        counts = {s: sum(r.standing is s for r in case.requirements.values()) for s in RequirementStanding}
        lacking = counts[RequirementStanding.NOT_EXEMPTED]
        workflow.set_current_details(
            zh.CURRENT_STAGE.format(
                stage=zh.STAGES[case.stage],
                open=counts[RequirementStanding.OPEN],
                settled=counts[RequirementStanding.SETTLED],
                not_exempted=lacking,
            )
        )
        updates: list[SearchAttributeUpdate[Any]] = []
        if self._stuck:
            updates += [STUCK_REASON.value_unset(), WAITING_ON.value_unset(), DUE_AT.value_unset()]
        if self._stuck or lacking:
            updates += [CASE_STAGE.value_set(zh.STAGES[case.stage]), OPEN_REQUIREMENTS.value_set(lacking)]
            if case.catalogue is not None:
                updates.append(CATALOGUE_VERSION.value_set(case.catalogue.version))
        if updates:
            workflow.upsert_search_attributes(updates)

    def settled(self, ground: str) -> None:
        """Count a settled requirement by its route or ground."""
        meter = workflow.metric_meter()
        meter.create_counter("mianzheng_requirements_settled", "Requirements settled by route or ground").add(
            1, {"ground": ground}
        )

    def waited(self, route: Route, kind: OutcomeKind) -> None:
        """Count a wait within a route's budget by how it ended."""
        meter = workflow.metric_meter()
        meter.create_counter("mianzheng_waits", "Waits within a route's budget by how they ended").add(
            1, {"route": route.value, "outcome": kind.value}
        )


def _clock(at: datetime) -> str:
    return at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M:%S")
