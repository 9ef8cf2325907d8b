"""Doubles of the long routes' platforms: they take something, say that they have it, and call back later.

The dialect is ours (decision 6) and written here once more, so that it is not shared with the adapters.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from infra.sandbox import wire
from infra.sandbox.faults import WIRE_FAULTS, Fault, FaultKind
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Meaning, Operation
from schemas.codes import Platform

Document = Mapping[str, Any]
OK, DEPARTMENT_UNKNOWN, KEY_UNKNOWN, KEY_TAKEN, BUSY, QUOTA = "0000", "1001", "1002", "1003", "2001", "2002"
UNAUTHORISED, MISSING_FIELD, BAD_PARAMETER = "3004", "3005", "3006"
_SEAL_CODES = {Meaning.BAD_SIGNATURE: "3001", Meaning.STALE: "3002", Meaning.REPLAYED: "3003"}
_FAULT_CODES = {FaultKind.QUOTA: QUOTA, FaultKind.DEFERRED: BUSY, FaultKind.UNAUTHORISED: UNAUTHORISED}
CIRCUMSTANCES = ("purpose", "caseNo", "itemCode", "itemName", "operatorId")
SUBJECT = ("subject.type", "subject.code", "subject.name")
_PURPOSE_LENGTH = 200
_KEPT = 100_000


class Said(Exception):
    """An answer that is no success, from wherever it is found out."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ActingDouble(ABC):
    """An ASGI application below the platform's prefix; every operation is a POST of a JSON document."""

    operations: ClassVar[Mapping[str, Operation]]
    required: ClassVar[Mapping[Operation, tuple[str, ...]]]
    """What a document must hold, dotted where it is nested."""
    remembered: ClassVar[tuple[Operation, ...]]
    """What is taken once for each idempotency key."""

    def __init__(self, state: State, platform: Platform) -> None:
        self.state = state
        self.platform = platform
        self._guard = state.guards[platform]
        self._taken: OrderedDict[tuple[Operation, str], tuple[Document, dict[str, Any]]] = OrderedDict()

    @abstractmethod
    def act(self, operation: Operation, document: Document, fault: Fault | None) -> dict[str, Any]:
        """Do what is asked; gives the data of the answer.  Raises Said."""

    async def serve(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Answer one HTTP request to ``path`` below the prefix."""
        operation = self.operations.get(path)
        if operation is None or scope["method"] != "POST":
            await wire.respond(send, 404, b'{"error":"no such operation"}')
            return
        body = await wire.body(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        document = _document(body)
        faults = self.state.faults.take(self.platform, operation, text_of(document, "subject.code"), "")
        note = self._note(operation, headers, document, faults)
        self.state.log(note)
        for fault in faults:
            if fault.kind is FaultKind.SLOW:
                await asyncio.sleep(fault.delay_seconds)
        broken = next((f for f in faults if f.kind in WIRE_FAULTS and f.kind is not FaultKind.SLOW), None)
        if broken is not None:
            await wire.break_off(scope, send, broken)
            return
        bent = next((f for f in faults if f.kind not in WIRE_FAULTS), None)
        target = scope["raw_path"].decode("ascii", "replace")
        wrong = self._guard.check("POST", target, headers, body)
        try:
            if wrong is not None:
                raise Said(_SEAL_CODES[wrong])
            code, data = OK, self._answer(operation, headers.get("idempotency-key", ""), document, bent)
        except Said as said:
            code, data = said.code, None
        note |= {"code": code, "repeated": bool(data and data.get("repeated"))}
        envelope = {"code": code, "message": "ok" if code == OK else "refused", "data": data}
        await wire.respond(send, 200, json.dumps(envelope, ensure_ascii=False).encode())

    def _answer(self, operation: Operation, key: str, document: Document, fault: Fault | None) -> dict[str, Any] | None:
        if fault is not None and fault.kind is FaultKind.RETURN_CODE:
            raise Said(fault.code or BUSY)
        if fault is not None and fault.kind in _FAULT_CODES:
            raise Said(_FAULT_CODES[fault.kind])
        if fault is not None and fault.kind is FaultKind.EMPTY_SUCCESS:
            return None
        if not key or not all(text_of(document, name) for name in self.required[operation]):
            raise Said(MISSING_FIELD)
        if len(text_of(document, "purpose")) > _PURPOSE_LENGTH:
            raise Said(BAD_PARAMETER)
        if operation not in self.remembered:
            return self.act(operation, document, fault)
        before = self._taken.get((operation, key))
        if before is not None:
            if before[0] != document:
                raise Said(KEY_TAKEN)
            return before[1] | {"repeated": True}
        data = self.act(operation, document, fault)
        self._taken[(operation, key)] = (document, data)
        if len(self._taken) > _KEPT:
            self._taken.popitem(last=False)
        return data

    def receipt(self, ref: str) -> dict[str, Any]:
        """The data of a receipt."""
        return {"ref": ref, "received_at": self.moment(), "repeated": False}

    def moment(self) -> str:
        """Now, as it is written."""
        return datetime.fromtimestamp(self.state.now(), UTC).isoformat()

    def _note(
        self, operation: Operation, headers: Mapping[str, str], document: Document, faults: tuple[Fault, ...]
    ) -> dict[str, Any]:
        return {
            "at": self.state.now(),
            "platform": self.platform.value,
            "operation": operation.value,
            "caller": headers.get("x-client-id", ""),
            "nonce": headers.get("x-nonce", ""),
            "idempotency_key": headers.get("idempotency-key", ""),
            "holder_code": text_of(document, "subject.code"),
            "resource_code": "",
            "case_no": text_of(document, "caseNo"),
            "purpose": text_of(document, "purpose"),
            "operator_id": text_of(document, "operatorId"),
            "fields": tuple(sorted(document)),
            "faults": [fault.kind.value for fault in faults],
        }


def text_of(document: Document, name: str) -> str:
    """A text of a document by its dotted name; empty where it is not there or no text."""
    value: Any = document
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "、".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def _document(body: bytes) -> Document:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
