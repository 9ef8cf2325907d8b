"""Where may be sent to: public addresses over TLS, and what the county allows besides.

A subscriber names the URL, so it could name our own inside (SSRF).  Names are resolved here, every address they have is
looked at, and the request goes to the address that was looked at: a name that changes in between gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.settings import WebhookSettings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL = 2000

EMBEDDING = tuple(
    ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""IPv6 that leads to an IPv4 address of the sender's choice (NAT64, 6to4, Teredo)."""


class Forbidden(ValueError):
    """This URL is not sent to; ``code`` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Place:
    """A URL that was looked at: the address to connect to, and the name to be asked for there."""

    url: str
    host: str
    port: int
    tls: bool
    address: str = ""


Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system resolves it.  Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def checked_url(url: str, settings: WebhookSettings) -> Place:
    """What can be said of a URL without resolving it.  Raises Forbidden."""
    if len(url) > LONGEST_URL or any(c <= " " or c > "~" or c == "\\" for c in url):
        raise Forbidden("url_malformed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Forbidden("url_malformed") from None
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        raise Forbidden("url_malformed")
    tls = parts.scheme == "https"
    if not tls and not settings.allow_http:
        raise Forbidden("https_only")
    place = Place(url, host, port or (443 if tls else 80), tls)
    literal = _literal(host)
    if literal is not None and not allowed(literal, place.tls, settings):
        raise Forbidden("address_not_allowed")
    return place


async def looked_up(url: str, settings: WebhookSettings, resolving: Resolve = resolve) -> Place:
    """The URL with the address to connect to.  Raises Forbidden; OSError where the name does not resolve."""
    place = checked_url(url, settings)
    found = [ipaddress.ip_address(a.partition("%")[0]) for a in await resolving(place.host, place.port)]
    if not found:
        raise OSError("no address")
    if not all(allowed(address, place.tls, settings) for address in found):
        raise Forbidden("address_not_allowed")
    return Place(place.url, place.host, place.port, place.tls, str(found[0]))


def allowed(address: Address, tls: bool, settings: WebhookSettings) -> bool:
    """Whether an address may be sent to: one of the networks allowed, or public and with TLS."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == n.version and address in n for n in settings.allowed_networks):
        return True
    embeds = any(address.version == n.version and address in n for n in EMBEDDING)
    return tls and address.is_global and not address.is_multicast and not embeds


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
