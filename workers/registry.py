"""What each role serves.  A role is a share of the work that may have its own task queue and its own processes."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from workflows.application import ApplicationWorkflow
from workflows.verification import VerificationWorkflow

WORKFLOWS: tuple[type, ...] = (
    ApplicationWorkflow,
    VerificationWorkflow,
)


class Role(StrEnum):
    """``cases`` runs workflows and admission, ``platforms`` asks the outside, ``ledger`` writes the record."""

    CASES = "cases"
    PLATFORMS = "platforms"
    LEDGER = "ledger"


Activity = Callable[..., Any]
"""An activity method bound to its collaborators."""
