"""The proofs of a case at the door: what an outsider needs to check each event against the signed log, and our check.

A browser or a tool computes all of it again from ``canonical`` (docs/audit.md); what was sealed is there only as its
commitment.
"""

from __future__ import annotations

import base64
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Security

from infra.audit.live import CaseProofs, Proof, ProvedEvent, case_proofs
from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.settings import AuditSettings
from infra.transparency.keys import load_key
from infra.transparency.suites import Signer
from schemas.authority import Action, Principal
from schemas.base import Model
from schemas.identifiers import ApplicationNo


class LogHead(Model):
    """The signed head that the proofs are under: a C2SP checkpoint, with cosignatures."""

    note: str
    size: int
    suite: str
    key: str
    """The log's public key.  Whoever must not believe this door compares it with the one he was given."""
    witness_keys: tuple[str, ...]
    signature: Proof
    witnesses: tuple[str, ...]
    """Witnesses whose cosignature holds."""


class EventProof(Model):
    """One event: its canonical text, its place, and the hashes from its leaf to the root (base64)."""

    event_id: str
    stream: str
    position: int
    chain_hash: str
    canonical: str
    index: int | None
    path: tuple[str, ...]
    verdict: Proof
    """What the server's own check came to."""


class ProofsAnswer(Model):
    """All events of a case, with what proves them."""

    application_no: ApplicationNo
    head: LogHead | None
    """``null``: no head was signed yet, or this door knows no log."""
    events: tuple[EventProof, ...]


def router(behind: Behind, settings: AuditSettings) -> APIRouter:
    """``GET /applications/{no}/proofs``."""
    routes = APIRouter(tags=["audit"])
    signer = log_of(settings)

    @routes.get(
        "/applications/{application_no}/proofs",
        **both(
            "办件台账的证明",
            "Proofs of the trail",
            "每条事件的规范文本、包含证明与已签名的检查点，可自行重新计算；每次调阅先行记录。"
            "Each event with its proof of inclusion under the signed head. Each look is on record first.",
        ),
    )
    async def proofs(
        application_no: Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")],
        principal: Principal = Security(behind.bearer),
    ) -> ProofsAnswer:
        await behind.look(principal, Action.TRAIL, application_no)
        found = await case_proofs(behind.pool, settings, signer, application_no)
        if not found.events:
            raise Refused(404, "not_found")
        return _answer(application_no, found, settings, signer)

    return routes


def log_of(settings: AuditSettings) -> Signer | None:
    """The log of the settings; ``None`` where there is none, or its key is not for this process to read."""
    if settings.key_path is None:
        return None
    try:
        return load_key(settings.key_path)
    except (OSError, ValueError) as error:
        structlog.get_logger().warning("the log's key cannot be read", error=type(error).__name__)
        return None


def _answer(application_no: str, found: CaseProofs, settings: AuditSettings, signer: Signer | None) -> ProofsAnswer:
    head = None
    if found.head is not None and signer is not None:
        head = LogHead(
            note=found.head.note,
            size=found.head.size,
            suite=signer.suite.name,
            key=signer.verifier_key(),
            witness_keys=tuple(each.key for each in settings.witnesses),
            signature=found.head.signature,
            witnesses=found.head.witnesses,
        )
    return ProofsAnswer(application_no=application_no, head=head, events=tuple(_proof(each) for each in found.events))


def _proof(event: ProvedEvent) -> EventProof:
    return EventProof(
        event_id=str(event.event_id),
        stream=event.stream,
        position=event.position,
        chain_hash=event.chain_hash.hex(),
        canonical=event.canonical,
        index=event.index,
        path=tuple(base64.b64encode(each).decode() for each in event.path),
        verdict=event.verdict,
    )
