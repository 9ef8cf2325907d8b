"""One try: one POST, to the address that was looked at, within its time, following nothing."""

from __future__ import annotations

import asyncio
import email.utils
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from infra.settings import WebhookSettings
from infra.webhooks.address import Forbidden, Resolve, looked_up, resolve

LONGEST_REST_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Result:
    """How a try went.  ``error`` is a stable class: what others write in an answer is kept nowhere."""

    status: int | None
    error: str | None
    milliseconds: int
    retry_after: float | None = None
    """Seconds the receiver asked us to leave it alone."""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.error is None

    @property
    def gone(self) -> bool:
        """Whether the receiver says that it wants nothing more, ever (410, Standard Webhooks)."""
        return self.status == httpx.codes.GONE


class Sender:
    """Sends; holds connections open between sends."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        resolving: Resolve = resolve,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._settings = settings
        self._resolving = resolving
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_seconds, follow_redirects=False, trust_env=False, verify=verify
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        """Send once.  Raises nothing of the network: what went wrong is in the result."""
        began = time.monotonic()
        status, error, retry_after = await self._classified(url, headers, body)
        return Result(status, error, round((time.monotonic() - began) * 1000), retry_after)

    async def _classified(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, str | None, float | None]:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await self._send(url, headers, body)
        except Forbidden as forbidden:
            return None, forbidden.code, None
        except (TimeoutError, httpx.TimeoutException):
            return None, "timeout", None
        except httpx.ConnectError as error:
            tls = isinstance(error.__context__, ssl.SSLError) or "SSL" in str(error)
            return None, "tls" if tls else "connect", None
        except (httpx.TransportError, httpx.InvalidURL):
            return None, "protocol", None
        except (OSError, UnicodeError):  # the name does not resolve
            return None, "resolve", None

    async def _send(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, str | None, float | None]:
        place = await looked_up(url, self._settings, self._resolving)
        # To the address, asking for the name: the certificate is checked against the name.
        parsed = httpx.URL(place.url)
        usual = place.port == (443 if place.tls else 80)
        host = f"[{place.host}]" if ":" in place.host else place.host
        request = self._client.build_request(
            "POST",
            parsed.copy_with(host=place.address),
            content=body,
            headers={**headers, "host": host if usual else f"{host}:{place.port}"},
            extensions={"sni_hostname": place.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            await self._drain(response)
        finally:
            await response.aclose()
        status = response.status_code
        if response.is_success:
            return status, None, None
        kind = "redirect" if 300 <= status < 400 else "refused" if status < 500 else "server"
        return status, kind, retry_after(response.headers.get("retry-after"))

    async def _drain(self, response: httpx.Response) -> None:
        """Read a short answer to its end, so that the connection can be used again; leave a long one."""
        if not response.is_success:
            return
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self._settings.response_bytes:
                return


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """The seconds of a ``Retry-After`` header (RFC 9110 10.2.3: seconds or a date), a day at most."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return min(float(value[:10]), LONGEST_REST_SECONDS)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_REST_SECONDS)
