"""The settings file of the stack: secrets made once, addresses written at each start, everything else left as it is.

An operator may edit the file; only what the stack itself decides (where its parts are) is overwritten.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import tomllib
from pathlib import Path
from typing import Any

from infra.embedded.ports import LOOPBACK, Ports
from infra.embedded.state_dir import StateDir
from schemas.codes import CALLBACK_PLATFORMS, Platform

Table = dict[str, Any]
OWN_MACHINE: Table = {"webhooks": {"allow_http": True, "allowed_networks": ["127.0.0.0/8", "::1/128"]}}
"""On one machine a receiver is on it, too; an operator may set it otherwise."""
HEADER = "# 本机全套服务的设置：密钥只生成一次，勿外传；各部件的地址在每次启动时重写，其余可以修改。\n"


def with_secrets(known: Table) -> Table:
    """The settings with every secret that is still missing.

    One made before is never replaced: what it sealed could not be opened again.
    """
    made: Table = {
        "temporal": {"codec_active_key": "k1", "codec_keys": {"k1": _fresh_key()}},
        "codec_server": {"local_session": secrets.token_urlsafe(32)},
        "identity": {"pepper": _fresh_key(), "master_key": _fresh_key()},
        "platforms": {p.value: {"access_id": f"mz_{secrets.token_hex(8)}", "secret": _fresh_key()} for p in Platform},
        "callbacks": {
            p.value: {"client_id": f"cb_{secrets.token_hex(8)}", "secret": _fresh_key()} for p in CALLBACK_PLATFORMS
        },
    }
    return overlaid(made, known)


def with_places(known: Table, state: StateDir, ports: Ports, dsn: str, admin_dsn: str) -> Table:
    """The settings with where the parts of this run are."""
    sandbox = f"http://{LOOPBACK}:{ports.sandbox}"
    places: Table = {
        "evidence_path": str(state.evidence),
        "temporal": {"address": f"{LOOPBACK}:{ports.temporal}"},
        "postgres": {"dsn": dsn, "admin_dsn": admin_dsn},
        "platforms": {p.value: {"base_url": f"{sandbox}/{p.value}"} for p in Platform},
        "audit": {"key_path": str(state.log_key), "file": known.get("audit", {}).get("file", str(state.checkpoints))},
        "report": {"directory": known.get("report", {}).get("directory", str(state.reports))},
        "gateway": {"host": LOOPBACK, "port": ports.gateway},
        "codec_server": {"host": LOOPBACK, "port": ports.codec, "ui_origin": f"http://{LOOPBACK}:{ports.ui}"},
    }
    if "issuer_key_path" in known.get("oidc", {"issuer_key_path": None}):  # not where an operator set another issuer
        door = f"http://{LOOPBACK}:{ports.gateway}"
        places["oidc"] = {
            "issuer": door,
            "jwks_uri": f"{door}/.well-known/jwks.json",
            "issuer_key_path": str(state.issuer_key),
        }
    return overlaid(overlaid(OWN_MACHINE, known), places)


def overlaid(below: Table, above: Table) -> Table:
    """Both tables in one; where they differ, ``above``."""
    result = dict(below)
    for key, value in above.items():
        known = result.get(key)
        result[key] = overlaid(known, value) if isinstance(value, dict) and isinstance(known, dict) else value
    return result


def read(path: Path) -> Table:
    """The settings file, or nothing when there is none.  Raises ValueError when it is no TOML."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} 不是合规的 TOML：{error}") from error


def write(path: Path, settings: Table) -> None:
    """Write the settings file whole."""
    write_private(path, HEADER + "\n".join(_lines(settings, "")) + "\n")


def write_sandbox_secrets(path: Path, settings: Table) -> None:
    """Write what the sandbox platforms know of their caller, and prove themselves with when they call, as JSON."""
    callers = {name: {k: known[k] for k in ("access_id", "secret")} for name, known in settings["platforms"].items()}
    write_private(path, json.dumps(callers | {"callbacks": settings["callbacks"]}))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _lines(table: Table, name: str) -> list[str]:
    """A table in TOML, its own values first.  Strings are written as JSON, which TOML's basic strings contain."""
    own = [f"{_bare(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
    lines = [*([f"\n[{name}]"] if name and (own or not table) else []), *own]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{name}.{_bare(key)}" if name else _bare(key))
    return lines


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _fresh_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
