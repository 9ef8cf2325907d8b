"""A case of which only the watch is real: one requirement, a department that is being asked, and whoever looks."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application_start import ApplicationStart, admitted
    from schemas.asking import Question
    from schemas.case import apply
    from schemas.codes import Route
    from schemas.events import RequirementSettled, received
    from schemas.ladder import Ask
    from schemas.route_events import RouteOpened

from workflows.glance import Glance
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder
from workflows.watch import Watch


@workflow.defn(name="WatchedCase")
class WatchedCase:
    """Watches every source of its first requirement until it is told to end."""

    @workflow.init
    def __init__(self, start: ApplicationStart) -> None:
        request, admission = start.request(), start.admission
        assert admission is not None
        self._recorder = Recorder(workflow.info().workflow_id, request.application_no, apply)
        self._recorder.record(received(request, workflow.now()), SYSTEM)
        self._recorder.record(admitted(request, admission), SYSTEM)
        self._key, state = next(iter(self._recorder.state.requirements.items()))
        self._evidence = state.raised.evidence[0]
        self._recorder.record(
            RouteOpened(
                command=None,
                requirement=self._key,
                evidence=self._evidence,
                route=Route.VERIFICATION,
                stream=f"verification/{request.application_no}",
                round=1,
                document_digest=None,
                findings=(),
            ),
            SYSTEM,
        )
        self._sources = admission.rules.evidence[self._evidence].sources
        self._closed: list[str] = []
        self._over = False
        self._watch = Watch(
            request, admission, self._recorder, Glance(self._recorder), SYSTEM, close=self._closed.append
        )

    @workflow.run
    async def run(self, start: ApplicationStart) -> list[str]:
        self.ensure()
        self.ensure()
        await workflow.wait_condition(lambda: self._over or self._watch.broken)
        self._watch.raise_defect()
        self._watch.stop_all()
        await self._recorder.flush()
        return self._closed

    @workflow.signal
    def ensure(self) -> None:
        self._watch.ensure(
            tuple(
                Question(
                    requirement=self._key,
                    ask=Ask(evidence=self._evidence, source=source, round=2, wait_seconds=None),
                    findings=(),
                    asked_at=workflow.now(),
                )
                for source in self._sources
            )
        )

    @workflow.signal
    def stop(self) -> None:
        self._watch.stop(self._key)

    @workflow.signal
    def volunteer(self) -> None:
        """The requirement is settled otherwise, and nobody thought of the watch."""
        settled = RequirementSettled(
            requirement=self._key,
            evidence=self._evidence,
            ground="volunteered",
            basis="五(一)",
            evidence_digest=None,
            findings=(),
        )
        self._recorder.record(settled, SYSTEM)

    @workflow.signal
    def over(self) -> None:
        self._over = True

    @workflow.query
    def watched(self) -> list[str]:
        return list(self._watch.watched)
