"""Codec server: opens payloads for the Temporal Web UI, on loopback, for the UI's origin only.

It only decodes: nobody acts on a case through the UI.  Roles, masking and a record of every decode come with the HTTP
door; until then who can reach this machine's loopback can read, which is why it listens nowhere else.
"""

from __future__ import annotations

from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payloads

from infra.settings import Settings
from infra.temporal.codec import CannotDecode, codec_of

LARGEST_BODY = 8 * 1024 * 1024


def create_app(settings: Settings) -> Starlette:
    """The ASGI application, with the keys of the settings."""
    codec = codec_of(settings.temporal)

    async def decode(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return PlainTextResponse("载荷过大", status_code=413)
        try:
            sealed = json_format.Parse(bytes(body), Payloads())
        except json_format.ParseError:
            return PlainTextResponse("不是 Payloads 的 JSON", status_code=400)
        try:
            opened = Payloads(payloads=await codec.decode(sealed.payloads))
        except CannotDecode as error:
            return PlainTextResponse(str(error), status_code=422)
        return JSONResponse(json_format.MessageToDict(opened))

    origin = settings.codec_server.ui_origin
    origins = [origin, origin.replace("127.0.0.1", "localhost")]
    return Starlette(
        routes=[Route("/decode", decode, methods=["POST"])],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["POST"],
                allow_headers=["content-type", "x-namespace", "authorization"],
            )
        ],
    )
