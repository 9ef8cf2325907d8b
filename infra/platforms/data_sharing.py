"""市汇聚共享平台, with the request conventions of the national platform (domain §2.1): ``gjgxjhpt_*`` headers.

``gjgxjhpt_sign`` covers only sid, rid and rtime, so the seal of ``signing.py`` goes with it and covers the rest.  No
specification of the city's platform is public: gateway path, body and return codes are ours [I].
"""

from __future__ import annotations

from pydantic import Field

from infra.platforms.answers import CodeTable, found, refused, succeeded
from infra.platforms.client import PlatformClient
from infra.platforms.transport import NoAnswer
from infra.platforms.wire import Area, Content, Day, Payload, ReturnCode, StatusCode, Wire, read, unreadable
from schemas.evidence import Coverage
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer

CODES: CodeTable = {
    "200": (AnswerClass.FOUND, ""),
    "204": (AnswerClass.NOT_FOUND, "no_record"),
    "400": (AnswerClass.CONFIG, "bad_parameter"),
    "401": (AnswerClass.CONFIG, "signature_refused"),
    "403": (AnswerClass.CONFIG, "unauthorised"),
    "404": (AnswerClass.CONFIG, "resource_unknown"),
    "408": (AnswerClass.CONFIG, "timestamp_refused"),
    "409": (AnswerClass.MISMATCH, "information_differs"),
    "410": (AnswerClass.ADVERSE, "record_cancelled"),
    "412": (AnswerClass.CONFIG, "missing_field"),
    "429": (AnswerClass.QUOTA, "quota_used_up"),
    "503": (AnswerClass.TRANSIENT, "source_unavailable"),
    "504": (AnswerClass.TRANSIENT, "source_timeout"),
}

_GATEWAY = "gateway/httpproxy"


class _Row(Wire):
    resource_code: str
    subject_code: str
    subject_name: str
    status: StatusCode
    valid_from: Day = None
    valid_until: Day = None
    fields: Content = Field(default_factory=dict)


class _Coverage(Wire):
    area: Area
    since: Day = None


class _Data(Wire):
    total: int
    rows: list[_Row] = Field(default_factory=list)
    coverage: _Coverage | None = None


class _Reply(Wire):
    code: ReturnCode
    data: Payload[_Data] = None


class DataSharing(PlatformClient):
    """The city's data-sharing platform: one call, and no files."""

    async def _find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        signer = self.transport.signer
        stamp = signer.stamp()
        headers = {
            "gjgxjhpt_rid": signer.access_id,
            "gjgxjhpt_sid": query.resource_code,
            "gjgxjhpt_rtime": stamp.timestamp,
            "gjgxjhpt_sign": signer.base64(query.resource_code + signer.access_id + stamp.timestamp),
        }
        document = {
            "subject_type": query.subject.id_type.value,
            "subject_code": query.subject.id_number,
            "subject_name": query.subject.name,
            "purpose": batch.purpose,
            "case_no": batch.application_no,
            "item_code": batch.item_code,
            "item_name": batch.item_name,
            "operator_id": batch.operator.actor_id,
            "operator_department": batch.operator.department,
        }
        reply = await self.transport.post(_GATEWAY, document, batch.idempotency_key(query), stamp, headers)
        said = read(_Reply, reply)
        data = said.data
        coverage = Coverage(area=data.coverage.area, since=data.coverage.since) if data and data.coverage else None
        if not succeeded(CODES, said.code):
            return refused(reply, CODES, said.code, coverage, records=len(data.rows) if data else 0)
        if data is None:
            raise unreadable(reply)
        if data.total != len(data.rows):
            raise NoAnswer.because(AnswerClass.CONFIG, "incomplete_list", reply.body, reply.media_type)
        if any(row.resource_code != query.resource_code for row in data.rows):
            raise NoAnswer.because(AnswerClass.CONFIG, "wrong_resource", reply.body, reply.media_type)
        return found(reply, said.code, query, [_record(query, row) for row in data.rows], coverage)

    async def _fetch(self, batch: Batch, query: EvidenceQuery, identifier: str) -> FetchedFile | PlatformAnswer | None:
        return None


def _record(query: EvidenceQuery, row: _Row) -> FoundRecord:
    return FoundRecord(
        subject_ref=query.subject.subject_ref,
        holder_code=row.subject_code,
        holder_name=row.subject_name,
        status=row.status,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        content=row.fields,
    )
