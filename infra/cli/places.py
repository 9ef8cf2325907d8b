"""Addresses in the Temporal UI, with the filter that answers a question."""

from __future__ import annotations

from urllib.parse import quote

from infra.embedded.ports import LOOPBACK, Ports
from schemas import attributes
from schemas.application import application_stream

CASES = f"{attributes.CASE_STAGE} IS NOT NULL"
STUCK = f"{attributes.STUCK_REASON} IS NOT NULL"
LACKING = f"{attributes.OPEN_REQUIREMENTS} > 0"


def ui(ports: Ports) -> str:
    """The Temporal UI."""
    return f"http://{LOOPBACK}:{ports.ui}"


def case_list(ports: Ports, query: str = CASES, name: str = "办件") -> str:
    """The list of cases under a filter, which opening the link also saves under that name in the browser."""
    return f"{ui(ports)}/namespaces/default/workflows?query={quote(query)}&savedQuery={quote(name)}"


def case_page(ports: Ports, application_no: str) -> str:
    """The page of one case."""
    return f"{ui(ports)}/namespaces/default/workflows/{quote(application_stream(application_no), safe='')}"
