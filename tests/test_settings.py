"""Settings refuse at boot what cannot work, and name the setting."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.settings import Settings
from schemas.assignment import Step
from schemas.codes import SHARING_PLATFORMS, Mode, Platform, Route

KEY = base64.b64encode(bytes(32)).decode()
CALLER = {"client_id": "cb", "secret": "not-a-secret-of-anybody"}


def values(**changed: Any) -> dict[str, Any]:
    platform = {"base_url": "http://127.0.0.1:1", "access_id": "county", "secret": "not-a-secret"}
    return {
        "temporal": {"codec_keys": {"k1": KEY}, "codec_active_key": "k1"},
        "postgres": {"dsn": "postgresql:///test"},
        "identity": {"pepper": KEY, "master_key": KEY},
        "platforms": {p.value: dict(platform) for p in Platform},
        "evidence_path": "evidence",
    } | changed


@pytest.fixture(autouse=True)
def no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIANZHENG_CONFIG", raising=False)


def with_platform(**changed: Any) -> dict[str, Any]:
    told = values()
    told["platforms"]["data_sharing"] |= changed
    return told


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (values(temporal={"codec_keys": {"k1": KEY}, "codec_active_key": "k2"}), "temporal.codec_active_key"),
        (values(temporal={"codec_keys": {"k1": "c2hvcnQ="}, "codec_active_key": "k1"}), "temporal.codec_keys.k1"),
        (values(identity={"pepper": "?", "master_key": KEY}), "identity.pepper"),
        (values(identity={"pepper": KEY, "master_key": "c2hvcnQ="}), "identity.master_key"),
        (with_platform(ask_seconds=61), "routing.data_sharing.interactive_seconds"),
        (with_platform(timeout_seconds=20), "platforms.data_sharing.ask_seconds"),
        (values(platforms={}), "platforms.elicence_national"),
        (values(callbacks={"credit_city": dict(CALLER)}), "callbacks.credit_city"),
        (values(callbacks={"assistance": CALLER | {"secret": "too short"}}), "callbacks.assistance.secret"),
        (
            values(temporal={"codec_keys": {"k1": KEY}, "codec_active_key": "k1", "promote_on_start": True}),
            "temporal.build_id",
        ),
        (values(telemetry={"traces": True}), "telemetry.otlp_endpoint"),
        (values(codec_server={"host": "0.0.0.0"}), "codec_server.host"),
        (values(oidc={"issuer": "http://id.example"}), "oidc.issuer"),
        (values(surprise=1), "surprise"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_work_is_refused_by_name(told: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**told)
    assert named in str(refused.value)
    assert KEY not in str(refused.value)


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('county = "350500"\n[telemetry]\nlog_level = "DEBUG"\n')
    monkeypatch.setenv("MIANZHENG_CONFIG", str(file))
    monkeypatch.setenv("MIANZHENG_TELEMETRY__LOG_LEVEL", "WARNING")
    settings = Settings(**values())
    assert settings.county == "350500"
    assert settings.telemetry.log_level == "WARNING"


def test_secrets_do_not_show() -> None:
    assert KEY not in repr(Settings(**values()))
    assert CALLER["secret"] not in repr(Settings(**values(callbacks={"collaboration": CALLER})))
    assert "not-a-secret" not in repr(Settings(**values()))


def test_only_the_sharing_platforms_must_be_there() -> None:
    told = values()
    told["platforms"] = {p.value: told["platforms"][p.value] for p in SHARING_PLATFORMS}
    settings = Settings(**told)
    assert set(settings.platforms) == set(SHARING_PLATFORMS)
    assert settings.callbacks == {}


def test_case_policy_carries_budgets_and_queues() -> None:
    told = values()
    told["temporal"]["queues"] = {"platforms": "outside"}
    told["routing"] = {"elicence": {"interactive_seconds": 30, "background_seconds": 300}}
    policy = Settings(**told).case_policy
    assert policy.budgets[Route.ELICENCE].seconds(Mode.INTERACTIVE) == 30
    assert policy.budgets[Route.ELICENCE].seconds(Mode.BACKGROUND) == 300
    assert policy.queues == {"platforms": "outside"}
    assert policy.ask_seconds[Platform.DATA_SHARING] == 15


def test_long_routes_are_recorded_with_the_case_and_can_be_left_off() -> None:
    told = values() | {"long_routes": {"steps": {"verification": {"working_days": 2, "gives_up_after": 4}}}}
    long = Settings(**told).case_policy.long
    assert long is not None
    assert (long.step(Step.VERIFICATION).working_days, long.step(Step.VERIFICATION).gives_up_after) == (2, 4)
    assert set(long.steps) == set(Step), "every step has a budget"
    assert Settings(**values() | {"long_routes": {"enabled": False}}).case_policy.long is None


@pytest.mark.parametrize(
    ("long_routes", "named"),
    [
        ({"offered": ["elicence"]}, "long_routes.offered"),
        ({"steps": {"opinion": {"working_days": 3, "gives_up_after": 2}}}, "gives_up_after"),
        ({"rungs": {"blue_after": 3, "orange_after": 1}}, "blue_after"),
        ({"working_day_seconds": 0}, "working_day_seconds"),
    ],
)
def test_long_routes_that_cannot_work_are_refused(long_routes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**values() | {"long_routes": long_routes})
    assert named in str(refused.value)
