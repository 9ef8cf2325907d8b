"""委托: what a representative may do for a party, on whose word, and until when (pure).

A mandate names both by pseudonym.  An act under one stands in the record as of a ``representative`` whose id is the
mandate's, so that whoever reads it later finds scope, proof and period.  A commitment is never signed by proxy
(国办发〔2020〕42号); a deferral may be, with a 授权书 (domain §6.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from schemas.application import Act, Actor, OpaqueId
from schemas.authority import ItemScope, Principal
from schemas.base import Model, Personal, Sha256Hex, ShortText
from schemas.codes import ActorKind, HolderCodeType
from schemas.errors import FieldError
from schemas.identifiers import ApplicationNo, SubjectRef, refuse_resident_id
from schemas.texts import zh_door


class Assurance(StrEnum):
    """How sure it is that the party gave the mandate; the three levels of eIDAS, in the county's terms."""

    LOW = "low"
    """书面委托书, handed in by the representative."""
    SUBSTANTIAL = "substantial"
    """Both were identified, at the window or by 实名认证."""
    HIGH = "high"
    """公证, or a reliable electronic signature of the party (电子签名法 13)."""


RANK = {level: rank for rank, level in enumerate(Assurance)}

NEEDED: Mapping[Act, Assurance] = {
    Act.VOLUNTEER_EVIDENCE: Assurance.LOW,
    Act.SUBMIT_PAPER: Assurance.LOW,
    Act.SUPPLY_DEFERRED: Assurance.LOW,
    Act.REQUEST_PROOF: Assurance.LOW,
    Act.CHOOSE: Assurance.SUBSTANTIAL,
    Act.SIGN_DEFERRAL: Assurance.SUBSTANTIAL,
    Act.CONSENT_ASSISTANCE: Assurance.SUBSTANTIAL,
    Act.REVOKE_ASSISTANCE: Assurance.SUBSTANTIAL,
    Act.WITHDRAW_COMMITMENT: Assurance.SUBSTANTIAL,
    Act.WITHDRAW: Assurance.SUBSTANTIAL,
}
"""What a representative may do at all, and on what level: bringing things asks less than disposing of rights.

No source gives levels; these are proposals.  What is not here (signing a commitment above all) nobody does for another.
"""


class MandateTerms(Model):
    """What a mandate allows: some acts, for some items or one case, for a time."""

    acts: tuple[Act, ...] = Field(min_length=1, max_length=len(NEEDED))
    items: tuple[ItemScope, ...] = Field(default=(), max_length=200)
    """Empty: any item."""
    application_no: ApplicationNo | None = None
    """Only this case."""
    assurance: Assurance
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    document_digest: Sha256Hex
    """Of the 授权委托书, which is on record."""

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.valid_until <= self.valid_from:
            raise ValueError("valid_until 须晚于 valid_from")
        if beyond := [act.value for act in self.acts if act not in NEEDED]:
            raise ValueError(f"{'、'.join(beyond)} 不得由代理人代为")
        return self


class Mandate(MandateTerms):
    """One mandate as it was registered; ``revoked_at`` once it was taken back."""

    mandate_id: OpaqueId
    party_ref: SubjectRef
    representative_ref: SubjectRef
    registered_by: Actor
    registered_at: AwareDatetime
    revoked_at: AwareDatetime | None = None


class Holder(Model):
    """A person or company named by a document."""

    id_type: HolderCodeType
    id_number: Personal[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9()-]{3,40}$")]]


class RegisterMandate(MandateTerms):
    """What is handed in to register one."""

    party: Holder
    representative: Holder


class RevokeMandate(Model):
    """What is handed in to take one back."""

    reason: Annotated[ShortText, AfterValidator(refuse_resident_id)]


class OnBehalf(Model):
    """Goes with an act that a representative does for a party of the case."""

    mandate_id: OpaqueId
    representative: Holder


def check_mandate(
    mandate: Mandate | None,
    *,
    party_ref: str,
    representative_ref: str,
    act: Act,
    item_code: str,
    application_no: str,
    now: datetime,
) -> tuple[FieldError, ...]:
    """What keeps the representative from doing this act for the party under this mandate; empty where nothing does.

    A mandate of somebody else says the same as one that does not exist.
    """
    if act not in NEEDED:
        return (_error("act", "act_not_by_representative"),)
    if mandate is None or mandate.party_ref != party_ref or mandate.representative_ref != representative_ref:
        return (_error("on_behalf.mandate_id", "mandate_unknown"),)
    code = None
    if mandate.revoked_at is not None:
        code = "mandate_revoked"
    elif now < mandate.valid_from:
        code = "mandate_not_yet_valid"
    elif now >= mandate.valid_until:
        code = "mandate_expired"
    elif act not in mandate.acts:
        code = "mandate_not_for_act"
    elif mandate.items and item_code not in mandate.items:
        code = "mandate_not_for_item"
    elif mandate.application_no is not None and application_no != mandate.application_no:
        code = "mandate_not_for_case"
    elif RANK[mandate.assurance] < RANK[NEEDED[act]]:
        code = "mandate_too_weak"
    return () if code is None else (_error("on_behalf.mandate_id", code),)


def representative_of(mandate: Mandate, principal: Principal) -> Actor:
    """The actor of an act under a mandate; the department is that of who brings it to us."""
    return Actor(kind=ActorKind.REPRESENTATIVE, actor_id=mandate.mandate_id, department=principal.department)


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh_door.MANDATES[code])
