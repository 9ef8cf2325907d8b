"""What a platform brings is ours once it is here: delivered, then accepted by its case, then acted on.

Three states that are never taken for one another.  *Delivered*: kept, and handed on until the case answers.
*Accepted*: the case's own record has it.  *Acted on*: the case has drawn its conclusion from it, which is read off the
ledger.  A platform may therefore forget a message that was answered with 202.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import suppress

import asyncpg
import structlog
from pydantic import TypeAdapter

from infra.gateway.callbacks import MODELS, ActNotTaken, Callback, CallbackState, Deliver, NoSuchStream, NotNow
from infra.identity.sealing_key import SealingKey
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError
from schemas.texts import zh

PURPOSE = "inbox"
LOOK_SECONDS = 1.0
LONGEST_PAUSE = 300
AT_A_TIME = 20
LEASE_SECONDS = 60
"""After which another door hands on what one took up and died with."""

_ERRORS = TypeAdapter(tuple[FieldError, ...])

PUT = """
    INSERT INTO inbox.message (platform, message_id, stream, digest, sealed, next_try_at)
    VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
    ON CONFLICT (platform, message_id) DO NOTHING
"""
KNOWN = "SELECT digest, state, errors FROM inbox.message WHERE platform = $1 AND message_id = $2"
DECIDE = """
    UPDATE inbox.message SET state = $3, errors = $4, decided_at = clock_timestamp(), next_try_at = NULL
    WHERE platform = $1 AND message_id = $2 AND state = 'delivered'
"""
LATER = """
    UPDATE inbox.message SET tries = tries + 1,
        next_try_at = clock_timestamp() + make_interval(secs => least($3, power(2, least(tries, 20))))
    WHERE platform = $1 AND message_id = $2 AND state = 'delivered'
"""
TAKE_UP = """
    UPDATE inbox.message SET next_try_at = clock_timestamp() + make_interval(secs => $2)
    WHERE (platform, message_id) IN (
        SELECT platform, message_id FROM inbox.message
        WHERE state = 'delivered' AND next_try_at <= clock_timestamp()
        ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    RETURNING platform, message_id, sealed
"""
# The case names the route when it has drawn its conclusion; nothing of the route's own counts as that.
ACTED_ON = """
    SELECT EXISTS (
        SELECT FROM ledger.event e
        JOIN ledger.event c ON c.application_no = e.application_no AND c.stream LIKE 'application/%'
        WHERE e.stream = $1 AND e.canonical::jsonb #>> '{body,command,command_id}' = $2
          AND c.recorded_at >= e.recorded_at
          AND $1 IN (c.canonical::jsonb #>> '{body,report,stream}', c.canonical::jsonb #>> '{body,stream}')
          AND c.type <> 'route_opened'
    )
"""


class Inbox:
    """``Deliver`` through the database; ``run`` hands on what could not be handed on at once."""

    def __init__(self, pool: asyncpg.Pool, master_key: bytes, hand_on: Deliver) -> None:
        self._pool = pool
        self._key = SealingKey(master_key)
        self._hand_on = hand_on

    async def __call__(self, callback: Callback) -> CallbackState:
        """Keep the message and hand it on.

        Raises NoSuchStream, ActNotTaken; NotNow only where it could not be kept either.
        """
        platform, said = _platform_of(callback), callback.model_dump_json().encode()
        digest = hashlib.sha256(said).digest()
        try:
            put = await self._pool.execute(
                PUT, platform.value, callback.message_id, callback.stream, digest,
                self._key.encrypt(PURPOSE, said, _bound_to(platform, callback.message_id)), LEASE_SECONDS,
            )  # fmt: skip
            if not put.endswith(" 0"):
                return await self._try(platform, callback)
            known = await self._pool.fetchrow(KNOWN, platform.value, callback.message_id)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotNow(type(error).__name__) from error
        assert known is not None  # noqa: S101 - rows are never deleted
        if known["digest"] != digest:
            code = "command_id_reused"
            raise ActNotTaken((FieldError(field="message_id", code=code, message=zh.ACT_ERRORS[code]),))
        return _answer(known)

    async def state(self, platform: Platform, message_id: str) -> tuple[CallbackState, tuple[FieldError, ...]] | None:
        """What became of a message; ``None``: it was never brought."""
        row = await self._pool.fetchrow(
            "SELECT stream, state, errors FROM inbox.message WHERE platform = $1 AND message_id = $2",
            platform.value,
            message_id,
        )
        if row is None:
            return None
        state = CallbackState(row["state"])
        if state is CallbackState.ACCEPTED and await self._pool.fetchval(ACTED_ON, row["stream"], message_id):
            state = CallbackState.ACTED_ON
        return state, _ERRORS.validate_json(row["errors"])

    async def run(self, stopping: asyncio.Event) -> None:
        """Hand on what waits, until told to stop, whatever fails; several doors may do it side by side."""
        log = structlog.get_logger()
        while not stopping.is_set():
            try:
                handed = await self.step()
            except Exception as error:
                log.warning("inbox cannot be read now", error=type(error).__name__)
                handed = 0
            if not handed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)

    async def step(self) -> int:
        """Hand on what is due now; gives how many messages that were."""
        rows = await self._pool.fetch(TAKE_UP, AT_A_TIME, LEASE_SECONDS)
        await asyncio.gather(*(self._again(row) for row in rows))
        return len(rows)

    async def _again(self, row: asyncpg.Record) -> None:
        """Hand one on; what nobody foresaw (a lost master key, a defect) holds up no other, and is tried again."""
        platform, message_id = Platform(row["platform"]), row["message_id"]
        try:
            said = self._key.decrypt(PURPOSE, row["sealed"], _bound_to(platform, message_id))
            callback = MODELS[platform].model_validate_json(said)
            await self._try(platform, callback)
        except (NoSuchStream, ActNotTaken):  # what became of it is kept
            return
        except Exception as error:
            log = structlog.get_logger()
            log.error("callback cannot be handed on", platform=platform.value, error=type(error).__name__)
            await self._pool.execute(LATER, platform.value, message_id, LONGEST_PAUSE)

    async def _try(self, platform: Platform, callback: Callback) -> CallbackState:
        key = (platform.value, callback.message_id)
        try:
            await self._hand_on(callback)
        except NotNow as not_now:
            log = structlog.get_logger()
            log.warning("callback waits", platform=platform.value, stream=callback.stream, reason=str(not_now))
            await self._pool.execute(LATER, *key, LONGEST_PAUSE)
            return CallbackState.DELIVERED
        except NoSuchStream:
            await self._pool.execute(DECIDE, *key, "unknown_stream", "[]")
            raise
        except ActNotTaken as refused:
            await self._pool.execute(DECIDE, *key, "refused", _ERRORS.dump_json(refused.errors).decode())
            raise
        await self._pool.execute(DECIDE, *key, "accepted", "[]")
        return CallbackState.ACCEPTED


def _bound_to(platform: Platform, message_id: str) -> bytes:
    return json.dumps([platform.value, message_id]).encode()


def _platform_of(callback: Callback) -> Platform:
    return Platform.COLLABORATION if isinstance(callback, CollaborationCallback) else Platform.ASSISTANCE


def _answer(row: asyncpg.Record) -> CallbackState:
    """The same answer as before.  Raises NoSuchStream, ActNotTaken."""
    state = CallbackState(row["state"])
    if state is CallbackState.UNKNOWN_STREAM:
        raise NoSuchStream
    if state is CallbackState.REFUSED:
        raise ActNotTaken(_ERRORS.validate_json(row["errors"]))
    return state
