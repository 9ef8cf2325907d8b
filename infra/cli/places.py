"""Addresses in the Temporal UI, with the filter that answers a question."""

from __future__ import annotations

from urllib.parse import quote

from infra.embedded.ports import LOOPBACK, Ports
from schemas import attributes
from schemas.application import application_stream
from schemas.list_filters import CASES, ListFilter

STUCK = f"{attributes.STUCK_REASON} IS NOT NULL"


def ui(ports: Ports) -> str:
    """The Temporal UI."""
    return f"http://{LOOPBACK}:{ports.ui}"


def case_list(ports: Ports, query: str = CASES, name: str = "办件") -> str:
    """The list of cases under a filter, which opening the link also saves under that name in the browser."""
    return link(ui(ports), query, name)


def filtered(base: str, asked: ListFilter) -> str:
    """The list of cases that answers a question, in the UI at ``base``."""
    return link(base, asked.query, asked.name)


def link(base: str, query: str, name: str) -> str:
    """A list of the UI at ``base``, filtered and saved."""
    return f"{base}/namespaces/default/workflows?query={quote(query, safe='')}&savedQuery={quote(name, safe='')}"


def case_page(ports: Ports, application_no: str) -> str:
    """The page of one case."""
    return f"{ui(ports)}/namespaces/default/workflows/{quote(application_stream(application_no), safe='')}"
