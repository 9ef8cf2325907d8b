"""Requests of obviously synthetic people."""

from __future__ import annotations

import uuid

from schemas.application import Actor, ApplicationRequest, Authorisation, Party, Volunteered, VolunteerEvidence
from schemas.codes import ActorKind, HolderCodeType, PartyKind, Sensitivity
from tests.workflows.catalogues import ITEM

OPERATOR = Actor(kind=ActorKind.CLERK, actor_id="clerk-7", department="11350526MB0000003J")


def request(no: str | None = None, **fields: object) -> ApplicationRequest:
    applicant = Party(
        party_id="p1",
        role="applicant",
        kind=PartyKind.LIVING,
        id_type=HolderCodeType.RESIDENT_ID,
        id_number="350526199001010019",
        name="测试甲",
    )
    values: dict[str, object] = {
        "application_no": no or f"T-{uuid.uuid4().hex[:12]}",
        "item_code": ITEM,
        "parties": (applicant,),
        "operator": OPERATOR,
        "purpose": "办理示例事项",
    }
    return ApplicationRequest.model_validate(values | fields)


def spouse(*scopes: Sensitivity) -> Party:
    return Party(
        party_id="p2",
        role="spouse",
        kind=PartyKind.LIVING,
        id_type=HolderCodeType.RESIDENT_ID,
        id_number="350526199003071237",
        name="测试乙",
        authorisations=tuple(Authorisation(scope=s, document_digest="a" * 64) for s in scopes),
    )


def volunteer(requirement: str, evidence: str, party: str = "p1") -> VolunteerEvidence:
    return VolunteerEvidence(
        command_id=f"v-{requirement}-{evidence}-{party}",
        actor=OPERATOR,
        evidence=Volunteered(
            requirement_code=requirement, party_id=party, evidence_type=evidence, document_digest="c" * 64
        ),
    )
