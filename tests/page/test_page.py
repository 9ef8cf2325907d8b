"""The page in a real browser: signed in, searched, opened, checked, downloaded, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from infra.audit import verify
from infra.transparency.keys import load_key
from tests.page.office import DRIVEN, STRANGE, WITHDRAWN, Office, shoot

pytestmark = pytest.mark.timeout(120)


async def test_sign_in_search_and_open(office: Office, browser: Browser) -> None:
    async with office.page(browser, token=None) as page:
        await office.open(page)
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        await shoot(page, "sign-in")
        await page.get_by_label("访问令牌").fill("Bearer auditor-1")
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("heading", name="办件查询")).to_be_visible()
        assert await page.evaluate("document.cookie + Object.keys(localStorage)") == "mianzheng.language"
        await page.get_by_label("办件编号").fill("YM-2026-0001")
        await page.get_by_label("办件编号").press("Enter")
        await expect(page.get_by_role("heading", name="查得 1 件")).to_be_visible()
        await shoot(page, "search")
        await page.get_by_role("link", name=DRIVEN).click()
        await expect(page.get_by_role("heading", name="办理经过")).to_be_visible()
        await expect(page).to_have_title(f"{DRIVEN} · 效能监督")
        await expect(page.locator(".seal")).to_be_visible()
        await office.sign()
        await page.get_by_role("button", name="重新核验").click()
        await expect(page.locator(".seal.proved")).to_be_visible()
        answered = page.locator("li.event", has=page.get_by_text("核验答复", exact=True))
        for told in ("属实", "低保信息核对一致", "部门经办人", "德化县民政局", "civil-7", "自发起信息核验"):
            await expect(answered).to_contain_text(told)
        await shoot(page, "case")
        await page.emulate_media(media="print")
        await expect(page.get_by_role("button", name="打印")).to_be_hidden()
        await shoot(page, "print")


async def test_who_may_not_is_told_so_and_who_has_no_token_signs_in_again(office: Office, browser: Browser) -> None:
    async with office.page(browser, token="clerk-9") as page:
        await office.open(page, f"#/case/{WITHDRAWN}")
        await expect(page.get_by_role("alert")).to_have_text("所持角色无权进行此操作")
        office.expected("403")
    async with office.page(browser, token="nobody") as page:
        await office.open(page)
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        assert await page.evaluate("sessionStorage.length") == 0
        await page.get_by_label("访问令牌").fill("nobody")
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        office.expected("401")


async def test_hostile_texts_stay_texts_and_both_languages_speak(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page)
        await expect(page.get_by_role("table")).to_contain_text("<img src=x onerror")
        await shoot(page, "list")
        await office.open(page, f"#/case/{STRANGE}")
        await expect(page.locator(".seal.proved")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("<script>window.hacked=1</script>[U+202E]李四")
        await expect(page.locator(".event.superseded")).to_have_count(1)
        await expect(page.locator(".event.superseded")).to_contain_text("已被取代")
        await expect(page.locator("table.clocks")).to_contain_text("逾期办成橙牌督办")
        await expect(page.locator(".event .hidden", has_text="项个人信息：遮蔽")).to_have_count(1)
        await shoot(page, "strange")
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "en"
        await expect(page.locator(".seal.proved")).to_contain_text("All 9 events are proved")
        await shoot(page, "english")
        assert await page.evaluate("window.hacked") is None
        assert await page.locator("main img, main script").count() == 0


async def test_a_script_in_the_page_would_not_run(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page)
        blocked = await page.evaluate(
            """() => {
                const script = document.createElement("script");
                try { script.textContent = "window.hacked = 1"; document.body.append(script); } catch {}
                try { document.body.innerHTML = "<b>x</b>"; return "let in"; } catch (error) { return error.name; }
            }"""
        )
        assert (blocked, await page.evaluate("window.hacked")) == ("TypeError", None)
        office.expected("TrustedHTML", "TrustedScript")


def canonical_changed(answer: dict[str, Any]) -> None:
    event = next(e for e in answer["events"] if "低保信息核对一致" in e["canonical"])
    event["canonical"] = event["canonical"].replace("低保信息核对一致", "低保信息核对无误")


def actor_changed(answer: dict[str, Any]) -> None:
    """In the timeline: the proofs are sound, and prove another text than is shown."""
    entries = [entry for section in answer["timeline"]["sections"] for entry in section["entries"]]
    next(entry for entry in entries if entry["actor_id"] == "civil-7")["actor_id"] = "civil-8"


def path_changed(answer: dict[str, Any]) -> None:
    event = answer["events"][3]
    event["path"][0], event["path"][1] = event["path"][1], event["path"][0]


def left_out(answer: dict[str, Any]) -> None:
    del answer["events"][5]


def verdict_lied(answer: dict[str, Any]) -> None:
    canonical_changed(answer)
    for event in answer["events"]:
        event["verdict"] = "proved"


TAMPERED = {
    "canonical": (canonical_changed, "proofs"),
    "actor": (actor_changed, "timeline"),
    "path": (path_changed, "proofs"),
    "left out": (left_out, "proofs"),
    "verdict": (verdict_lied, "proofs"),
}


async def tampered(page: Page, change: Any, where: str) -> None:
    """Let the answers of an address be changed on their way."""

    async def on_the_way(route: Route) -> None:
        answer = await (await route.fetch()).json()
        change(answer)
        await route.fulfill(json=answer)

    await page.unroute_all()
    await page.route(re.compile(f"/{where}$"), on_the_way)


async def test_what_was_tampered_with_is_seen(office: Office, browser: Browser) -> None:
    await office.sign()
    async with office.page(browser) as page:
        for change, where in TAMPERED.values():
            await tampered(page, change, where)
            await office.open(page, f"?{change.__name__}#/case/{DRIVEN}")
            await expect(page.locator(".seal.broken")).to_contain_text("有 1 条不符")
            await expect(page.locator(".proof.broken")).to_have_count(1)
        await page.get_by_role("button", name="看第一处不符").click()
        await expect(page.locator("li.event:focus .proof.broken")).to_be_in_viewport()
        await shoot(page, "broken")

        def other_root(answer: dict[str, Any]) -> None:
            lines = answer["head"]["note"].split("\n")
            lines[2] = "A" * 43 + "="
            answer["head"]["note"] = "\n".join(lines)

        await tampered(page, other_root, "proofs")
        await office.open(page, f"?root#/case/{DRIVEN}")
        await expect(page.locator(".seal.broken")).to_be_visible()
        await expect(page.locator(".proof.proved")).to_have_count(0)
        await expect(page.locator(".verdict")).to_contain_text("检查点签名不成立")


async def test_downloads(office: Office, browser: Browser, tmp_path: Path) -> None:
    await office.sign()
    async with office.page(browser) as page:
        await office.open(page, f"#/case/{DRIVEN}")
        async with page.expect_download() as trail:
            await page.get_by_role("button", name="台账（JSON）").click()
        kept = tmp_path / "trail.json"
        await (await trail.value).save_as(kept)
        assert (await trail.value).suggested_filename == f"{DRIVEN}.json"
        assert json.loads(kept.read_text())["sound"] is True
        async with page.expect_download() as table:
            await page.get_by_role("button", name="办理经过（CSV）").click()
        await (await table.value).save_as(tmp_path / "timeline.csv")
        lines = list(csv.DictReader(io.StringIO((tmp_path / "timeline.csv").read_text("utf-8-sig"))))
        assert len(lines) == await page.locator("li.event").count()
        (answered,) = [line for line in lines if line["事件"] == "核验答复"]
        assert (answered["人员编号"], answered["部门"]) == ("civil-7", "德化县民政局")
        assert "理由：低保信息核对一致" in answered["内容"]
        async with page.expect_download(timeout=30_000) as bundle:
            await page.get_by_role("button", name="导出包（含证明）").click()
        kept = tmp_path / "bundle.zip"
        await (await bundle.value).save_as(kept)
    assert office.audit.key_path is not None
    findings = verify.verify(kept, [load_key(office.audit.key_path).verifier_key()])
    assert verify.BROKEN not in {finding.verdict for finding in findings}, findings


async def test_the_league_down_to_a_case(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page, "#/league")
        await expect(page.get_by_role("heading", name="堵点清单")).to_be_visible()
        await page.wait_for_selector(".chart svg text")
        await shoot(page, "league")
        await page.get_by_role("link", name="核验按期率").click()
        first = page.locator("table.league tbody tr").first
        await expect(first).to_contain_text("德化县民政局")
        await page.get_by_role("link", name="德化县司法局").click()
        await expect(page.get_by_role("heading", name="德化县司法局：事项")).to_be_visible()
        await shoot(page, "items")
        await page.get_by_role("link", name="法律援助").click()
        await expect(page.get_by_role("link", name=DRIVEN)).to_be_visible()
        await expect(page.get_by_role("link", name=STRANGE)).to_have_count(0)


async def test_by_keyboard_and_with_names_for_everything(office: Office, browser: Browser) -> None:
    async with office.page(browser) as page:
        await office.open(page)
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.name") == "number":
                break
        await page.keyboard.type(DRIVEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="查得 1 件")).to_be_visible()
        assert await page.evaluate("document.activeElement.id") == "main", "where the news is"
        for where in ("#/cases", "#/league", f"#/case/{DRIVEN}"):
            await office.open(page, where)
            unnamed = await page.evaluate(
                """() => [...document.querySelectorAll("input, select, textarea, button, a")]
                    .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel))
                    .map((each) => each.outerHTML)"""
            )
            assert unnamed == []
            assert await page.locator("h1").count() == 1
            assert await page.locator("table:not(:has(caption)), th:not([scope])").count() == 0
        await page.set_viewport_size({"width": 390, "height": 800})
        await office.open(page, f"#/case/{DRIVEN}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing beyond a telephone"
        await shoot(page, "telephone")
