"""What a case is started with: the request, what the door looked up for it, and what an earlier run has recorded."""

from __future__ import annotations

from schemas.admission import raise_requirements
from schemas.application import ApplicationRequest
from schemas.case_state import Case
from schemas.events import ApplicationAdmitted, PartyRecord
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


def admitted(request: ApplicationRequest, admission: Admission) -> ApplicationAdmitted:
    """登记: the second event of a case, with the pseudonyms of its persons and everything that is required of it."""
    return ApplicationAdmitted(
        catalogue=admission.rules.ref,
        item_name=admission.rules.item_name,
        department=admission.rules.department,
        department_name=admission.rules.department_name,
        parties=tuple(
            PartyRecord(
                party_id=p.party_id,
                role=p.role,
                kind=p.kind,
                subject_ref=admission.subject_refs[p.party_id],
                id_type=p.id_type,
                id_number=p.id_number,
                name=p.name,
                facts=p.facts,
            )
            for p in request.parties
        ),
        requirements=raise_requirements(request, admission.rules),
        notice_due=admission.notice_due,
        notice_due_provisional=admission.notice_due_provisional,
    )
