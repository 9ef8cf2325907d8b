"""A small world of the long routes: doubles, our callback door with somebody behind it, and a client of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast

import httpx
from pydantic import SecretStr

from infra.gateway.callbacks import Callback, CallbackState, create_app
from infra.platforms import acting_clients, http_client
from infra.platforms.factory import ActingClients
from infra.sandbox import server
from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.guard import Caller
from infra.sandbox.people import Holder
from infra.sandbox.population import Population
from infra.sandbox.state import State
from infra.settings import CallbackSettings, PlatformSettings
from schemas.application import Actor
from schemas.assistance_exchange import AssistanceCallback, AssistanceOrder
from schemas.catalogue import Body, Catalogue, Department, IssuerClass
from schemas.codes import CALLBACK_PLATFORMS, ActorKind, BodyRole, Platform
from schemas.collaboration_exchange import CollaborationCallback, CollaborationKind, CollaborationRequest
from schemas.credit_exchange import CreditQuery, CreditRecord
from schemas.exchange import Subject
from schemas.notification_exchange import Notification, NotificationUrgency
from tests.platforms.world import CASE, ITEM, SECRETS, TEMPLATES, P, settings, small_catalogue

POLICE, EDUCATION, COMMITTEE, JUSTICE = (
    "11350526MB0000002F",
    "11350526MB0000004M",
    "11350526MB0000012G",
    "11350526MB0000001C",
)
STRANGER = "11350526MB0000015R"
KEY = f"{CASE}/need_licence/p1/verification/1"
STREAM = f"verification/{CASE}/need_licence/p1"
DIGEST = "d" * 64
CLERK = Actor(kind=ActorKind.CLERK, actor_id="clerk-007", department=JUSTICE)
SENDERS = {p: Caller(f"cb-{p.value}", f"callback-secret-of-{p.value}".encode()) for p in CALLBACK_PLATFORMS}
SECONDS = 0.02
"""Until a double answers by itself."""


def county() -> Catalogue:
    """公安 verifies on the platform; 教育 does not; 管委会 is there for opinions."""
    return small_catalogue().model_copy(
        update={
            "departments": (
                Department(code="police", name="样例公安局", uscc=POLICE, provenance=P),
                Department(code="education", name="样例教育局", uscc=EDUCATION, provenance=P),
            ),
            "issuer_classes": (
                IssuerClass(code="police", name="公安机关", department="police", on_platform=True),
                IssuerClass(code="education", name="教育部门", department="education"),
            ),
            "bodies": (Body(role=BodyRole.COMMITTEE, name="样例管委会", uscc=COMMITTEE, provenance=P),),
        }
    )


@dataclass
class Behind:
    """Who stands behind the door: keeps what comes in, or fails as told."""

    received: list[Callback] = field(default_factory=list)
    failure: Exception | None = None

    async def __call__(self, callback: Callback) -> CallbackState:
        if self.failure is not None:
            raise self.failure
        self.received.append(callback)
        return CallbackState.ACCEPTED


@dataclass
class ActingWorld:
    """A served sandbox, a served door, and the clients."""

    state: State
    base_url: str
    http: httpx.AsyncClient
    clients: ActingClients
    behind: Behind
    holder: Holder

    @property
    def replies(self) -> list[CollaborationCallback]:
        """The replies that came in, as those of departments."""
        return [cast(CollaborationCallback, each) for each in self.behind.received]

    @property
    def steps(self) -> list[AssistanceCallback]:
        """The same, as those of helpers."""
        return [cast(AssistanceCallback, each) for each in self.behind.received]

    def fault(self, kind: str, platform: Platform | None = None, **fields: Any) -> None:
        """Set a fault."""
        self.state.faults.add(Fault(kind=FaultKind(kind), platform=platform, **fields))

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the control API: a POST where there is a body."""
        url = f"{self.base_url}/control/{path}"
        answer = await (self.http.post(url, json=body) if body is not None else self.http.get(url))
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def calls(self, platform: Platform) -> list[dict[str, Any]]:
        """The calls a platform received."""
        return list(self.state.calls_about(platform=platform.value))

    def subject(self) -> Subject:
        """The person asked about."""
        return Subject(
            subject_ref="s_" + "0" * 32,
            id_type=self.holder.id_type,
            id_number=self.holder.code,
            name=self.holder.name,
            facts={"property_no": "样例私密事实"},
        )

    def request(self, **fields: Any) -> CollaborationRequest:
        """A verification put to 公安."""
        values: dict[str, Any] = {
            "kind": CollaborationKind.VERIFICATION,
            "key": KEY,
            "stream": STREAM,
            "application_no": CASE,
            "item_code": ITEM,
            "item_name": "样例事项",
            "purpose": "办理样例事项",
            "operator": CLERK,
            "from_department": JUSTICE,
            "to_department": POLICE,
            "evidence_name": "样例证照",
            "question": "请核验\n是否属实",
            "subject": self.subject(),
            "due_at": datetime(2026, 1, 8, 9, 30, tzinfo=UTC),
        }
        return CollaborationRequest.model_validate(values | fields)

    def order(self, **fields: Any) -> AssistanceOrder:
        """An order of assistance."""
        values: dict[str, Any] = {
            "key": f"{CASE}/assistance/1",
            "stream": f"assistance/{CASE}",
            "application_no": CASE,
            "item_code": ITEM,
            "item_name": "样例事项",
            "requirement_names": ("样例证照",),
            "authorisation_digest": DIGEST,
            "window_department": JUSTICE,
            "purpose": "办理样例事项",
            "operator": CLERK,
            "subject": self.subject(),
        }
        return AssistanceOrder.model_validate(values | fields)

    def credit_query(self) -> CreditQuery:
        """How the holder stands."""
        return CreditQuery(
            key=f"{CASE}/credit/1",
            application_no=CASE,
            item_code=ITEM,
            item_name="样例事项",
            purpose="办理样例事项",
            operator=CLERK,
            subject=self.subject(),
        )

    def credit_record(self) -> CreditRecord:
        """A false commitment of the holder."""
        return CreditRecord(
            key=f"{CASE}/credit_record/1",
            application_no=CASE,
            subject=self.subject(),
            document_no="示例行决〔2026〕1号",
            document_digest=DIGEST,
            fact="承诺与事实不符",
            effective_on=date(2026, 2, 2),
        )

    def notification(self, **fields: Any) -> Notification:
        """A reminder to 公安."""
        values: dict[str, Any] = {
            "key": f"{CASE}/need_licence/p1/reminder/1",
            "application_no": CASE,
            "department": POLICE,
            "urgency": NotificationUrgency.REMINDER,
            "title": "核验将到期",
            "text": "「样例证照」核验明日到期",
        }
        return Notification.model_validate(values | fields)


@asynccontextmanager
async def open_acting_world() -> AsyncIterator[ActingWorld]:
    """Serve doubles and door."""
    population = Population(county(), seed=7, size=200, templates=TEMPLATES)
    callers = {p: Caller(f"mz-{p.value}", SECRETS[p].encode()) for p in Platform}
    behind = Behind()
    known = {
        p: CallbackSettings(client_id=s.access_id, secret=SecretStr(s.secret.decode())) for p, s in SENDERS.items()
    }
    async with server.serve(create_app(known, behind)) as door:
        state = State(population, callers, call_back_to=f"{door}/callbacks", senders=SENDERS, reply_seconds=SECONDS)
        state.callbacks.first_pause = 0.01
        async with server.serve(server.create_app(state)) as base_url, http_client(20) as http:
            clients = acting_clients(acting_settings(base_url), http)
            yield ActingWorld(state, base_url, http, clients, behind, population.people[0])


def acting_settings(base_url: str, **fields: Any) -> dict[Platform, PlatformSettings]:
    """Settings of every platform with short times."""
    return {p: settings(base_url, p, **fields) for p in Platform}


async def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that is under way."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


async def at_rest(world: ActingWorld) -> None:
    """Wait until no platform has anything more to do by itself."""
    await until(lambda: not world.state.callbacks.under_way)
