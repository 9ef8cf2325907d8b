"""What the benchmark asks for: one item with three shared requirements on two platforms, and the bare activities."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
from pydantic import BaseModel
from temporalio import activity

from infra.platforms.transport import Transport
from infra.sandbox.population import Population, Standing
from schemas.application import Actor, ApplicationRequest, Party
from schemas.catalogue import Catalogue, Requirement, Source
from schemas.codes import ActorKind, HolderCodeType, PartyKind, Platform, Route
from tests.workflows.catalogues import ITEM, sample_catalogue

ROWS, ROW_BYTES = 9, 800
"""Events of an application with three shared requirements, and bytes of canonical text of one, on average."""
SEALED_ROWS, SEALED_BYTES = 7, 60
"""Sealed personal fields of those events, and bytes of one."""
ASK_BYTES, ANSWER_BYTES, RESULT_BYTES, START_BYTES = 1100, 800, 1100, 3300
"""What the activities and the case are given and give back, as the history of an application shows it."""


def catalogue() -> Catalogue:
    """The sample catalogue with an item of three shared requirements: one e-licence, two of shared data."""
    base = sample_catalogue()
    extra = base.evidence_types[1].model_copy(update={"code": "residence", "name": "居住证明"})
    requirement = {r.code: r for r in base.requirements}
    third = Requirement.model_validate(
        requirement["r_household"].model_dump()
        | {"code": "r_residence", "alternatives": ({"evidence_type": "residence"},)}
    )
    source = Source(
        evidence_type="residence",
        route=Route.DATA_SHARING,
        platform=Platform.DATA_SHARING,
        resource_code="res-residence",
        provenance="synthetic",
    )
    return base.model_copy(
        update={
            "evidence_types": (*base.evidence_types, extra),
            "sources": (*base.sources, source),
            "list_entries": base.list_entries | {"retained": (*base.list_entries["retained"], "residence")},
            "requirements": (requirement["r_identity"], requirement["r_household"], third),
        }
    )


def people_with_everything(population: Population) -> list[tuple[str, str]]:
    """Code and name of those of whom every source has a valid record."""
    asked = (
        (Platform.ELICENCE_PROVINCIAL, "res-id_card"),
        (Platform.DATA_SHARING, "res-household"),
        (Platform.DATA_SHARING, "res-residence"),
    )
    return [
        (p.code, p.name)
        for p in population.people
        if all(population.standing(platform, p.code, resource) is Standing.HIT for platform, resource in asked)
    ]


def application(number: str, person: tuple[str, str]) -> ApplicationRequest:
    """One application of a person."""
    code, name = person
    return ApplicationRequest(
        application_no=number,
        item_code=ITEM,
        parties=(
            Party(
                party_id="p1",
                role="applicant",
                kind=PartyKind.LIVING,
                id_type=HolderCodeType.RESIDENT_ID,
                id_number=code,
                name=name,
            ),
        ),
        operator=Actor(kind=ActorKind.CLERK, actor_id="clerk-1", department="11350526MB0000003J"),
        purpose="基准测试",
    )


class Bare(BaseModel):
    """Input of the bare workflow and its asking activities: whom to ask about, and as many bytes as in life."""

    number: str
    code: str
    name: str
    padding: str = ""


class BareResult(BaseModel):
    """What a bare activity found."""

    digests: list[str]
    padding: str = ""


class Rows(BaseModel):
    """Rows to insert: as many and as large as an application's events and sealed fields."""

    number: str
    rows: list[str]
    sealed: list[str]


def padding(size: int) -> str:
    """Bytes that do not compress."""
    return secrets.token_hex(size // 2)


@dataclass
class BareActivities:
    """The same requests over the same transport, and one batch insert; no model, no judgement, no sealing."""

    transports: Mapping[Platform, Transport]
    pool: asyncpg.Pool

    @activity.defn(name="bare.licence")
    async def licence(self, told: Bare) -> BareResult:
        transport = self.transports[Platform.ELICENCE_PROVINCIAL]
        data = {
            "holderCode": told.code,
            "holderTypeCode": "111",
            "holderName": told.name,
            "certTypeCode": "res-id_card",
            **_circumstances(told),
        }
        found = json.loads((await self._elicence(transport, "getDataByHolder", data, f"{told.number}/1")).body)
        asked = {"certIdentifier": found["data"][0]["certIdentifier"], "fileType": "ofd", **_circumstances(told)}
        link = json.loads((await self._elicence(transport, "downloadUrl", asked, f"{told.number}/2")).body)
        file = await transport.download(link["data"]["url"])
        return BareResult(digests=[str(len(file.content))], padding=padding(ANSWER_BYTES))

    async def _elicence(self, transport: Transport, operation: str, data: dict[str, Any], key: str) -> Any:
        stamp = transport.signer.stamp()
        token = transport.signer.hex(transport.signer.access_id + stamp.timestamp + stamp.nonce)
        head = {"accessId": transport.signer.access_id, "accessToken": token}
        return await transport.post(f"share/{operation}", {"head": head, "data": data}, key, stamp)

    @activity.defn(name="bare.shared")
    async def shared(self, told: Bare) -> BareResult:
        asked = (self._shared(told, r) for r in ("res-household", "res-residence"))
        return BareResult(digests=list(await asyncio.gather(*asked)), padding=padding(ANSWER_BYTES))

    async def _shared(self, told: Bare, resource: str) -> str:
        transport = self.transports[Platform.DATA_SHARING]
        stamp = transport.signer.stamp()
        headers = {
            "gjgxjhpt_rid": transport.signer.access_id,
            "gjgxjhpt_sid": resource,
            "gjgxjhpt_rtime": stamp.timestamp,
            "gjgxjhpt_sign": transport.signer.base64(resource + transport.signer.access_id + stamp.timestamp),
        }
        document = {
            "subject_type": "111",
            "subject_code": told.code,
            "subject_name": told.name,
            "purpose": "基准测试",
            "case_no": told.number,
            "item_code": ITEM,
            "item_name": "示例事项",
            "operator_id": "clerk-1",
            "operator_department": "11350526MB0000003J",
        }
        key = f"{told.number}/{resource}"
        reply = await transport.post("gateway/httpproxy", document, key, stamp, headers)
        assert json.loads(reply.body)["data"]["rows"]
        return str(len(reply.body))

    @activity.defn(name="bare.insert")
    async def insert(self, told: Rows) -> int:
        now, ids = datetime.now(UTC), [uuid4() for _ in told.rows]
        digests = [hashlib.sha256(row.encode()).digest() for row in told.rows]
        await self.pool.execute(
            INSERT,
            told.number,
            now,
            ids,
            told.rows,
            digests,
            [ids[n % len(ids)] for n in range(len(told.sealed))],
            [row.encode() for row in told.sealed],
        )
        return len(told.rows)


INSERT = """
    WITH events AS (
        INSERT INTO public.event (event_id, stream, position, sequence, application_no, run_id, chain_run_id, type,
                                  occurred_at, canonical, digest, chain_hash)
        SELECT id, $1, n, n, $1, $1, $1, 'bare', $2, row, digest, digest
        FROM unnest($3::uuid[], $4::text[], $5::bytea[]) WITH ORDINALITY AS u (id, row, digest, n)
    )
    INSERT INTO public.sealed_field (event_id, path, subject_ref, ciphertext)
    SELECT id, 'path' || n, $1, row FROM unnest($6::uuid[], $7::bytea[]) WITH ORDINALITY AS s (id, row, n)
"""


def _circumstances(told: Bare) -> dict[str, object]:
    return {
        "useCause": "基准测试",
        "businessCode": told.number,
        "itemCode": ITEM,
        "itemName": "示例事项",
        "operatorId": "clerk-1",
        "operatorDept": "11350526MB0000003J",
    }
