"""Help, exit codes and the shape of output, of everything that needs nothing to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import Result

from infra.cli.main import app
from infra.embedded.plan import default_catalogue

Invoke = Callable[..., Result]


def every_command() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(command: object, path: tuple[str, ...]) -> None:
        found.append(path)
        for name, below in sorted(getattr(command, "commands", {}).items()):
            walk(below, (*path, name))

    walk(get_command(app), ())
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_command_says_what_it_does(invoke: Invoke, path: tuple[str, ...]) -> None:
    result = invoke(*path, "--help")
    assert result.exit_code == 0
    assert any("一" <= character <= "鿿" for character in result.stdout), "help is for Chinese staff first"


def test_all_commands_are_there() -> None:
    assert {" ".join(path) for path in every_command()} >= {
        "up", "down", "status", "ps", "demo", "worker", "migrate", "codec-server", "relay", "version", "token", "trail",
        "catalogue check", "catalogue publish", "catalogue show",
        "application start", "application status", "application explain", "application wait",
        "application withdraw", "application list",
        "report monthly", "report quarterly", "report check",
        "projections rebuild", "sandbox fault set", "sandbox fault list", "sandbox fault clear",
    }  # fmt: skip


def test_help_tells_the_exit_codes(invoke: Invoke) -> None:
    text = invoke("--help").stdout
    assert all(code in text for code in ("0 成功", "1 失败", "2 用法", "3 没有找到", "4"))


def test_wrong_usage_is_2(invoke: Invoke) -> None:
    assert invoke("nonsense").exit_code == 2
    assert invoke("trail").exit_code == 2
    assert invoke("up", "--workers", "many").exit_code == 2


@pytest.mark.parametrize("command", ["application status X", "trail X", "migrate", "sandbox fault list", "status"])
def test_nothing_running_is_4_and_says_what_to_do(invoke: Invoke, command: str) -> None:
    result = invoke(*command.split())
    assert result.exit_code == 4
    assert "mianzheng up" in result.stderr
    assert result.stdout == ""


def test_nothing_to_stop_is_success(invoke: Invoke) -> None:
    result = invoke("down")
    assert (result.exit_code, result.stdout.strip()) == (0, "没有在运行的服务")


def test_version_in_json(invoke: Invoke) -> None:
    told = json.loads(invoke("version", "--json").stdout)
    assert set(told) == {"mianzheng", "temporalio", "temporal_server", "python"}


def test_bad_application_names_every_field(invoke: Invoke) -> None:
    bad = {"application_no": "x y", "item_code": "", "parties": [], "operator": {"kind": "clerk"}, "purpose": "x"}
    result = invoke("application", "start", "-", stdin=json.dumps(bad))
    assert result.exit_code == 2
    for field in ("application_no", "item_code", "parties", "operator.actor_id"):
        assert field in result.stderr
    assert "Traceback" not in result.stderr


def test_errors_in_json_are_one_object_on_stderr(invoke: Invoke) -> None:
    result = invoke("application", "start", "-", "--json", stdin="{}")
    error = json.loads(result.stderr)["error"]
    assert (result.exit_code, result.stdout, error["exit_code"]) == (2, "", 2)
    assert {"application_no", "parties"} <= {field["field"] for field in error["fields"]}


@pytest.mark.parametrize("text", ["", "no json", "[]"])
def test_what_is_no_application_is_2(invoke: Invoke, text: str) -> None:
    assert invoke("application", "start", "-", stdin=text).exit_code == 2


def test_a_file_that_is_not_there_is_2(invoke: Invoke) -> None:
    result = invoke("application", "start", "nowhere.json")
    assert result.exit_code == 2
    assert "nowhere.json" in result.stderr


def test_settings_that_are_wrong_are_named(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text('county = "350526"\nnonsense = 1\n')
    monkeypatch.setenv("MIANZHENG_CONFIG", str(tmp_path / "settings.toml"))
    result = invoke("application", "status", "X")
    assert result.exit_code == 2
    assert "postgres" in result.stderr
    assert "nonsense" in result.stderr


def test_catalogue_check_counts(invoke: Invoke) -> None:
    told = json.loads(invoke("catalogue", "check", str(default_catalogue()), "--json").stdout)
    assert told["items"] > 0
    assert told["requirements"] > 0


def test_catalogue_check_names_file_line_and_field(invoke: Invoke, tmp_path: Path) -> None:
    for file in default_catalogue().iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    table = tmp_path / "departments.csv"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    uscc = rows[0].split(",").index("uscc")
    cells = rows[1].split(",")
    cells[uscc] = "123"
    table.write_text("\n".join([rows[0], ",".join(cells), *rows[2:]]), encoding="utf-8")
    result = invoke("catalogue", "check", str(tmp_path), "--json")
    fields = [field["field"] for field in json.loads(result.stderr)["error"]["fields"]]
    assert result.exit_code == 2
    assert any("departments.csv:2" in field and "uscc" in field for field in fields), fields


def test_catalogue_show_lists_and_explains_an_item(invoke: Invoke) -> None:
    folder = ("--folder", str(default_catalogue()))
    items = json.loads(invoke("catalogue", "show", *folder, "--json").stdout)["service_items"]
    rules = json.loads(invoke("catalogue", "show", items[0]["code"], *folder, "--json").stdout)
    assert rules["item_name"] == items[0]["name"]
    assert invoke("catalogue", "show", "none", *folder).exit_code == 3
