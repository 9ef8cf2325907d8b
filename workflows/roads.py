"""The long routes of one case: started when the case opens one, told how it stands, never waited for.

Level-triggered: what is to be done follows from the state alone, so that a replay, a reset or a new run does it again
and the second time changes nothing (a route that runs already is adopted).
"""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from schemas import attributes
    from schemas.application import Actor, ApplicationRequest
    from schemas.base import Model
    from schemas.case_state import Case, RequirementState, RouteStanding, RouteState
    from schemas.codes import Route
    from schemas.policy import Admission
    from schemas.route_events import CaseNews, CaseNewsKind
    from schemas.route_starts import base_of
    from schemas.texts import zh
    from schemas.verification import VerificationStart

from workflows.recorder import Recorder

OFFICE = SearchAttributeKey.for_keyword(attributes.OFFICE)
ITEM_CODE = SearchAttributeKey.for_keyword(attributes.ITEM_CODE)
WAITING_ON = SearchAttributeKey.for_keyword(attributes.WAITING_ON)
ROUTE = SearchAttributeKey.for_keyword(attributes.ROUTE)
LAST_PROGRESS_AT = SearchAttributeKey.for_datetime(attributes.LAST_PROGRESS_AT)

LISTENING = ("no_answer",)
"""Results of routes that have failed for the case and are still listened to."""
WORKFLOW_OF: dict[Route, str] = {
    Route.VERIFICATION: "VerificationWorkflow",
    Route.PAPER_FIRST: "DigitisationWorkflow",
    Route.COMMITMENT: "CommitmentWorkflow",
    Route.ASSISTANCE: "AssistanceWorkflow",
    Route.FLEXIBLE_DISPOSITION: "FlexibleDispositionWorkflow",
}
"""容缺 has no workflow of its own: the case itself waits for what is owed."""


class Roads:
    """Starts, adopts and tells; ``tend`` is called whenever something was recorded."""

    def __init__(
        self, request: ApplicationRequest, admission: Admission, recorder: Recorder[Case], system: Actor
    ) -> None:
        self._request = request
        self._admission = admission
        self._recorder = recorder
        self._system = system
        self._begun: dict[str, bool] = {}
        self._told: dict[str, CaseNewsKind] = {}
        self._commands: dict[str, Model] = {}

    @property
    def idle(self) -> bool:
        """Whether every route that was opened was started, and every one called off was told."""
        return not self._to_begin() and not self._to_tell()

    def remember(self, stream: str, command: Model) -> None:
        """The act that opens a route: what it said goes along when the route is started."""
        self._commands[stream] = command

    async def tend(self) -> None:
        """Start what was opened and tell what was called off."""
        for requirement, route in self._to_begin():
            self._begun[route.stream] = True
            await self._begin(requirement, route)
        for requirement, route, news in self._to_tell():
            self._told[route.stream] = news
            await self._tell(requirement, route.stream, news)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _routes(self) -> list[tuple[str, RequirementState, RouteState]]:
        requirements = self._recorder.state.requirements.items()
        return [(key, known, r) for key, known in requirements for r in known.routes if r.route in WORKFLOW_OF]

    def _to_begin(self) -> list[tuple[str, RouteState]]:
        return [
            (key, r)
            for key, _, r in self._routes()
            if r.standing is RouteStanding.OPEN and r.heard < 0 and r.stream not in self._begun
        ]

    def _to_tell(self) -> list[tuple[str, RouteState, CaseNewsKind]]:
        found = []
        for key, _, r in self._routes():
            news = self._news(r)
            if news is not None and self._told.get(r.stream) is not news:
                found.append((key, r, news))
        return found

    def _news(self, route: RouteState) -> CaseNewsKind | None:
        """What a route has to know of its case, if anything."""
        case = self._recorder.state
        if route.standing is RouteStanding.CLOSED and route.result in list(CaseNewsKind):
            return CaseNewsKind(route.result)
        alive = route.standing is RouteStanding.OPEN or route.result in LISTENING
        if not alive:
            return None
        if case.decided:
            return CaseNewsKind.DECIDED
        return CaseNewsKind.APPLICATION_ENDED if case.ended else None

    async def _begin(self, requirement: str, route: RouteState) -> None:
        rules = self._admission.rules
        kind = rules.evidence[route.evidence]
        words = {"route": zh.ROUTES[route.route.value], "evidence": kind.name, "number": self._request.application_no}
        waiting_on = kind.issuer_name or rules.department_name
        try:
            await workflow.start_child_workflow(
                WORKFLOW_OF[route.route],
                self._start(requirement, route),
                id=route.stream,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(ITEM_CODE, rules.item_code),
                        SearchAttributePair(OFFICE, rules.department_name),
                        SearchAttributePair(ROUTE, zh.ROUTES[route.route.value]),
                        SearchAttributePair(WAITING_ON, waiting_on),
                        SearchAttributePair(LAST_PROGRESS_AT, workflow.now()),
                    ]
                ),
                static_summary=zh.SUMMARY_ROUTE.format(**words),
                static_details=zh.DETAILS_ROUTE.format(**words, item=rules.item_name, department=rules.department_name),
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("route adopted", extra={"stream": route.stream})

    def _start(self, requirement: str, route: RouteState) -> Any:
        base = base_of(self._request, self._admission, self._recorder.state, requirement, route)
        match route.route:
            case Route.VERIFICATION:
                return VerificationStart(**base)
        raise NotImplementedError(route.route)

    async def _tell(self, requirement: str, stream: str, news: CaseNewsKind) -> None:
        told = CaseNews(application_no=self._request.application_no, requirement=requirement, kind=news)
        try:
            await workflow.get_external_workflow_handle(stream).signal("case_news", told)
        except ApplicationError:
            workflow.logger.info("route has ended", extra={"stream": stream})
