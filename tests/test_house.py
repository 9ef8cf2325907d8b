"""The house itself: rules of the layout that no type checker knows."""

from __future__ import annotations

import ast
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

import pytest

from schemas.attributes import ATTRIBUTES, AttributeType

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "activities", "workflows", "workers", "infra")
WORKFLOW_FILES = sorted((ROOT / "workflows").glob("*.py"))


def test_workflows_package_is_empty() -> None:
    """The sandbox executes parent packages for every run."""
    assert (ROOT / "workflows" / "__init__.py").read_bytes() == b""


@pytest.mark.parametrize("path", WORKFLOW_FILES, ids=lambda p: p.name)
def test_no_sets_in_workflow_code(path: Path) -> None:
    """Their order differs between processes; a replay would swap answers without any error."""
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, (ast.Set, ast.SetComp)), f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("set", "frozenset"), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("path", WORKFLOW_FILES, ids=lambda p: p.name)
def test_workflow_code_reads_no_clock_and_no_chance(path: Path) -> None:
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    allowed = {"uuid"} if path.name == "recorder.py" else set()  # the type only; ids are made in schemas
    assert not names & ({"random", "time", "os", "uuid", "secrets", "socket"} - allowed)


def test_no_other_distribution_provides_our_packages() -> None:
    ours = "mianzheng"
    for distribution in distributions():
        name = (distribution.metadata["Name"] or "").lower()
        tops = (distribution.read_text("top_level.txt") or "").split()
        assert name == ours or not set(tops) & set(PACKAGES), name


def test_search_attributes_stay_within_the_budget_of_sql_visibility() -> None:
    count = Counter(ATTRIBUTES.values())
    assert count[AttributeType.KEYWORD] <= 10
    assert all(count[kind] <= 3 for kind in AttributeType if kind is not AttributeType.KEYWORD)


def test_no_registry_host_stands_in_any_file() -> None:
    hosts = ("pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb.deb" + "ian.org")
    suffixes = {".py", ".toml", ".txt", ".md", ".yaml", ".csv", ".sql", ""}
    skipped = {".git", ".venv", ".mianzheng", "build"}
    for path in ROOT.rglob("*"):
        if path.is_file() and path.suffix in suffixes and not skipped & set(path.relative_to(ROOT).parts):
            text = path.read_text(errors="ignore")
            assert not any(host in text for host in hosts), path
