"""What a stack is asked to be; handed to its supervisor as one JSON argument (no secrets in it)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

import infra.catalogue
from schemas.base import Model


def default_catalogue() -> Path:
    """The catalogue folder of the county that comes with this software."""
    return Path(infra.catalogue.__file__).parent / "350526"


class Plan(Model):
    """The options of ``up``."""

    asked_ports: dict[str, int] = Field(default_factory=dict)
    """Only those asked for by option or environment; one that is taken is an error."""
    workers: int = Field(default=1, ge=0, le=16)
    catalogue: Path = Field(default_factory=default_catalogue)
    people: int = Field(default=400, ge=1, le=100_000)
    """Size of the sandbox's population."""
    seed: int = 1
    settings: dict[str, Any] = Field(default_factory=dict)
    """Laid over the settings file; not secrets."""
    tied: bool = False
    """End with the process that started the stack (the demo), not only when told to."""
