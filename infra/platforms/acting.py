"""The platforms of the long routes: they are asked to do something and say that they have it; the answer comes later.

No specification of any of them is public, so their dialect is ours [I]: a sealed JSON document by POST, an
``Idempotency-Key``, an envelope ``{code, message, data}`` and one table of codes.  Connecting a real one means
replacing one module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import httpx

from infra.platforms.client import SHARE_OF_ASK
from infra.platforms.transport import NoAnswer, Reply, Transport
from infra.platforms.wire import Moment, Payload, ReturnCode, Wire, read, unreadable
from infra.settings import PlatformSettings
from schemas.application import Actor
from schemas.exchange import AnswerClass, Subject
from schemas.outside import PlatformReceipt, PlatformRef, Refusal, RefusalKind

TAKEN = "0000"
CODES: Mapping[str, tuple[RefusalKind, str]] = {
    "1001": (RefusalKind.NOT_ON_PLATFORM, "department_unknown"),
    "1002": (RefusalKind.REFUSED, "key_unknown"),
    "1003": (RefusalKind.REFUSED, "key_taken"),
    "2001": (RefusalKind.UNAVAILABLE, "busy"),
    "2002": (RefusalKind.UNAVAILABLE, "quota_used_up"),
    "3001": (RefusalKind.REFUSED, "signature_refused"),
    "3002": (RefusalKind.REFUSED, "timestamp_refused"),
    "3003": (RefusalKind.REFUSED, "nonce_refused"),
    "3004": (RefusalKind.REFUSED, "unauthorised"),
    "3005": (RefusalKind.REFUSED, "missing_field"),
    "3006": (RefusalKind.REFUSED, "bad_parameter"),
}
_WORTH_A_RETRY = (AnswerClass.TRANSIENT, AnswerClass.QUOTA)

W = TypeVar("W", bound=Wire)


class Envelope(Wire):
    """The part of every answer that says how it went."""

    code: ReturnCode


class _Receipt(Wire):
    ref: PlatformRef
    received_at: Moment
    repeated: bool


class _Receipted(Envelope):
    data: Payload[_Receipt] = None


class ActingPlatform:
    """One platform that is asked to do something; no exception leaves it."""

    def __init__(self, settings: PlatformSettings, http: httpx.AsyncClient) -> None:
        self._transport = Transport(settings, http)
        self._ask_seconds = settings.ask_seconds * SHARE_OF_ASK

    async def send(self, path: str, document: Mapping[str, object], key: str) -> PlatformReceipt | Refusal:
        """Send what the platform is to take; it answers with a receipt."""
        answered = await self.ask(path, document, key, _Receipted)
        if isinstance(answered, Refusal):
            return answered
        said, reply = answered
        if said.data is None:
            return refusal_of(unreadable(reply))
        receipt = said.data
        return PlatformReceipt(platform_ref=receipt.ref, received_at=receipt.received_at, repeated=receipt.repeated)

    async def ask(
        self, path: str, document: Mapping[str, object], key: str, model: type[W]
    ) -> tuple[W, Reply] | Refusal:
        """Send a document and read the answer as ``model``, where the code says that it was taken."""
        try:
            async with asyncio.timeout(self._ask_seconds):
                reply = await self._transport.post(path, document, key)
                code = read(Envelope, reply).code
                return (read(model, reply), reply) if code == TAKEN else _refused(code)
        except TimeoutError:
            return Refusal(kind=RefusalKind.UNAVAILABLE, detail="ask_timeout")
        except NoAnswer as failure:
            return refusal_of(failure)


def refusal_of(failure: NoAnswer) -> Refusal:
    """What is no answer, as a refusal: worth a retry, or a matter for the operators."""
    answer = failure.answer
    kind = RefusalKind.UNAVAILABLE if answer.kind in _WORTH_A_RETRY else RefusalKind.REFUSED
    return Refusal(kind=kind, detail=answer.detail)


def circumstances(
    application_no: str, item_code: str, item_name: str, purpose: str, operator: Actor
) -> dict[str, object]:
    """Why and for which case, on everything that speaks about a person (law 9)."""
    return {
        "purpose": purpose,
        "caseNo": application_no,
        "itemCode": item_code,
        "itemName": item_name,
        "operatorId": operator.actor_id,
        "operatorDepartment": operator.department,
    }


def about(subject: Subject) -> dict[str, object]:
    """Who it is about, and nothing more of him."""
    return {"type": subject.id_type.value, "code": subject.id_number, "name": subject.name}


def moment(at: datetime) -> str:
    """A time as it goes over the wire."""
    return at.isoformat(timespec="milliseconds")


def _refused(code: str) -> Refusal:
    kind, detail = CODES.get(code, (RefusalKind.REFUSED, f"unknown_code_{code}"))
    return Refusal(kind=kind, detail=detail)
