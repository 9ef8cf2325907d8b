"""One county, one browser, for all tests of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from temporalio.client import Client

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from tests.page.office import CHROMIUM, DATABASE, NO_CHROMIUM, Office, open_browser, open_office


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; where there is none, the tests that want it say so and are skipped."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    async with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
async def office(
    client: Client, server: str, postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The page over its cases."""
    postgres.create_database(DATABASE, template=template)
    async with open_office(
        client, server, postgres.dsn(APP_ROLE, DATABASE), tmp_path_factory.mktemp("office")
    ) as opened:
        yield opened
    postgres.drop_database(DATABASE)
