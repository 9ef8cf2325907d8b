"""What the page is made of: its texts, its headers, and the library that it carries; no browser is needed."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from infra.gateway.page.serving import HEADERS, STATIC, page_routes
from infra.gateway.page.words import CODES, WORDS
from schemas.texts import en_page, zh_page
from schemas.timeline_words import FIELDS

SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (STATIC / "js").glob("*.js")}
VENDORED = {
    "echarts.common.min.js": "61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5",
    "LICENSE": "634293835b43a6dd2094fa39182a3d9a6b9ca43b7fdb9ac354e8037af2a3093a",
    "NOTICE": "d491d358344f842685c1b1585970999db65fe30ecf7ef3867af8814f4016c016",
    "LICENSE-d3": "e1211892da0b0e0585b7aebe8f98c1274fba15bafe47fa1f4ee8a7a502c06304",
}
"""Of the npm package echarts 6.1.0, to the byte (docs/decisions/0015)."""


def test_both_languages_say_the_same_things() -> None:
    assert zh_page.TEXTS.keys() == en_page.TEXTS.keys()
    for key, text in zh_page.TEXTS.items():
        places = re.findall(r"\{\w+\}", text)
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", en_page.TEXTS[key])), key
        assert text.strip() and en_page.TEXTS[key].strip(), key


def test_every_text_that_a_script_asks_for_is_there_and_none_is_left_over() -> None:
    whole = "\n".join(SCRIPTS.values())
    asked = set(re.findall(r'\bt\(\s*"(\w+)"', whole))
    assert asked and asked <= zh_page.TEXTS.keys()
    begun = tuple(re.findall(r"\bt\(`(\w+)\$\{", whole))
    quoted = set(re.findall(r'"(\w+)"', whole)) | set(re.findall(r"\b(\w+):", whole))
    left = {key for key in zh_page.TEXTS if key not in quoted and not key.startswith(begun)}
    assert left == set()


def test_every_line_of_the_timeline_has_a_name() -> None:
    labels = {label for _, label, _ in FIELDS} | {"error", "consequence"}
    assert {f"said_{label}" for label in labels} <= zh_page.TEXTS.keys()
    plain = {"", "moment", "day", "truth", "digest"}
    assert {words for _, _, words in FIELDS} - plain <= CODES.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_are_json(language: str) -> None:
    assert json.loads(WORDS[language]).keys() == {"texts", "codes"}


def test_the_library_is_the_published_one() -> None:
    folder = STATIC / "vendor" / "echarts"
    assert {path.name for path in folder.iterdir()} == VENDORED.keys()
    for name, digest in VENDORED.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_no_script_makes_markup_or_asks_elsewhere() -> None:
    for name, text in SCRIPTS.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", code(text)
        ), name
        assert not re.search(r"https?://", text), name
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=|https?://", page)


def code(text: str) -> str:
    """Without the lines that are only comments."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "*", "/*")))


async def test_files_are_served_with_their_headers_and_nothing_else() -> None:
    transport = httpx.ASGITransport(Starlette(routes=page_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        home = await http.get("/office")
        assert (home.status_code, home.headers["location"]) == (308, "/office/")
        page = await http.get("/office/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
        again = await http.get("/office/", headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        for path in ("js/app.js", "office.css", "words/zh.json", "vendor/echarts/NOTICE"):
            answer = await http.get(f"/office/{path}")
            assert answer.status_code == 200 and "Content-Security-Policy" in answer.headers, path
        for path in ("serving.py", "../serving.py", "%2e%2e/serving.py", "js/", "words/fr.json"):
            assert (await http.get(f"/office/{path}")).status_code == 404, path
        assert (await http.post("/office/")).status_code == 405


def test_static_files_are_packaged() -> None:
    told = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert "gateway/page/static/**/*" in told
