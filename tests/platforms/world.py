"""A small world for tests of adapters: one resource on each platform, one person, and what asks about him."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from pydantic import SecretStr

from infra.platforms import clients, http_client
from infra.platforms.client import PlatformClient
from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.guard import Caller
from infra.sandbox.people import Holder
from infra.sandbox.population import Population, Standing
from infra.sandbox.server import create_app, serve
from infra.sandbox.state import State
from infra.sandbox.templates import Template
from infra.sandbox.vocabulary import Operation, Record
from infra.settings import PlatformSettings
from schemas.application import Actor
from schemas.catalogue import Catalogue, Department, EvidenceType, IssuerClass, Source
from schemas.codes import (
    SHARING_PLATFORMS,
    ActorKind,
    EvidenceKind,
    LicenceStatus,
    Platform,
    Polarity,
    Route,
    Sensitivity,
    SourceAttribute,
)
from schemas.evidence import Coverage
from schemas.exchange import Batch, EvidenceQuery, Subject

P = "synthetic"
ITEM = "11350526MB0000003J4000123456001"
CASE = f"{ITEM}202601050001"
PURPOSE = "办理样例事项，核验“证照”是否有效"
TYPE_CODE = "11350526MB0000014N001"
RESOURCES = {
    Platform.ELICENCE_NATIONAL: TYPE_CODE,
    Platform.ELICENCE_PROVINCIAL: "11350526MB0000015R001",
    Platform.DATA_SHARING: "307001001/000001",
    Platform.TRUSTED_DOCUMENTS: "KX-350526-001",
}
CRIMINAL = "307002001/000001"
ROUTES = {
    Platform.ELICENCE_NATIONAL: Route.ELICENCE,
    Platform.ELICENCE_PROVINCIAL: Route.ELICENCE,
    Platform.DATA_SHARING: Route.DATA_SHARING,
    Platform.TRUSTED_DOCUMENTS: Route.TRUSTED_DOCUMENT,
}
SECRETS = {platform: f"secret-of-{platform.value}" for platform in Platform}
TEMPLATES = {"licence": Template(content={"等级": "甲级", "months": 18}, failing={"months": 1})}


def small_catalogue() -> Catalogue:
    """Evidence type ``licence`` on every platform, and a negative, criminal one on the data-sharing platform."""
    kinds = [
        EvidenceType(
            code="licence",
            name="样例证照",
            kind=EvidenceKind.LICENCE,
            source_attribute=SourceAttribute.GOVERNMENT,
            issuer_class="police",
            producing_item="样例登记",
            provenance=P,
        ),
        EvidenceType(
            code="no_criminal_record",
            name="无犯罪记录证明",
            kind=EvidenceKind.FACT,
            source_attribute=SourceAttribute.GOVERNMENT,
            issuer_class="police",
            producing_item="犯罪记录查询",
            polarity=Polarity.IS_NOT,
            sensitivity=Sensitivity.CRIMINAL,
            provenance=P,
        ),
    ]
    sources = [
        Source.model_validate(
            {"evidence_type": "licence", "route": ROUTES[p], "platform": p, "resource_code": code, "provenance": P}
        )
        for p, code in RESOURCES.items()
    ]
    sources.append(
        Source(
            evidence_type="no_criminal_record",
            route=Route.DATA_SHARING,
            platform=Platform.DATA_SHARING,
            resource_code=CRIMINAL,
            coverage=Coverage(area="350000", since=date(1990, 1, 1)),
            provenance=P,
        )
    )
    return Catalogue(
        version="test_2026",
        county="350526",
        county_name="德化县",
        owner="德化县司法局",
        document_no="示例〔2026〕1号",
        effective_from=date(2026, 1, 1),
        lists=(),
        departments=(Department(code="police", name="样例公安局", uscc="11350526MB0000002F", provenance=P),),
        issuer_classes=(IssuerClass(code="police", name="公安机关"),),
        roles={"applicant": "申请人"},
        evidence_types=tuple(kinds),
        sources=tuple(sources),
        list_entries={},
        cancellations=(),
        items=(),
        requirements=(),
    )


@dataclass
class World:
    """A served sandbox, its state, and one client for each platform."""

    state: State
    base_url: str
    http: httpx.AsyncClient
    clients: dict[Platform, PlatformClient]
    holder: Holder

    def client(self, platform: Platform, **fields: Any) -> PlatformClient:
        """A new client of a platform: no token, and its own pace."""
        return clients({platform: settings(self.base_url, platform, **fields)}, self.http)[platform]

    def client_for(self, fault: FaultKind, platform: Platform) -> PlatformClient:
        """The one to meet a fault with: impatient where the fault is that nothing comes, and nowhere else."""
        slow = fault is FaultKind.SLOW
        return self.client(platform, timeout_seconds=0.4) if slow else self.clients[platform]

    def fault(self, kind: str, **fields: Any) -> None:
        """Set a fault."""
        self.state.faults.add(Fault(kind=FaultKind(kind), **fields))

    def calm(self) -> None:
        """No faults, no calls, no answers, nothing but one valid record on each platform."""
        self.state.faults.clear()
        self.state.calls.clear()
        self.state.forget_answers()
        for platform in SHARING_PLATFORMS:
            self.give(platform)

    def give(self, platform: Platform, count: int = 1, **fields: Any) -> tuple[Record, ...]:
        """Let a platform hold ``count`` valid records of the holder."""
        code = RESOURCES[platform]
        values: dict[str, Any] = {"valid_from": date(2020, 1, 1), "valid_until": None, "status": LicenceStatus.VALID}
        records = []
        for number in range(1, count + 1):
            made = self.state.population.record(platform, self.holder.code, code, Standing.HIT, number)
            values["content"] = fields.get("content", made.content)
            records.append(Record(made.identifier, code, self.holder.code, self.holder.name, **(values | fields)))
        self.state.put(self.holder.code, code, tuple(records))
        return tuple(records)

    def calls(self, platform: Platform, operation: Operation | None = None) -> list[dict[str, Any]]:
        """The calls a platform received."""
        wanted = {"platform": platform.value} | ({"operation": operation.value} if operation else {})
        return list(self.state.calls_about(**wanted))


@asynccontextmanager
async def open_world(clock: Any = None) -> AsyncIterator[World]:
    """Serve a sandbox for the small catalogue."""
    population = Population(small_catalogue(), seed=7, size=20, templates=TEMPLATES)
    callers = {p: Caller(f"mz-{p.value}", SECRETS[p].encode()) for p in Platform}
    state = State(population, callers, clock) if clock else State(population, callers)
    async with serve(create_app(state)) as base_url, http_client(20) as http:
        configured = {platform: settings(base_url, platform) for platform in SHARING_PLATFORMS}
        yield World(state, base_url, http, clients(configured, http), population.people[0])


def settings(base_url: str, platform: Platform, **fields: Any) -> PlatformSettings:
    """Settings of a platform that is waited for: a machine that stalls for a moment is no fault."""
    values: dict[str, Any] = {
        "base_url": f"{base_url}/{platform.value.replace('_', '-')}",
        "access_id": f"mz-{platform.value}",
        "secret": SecretStr(SECRETS[platform]),
        "timeout_seconds": 20,
        "ask_seconds": 30,
        "requests_per_second": 5000,
    }
    return PlatformSettings.model_validate(values | fields)


def asking(world: World, platform: Platform, round: int = 1, **fields: Any) -> tuple[Batch, EvidenceQuery]:
    """A batch with one query about the holder."""
    values: dict[str, Any] = {
        "requirement": "sample_licence/p1",
        "evidence_type": "licence",
        "evidence_name": "样例证照",
        "resource_code": RESOURCES[platform],
        "polarity": Polarity.IS,
        "sensitivity": Sensitivity.NONE,
        "accepted_statuses": (LicenceStatus.VALID,),
        "condition": None,
        "needed_coverage": None,
        "source_coverage": None,
        "party_id": "p1",
        "subject": Subject(
            subject_ref="s_" + "0" * 32,
            id_type=world.holder.id_type,
            id_number=world.holder.code,
            name=world.holder.name,
            facts={"property_no": "样例私密事实"},
        ),
        "round": round,
    }
    query = EvidenceQuery.model_validate(values | fields)
    batch = Batch(
        application_no=CASE,
        item_code=ITEM,
        item_name="样例事项",
        platform=platform,
        route=ROUTES[platform],
        purpose=PURPOSE,
        operator=Actor(kind=ActorKind.CLERK, actor_id="clerk-007", department="11350526MB0000003J"),
        home_area="350526",
        asked_on=date(2026, 1, 5),
        may_wait=False,
        queries=(query,),
    )
    return batch, query
