"""电子证照, national style (domain §1.3 (a)): a token first, then POST JSON ``{head, data}``; fields of domain §1.2.

The operations and return codes are those of a published implementation; paths and envelope are ours [I].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx
from pydantic import Field

from infra.platforms.answers import CodeTable, found, refused, succeeded
from infra.platforms.client import PlatformClient, by_link
from infra.platforms.token import Token
from infra.platforms.transport import NoAnswer, Reply
from infra.platforms.verification import with_identifiers_verified
from infra.platforms.wire import Content, Day, Identifier, Payload, ReturnCode, StatusCode, Wire, read, unreadable
from infra.settings import PlatformSettings
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer

CODES: CodeTable = {
    "0": (AnswerClass.FOUND, ""),
    "1": (AnswerClass.CONFIG, "unauthorised"),
    "2": (AnswerClass.TRANSIENT, "service_timeout"),
    "3": (AnswerClass.NOT_FOUND, "no_record"),
    "4": (AnswerClass.CONFIG, "bad_parameter"),
    "5": (AnswerClass.CONFIG, "missing_field"),
    "11": (AnswerClass.ADVERSE, "licence_cancelled"),
    "13": (AnswerClass.MISMATCH, "signature_invalid"),
    "14": (AnswerClass.CONFIG, "watermark_failed"),
    "16": (AnswerClass.QUOTA, "quota_peak"),
    "17": (AnswerClass.QUOTA, "access_limited"),
}

VERIFY_RESULTS: CodeTable = {
    "0": (AnswerClass.FOUND, ""),
    "1": (AnswerClass.ADVERSE, "licence_not_active"),
    "2": (AnswerClass.ADVERSE, "licence_suspended"),
    "3": (AnswerClass.ADVERSE, "licence_lapsed"),
    "4": (AnswerClass.MISMATCH, "information_incomplete"),
    "5": (AnswerClass.NOT_FOUND, "no_record"),
    "6": (AnswerClass.MISMATCH, "information_differs"),
}
"""Result codes of 信息验证, which are not return codes."""

_UNAUTHORISED = "1"


class _Head(Wire):
    code: ReturnCode


class _Envelope(Wire):
    head: _Head


E = TypeVar("E", bound=_Envelope)


class _TokenData(Wire):
    access_token: str
    expires_in: int


class _TokenReply(_Envelope):
    data: Payload[_TokenData] = None


class _Certificate(Wire):
    certificate_identifier: Identifier
    certificate_type_code: str
    certificate_holder_code: str
    certificate_holder_name: str
    status: StatusCode
    certificate_validate_start: Day = None
    certificate_validate_end: Day = None
    extend_info: Content = Field(default_factory=dict)


class _Certificates(Wire):
    total: int
    certificates: list[_Certificate]


class _SearchReply(_Envelope):
    data: Payload[_Certificates] = None


class _Address(Wire):
    file_address: str


class _AddressReply(_Envelope):
    data: Payload[_Address] = None


class _Verification(Wire):
    verify_result: ReturnCode


class _VerifyReply(_Envelope):
    data: Payload[_Verification] = None


class ElicenceNational(PlatformClient):
    """The national-style e-licence library."""

    def __init__(self, settings: PlatformSettings, http: httpx.AsyncClient) -> None:
        super().__init__(settings, http)
        self._token = Token(self._obtain_token)

    async def _find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        data = {
            "certificate_type_code": query.resource_code,
            "certificate_holder_type": query.subject.id_type.value,
            "certificate_holder_code": query.subject.id_number,
            "certificate_holder_name": query.subject.name,
            **_circumstances(batch),
        }
        reply, said = await self._call("certificate/search", data, batch.idempotency_key(query), _SearchReply)
        code = said.head.code
        if not succeeded(CODES, code):
            return refused(reply, CODES, code, records=len(said.data.certificates) if said.data else 0)
        if said.data is None or said.data.total != len(said.data.certificates):
            raise unreadable(reply)
        if any(c.certificate_type_code != query.resource_code for c in said.data.certificates):
            raise NoAnswer.because(AnswerClass.CONFIG, "wrong_resource", reply.body, reply.media_type)
        records = [_record(query, certificate) for certificate in said.data.certificates]
        answer = found(reply, code, query, records)
        return await with_identifiers_verified(batch, query, answer, self._verify)

    async def _fetch(self, batch: Batch, query: EvidenceQuery, identifier: str) -> FetchedFile | PlatformAnswer:
        async def new_link(request: int) -> str | PlatformAnswer:
            data = {"certificate_identifier": identifier, **_circumstances(batch)}
            key = f"{batch.idempotency_key(query)}/file/{request}"
            reply, said = await self._call("certificate/file-address", data, key, _AddressReply)
            if not succeeded(CODES, said.head.code):
                return refused(reply, CODES, said.head.code)
            if said.data is None:
                raise unreadable(reply)
            return said.data.file_address

        return await by_link(self.transport, new_link)

    async def _verify(self, batch: Batch, query: EvidenceQuery, record: FoundRecord) -> PlatformAnswer | None:
        """信息验证; ``None`` where the licence is right and valid."""
        data = {
            "certificate_identifier": record.identifier,
            "certificate_holder_code": record.holder_code,
            **_circumstances(batch),
        }
        key = f"{batch.idempotency_key(query)}/verify"
        reply, said = await self._call("certificate/verify", data, key, _VerifyReply)
        if not succeeded(CODES, said.head.code):
            return refused(reply, CODES, said.head.code)
        if said.data is None:
            raise unreadable(reply)
        result = said.data.verify_result
        return None if succeeded(VERIFY_RESULTS, result) else refused(reply, VERIFY_RESULTS, result)

    async def _call(self, path: str, data: Mapping[str, object], key: str, model: type[E]) -> tuple[Reply, E]:
        """One operation; where the token is refused, with a new token once more.  Raises NoAnswer."""
        token = await self._token.current()
        reply, said = await self._send(path, data, key, model, token)
        if said.head.code == _UNAUTHORISED:
            reply, said = await self._send(path, data, key, model, await self._token.instead_of(token))
        return reply, said

    async def _send(
        self, path: str, data: Mapping[str, object], key: str, model: type[E], token: str
    ) -> tuple[Reply, E]:
        head = {"access_id": self.transport.signer.access_id, "access_token": token}
        reply = await self.transport.post(path, {"head": head, "data": data}, key)
        return reply, read(model, reply)

    async def _obtain_token(self) -> tuple[str, float]:
        """A new token and the seconds it lives.  Raises NoAnswer."""
        document = {"head": {"access_id": self.transport.signer.access_id}, "data": {"grant_type": "signature"}}
        stamp = self.transport.signer.stamp()
        reply = await self.transport.post("certificate/token", document, f"token/{stamp.nonce}", stamp)
        said = read(_TokenReply, reply)
        if not succeeded(CODES, said.head.code):
            raise NoAnswer(refused(reply, CODES, said.head.code))
        if said.data is None:
            raise unreadable(reply)
        return said.data.access_token, float(said.data.expires_in)


def _record(query: EvidenceQuery, certificate: _Certificate) -> FoundRecord:
    return FoundRecord(
        subject_ref=query.subject.subject_ref,
        identifier=certificate.certificate_identifier,
        holder_code=certificate.certificate_holder_code,
        holder_name=certificate.certificate_holder_name,
        status=certificate.status,
        valid_from=certificate.certificate_validate_start,
        valid_until=certificate.certificate_validate_end,
        content=certificate.extend_info,
    )


def _circumstances(batch: Batch) -> dict[str, object]:
    """Why and for which case, on every request (law 9)."""
    return {
        "use_cause": batch.purpose,
        "business_no": batch.application_no,
        "item_code": batch.item_code,
        "item_name": batch.item_name,
        "operator_id": batch.operator.actor_id,
        "operator_department": batch.operator.department,
    }
