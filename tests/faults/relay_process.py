"""A relay as a process of its own, to be killed; run by ``test_relay_crash``.  No catalogue is published."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from types import SimpleNamespace
from typing import Any, cast

import uvloop

from infra.postgres.pool import open_pool
from infra.settings import AuditSettings, FeedSettings, Settings, WebhookSettings
from infra.webhooks.fanout import FanOut
from tests.ledger.cases import MASTER_KEY
from tests.webhooks.world import NoCatalogue
from workers.relay import relay


async def serve(told: dict[str, Any]) -> None:
    settings = SimpleNamespace(
        county="350526",
        identity=SimpleNamespace(master_key_bytes=MASTER_KEY),
        audit=AuditSettings.model_validate(told["audit"]),
        feed=FeedSettings(poll_seconds=0.02),
        webhooks=WebhookSettings(
            allow_http=True,
            allowed_networks=("127.0.0.0/8",),
            timeout_seconds=0.5,
            lease_seconds=1.0,
            retry_initial_seconds=0.1,
        ),
    )
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with await open_pool(told["dsn"], 8) as pool:
        print("ready", flush=True)
        await relay(cast(Settings, settings), pool, stopping, [FanOut(NoCatalogue())])


if __name__ == "__main__":
    uvloop.run(serve(json.loads(sys.argv[1])))
