"""What a case is started with: the request, what the door looked up for it, and what an earlier run has recorded."""

from __future__ import annotations

from schemas.application import ApplicationRequest
from schemas.case_state import Case
from schemas.long_route import Carried
from schemas.policy import Admission


class ApplicationStart(ApplicationRequest):
    """What the workflow is started with: a request, and from our own door what was looked up for it already.

    A business system that starts the workflow directly sends the request alone.
    """

    admission: Admission | None = None
    carried: Carried[Case] | None = None
    """After continue-as-new: what the run before has recorded."""

    def request(self) -> ApplicationRequest:
        """The request alone."""
        return ApplicationRequest.model_construct(
            **{name: getattr(self, name) for name in ApplicationRequest.model_fields}
        )


def start_of(request: ApplicationRequest, admission: Admission | None) -> ApplicationStart:
    """A request, already validated, with its admission."""
    fields = {name: getattr(request, name) for name in ApplicationRequest.model_fields}
    return ApplicationStart.model_construct(**fields, admission=admission)
