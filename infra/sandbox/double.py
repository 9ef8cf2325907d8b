"""One double of a platform: from a request on the wire to an answer on the wire, the same way in every dialect.

A dialect says how its requests are read and its answers written; it decides nothing.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from infra.sandbox import wire
from infra.sandbox.answering import answer
from infra.sandbox.copies import PDF, pdf_copy
from infra.sandbox.faults import WIRE_FAULTS, Fault, FaultKind
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Asked, Call, Document, Meaning, Operation, Record, Said
from schemas.codes import Platform

PURPOSE_LENGTH = 200
CIRCUMSTANCES = ("purpose", "case_no", "item_code", "item_name", "operator_id")
"""Fields of ``Asked`` without which nothing is answered: why, for which case, and who asks (law 9)."""
SUBJECT = ("resource_code", "holder_type", "holder_code", "holder_name")
"""What a search is about."""


class Double(ABC):
    """An ASGI application below ``prefix``."""

    platform: ClassVar[Platform]
    operations: ClassVar[Mapping[str, Operation]]
    """Path below the prefix, and what is done there; ``download`` is a GET, all others are POSTs."""
    codes: ClassVar[Mapping[Meaning, str | int]]
    """The dialect's code for a meaning; a number is an HTTP status instead."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.guard = state.guards[self.platform]

    @abstractmethod
    def read(self, document: Document, headers: Mapping[str, str]) -> Asked:
        """The fields of a request."""

    @abstractmethod
    def write(self, call: Call, said: Said, code: str) -> Document:
        """The answer document."""

    def credentials(self, call: Call) -> Meaning | None:
        """What is wrong with the dialect's own credentials, beyond the seal."""
        return None

    def copy(self, record: Record, purpose: str, case_no: str) -> tuple[bytes, str]:
        """The usage copy of a record and its media type."""
        return pdf_copy(record.identifier, purpose, case_no), PDF

    async def serve(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Answer one HTTP request to ``path`` below the prefix."""
        operation = self.operations.get(path)
        method = scope["method"]
        if operation is None or method != ("GET" if operation is Operation.DOWNLOAD else "POST"):
            await wire.respond(send, 404, b'{"error":"no such operation"}')
            return
        call = self._call(operation, scope, await wire.body(receive))
        faults = self.state.faults.take(self.platform, operation, call.asked.holder_code, call.asked.resource_code)
        note = self._note(call, faults)
        self.state.log(note)
        for fault in faults:
            if fault.kind is FaultKind.SLOW:
                await asyncio.sleep(fault.delay_seconds)
        broken = next((f for f in faults if f.kind in WIRE_FAULTS and f.kind is not FaultKind.SLOW), None)
        if broken is not None:
            await wire.break_off(scope, send, broken)
            return
        await self._respond(send, call, next((f for f in faults if f.kind not in WIRE_FAULTS), None), note)

    async def _respond(self, send: Send, call: Call, fault: Fault | None, note: dict[str, Any]) -> None:
        refusal = self._refusal(call)
        said = answer(self.state, self.platform, call, fault) if refusal is None else Said(refusal)
        code = said.code or self.codes[said.meaning]
        note |= {"meaning": said.meaning.value, "code": str(code), "repeated": said.repeated}
        if said.meaning is Meaning.OK and call.operation in (Operation.DOWNLOAD, Operation.CONTENT) and said.records:
            copy, media_type = self.copy(said.records[0], call.asked.purpose, call.asked.case_no)
            await wire.respond(send, 200, copy, media_type)
            return
        status = code if isinstance(code, int) else 200
        document = {"error": said.meaning.value} if isinstance(code, int) else self.write(call, said, code)
        await wire.respond(send, status, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())

    def _call(self, operation: Operation, scope: Scope, body: bytes) -> Call:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("ascii", "replace")
        target = scope["raw_path"].decode("ascii", "replace") + (f"?{query}" if query else "")
        if operation is Operation.DOWNLOAD:
            ticket = parse_qs(query).get("ticket", [""])[0]
            asked = self.state.link_is_about(ticket)
            return Call(operation, scope["method"], target, headers, body, {}, asked, ticket)
        try:
            document = json.loads(body)
        except ValueError:
            document = {}
        if not isinstance(document, dict):
            document = {}
        asked = self.read(document, headers)
        record = self.state.issued(asked.identifier)
        if record is not None:
            asked = replace(asked, resource_code=record.resource_code, holder_code=record.holder_code)
        return Call(operation, scope["method"], target, headers, body, document, asked)

    def _refusal(self, call: Call) -> Meaning | None:
        """Why a request is not answered at all."""
        wrong = self.guard.check(call.method, call.target, call.headers, call.body) or self.credentials(call)
        if wrong is not None or call.operation in (Operation.TOKEN, Operation.DOWNLOAD):
            return wrong
        asked = call.asked
        about = SUBJECT if call.operation is Operation.SEARCH else ("identifier",)
        if not all(getattr(asked, name) for name in (*CIRCUMSTANCES, *about)):
            return Meaning.MISSING_FIELD
        if len(asked.purpose) > PURPOSE_LENGTH:
            return Meaning.BAD_PARAMETER
        allowed = self.guard.caller.resources
        return Meaning.UNAUTHORISED if allowed is not None and asked.resource_code not in allowed else None

    def _note(self, call: Call, faults: tuple[Fault, ...]) -> dict[str, Any]:
        asked = call.asked
        return {
            "at": self.state.now(),
            "platform": self.platform.value,
            "operation": call.operation.value,
            "caller": call.headers.get("x-client-id", ""),
            "nonce": call.headers.get("x-nonce", ""),
            "idempotency_key": call.headers.get("idempotency-key", ""),
            "repeated": False,
            "holder_code": asked.holder_code,
            "resource_code": asked.resource_code,
            "identifier": asked.identifier,
            "purpose": asked.purpose,
            "case_no": asked.case_no,
            "item_code": asked.item_code,
            "item_name": asked.item_name,
            "operator_id": asked.operator_id,
            "operator_department": asked.operator_department,
            "fields": asked.fields,
            "faults": [fault.kind.value for fault in faults],
        }
