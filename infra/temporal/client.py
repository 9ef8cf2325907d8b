"""Connecting to Temporal."""

from __future__ import annotations

from temporalio.client import Client, Interceptor, Plugin
from temporalio.runtime import Runtime

from infra.settings import TemporalSettings
from infra.temporal.plugin import plugin


async def connect(
    settings: TemporalSettings,
    *,
    plugins: tuple[Plugin, ...] = (),
    interceptors: tuple[Interceptor, ...] = (),
    runtime: Runtime | None = None,
    identity: str | None = None,
) -> Client:
    """A client that seals and validates.  ``plugins`` add telemetry.  Raises RuntimeError when nobody answers."""
    return await Client.connect(
        settings.address,
        namespace=settings.namespace,
        plugins=[plugin(settings), *plugins],
        interceptors=list(interceptors),
        runtime=runtime,
        identity=identity,
    )
