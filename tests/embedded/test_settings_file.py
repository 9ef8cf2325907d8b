"""The settings file: secrets once, addresses each time, what an operator wrote for ever."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded import settings_file
from infra.embedded.ports import Ports
from infra.embedded.state_dir import StateDir
from infra.sandbox.guard import load_callers, load_senders
from infra.settings import Settings
from schemas.codes import CALLBACK_PLATFORMS

PORTS = Ports(temporal=1, ui=2, codec=3, gateway=5, sandbox=4)
OTHER_PORTS = Ports(temporal=11, ui=12, codec=13, gateway=15, sandbox=14)

_keys = st.text(min_size=1, max_size=12)
_numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
_values: st.SearchStrategy[object] = st.text(max_size=20) | st.booleans() | _numbers
_tables = st.recursive(st.dictionaries(_keys, _values, max_size=4), lambda t: st.dictionaries(_keys, _values | t))


@given(_tables)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, table: dict[str, object]) -> None:
    path = tmp_path_factory.getbasetemp() / "settings.toml"
    settings_file.write(path, table)
    assert settings_file.read(path) == table
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_settings_read_what_the_stack_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StateDir.at(tmp_path)
    made = settings_file.with_places(settings_file.with_secrets({}), state, PORTS, "postgresql://a", "postgresql://b")
    settings_file.write(state.settings, made)
    monkeypatch.setenv("MIANZHENG_CONFIG", str(state.settings))
    settings = Settings()
    assert settings.temporal.address == "127.0.0.1:1"
    assert settings.codec_server.ui_origin == "http://127.0.0.1:2"
    assert settings.gateway.port == 5
    assert settings.webhooks.allow_http
    assert [str(n) for n in settings.webhooks.allowed_networks] == ["127.0.0.0/8", "::1/128"]
    assert set(settings.callbacks) == set(CALLBACK_PLATFORMS)


def test_the_sandbox_knows_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = settings_file.with_secrets({})
    settings_file.write_sandbox_secrets(path, made)
    callers, senders = load_callers(path), load_senders(path)
    assert {p.value: c.access_id for p, c in callers.items()} == {
        name: known["access_id"] for name, known in made["platforms"].items()
    }
    assert {p.value: (c.access_id, c.secret.decode()) for p, c in senders.items()} == {
        name: (known["client_id"], known["secret"]) for name, known in made["callbacks"].items()
    }


def test_secrets_and_edits_stay_and_places_change(tmp_path: Path) -> None:
    state = StateDir.at(tmp_path)
    first = settings_file.with_places(settings_file.with_secrets({}), state, PORTS, "a", "b")
    first["routing"] = {"retry_initial_seconds": 2.5}
    second = settings_file.with_places(settings_file.with_secrets(first), state, OTHER_PORTS, "c", "d")
    assert second["identity"] == first["identity"]
    assert second["temporal"]["codec_keys"] == first["temporal"]["codec_keys"]
    assert second["routing"] == {"retry_initial_seconds": 2.5}
    assert second["temporal"]["address"] == "127.0.0.1:11"
    assert second["postgres"] == {"dsn": "c", "admin_dsn": "d"}


def test_every_secret_is_its_own() -> None:
    made = settings_file.with_secrets({})
    known = [made["identity"]["pepper"], made["identity"]["master_key"], made["temporal"]["codec_keys"]["k1"]]
    known += [each["secret"] for group in ("platforms", "callbacks") for each in made[group].values()]
    assert len(set(known)) == len(known) == 14
