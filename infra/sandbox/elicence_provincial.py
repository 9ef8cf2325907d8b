"""Double of the provincial e-licence share API (domain §1.3 (b))."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.copies import OFD, ofd_copy
from infra.sandbox.double import Double
from infra.sandbox.fields import content, day, text
from infra.sandbox.vocabulary import Asked, Call, Document, Meaning, Operation, Record, Said
from schemas.codes import Platform


class ElicenceProvincial(Double):
    """Head ``{accessId, accessToken}``; it has no code for "not yet" or for a quota, and uses HTTP for both."""

    platform = Platform.ELICENCE_PROVINCIAL
    operations: ClassVar[Mapping[str, Operation]] = {
        "/share/getDataByHolder": Operation.SEARCH,
        "/share/verifyCertInfo": Operation.VERIFY,
        "/share/downloadUrl": Operation.LINK,
        "/share/downloadCertFile": Operation.DOWNLOAD,
    }
    codes: ClassVar[Mapping[Meaning, str | int]] = {
        Meaning.OK: "0",
        Meaning.NO_RECORD: "10",
        Meaning.ADVERSE: "21",
        Meaning.NOT_YET: 504,
        Meaning.QUOTA: 429,
        Meaning.UNAUTHORISED: "100",
        Meaning.BAD_SIGNATURE: "11",
        Meaning.STALE: "11",
        Meaning.REPLAYED: "11",
        Meaning.MISSING_FIELD: "12",
        Meaning.BAD_PARAMETER: "102",
        Meaning.UNKNOWN_RESOURCE: "13",
        Meaning.LINK_SPENT: 410,
    }

    def credentials(self, call: Call) -> Meaning | None:
        """``accessToken`` is the HMAC of access id, timestamp and nonce of the attempt."""
        if call.operation is Operation.DOWNLOAD:
            return None
        head = call.document.get("head")
        head = head if isinstance(head, dict) else {}
        caller, headers = self.guard.caller, call.headers
        expected = caller.mac(caller.access_id + headers.get("x-timestamp", "") + headers.get("x-nonce", "")).hex()
        right = hmac.compare_digest(expected.encode(), text(head, "accessToken").encode())
        return None if right and text(head, "accessId") == caller.access_id else Meaning.BAD_SIGNATURE

    def copy(self, record: Record, purpose: str, case_no: str) -> tuple[bytes, str]:
        """An OFD."""
        return ofd_copy(record.identifier, purpose, case_no), OFD

    def read(self, document: Document, headers: Mapping[str, str]) -> Asked:
        """Fields in camel case."""
        data = document.get("data")
        if not isinstance(data, dict):
            return Asked()
        return Asked(
            resource_code=text(data, "certTypeCode"),
            holder_type=text(data, "holderTypeCode"),
            holder_code=text(data, "holderCode"),
            holder_name=text(data, "holderName"),
            identifier=text(data, "certIdentifier"),
            purpose=text(data, "useCause"),
            case_no=text(data, "businessCode"),
            item_code=text(data, "itemCode"),
            item_name=text(data, "itemName"),
            operator_id=text(data, "operatorId"),
            operator_department=text(data, "operatorDept"),
            fields=tuple(sorted(data)),
        )

    def write(self, call: Call, said: Said, code: str) -> Document:
        """``{head: {status, message}, data}``; the status is a number."""
        data: Any = None
        if code == "0" and call.operation is Operation.LINK:
            data = {"url": f"share/downloadCertFile?ticket={said.link}"}
        elif code == "0" and call.operation is Operation.SEARCH:
            data = [_licence(record) for record in said.records]
        status = int(code) if code.isdecimal() else code
        return {"head": {"status": status, "message": said.meaning.value}, "data": data}


def _licence(record: Record) -> dict[str, Any]:
    return {
        "certIdentifier": record.identifier,
        "certTypeCode": record.resource_code,
        "certNo": record.identifier.split(".")[-3],
        "holderCode": record.holder_code,
        "holderName": record.holder_name,
        "certState": record.status,
        "validBegin": day(record.valid_from),
        "validEnd": day(record.valid_until),
        "infos": content(record),
    }
