"""What the applicant may want of the long routes, each by its own Update: staff bring it in, his will decides."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.application import Actor, Choice, CommandId, Origin
from schemas.base import PLAIN, Model, Sha256Hex, ShortText
from schemas.identifiers import Code, PartyId, Uscc, refuse_resident_id

Reason = Annotated[ShortText, AfterValidator(refuse_resident_id)]
Analysis = Annotated[
    str,
    StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=1000),
    AfterValidator(refuse_resident_id),
]


class CaseCommand(Model):
    """An act on the case, and who did it."""

    command_id: CommandId
    actor: Actor


class RequirementCommand(CaseCommand):
    """An act about one requirement of one party."""

    requirement_code: Code
    party_id: PartyId

    @property
    def requirement(self) -> str:
        """Key of the requirement."""
        return f"{self.requirement_code}/{self.party_id}"


class EvidenceCommand(RequirementCommand):
    """An act about one kind of evidence that would meet a requirement."""

    evidence_type: Code


class Choose(CaseCommand):
    """Update ``choose``: the applicant wants a route, or will not have it."""

    choice: Choice


class DeclareOrigin(CaseCommand):
    """Update ``declare_origin``: the fact would have to come from outside the province, or from long ago."""

    origin: Origin


class SubmitPaper(EvidenceCommand):
    """Update ``submit_paper``: the paper is handed in; its scan is on record under this digest [四(四)二]."""

    document_digest: Sha256Hex


class SignedBy(StrEnum):
    """Who signed a 告知承诺书: himself, his statutory guardian; for a company its seal or 法定代表人."""

    SELF = "self"
    GUARDIAN = "guardian"
    SEAL = "seal"
    LEGAL_REPRESENTATIVE = "legal_representative"
    PROXY = "proxy"
    """Never valid: no commitment by proxy (国办发〔2020〕42号)."""


class SignCommitment(EvidenceCommand):
    """Update ``sign_commitment``: the letter of this version was read and signed."""

    letter_version: Code
    letter_digest: Sha256Hex
    signed_by: SignedBy
    signer_party_id: PartyId | None = None
    """The party of the case who signed for him, where he did not himself."""
    signed_at: AwareDatetime


class WithdrawCommitment(RequirementCommand):
    """Update ``withdraw_commitment``: taken back before the decision."""

    reason: Reason


class SignDeferral(RequirementCommand):
    """Update ``sign_deferral``: 容缺受理承诺书 is signed; the material will be supplied."""

    letter_digest: Sha256Hex
    by_proxy: bool = False
    authorisation_digest: Sha256Hex | None = None
    """授权书, needed where a proxy signed (domain §6.1)."""


class SupplyDeferred(RequirementCommand):
    """Update ``supply_deferred``: the material that was owed has arrived."""

    document_digest: Sha256Hex


class ConsentAssistance(RequirementCommand):
    """Update ``consent_assistance``: the 受理窗口 opens 帮办代办 with his consent and 委托书 [四(五)]."""

    authorisation_digest: Sha256Hex


class RevokeAssistance(RequirementCommand):
    """Update ``revoke_assistance``: the applicant takes his consent back."""

    reason: Reason


class RequestProof(EvidenceCommand):
    """Update ``request_proof``: the applicant wants the document itself [五(一)]."""


class DispositionCause(StrEnum):
    """Why a proof cannot be had [四(七)]."""

    OUT_OF_PROVINCE = "out_of_province"
    HISTORICAL = "historical"


class DispositionOutcome(StrEnum):
    """What a flexible disposition may come to (domain §6.4)."""

    EXEMPTED = "exempted"
    SUBSTITUTED = "substituted"
    OWN_INQUIRY = "own_inquiry"
    CONDITIONAL = "conditional"
    NOT_EXEMPTED = "not_exempted"


class DispositionProposal(Model):
    """处置意见 of the deciding department: its analysis and what it proposes."""

    cause: DispositionCause
    materiality: Analysis
    """材料关键性."""
    relation: Analysis
    """已掌握材料的关联性."""
    risk: Analysis
    proposed: DispositionOutcome
    substitute: ShortText | None = None
    """Which other material stands in; for ``substituted``."""
    condition: ShortText | None = None
    """What has to be done later, and by when; for ``conditional``."""
    condition_days: int | None = Field(default=None, ge=1, le=365)
    legal_basis: ShortText
    consulted: tuple[Uscc, ...] = Field(default=(), max_length=10)
    """Departments to be heard besides 审改 and 司法."""
    precedent: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,80}$")] | None = None
    material_digests: tuple[Sha256Hex, ...] = Field(default=(), max_length=20)


class ProposeDisposition(EvidenceCommand):
    """Update ``propose_disposition``: the deciding department proposes to 管委会 [四(七)]."""

    unit: Code
    """Internal unit of the department that proposes: kept apart from units that are consulted."""
    proposal: DispositionProposal
