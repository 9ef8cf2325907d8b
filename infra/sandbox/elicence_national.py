"""Double of the national-style e-licence library (domain §1.3 (a))."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.double import Double
from infra.sandbox.fields import content, day, text
from infra.sandbox.state import TOKEN_SECONDS
from infra.sandbox.vocabulary import Asked, Call, Document, Meaning, Operation, Record, Said
from schemas.codes import Platform


class ElicenceNational(Double):
    """POST JSON ``{head, data}`` with a token in the head."""

    platform = Platform.ELICENCE_NATIONAL
    operations: ClassVar[Mapping[str, Operation]] = {
        "/certificate/token": Operation.TOKEN,
        "/certificate/search": Operation.SEARCH,
        "/certificate/verify": Operation.VERIFY,
        "/certificate/file-address": Operation.LINK,
        "/certificate/file": Operation.DOWNLOAD,
    }
    codes: ClassVar[Mapping[Meaning, str | int]] = {
        Meaning.OK: "0",
        Meaning.NO_RECORD: "3",
        Meaning.ADVERSE: "11",
        Meaning.NOT_YET: "2",
        Meaning.QUOTA: "16",
        Meaning.UNAUTHORISED: "1",
        Meaning.BAD_SIGNATURE: 401,
        Meaning.STALE: 401,
        Meaning.REPLAYED: 401,
        Meaning.MISSING_FIELD: "5",
        Meaning.BAD_PARAMETER: "4",
        Meaning.UNKNOWN_RESOURCE: "4",
        Meaning.LINK_SPENT: 410,
    }

    def credentials(self, call: Call) -> Meaning | None:
        """Every operation but the first needs a token that lives."""
        if call.operation in (Operation.TOKEN, Operation.DOWNLOAD):
            return None
        head = call.document.get("head")
        token = text(head, "access_token") if isinstance(head, dict) else ""
        return None if self.state.tokens.get(token, 0.0) > self.state.now() else Meaning.UNAUTHORISED

    def read(self, document: Document, headers: Mapping[str, str]) -> Asked:
        """Fields in snake case, as in domain §1.2."""
        data = document.get("data")
        if not isinstance(data, dict):
            return Asked()
        return Asked(
            resource_code=text(data, "certificate_type_code"),
            holder_type=text(data, "certificate_holder_type"),
            holder_code=text(data, "certificate_holder_code"),
            holder_name=text(data, "certificate_holder_name"),
            identifier=text(data, "certificate_identifier"),
            purpose=text(data, "use_cause"),
            case_no=text(data, "business_no"),
            item_code=text(data, "item_code"),
            item_name=text(data, "item_name"),
            operator_id=text(data, "operator_id"),
            operator_department=text(data, "operator_department"),
            fields=tuple(sorted(data)),
        )

    def write(self, call: Call, said: Said, code: str) -> Document:
        """``{head: {code, message}, data}``."""
        data: dict[str, Any] | None = None
        if call.operation is Operation.VERIFY and said.meaning is Meaning.OK:
            code, data = "0", {"verify_result": code}
        elif code == "0":
            data = self._data(call.operation, said)
        return {"head": {"code": code, "message": said.meaning.value}, "data": data}

    def _data(self, operation: Operation, said: Said) -> dict[str, Any]:
        if operation is Operation.TOKEN:
            return {"access_token": said.token, "expires_in": TOKEN_SECONDS}
        if operation is Operation.LINK:
            return {"file_address": f"certificate/file?ticket={said.link}", "expires_in": 600}
        return {"total": len(said.records), "certificates": [_certificate(record) for record in said.records]}


def _certificate(record: Record) -> dict[str, Any]:
    return {
        "certificate_identifier": record.identifier,
        "certificate_type_code": record.resource_code,
        "certificate_number": record.identifier.split(".")[-3],
        "certificate_holder_code": record.holder_code,
        "certificate_holder_name": record.holder_name,
        "certificate_area_code": "350526",
        "status": record.status,
        "certificate_validate_start": day(record.valid_from),
        "certificate_validate_end": day(record.valid_until),
        "extend_info": content(record),
    }
