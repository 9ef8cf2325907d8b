"""The files of the page, with the headers that let it do only what it has to.

No cookie is set, so no other site can act through a signed-in browser; the token stands in the tab's own storage and
goes out as ``Authorization``.  Scripts come from here alone and may not make markup from texts (Trusted Types; the one
policy, in ``charts.js``, lets nothing but an empty text through).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from infra.gateway.page.words import WORDS

STATIC = Path(__file__).parent / "static"
PREFIX = "/office"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    "": "text/plain; charset=utf-8",
}
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types default",
))  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """``/office/`` and everything under it: read once, answered from memory, and nothing but these files."""
    files = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    served = {name: _file(path.read_bytes(), TYPES[path.suffix]) for name, path in files.items()}
    served[""] = served.pop("index.html")
    for language, content in WORDS.items():
        served[f"words/{language}.json"] = _file(content, "application/json")

    async def home(_: Request) -> Response:
        return RedirectResponse(f"{PREFIX}/", 308)

    return [
        Route(PREFIX, home, include_in_schema=False),
        *(Route(f"{PREFIX}/{name}", answer, include_in_schema=False) for name, answer in served.items()),
    ]


def _file(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = HEADERS | {"ETag": tag}

    async def answer(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    return answer
