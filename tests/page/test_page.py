"""The page in a real browser: signed in, searched, opened, checked, downloaded, in both languages."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.page.office import DRIVEN, STRANGE, Office, shoot

pytestmark = pytest.mark.timeout(120)


async def test_sign_in_search_and_open(office: Office, browser: Browser) -> None:
    async with office.page(browser, token=None) as page:
        await office.open(page)
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        await shoot(page, "sign-in")
        await page.get_by_label("访问令牌").fill("Bearer auditor-1")
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("heading", name="办件查询")).to_be_visible()
        assert await page.evaluate("document.cookie") == "", "nothing another site could use"
        await page.get_by_label("办件编号").fill("YM-2026-0001")
        await page.get_by_label("办件编号").press("Enter")
        await expect(page.get_by_role("heading", name="查得 1 件")).to_be_visible()
        await shoot(page, "search")
        await page.get_by_role("link", name=DRIVEN).click()
        await expect(page.get_by_role("heading", name=DRIVEN)).to_be_visible()
        await expect(page.get_by_role("heading", name="办理经过")).to_be_visible()
        await expect(page.locator(".seal")).to_be_visible()
        await office.sign()
        await page.get_by_role("button", name="重新核验").click()
        await expect(page.locator(".seal.proved")).to_be_visible()
        await shoot(page, "case")
        await page.emulate_media(media="print")
        await shoot(page, "print")


async def test_strange(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page)
        await shoot(page, "list")
        await office.open(page, f"#/case/{STRANGE}")
        await expect(page.locator(".seal.proved")).to_be_visible()
        await shoot(page, "strange")
        assert await page.evaluate("window.hacked") is None
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        await expect(page.locator(".seal.proved")).to_be_visible()
        await shoot(page, "english")


async def test_league(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page, "#/league")
        await expect(page.get_by_role("heading", name="堵点清单")).to_be_visible()
        await page.wait_for_selector(".chart svg text")
        await shoot(page, "league")
        await page.get_by_role("link", name="德化县司法局").click()
        await expect(page.get_by_role("heading", name="德化县司法局：事项")).to_be_visible()
        await shoot(page, "items")
        await page.get_by_role("link", name="法律援助").click()
        await expect(page.get_by_role("link", name=DRIVEN)).to_be_visible()
