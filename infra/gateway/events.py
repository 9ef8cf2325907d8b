"""Outbound events at the door: subscriptions and their deliveries, and the same events by cursor.

Who asks comes from ``principal``, which cases he may be told of from ``scope_of``; the rule itself stands elsewhere.
Another's subscription gives the answer of one that does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from starlette.requests import Request

from infra.gateway.problems import problem
from infra.settings import Settings
from infra.webhooks.address import LONGEST_URL, Forbidden
from infra.webhooks.deliverer import Deliverer
from infra.webhooks.message import Naming
from infra.webhooks.owed import Delivery, OwedMessages
from infra.webhooks.pull import Page, pull
from infra.webhooks.secrets import SecretBox
from infra.webhooks.sender import Sender
from infra.webhooks.subscriptions import Subscription, Subscriptions, TooMany
from schemas.base import Model
from schemas.errors import FieldError
from schemas.outbound import NAMES, TYPES_OF, OutboundData, Scope
from schemas.texts import zh
from schemas.texts.zh_webhooks import PROBLEMS

LAST = 2**62
Url = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL)]
Names = Annotated[tuple[str, ...], Field(max_length=len(NAMES))]


class Caller(Protocol):
    """Who is at the door."""

    @property
    def principal_id(self) -> str:
        """The staff or system number."""


@dataclass(frozen=True)
class EventsDoor:
    """What the routes stand on."""

    pool: asyncpg.Pool
    subscriptions: Subscriptions
    owed: OwedMessages
    deliverer: Deliverer
    naming: Naming
    principal: Callable[[Request], Awaitable[Any]]
    """Gives the ``Caller``, or refuses the request; a FastAPI dependency."""
    scope_of: Callable[[Any], Awaitable[Scope]]
    """The cases a caller may be told of; raises Refused where his role may not subscribe at all."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        pool: asyncpg.Pool,
        sender: Sender,
        principal: Callable[[Request], Awaitable[Any]],
        scope_of: Callable[[Any], Awaitable[Scope]],
    ) -> Self:
        """Put together from the settings; the sender is closed by whoever opened it."""
        told, naming = settings.webhooks, Naming.of(settings)
        subscriptions = Subscriptions(pool, SecretBox(settings.identity.master_key_bytes), told)
        owed = OwedMessages(pool, told)
        deliverer = Deliverer(pool, subscriptions, owed, sender, naming, told)
        return cls(pool, subscriptions, owed, deliverer, naming, principal, scope_of)


class NewWebhook(Model):
    """What a subscription is made of."""

    url: Url
    types: Names = ()
    """Names of events; left out or empty: all."""


class WebhookChange(Model):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    types: Names | None = None
    state: Literal["active", "paused"] | None = None


class Webhook(Model):
    """A subscription as its owner sees it."""

    id: UUID
    url: str
    types: tuple[str, ...]
    state: str
    reason: str | None
    scope: Scope
    created_at: AwareDatetime
    changed_at: AwareDatetime

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        """Without what is ours."""
        return cls(**{name: getattr(subscription, name) for name in cls.model_fields})


class CreatedWebhook(Webhook):
    """With its secret, which is shown this once."""

    secret: str = ""


class NewSecret(Model):
    """A secret, shown this once; the one before signs along for the hours told."""

    secret: str
    overlap_hours: float


class Tested(Model):
    """How a test message was received."""

    delivered: bool
    status: int | None
    error: str | None
    milliseconds: int


class Deliveries(Model):
    """A page of deliveries."""

    deliveries: tuple[Delivery, ...]
    next: int
    """``after`` of the next page."""


class Again(Model):
    """What is to be sent again: from one position to another, all that ended, or only what is dead."""

    first: int = Field(default=0, ge=0, le=LAST)
    last: int = Field(default=LAST, ge=0, le=LAST)
    dead_only: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(PROBLEMS["from_after_to"])
        return self


class Owing(Model):
    """How many messages are owed again."""

    count: int


class EventName(Model):
    """An event that can be subscribed to."""

    name: str
    type: str
    text: str


def events_router(door: EventsDoor) -> APIRouter:
    """``/webhooks`` and ``/events``."""
    router = APIRouter(tags=["events"])
    subscriptions, owed = door.subscriptions, door.owed
    asking: Any = Depends(door.principal)

    @router.post("/webhooks", status_code=201, response_model=CreatedWebhook, summary="订阅对外事件 Subscribe")
    async def create(new: NewWebhook, caller: Caller = asking) -> Any:
        scope = await door.scope_of(caller)
        try:
            made, secret = await subscriptions.create(caller.principal_id, scope, new.url, new.types)
        except (Forbidden, ValueError) as error:
            return _bad(error)
        except TooMany:
            return _no(409, "too_many_webhooks")
        return CreatedWebhook(**Webhook.of(made).model_dump(), secret=secret)

    @router.get("/webhooks", response_model=tuple[Webhook, ...], summary="我的订阅 My subscriptions")
    async def mine(caller: Caller = asking) -> Any:
        return [Webhook.of(each) for each in await subscriptions.of(caller.principal_id)]

    @router.get("/event-types", response_model=tuple[EventName, ...], summary="可订阅的事件 Events")
    async def names(caller: Caller = asking) -> Any:
        return [
            EventName(name=name, type=f"{door.naming.prefix}.{name}", text=zh.EVENTS[TYPES_OF[name]]) for name in NAMES
        ]

    @router.get("/event-schema", summary="事件内容的 JSON Schema Schema of the data")
    async def schema(caller: Caller = asking) -> dict[str, Any]:
        return {"$id": door.naming.dataschema, **OutboundData.model_json_schema()}

    @router.get("/webhooks/{webhook_id}", response_model=Webhook, summary="查看订阅 One subscription")
    async def one(webhook_id: UUID, caller: Caller = asking) -> Any:
        found = await subscriptions.get(caller.principal_id, webhook_id)
        return Webhook.of(found) if found else _no(404, "no_such_webhook")

    @router.patch("/webhooks/{webhook_id}", response_model=Webhook, summary="更改、暂停或恢复 Change, pause, resume")
    async def change(webhook_id: UUID, change: WebhookChange, caller: Caller = asking) -> Any:
        try:
            found = await subscriptions.change(
                caller.principal_id, webhook_id, url=change.url, types=change.types, state=change.state
            )
        except (Forbidden, ValueError) as error:
            return _bad(error)
        return Webhook.of(found) if found else _no(404, "no_such_webhook")

    @router.delete("/webhooks/{webhook_id}", status_code=204, response_model=None, summary="取消订阅 Unsubscribe")
    async def revoke(webhook_id: UUID, caller: Caller = asking) -> Response:
        found = await subscriptions.change(caller.principal_id, webhook_id, state="revoked")
        return Response(status_code=204) if found else _no(404, "no_such_webhook")

    @router.post("/webhooks/{webhook_id}/secret", response_model=NewSecret, summary="更换密钥 Rotate the secret")
    async def rotate(webhook_id: UUID, caller: Caller = asking) -> Any:
        secret = await subscriptions.rotate(caller.principal_id, webhook_id)
        if secret is None:
            return _no(404, "no_such_webhook")
        return NewSecret(secret=secret, overlap_hours=subscriptions.overlap_hours)

    @router.post("/webhooks/{webhook_id}/test", response_model=Tested, summary="发送测试消息 Send a test message")
    async def test(webhook_id: UUID, caller: Caller = asking) -> Any:
        found = await subscriptions.get(caller.principal_id, webhook_id)
        if found is None or found.state == "revoked":
            return _no(404, "no_such_webhook")
        result = await door.deliverer.test(found)
        return Tested(
            delivered=result.delivered, status=result.status, error=result.error, milliseconds=result.milliseconds
        )

    @router.get("/webhooks/{webhook_id}/deliveries", response_model=Deliveries, summary="发送记录 Deliveries")
    async def deliveries(
        webhook_id: UUID,
        after: Annotated[int, Query(ge=-1, le=LAST)] = -1,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        state: Annotated[Literal["pending", "delivered", "dead"] | None, Query()] = None,
        caller: Caller = asking,
    ) -> Any:
        if await subscriptions.get(caller.principal_id, webhook_id) is None:
            return _no(404, "no_such_webhook")
        found = await owed.deliveries(webhook_id, after, limit, state)
        return Deliveries(deliveries=tuple(found), next=found[-1].index if found else after)

    @router.post("/webhooks/{webhook_id}/resend", status_code=202, response_model=Owing, summary="重新发送 Send again")
    async def resend(webhook_id: UUID, again: Again, caller: Caller = asking) -> Any:
        found = await subscriptions.get(caller.principal_id, webhook_id)
        if found is None or found.state == "revoked":
            return _no(404, "no_such_webhook")
        return Owing(count=await owed.resend(webhook_id, again.first, again.last, dead_only=again.dead_only))

    @router.get("/events", response_model=Page, summary="按游标取事件 Events by cursor")
    async def events(
        after: Annotated[int, Query(ge=-1, le=LAST)] = -1,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        type: Annotated[list[str] | None, Query()] = None,
        caller: Caller = asking,
    ) -> Any:
        scope = await door.scope_of(caller)
        if unknown := [name for name in type or () if name not in NAMES]:
            return _bad(ValueError(unknown[0]), "type")
        return await pull(door.pool, scope, after, limit, door.naming, tuple(type or ()))

    return router


def _no(status: int, code: str) -> JSONResponse:
    return problem(status, code, PROBLEMS[code])


def _bad(error: Forbidden | ValueError, field: str = "types") -> JSONResponse:
    """A field is wrong: which, and how to mend it."""
    if isinstance(error, Forbidden):
        found = FieldError(field="url", code=error.code, message=PROBLEMS[error.code])
    else:
        found = FieldError(field=field, code="unknown_event", message=PROBLEMS["unknown_event"])
    return problem(422, found.code, found.message, (found,))
