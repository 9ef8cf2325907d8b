"""The long routes of one case: begun with the record of what opens them, told how it stands, never waited for.

What is begun follows from the event and goes out once that is durable; what is told follows from the state alone, so
that a replay, a reset or a new run does it again and the second time changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from schemas.application import ApplicationRequest, application_stream
    from schemas.base import Model
    from schemas.case_state import Case, CompletionState, ReviewState, RouteStanding, RouteState, StageOpinion
    from schemas.codes import Route
    from schemas.events import Event
    from schemas.outgoing import Begin, Columns, plain
    from schemas.policy import Admission
    from schemas.route_events import CaseNews, CaseNewsKind, CompletionJoined, ReviewOpened, RouteOpened
    from schemas.route_starts import calendar_of, completion_start, joining_of, long_policy, review_start, start_of
    from schemas.stage_opinion import consultation_start
    from schemas.stage_opinion_events import StageOpinionAsked
    from schemas.texts import zh
    from schemas.turn import first_due, first_turn

from workflows.columns import at_start
from workflows.consulting import call_over, consultation
from workflows.recorder import Recorder

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
REVIEW, COMPLETION = "AdverseReview", "LicenceCompletionWorkflow"


class Journey(NamedTuple):
    """A workflow that goes beside the case: what it is about, and how it is started."""

    requirement: str
    evidence: str
    stream: str
    workflow: str
    word: str
    """What it is called, for people."""
    shared: bool
    """Several cases may need it: it is joined."""
    about: RouteState | ReviewState | CompletionState


class Roads:
    """Begins, joins and tells; ``tend`` is called whenever something was recorded, after it is durable."""

    def __init__(self, request: ApplicationRequest, admission: Admission, recorder: Recorder[Case]) -> None:
        self._request = request
        self._admission = admission
        self._recorder = recorder
        self._told: dict[str, CaseNewsKind] = {}
        self._commands: dict[str, Model] = {}
        recorder.outgoing = self._set_in_motion

    @property
    def idle(self) -> bool:
        """Whether every route that was opened has begun, and every one that has to know something was told."""
        return not (self._recorder.sets_in_motion or self._to_tell() or self._to_call_over())

    def remember(self, stream: str, command: Model) -> None:
        """The act that opens a route: what it said goes along when the route is started."""
        self._commands[stream] = command

    async def tend(self) -> None:
        """Tell what was called off."""
        for journey, news in self._to_tell():
            self._told[_once(journey)] = news
            await self._send(journey.stream, "case_news", self._news_of(journey, news))
        for opinion, news in self._to_call_over():
            self._told[opinion.stream] = news
            await call_over(opinion.stream, self._request.application_no, opinion.stage, news)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _set_in_motion(self, event: Event) -> Begin | None:
        """What an event opens, if it is still wanted by the time it is recorded."""
        body, case = event.body, self._recorder.state
        if case.ended:
            return None
        if isinstance(body, StageOpinionAsked):
            report_to = application_stream(self._request.application_no)
            opinion = next(o for o in case.opinions if o.stream == body.stream)
            return consultation(consultation_start(self._request, self._admission, opinion, report_to))
        if not isinstance(body, RouteOpened | ReviewOpened | CompletionJoined):
            return None
        opened = [j for j in self._journeys() if j.stream == body.stream and j.requirement == body.requirement]
        return next((self._beginning(j) for j in opened if _not_heard_of(j.about)), None)

    def _to_call_over(self) -> list[tuple[StageOpinion, CaseNewsKind]]:
        """An opinion is never withdrawn; once the case is decided or over nobody listens for it any more."""
        case = self._recorder.state
        if not (case.decided or case.ended):
            return []
        news = CaseNewsKind.DECIDED if case.decided else CaseNewsKind.APPLICATION_ENDED
        return [(o, news) for o in case.opinions if o.stream not in self._told]

    def _journeys(self) -> list[Journey]:
        found: list[Journey] = []
        for key, known in self._recorder.state.requirements.items():
            for route in known.routes:
                if route.route in WORKFLOW_OF:
                    name, word = WORKFLOW_OF[route.route], zh.ROUTES[route.route.value]
                    shared = route.route is Route.PAPER_FIRST
                    found.append(Journey(key, route.evidence, route.stream, name, word, shared, route))
            found += [Journey(key, r.evidence, r.stream, REVIEW, zh.REVIEW_WORD, False, r) for r in known.reviews]
            word = zh.COMPLETION_WORD
            found += [Journey(key, c.evidence, c.stream, COMPLETION, word, True, c) for c in known.completions]
        return found

    def _to_tell(self) -> list[tuple[Journey, CaseNewsKind]]:
        told = [(journey, self._news(journey)) for journey in self._journeys()]
        return [(j, news) for j, news in told if news is not None and self._told.get(_once(j)) is not news]

    def _news(self, journey: Journey) -> CaseNewsKind | None:
        """What a route has to know of its case, if anything."""
        case, about = self._recorder.state, journey.about
        if isinstance(about, RouteState) and about.standing is RouteStanding.CLOSED:
            return CaseNewsKind(about.result) if about.result in list(CaseNewsKind) else None
        if not _alive(about):
            return None
        if case.decided:
            return CaseNewsKind.DECIDED
        return CaseNewsKind.APPLICATION_ENDED if case.ended else None

    def _news_of(self, journey: Journey, news: CaseNewsKind) -> CaseNews:
        number = self._request.application_no
        return CaseNews(application_no=number, requirement=journey.requirement, kind=news)

    def _beginning(self, journey: Journey) -> Begin:
        """It may run already: then it is joined where it is shared, and adopted where it is this case's own."""
        rules = self._admission.rules
        kind = rules.evidence[journey.evidence]
        words = {"route": journey.word, "evidence": kind.name, "number": self._request.application_no}
        joining = joining_of(self._admission, self._request, journey.requirement, journey.evidence)
        return Begin(
            workflow=journey.workflow,
            stream=journey.stream,
            task_queue=workflow.info().task_queue,
            start=plain(self._start(journey)),
            join=joining if journey.shared else None,
            columns=self._columns(journey),
            summary=zh.SUMMARY_ROUTE.format(**words),
            details=zh.DETAILS_ROUTE.format(**words, item=rules.item_name, department=rules.department_name),
        )

    def _columns(self, journey: Journey) -> Columns:
        """What the list of cases says of it from the first moment."""
        admission, rules = self._admission, self._admission.rules
        who, step = first_turn(journey.about, rules.evidence[journey.evidence], rules.department_name)
        long = long_policy(admission)
        due, tags = first_due(step, long, calendar_of(admission), workflow.now())
        return at_start(
            item_code=rules.item_code,
            office=rules.department_name,
            route=journey.word,
            stage=zh.STEPS[step.value] if step is not None else zh.WAITS["credit"][0],
            who=who,
            due_at=due,
            tags=tags,
            catalogue=rules.ref.version,
        )

    def _start(self, journey: Journey) -> Model:
        request, admission, case = self._request, self._admission, self._recorder.state
        about = journey.about
        if isinstance(about, ReviewState):
            return review_start(request, admission, case, journey.requirement, about)
        if isinstance(about, CompletionState):
            return completion_start(request, admission, case, journey.requirement, about)
        command = self._commands.get(journey.stream)
        return start_of(request, admission, case, journey.requirement, about, command)

    async def _send(self, stream: str, signal: str, message: Model) -> bool:
        """A message to another workflow of ours; whether it still runs."""
        try:
            await workflow.get_external_workflow_handle(stream).signal(signal, message)
        except ApplicationError:
            workflow.logger.info("route has ended", extra={"stream": stream})
            return False
        return True


def _once(journey: Journey) -> str:
    """What is begun and told once: a shared procedure, once for each requirement of the case."""
    return f"{journey.stream}#{journey.requirement}"


def _not_heard_of(about: RouteState | ReviewState | CompletionState) -> bool:
    """Whether it is wanted and has said nothing yet."""
    if isinstance(about, RouteState):
        return about.standing is RouteStanding.OPEN and about.heard < 0
    return about.conclusion is None if isinstance(about, ReviewState) else about.completed is None


def _alive(about: RouteState | ReviewState | CompletionState) -> bool:
    """Whether it may still have something to say."""
    if isinstance(about, RouteState):
        return about.standing is RouteStanding.OPEN or about.result in LISTENING
    return _not_heard_of(about)
