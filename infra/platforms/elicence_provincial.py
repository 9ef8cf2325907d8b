"""电子证照, provincial share API in the manner of 南威 (domain §1.3 (b)): head ``{accessId, accessToken}``.

Operation names, fields and return codes are those of a published deployment; ``accessToken`` as an HMAC of one attempt,
and the fields of the answers, are ours [I].  The payload encryption (SM2) of that deployment is left to TLS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import Field

from infra.platforms.answers import CodeTable, found, refused, succeeded
from infra.platforms.client import PlatformClient, by_link
from infra.platforms.transport import NoAnswer, Reply
from infra.platforms.verification import with_identifiers_verified
from infra.platforms.wire import Content, Day, Identifier, Payload, ReturnCode, StatusCode, Wire, read, unreadable
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer

CODES: CodeTable = {
    "0": (AnswerClass.FOUND, ""),
    "2": (AnswerClass.CONFIG, "service_not_provided"),
    "10": (AnswerClass.NOT_FOUND, "no_record"),
    "11": (AnswerClass.CONFIG, "identity_refused"),
    "12": (AnswerClass.CONFIG, "missing_field"),
    "13": (AnswerClass.CONFIG, "licence_type_unknown"),
    "21": (AnswerClass.ADVERSE, "licence_cancelled"),
    "22": (AnswerClass.ADVERSE, "licence_expired"),
    "23": (AnswerClass.ADVERSE, "licence_restricted"),
    "100": (AnswerClass.CONFIG, "unauthorised"),
    "101": (AnswerClass.CONFIG, "state_misconfigured"),
    "102": (AnswerClass.CONFIG, "bad_parameter"),
    "103": (AnswerClass.CONFIG, "bad_parameter"),
}

VERIFY_CODES: CodeTable = {**CODES, "7": (AnswerClass.MISMATCH, "information_differs")}
"""verifyCertInfo has one code more."""

_FILE_TYPE = "ofd"


class _Head(Wire):
    status: ReturnCode


class _Envelope(Wire):
    head: _Head


E = TypeVar("E", bound=_Envelope)


class _Licence(Wire):
    certIdentifier: Identifier
    certTypeCode: str
    holderCode: str
    holderName: str
    certState: StatusCode
    validBegin: Day = None
    validEnd: Day = None
    infos: Content = Field(default_factory=dict)


class _HolderReply(_Envelope):
    data: Payload[list[_Licence]] = None


class _Url(Wire):
    url: str


class _UrlReply(_Envelope):
    data: Payload[_Url] = None


class ElicenceProvincial(PlatformClient):
    """The provincial e-licence library."""

    async def _find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        data = {
            "holderCode": query.subject.id_number,
            "holderTypeCode": query.subject.id_type.value,
            "holderName": query.subject.name,
            "certTypeCode": query.resource_code,
            **_circumstances(batch),
        }
        reply, said = await self._call("share/getDataByHolder", data, batch.idempotency_key(query), _HolderReply)
        code = said.head.status
        if not succeeded(CODES, code):
            return refused(reply, CODES, code, records=len(said.data or ()))
        if said.data is None:
            raise unreadable(reply)
        if any(licence.certTypeCode != query.resource_code for licence in said.data):
            raise NoAnswer.because(AnswerClass.CONFIG, "wrong_resource", reply.body, reply.media_type)
        answer = found(reply, code, query, [_record(query, licence) for licence in said.data])
        return await with_identifiers_verified(batch, query, answer, self._verify)

    async def _fetch(self, batch: Batch, query: EvidenceQuery, identifier: str) -> FetchedFile | PlatformAnswer:
        async def new_link(request: int) -> str | PlatformAnswer:
            data = {"certIdentifier": identifier, "fileType": _FILE_TYPE, **_circumstances(batch)}
            key = f"{batch.idempotency_key(query)}/file/{request}"
            reply, said = await self._call("share/downloadUrl", data, key, _UrlReply)
            if not succeeded(CODES, said.head.status):
                return refused(reply, CODES, said.head.status)
            if said.data is None:
                raise unreadable(reply)
            return said.data.url

        return await by_link(self.transport, new_link)

    async def _verify(self, batch: Batch, query: EvidenceQuery, record: FoundRecord) -> PlatformAnswer | None:
        """verifyCertInfo; ``None`` where the licence is right and valid."""
        data = {
            "certIdentifier": record.identifier,
            "holderCode": record.holder_code,
            "holderName": record.holder_name,
            "certTypeCode": query.resource_code,
            **_circumstances(batch),
        }
        key = f"{batch.idempotency_key(query)}/verify"
        reply, said = await self._call("share/verifyCertInfo", data, key, _Envelope)
        code = said.head.status
        return None if succeeded(VERIFY_CODES, code) else refused(reply, VERIFY_CODES, code)

    async def _call(self, path: str, data: Mapping[str, object], key: str, model: type[E]) -> tuple[Reply, E]:
        signer = self.transport.signer
        stamp = signer.stamp()
        access_token = signer.hex(signer.access_id + stamp.timestamp + stamp.nonce)
        head = {"accessId": signer.access_id, "accessToken": access_token}
        reply = await self.transport.post(path, {"head": head, "data": data}, key, stamp)
        return reply, read(model, reply)


def _record(query: EvidenceQuery, licence: _Licence) -> FoundRecord:
    return FoundRecord(
        subject_ref=query.subject.subject_ref,
        identifier=licence.certIdentifier,
        holder_code=licence.holderCode,
        holder_name=licence.holderName,
        status=licence.certState,
        valid_from=licence.validBegin,
        valid_until=licence.validEnd,
        content=licence.infos,
    )


def _circumstances(batch: Batch) -> dict[str, object]:
    """Why and for which case, on every request (law 9)."""
    return {
        "useCause": batch.purpose,
        "businessCode": batch.application_no,
        "itemCode": batch.item_code,
        "itemName": batch.item_name,
        "operatorId": batch.operator.actor_id,
        "operatorDept": batch.operator.department,
    }
