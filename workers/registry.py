"""What each role serves.  A role is a share of the work that may have its own task queue and its own processes."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from workflows.application import ApplicationWorkflow

WORKFLOWS: tuple[type, ...] = (ApplicationWorkflow,)


class Role(StrEnum):
    """``cases`` runs workflows and admission, ``platforms`` asks the outside, ``ledger`` writes the record."""

    CASES = "cases"
    PLATFORMS = "platforms"
    LEDGER = "ledger"


Activity = Callable[..., Any]
"""An activity method bound to its collaborators."""
