"""The county of the demo: short waits, short working days, and platforms and departments that fail now and then."""

from __future__ import annotations

from typing import Any

DAY_SECONDS = 3.0
"""How long a working day lasts: calendar time is compressed, and every wait is waited for."""

SETTINGS: dict[str, Any] = {
    "routing": {
        route: {"interactive_seconds": 4, "background_seconds": 8}
        for route in ("elicence", "data_sharing", "trusted_document")
    }
    | {"retry_initial_seconds": 0.5, "retry_maximum_seconds": 2.0},
    "platforms": {
        platform: {"timeout_seconds": 1.5, "ask_seconds": 3}
        for platform in ("elicence_national", "elicence_provincial", "data_sharing", "trusted_documents")
    },
    "long_routes": {
        "working_day_seconds": DAY_SECONDS,
        "reask_seconds": 6,
        "late_days": 5,
        "steps": {
            "supplement": {"working_days": 5, "gives_up_after": 13},
            "choice": {"working_days": 3, "gives_up_after": 3},
            "verification": {"working_days": 2, "gives_up_after": 3},
            "opinion": {"working_days": 2, "gives_up_after": 3},
            "assistance": {"working_days": 4, "gives_up_after": 6},
            "proposal": {"working_days": 3, "gives_up_after": 4},
            "completion": {"working_days": 4},
            "backfill": {"working_days": 4},
        },
    },
}
"""Budgets of seconds, so that what does not answer is given up within the demo."""

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "down", "platform": "trusted_documents", "seconds": 3.0},
    {"kind": "http_5xx", "platform": "data_sharing", "probability": 0.05},
    {"kind": "down", "platform": "elicence_provincial", "probability": 0.04},
    {"kind": "wrong_person", "platform": "elicence_national", "probability": 0.01},
    {"kind": "no_record", "platform": "data_sharing", "resource_code": "307001006/000001"},
    {"kind": "never", "platform": "collaboration", "probability": 0.08},
    {"kind": "late", "platform": "collaboration", "probability": 0.06, "delay_seconds": 10.0},
    {"kind": "twice", "platform": "collaboration", "probability": 0.05},
    {"kind": "out_of_order", "platform": "collaboration", "probability": 0.02},
    {"kind": "interrupted", "platform": "assistance", "probability": 0.2},
    {"kind": "terminated", "platform": "assistance", "probability": 0.1},
)
"""A little reality: a platform away at first, some that fail now and then, answers about somebody else; degrees,
of which nothing is shared yet; departments that never answer, or late, or twice; helpers who
have to break off for a while, or cannot go on."""
