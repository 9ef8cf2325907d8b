"""What the benchmark asks for: one item with three shared requirements on two platforms, and the bare activities."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from pydantic import BaseModel
from temporalio import activity

from infra.platforms.transport import Transport
from infra.sandbox.population import Population, Standing
from schemas.application import Actor, ApplicationRequest, Party
from schemas.catalogue import Catalogue, Requirement, Source
from schemas.codes import ActorKind, HolderCodeType, PartyKind, Platform, Route
from tests.workflows.catalogues import ITEM, sample_catalogue

ROWS = 9
"""Events of an application with three shared requirements."""
ROW_BYTES = 900
"""Bytes of canonical text of one of them, on average."""


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
    """Input of the bare workflow: whom to ask about, and under which number."""

    number: str
    code: str
    name: str


class BareResult(BaseModel):
    """What a bare activity found."""

    digests: list[str]


class Rows(BaseModel):
    """Rows to insert: as many and as large as an application's events."""

    number: str
    rows: list[str]


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
        return BareResult(digests=[str(len(file.content))])

    async def _elicence(self, transport: Transport, operation: str, data: dict[str, Any], key: str) -> Any:
        stamp = transport.signer.stamp()
        token = transport.signer.hex(transport.signer.access_id + stamp.timestamp + stamp.nonce)
        head = {"accessId": transport.signer.access_id, "accessToken": token}
        return await transport.post(f"share/{operation}", {"head": head, "data": data}, key, stamp)

    @activity.defn(name="bare.shared")
    async def shared(self, told: Bare) -> BareResult:
        return BareResult(
            digests=list(await asyncio.gather(*(self._shared(told, r) for r in ("res-household", "res-residence"))))
        )

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
        now = datetime.now(UTC)
        await self.pool.execute(
            "INSERT INTO public.bare SELECT $1, n, $2, row FROM unnest($3::text[]) WITH ORDINALITY AS u (row, n)",
            told.number,
            now,
            told.rows,
        )
        return len(told.rows)


def _circumstances(told: Bare) -> dict[str, object]:
    return {
        "useCause": "基准测试",
        "businessCode": told.number,
        "itemCode": ITEM,
        "itemName": "示例事项",
        "operatorId": "clerk-1",
        "operatorDept": "11350526MB0000003J",
    }
