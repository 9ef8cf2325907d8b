"""The desks of the demo: word of tasks, reminders and alarms reaches them over the sandbox's notification channel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import httpx

from infra.embedded.ports import LOOPBACK

_CASES = r"application/[^/]+"
_ROUTES = r"(?:verification|commitment|assistance|disposition)/[^/]+/[^/]+/[^/]+(?:/\d+)?"
_OTHERS = r"review/[^/]+/[^/]+/[^/]+/\d+|consultation/[^/]+/[^/]+"
_SHARED = r"digitisation/[^/]+/[^/]+/[^/]+|completion/[^/]+/[^/]+"
MESSAGE = re.compile(
    rf"(?P<stream>{_CASES}|{_ROUTES}|{_OTHERS}|{_SHARED})/(?P<task>.+?)/(?P<urgency>task|reminder|blue|orange|red)"
    r"(?:/\d+\.\d+)?"
)
"""The key of a message: the workflow, its task, and how urgent it is."""


@dataclass(frozen=True)
class Word:
    """Word that reached a desk."""

    application_no: str
    stream: str
    task: str
    urgency: str
    department: str


class Desks:
    """All desks of the county, as the sandbox keeps them; and how soon those answer whom the sandbox plays."""

    def __init__(self, sandbox_port: int) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{sandbox_port}/control", trust_env=False, timeout=5.0
        )
        self._read = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def pace(self, seconds: float) -> None:
        """Departments and helpers take so long for every answer."""
        for double in ("collaboration", "assistance"):
            (await self._http.post(double, json={"delay_seconds": seconds})).raise_for_status()

    async def answer(self, application_no: str, stream: str) -> bool:
        """A department that was reminded answers over the platform after all: it is so, and in the sources now."""
        listed = await self._http.get("collaboration/requests", params={"case_no": application_no})
        for asked in listed.raise_for_status().json()["requests"]:
            if asked["document"]["stream"] == stream and asked["state"] == "open":
                said = {"key": asked["key"], "verdict": "confirmed", "backfilled": True}
                (await self._http.post("collaboration/reply", json=said)).raise_for_status()
        return True

    async def words(self) -> list[Word]:
        """What has come since the last look."""
        answer = await self._http.get("notification/messages", params={"after": self._read})
        messages: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
        self._read += len(messages)
        found = []
        for message in messages:
            key = MESSAGE.fullmatch(message["key"])
            if key is not None:
                found.append(Word(message["caseNo"], department=message["department"], **key.groupdict()))
        return found
