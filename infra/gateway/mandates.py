"""Mandates at the door: registered, looked at and taken back by whoever serves the party; checked on every act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Security

from infra.gateway.bearer import Bearer
from infra.gateway.guard import Guard, acting
from infra.gateway.problems import Refused
from infra.identity.mandates import Mandates
from schemas.application import Act, Actor, OpaqueId
from schemas.authority import Action, Principal, Target
from schemas.codes import HolderCodeType
from schemas.mandate import Mandate, OnBehalf, RegisterMandate, RevokeMandate, check_mandate, representative_of


class Pseudonyms(Protocol):
    """Gives the pseudonym of a document's holder."""

    def subject_ref(self, id_type: HolderCodeType, id_number: str) -> str:
        """The pseudonym."""


MandateId = Annotated[OpaqueId, Path(description="委托编号。Id of the mandate.")]
Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class ActingFor:
    """``await acting_for(…)`` before an act that a representative does for a party."""

    def __init__(self, mandates: Mandates, pseudonyms: Pseudonyms, now: Clock = _now) -> None:
        self._mandates = mandates
        self._pseudonyms = pseudonyms
        self._now = now

    async def __call__(
        self, principal: Principal, on_behalf: OnBehalf, party_ref: str, act: Act, item_code: str, application_no: str
    ) -> Actor:
        """The actor to put into the act.  Raises Refused 403 ``mandate_refused``, whose errors say what is wrong."""
        who = on_behalf.representative
        mandate = await self._mandates.find(on_behalf.mandate_id)
        errors = check_mandate(
            mandate,
            party_ref=party_ref,
            representative_ref=self._pseudonyms.subject_ref(who.id_type, who.id_number),
            act=act,
            item_code=item_code,
            application_no=application_no,
            now=self._now(),
        )
        if errors or mandate is None:
            raise Refused(403, "mandate_refused", errors=errors)
        return representative_of(mandate, principal)


def mandate_router(
    bearer: Bearer, guard: Guard, mandates: Mandates, pseudonyms: Pseudonyms, now: Clock = _now
) -> APIRouter:
    """``POST /mandates``, ``GET /mandates/{id}``, ``POST /mandates/{id}/revoke``.

    A mandate belongs to the department that registered it; to others it does not exist.
    """
    router = APIRouter(prefix="/mandates", tags=["mandates"])
    security = Security(bearer)

    async def theirs(principal: Principal, mandate_id: str) -> Mandate:
        mandate = await mandates.find(mandate_id)
        await guard(principal, Action.MANDATE, None if mandate is None else _target(mandate))
        if mandate is None:  # nothing is granted on what does not exist
            raise Refused(404, "not_found")
        return mandate

    async def register(told: RegisterMandate, principal: Principal = security) -> Mandate:
        """登记委托。Register a mandate."""
        own = Target(application_no=told.application_no, taken_in_by=principal.department)
        await guard(principal, Action.MANDATE, own, told.application_no)
        party, representative = (
            pseudonyms.subject_ref(holder.id_type, holder.id_number) for holder in (told.party, told.representative)
        )
        return await mandates.register(told, party, representative, acting(principal), now())

    async def look(mandate_id: MandateId, principal: Principal = security) -> Mandate:
        """查看委托。Look at a mandate."""
        return await theirs(principal, mandate_id)

    async def revoke(mandate_id: MandateId, told: RevokeMandate, principal: Principal = security) -> Mandate:
        """撤销委托，立即生效。Take a mandate back, at once."""
        await theirs(principal, mandate_id)
        await mandates.revoke(mandate_id, acting(principal), told.reason)
        return await theirs(principal, mandate_id)

    router.add_api_route("", register, methods=["POST"], status_code=201, operation_id="register_mandate")
    router.add_api_route("/{mandate_id}", look, methods=["GET"], operation_id="look_at_mandate")
    router.add_api_route("/{mandate_id}/revoke", revoke, methods=["POST"], operation_id="revoke_mandate")
    return router


def _target(mandate: Mandate) -> Target:
    return Target(application_no=mandate.application_no, taken_in_by=mandate.registered_by.department)
