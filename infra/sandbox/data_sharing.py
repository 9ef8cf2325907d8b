"""Double of the city's data-sharing platform, with the headers of the national one (domain §2.1)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

from infra.sandbox.double import Double
from infra.sandbox.fields import content, day, text
from infra.sandbox.vocabulary import Asked, Call, Document, Meaning, Operation, Record, Said
from schemas.codes import Platform


class DataSharing(Double):
    """One operation; the resource is named by the header ``gjgxjhpt_sid``."""

    platform = Platform.DATA_SHARING
    operations: ClassVar[Mapping[str, Operation]] = {"/gateway/httpproxy": Operation.SEARCH}
    codes: ClassVar[Mapping[Meaning, str | int]] = {
        Meaning.OK: "200",
        Meaning.NO_RECORD: "204",
        Meaning.ADVERSE: "410",
        Meaning.NOT_YET: "504",
        Meaning.QUOTA: "429",
        Meaning.UNAUTHORISED: "403",
        Meaning.BAD_SIGNATURE: "401",
        Meaning.STALE: "408",
        Meaning.REPLAYED: "401",
        Meaning.MISSING_FIELD: "412",
        Meaning.BAD_PARAMETER: "400",
        Meaning.UNKNOWN_RESOURCE: "404",
        Meaning.LINK_SPENT: 410,
    }

    def credentials(self, call: Call) -> Meaning | None:
        """``gjgxjhpt_sign`` is the Base64 of the HMAC of sid, rid and rtime."""
        sid, rid, rtime = (call.headers.get(f"gjgxjhpt_{name}", "") for name in ("sid", "rid", "rtime"))
        expected = base64.b64encode(self.guard.caller.mac(sid + rid + rtime))
        right = hmac.compare_digest(expected, call.headers.get("gjgxjhpt_sign", "").encode())
        same = rid == self.guard.caller.access_id and rtime == call.headers.get("x-timestamp")
        return None if right and same else Meaning.BAD_SIGNATURE

    def read(self, document: Document, headers: Mapping[str, str]) -> Asked:
        """A flat document."""
        return Asked(
            resource_code=headers.get("gjgxjhpt_sid", ""),
            holder_type=text(document, "subject_type"),
            holder_code=text(document, "subject_code"),
            holder_name=text(document, "subject_name"),
            purpose=text(document, "purpose"),
            case_no=text(document, "case_no"),
            item_code=text(document, "item_code"),
            item_name=text(document, "item_name"),
            operator_id=text(document, "operator_id"),
            operator_department=text(document, "operator_department"),
            fields=tuple(sorted(document)),
        )

    def write(self, call: Call, said: Said, code: str) -> Document:
        """``{code, message, data: {total, rows, coverage}}``; "no record" says what it covers."""
        data: dict[str, Any] | None = None
        if code in ("200", "204"):
            data = {"total": len(said.records), "rows": [_row(record) for record in said.records]}
            if said.coverage is not None:
                since = said.coverage.since
                data["coverage"] = {"area": said.coverage.area, "since": since.isoformat() if since else None}
        return {"code": code, "message": said.meaning.value, "data": data}


def _row(record: Record) -> dict[str, Any]:
    return {
        "resource_code": record.resource_code,
        "subject_code": record.holder_code,
        "subject_name": record.holder_name,
        "status": record.status,
        "valid_from": day(record.valid_from),
        "valid_until": day(record.valid_until),
        "fields": content(record),
    }
