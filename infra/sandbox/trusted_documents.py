"""Double of the library of trusted documents, in the manner of an open portal (domain §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.double import Double
from infra.sandbox.fields import content, day, text
from infra.sandbox.vocabulary import Asked, Call, Document, Meaning, Operation, Record, Said
from schemas.codes import Platform


class TrustedDocuments(Double):
    """Query, then content by a signed request."""

    platform = Platform.TRUSTED_DOCUMENTS
    operations: ClassVar[Mapping[str, Operation]] = {
        "/documents/query": Operation.SEARCH,
        "/documents/content": Operation.CONTENT,
    }
    codes: ClassVar[Mapping[Meaning, str | int]] = {
        Meaning.OK: "0000",
        Meaning.NO_RECORD: "1004",
        Meaning.ADVERSE: "1005",
        Meaning.NOT_YET: "2001",
        Meaning.QUOTA: "2002",
        Meaning.UNAUTHORISED: "3004",
        Meaning.BAD_SIGNATURE: "3001",
        Meaning.STALE: "3002",
        Meaning.REPLAYED: "3003",
        Meaning.MISSING_FIELD: "3005",
        Meaning.BAD_PARAMETER: "3006",
        Meaning.UNKNOWN_RESOURCE: "3007",
        Meaning.LINK_SPENT: 410,
    }

    def read(self, document: Document, headers: Mapping[str, str]) -> Asked:
        """A flat document."""
        return Asked(
            resource_code=text(document, "documentType"),
            holder_type=text(document, "ownerType"),
            holder_code=text(document, "ownerCode"),
            holder_name=text(document, "ownerName"),
            identifier=text(document, "documentId"),
            purpose=text(document, "purpose"),
            case_no=text(document, "caseNo"),
            item_code=text(document, "itemCode"),
            item_name=text(document, "itemName"),
            operator_id=text(document, "operatorId"),
            operator_department=text(document, "operatorDepartment"),
            fields=tuple(sorted(document)),
        )

    def write(self, call: Call, said: Said, code: str) -> Document:
        """``{code, message, data: {documents}}``."""
        data: dict[str, Any] | None = None
        if code == "0000" and call.operation is Operation.SEARCH:
            data = {"documents": [_document(record) for record in said.records]}
        return {"code": code, "message": said.meaning.value, "data": data}


def _document(record: Record) -> dict[str, Any]:
    return {
        "documentId": record.identifier,
        "documentType": record.resource_code,
        "ownerCode": record.holder_code,
        "ownerName": record.holder_name,
        "state": record.status,
        "effectiveFrom": day(record.valid_from),
        "effectiveTo": day(record.valid_until),
        "attributes": content(record),
    }
