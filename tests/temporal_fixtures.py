"""One dev server for all workflow tests; each test has its own task queue, world and cases."""

from __future__ import annotations

import base64
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio import converter
from temporalio.api.common.v1 import SearchAttributes
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from infra.settings import TemporalSettings
from infra.temporal.client import connect
from infra.temporal.plugin import plugin
from infra.temporal.search_attributes import TYPED, register

BIN = Path(sys.executable).parent
FAST_QUEUES = [
    argument
    for name in ("transfer", "timer", "visibility")
    for argument in ("--dynamic-config-value", f"history.{name}ProcessorMaxPollRPS=10000")
]


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[str]:
    """The address of a dev server."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=FAST_QUEUES
    )
    async with environment:
        yield environment.client.service_client.config.target_host


def settings_for(address: str) -> TemporalSettings:
    """Settings with a key of the tests, the same for ever: recorded histories are sealed with it."""
    key = base64.b64encode(bytes(range(32))).decode()
    return TemporalSettings.model_validate(
        {"address": address, "codec_keys": {"k1": key}, "codec_active_key": "k1", "graceful_shutdown_seconds": 1}
    )


@pytest.fixture(scope="session")
def temporal_settings(server: str) -> TemporalSettings:
    """Settings for the dev server."""
    return settings_for(server)


@pytest.fixture(scope="session")
async def client(temporal_settings: TemporalSettings) -> Client:
    """A client with our plugin, on a namespace that has our search attributes."""
    connected = await connect(temporal_settings)
    await register(connected)
    return connected


@pytest.fixture
def unset_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The skipping server keeps an unset attribute as a null, which the SDK cannot read; a real one drops it."""

    def without_nulls(decode: Callable[[SearchAttributes], Any]) -> Callable[[SearchAttributes], Any]:
        def decoded(api: SearchAttributes) -> Any:
            kept = {name: value for name, value in api.indexed_fields.items() if value.data not in (b"null", b"")}
            return decode(SearchAttributes(indexed_fields=kept))

        return decoded

    for name in ("decode_search_attributes", "decode_typed_search_attributes"):
        monkeypatch.setattr(converter, name, without_nulls(getattr(converter, name)))


@pytest.fixture
async def skipping(unset_is_absent: None) -> AsyncIterator[WorkflowEnvironment]:
    """A server with one clock that skips: it moves by ``env.sleep`` and while a result is awaited.

    One for each test (it starts in a fifth of a second): a workflow that another test left with an activity in flight
    would hold the clock still.

    Its client has our plugin and its namespace our search attributes; it knows no lists and no schedules.
    """
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(BIN / "temporal-test-server"), plugins=[plugin(settings_for("unused:0"))]
    )
    async with environment:
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=environment.client.namespace, search_attributes=TYPED)
        )
        yield environment
