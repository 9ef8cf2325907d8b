"""材料上传: a file comes in, bounded and looked at; its digest is what acts name it by."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Security

from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.identity.subject_keys import SubjectErased
from infra.platforms.transport import FILE_MAGIC
from schemas.authority import Action, Principal
from schemas.base import Model, Sha256Hex
from schemas.identifiers import ApplicationNo, PartyId

UPLOADS_AT_A_TIME = 8
"""Each may hold the largest file in memory."""
PLACE_SECONDS = 15.0
"""How long a place among them is waited for."""

_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_MAGIC},
    }
}


class StoredEvidence(Model):
    """The file is kept; acts about it name its digest."""

    digest: Sha256Hex
    size: int
    media_type: str
    party_id: PartyId


def router(behind: Behind) -> APIRouter:
    """``POST /applications/{no}/evidence``."""
    routes = APIRouter(tags=["applications"])
    slots = asyncio.Semaphore(UPLOADS_AT_A_TIME)

    @routes.post(
        "/applications/{application_no}/evidence",
        status_code=201,
        openapi_extra=_BODY,
        **both(
            "上传材料",
            "Upload a file",
            "请求体即文件（PDF、OFD、PNG、JPEG，至多 20 MiB），返回其 SHA-256；再次上传同一文件不重复保存。"
            "The body is the file itself; the same file again changes nothing.",
        ),
    )
    async def upload(
        request: Request,
        application_no: Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")],
        party_id: Annotated[PartyId, Query(description="材料属于哪一当事人。Whose it is.")],
        principal: Principal = Security(behind.bearer),
    ) -> StoredEvidence:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in FILE_MAGIC:
            raise Refused(415, "media_type", headers={"Accept": ", ".join(FILE_MAGIC)})
        seen = await behind.look(principal, Action.ACT, application_no)
        party = next((p for p in seen.parties if p.party_id == party_id), None)
        if party is None:
            raise Refused(422, "unknown_party")
        async with asyncio.timeout(PLACE_SECONDS):
            await slots.acquire()
        try:
            content = await file_of(request, FILE_MAGIC[media_type])
            digest = await behind.evidence.put(party.subject_ref, content)
        except SubjectErased:
            raise Refused(409, "subject_erased") from None
        finally:
            slots.release()
        return StoredEvidence(digest=digest, size=len(content), media_type=media_type, party_id=party_id)

    return routes


async def file_of(request: Request, magic: bytes) -> bytes:
    """The body, given up as soon as it does not begin as such a file does.  Its size is bounded where it comes in."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) >= len(magic) and not content.startswith(magic):
            raise Refused(415, "not_the_file_it_says")
    if not content:
        raise Refused(422, "empty_file")
    if not content.startswith(magic):
        raise Refused(415, "not_the_file_it_says")
    return bytes(content)
