"""Starting telemetry for a process, before any Temporal client is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from temporalio.client import Plugin
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, create_tracer_provider
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from infra.settings import TelemetrySettings
from infra.telemetry.logs import configure_logs


class _Instrumentor(Protocol):
    def instrument(self, *, tracer_provider: trace.TracerProvider) -> object: ...

    def uninstrument(self) -> object: ...


@dataclass(frozen=True)
class Telemetry:
    """What a client and a worker are given; ``close`` sends what is still held back."""

    plugins: tuple[Plugin, ...] = ()
    runtime: Runtime | None = None
    _closers: tuple[Callable[[], object], ...] = field(default=(), repr=False)

    def close(self) -> None:
        """Flush and stop exporting."""
        for close in self._closers:
            close()


def start_telemetry(settings: TelemetrySettings, *, exporter: SpanExporter | None = None) -> Telemetry:
    """Configure logs, traces and metrics as the settings say.

    ``exporter`` takes the place of the OTLP one (tests).  Traces run from client through workflow and activity to
    HTTP and SQL; statements are recorded without their parameters, which may be personal.
    """
    configure_logs(settings)
    runtime = _runtime(settings)
    if not settings.traces:
        return Telemetry(runtime=runtime)
    provider = create_tracer_provider(resource=Resource.create({"service.name": "mianzheng"}))
    chosen = exporter or OTLPSpanExporter(endpoint=f"{(settings.otlp_endpoint or '').rstrip('/')}/v1/traces")
    processor = BatchSpanProcessor(chosen)
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    instrumentors: tuple[_Instrumentor, ...] = (HTTPXClientInstrumentor(), _sql_instrumentor())
    for instrumentor in instrumentors:
        instrumentor.instrument(tracer_provider=provider)
    return Telemetry(
        plugins=(OpenTelemetryPlugin(add_temporal_spans=True),),
        runtime=runtime,
        _closers=(*(i.uninstrument for i in instrumentors), processor.shutdown),
    )


def start_metrics(settings: TelemetrySettings) -> Callable[[], object]:
    """Send what a process without a Temporal client measures to the OTLP collector, if there is one; gives the end."""
    if not settings.otlp_endpoint:
        return lambda: None
    exporter = OTLPMetricExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/metrics")
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], Resource.create({"service.name": "mianzheng"}))
    metrics.set_meter_provider(provider)
    return provider.shutdown


def _sql_instrumentor() -> _Instrumentor:
    instrumentor: _Instrumentor = AsyncPGInstrumentor(capture_parameters=False)  # type: ignore[no-untyped-call]
    return instrumentor


def _runtime(settings: TelemetrySettings) -> Runtime | None:
    """A runtime that serves SDK and domain metrics on the one endpoint; ``None`` leaves the default."""
    if settings.metrics_address is None:
        return None
    prometheus = PrometheusConfig(bind_address=settings.metrics_address, durations_as_seconds=True, unit_suffix=True)
    return Runtime(telemetry=TelemetryConfig(metrics=prometheus))
