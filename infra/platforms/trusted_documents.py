"""可信电子文件库, in the manner of an open portal (domain §2.1: ``X-Client-Id``, ``X-Timestamp``, ``X-Nonce``,
``X-Signature``).  A document is fetched by a signed request of its own; there are no links.

No specification of such a library is public: paths, fields and return codes are ours [I].
"""

from __future__ import annotations

from pydantic import Field

from infra.platforms.answers import CodeTable, found, refused, succeeded
from infra.platforms.client import PlatformClient
from infra.platforms.transport import NoAnswer
from infra.platforms.wire import Content, Day, Identifier, Payload, ReturnCode, StatusCode, Wire, read, unreadable
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer

CODES: CodeTable = {
    "0000": (AnswerClass.FOUND, ""),
    "1004": (AnswerClass.NOT_FOUND, "no_record"),
    "1005": (AnswerClass.ADVERSE, "document_withdrawn"),
    "1006": (AnswerClass.MISMATCH, "digest_differs"),
    "2001": (AnswerClass.TRANSIENT, "service_timeout"),
    "2002": (AnswerClass.QUOTA, "quota_used_up"),
    "3001": (AnswerClass.CONFIG, "signature_refused"),
    "3002": (AnswerClass.CONFIG, "timestamp_refused"),
    "3003": (AnswerClass.CONFIG, "nonce_refused"),
    "3004": (AnswerClass.CONFIG, "unauthorised"),
    "3005": (AnswerClass.CONFIG, "missing_field"),
    "3006": (AnswerClass.CONFIG, "bad_parameter"),
    "3007": (AnswerClass.CONFIG, "document_type_unknown"),
}


class _Document(Wire):
    documentId: Identifier
    documentType: str
    ownerCode: str
    ownerName: str
    state: StatusCode
    effectiveFrom: Day = None
    effectiveTo: Day = None
    attributes: Content = Field(default_factory=dict)


class _Documents(Wire):
    documents: list[_Document]


class _Reply(Wire):
    code: ReturnCode
    data: Payload[_Documents] = None


class TrustedDocuments(PlatformClient):
    """The library of trusted documents of public services."""

    async def _find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        document = {
            "documentType": query.resource_code,
            "ownerType": query.subject.id_type.value,
            "ownerCode": query.subject.id_number,
            "ownerName": query.subject.name,
            **_circumstances(batch),
        }
        reply = await self.transport.post("documents/query", document, batch.idempotency_key(query))
        said = read(_Reply, reply)
        if not succeeded(CODES, said.code):
            return refused(reply, CODES, said.code, records=len(said.data.documents) if said.data else 0)
        if said.data is None:
            raise unreadable(reply)
        if any(d.documentType != query.resource_code for d in said.data.documents):
            raise NoAnswer.because(AnswerClass.CONFIG, "wrong_resource", reply.body, reply.media_type)
        return found(reply, said.code, query, [_record(query, d) for d in said.data.documents])

    async def _fetch(self, batch: Batch, query: EvidenceQuery, identifier: str) -> FetchedFile | PlatformAnswer:
        document = {"documentId": identifier, **_circumstances(batch)}
        key = f"{batch.idempotency_key(query)}/file"
        reply = await self.transport.post_for_file("documents/content", document, key)
        if isinstance(reply, FetchedFile):
            return reply
        said = read(_Reply, reply)
        if succeeded(CODES, said.code):
            raise unreadable(reply)
        return refused(reply, CODES, said.code)


def _record(query: EvidenceQuery, document: _Document) -> FoundRecord:
    return FoundRecord(
        subject_ref=query.subject.subject_ref,
        identifier=document.documentId,
        holder_code=document.ownerCode,
        holder_name=document.ownerName,
        status=document.state,
        valid_from=document.effectiveFrom,
        valid_until=document.effectiveTo,
        content=document.attributes,
    )


def _circumstances(batch: Batch) -> dict[str, object]:
    """Why and for which case, on every request (law 9)."""
    return {
        "purpose": batch.purpose,
        "caseNo": batch.application_no,
        "itemCode": batch.item_code,
        "itemName": batch.item_name,
        "operatorId": batch.operator.actor_id,
        "operatorDepartment": batch.operator.department,
    }
