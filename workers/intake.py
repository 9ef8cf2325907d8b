"""收件 at our own door: what a case would refuse is refused before it starts, and what was looked up goes along."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio.client import Client, WorkflowHandle

from activities.catalogue import AdmitRequest, CatalogueActivities
from infra.temporal.start import submit, submit_for_answer
from schemas.application import ApplicationRequest, ApplicationResult, application_stream
from schemas.errors import InvalidInput
from schemas.events import received
from schemas.overview import CaseOverview
from schemas.policy import Admission


class Intake:
    """Takes applications in; one for a process."""

    def __init__(self, client: Client, task_queue: str, admission: CatalogueActivities) -> None:
        self._client = client
        self._task_queue = task_queue
        self._admission = admission

    async def submit(self, request: ApplicationRequest) -> WorkflowHandle[object, ApplicationResult]:
        """Start the case, or find it started by the same request.

        Raises InvalidInput naming every field that is wrong; for another request under the same number, the fields in
        which it differs.
        """
        return await submit(self._client, self._task_queue, request, await self._admission_of(request))

    async def submit_for_answer(self, request: ApplicationRequest, seconds: float) -> CaseOverview | None:
        """As ``submit``, and wait for the first answer; ``None``: it takes longer than ``seconds``."""
        admission = await self._admission_of(request)
        return await submit_for_answer(self._client, self._task_queue, request, admission, seconds)

    async def department_of(self, item_code: str) -> str | None:
        """The department that decides an item by the catalogue in force today; ``None`` for one it does not know."""
        return await self._admission.department_of(item_code, datetime.now(UTC))

    async def _admission_of(self, request: ApplicationRequest) -> Admission:
        now = datetime.now(UTC)
        stream = application_stream(request.application_no)
        asked = AdmitRequest(request=request, received=received(request, now), started_at=now, stream=stream)
        result = await self._admission.admit(asked)
        if result.admission is None:
            raise InvalidInput(result.errors)
        return result.admission
