"""Logs, traces and metrics of a process: off by default, on by settings."""

from infra.telemetry.start import Telemetry, start_telemetry

__all__ = ["Telemetry", "start_telemetry"]
