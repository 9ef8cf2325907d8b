"""The real catalogue, and a copy of its folder to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.catalogue.files import load
from schemas.catalogue import Catalogue
from tests.catalogue.folders import COUNTY, Folder


@pytest.fixture(scope="session")
def real() -> Catalogue:
    """The catalogue of 德化县 as it stands in the repository."""
    return load(COUNTY)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A copy of its folder."""
    return Folder(tmp_path)
