"""The page for supervisors shows exactly the filters of the program, as links."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from infra.cli.places import filtered
from schemas.clock import COUNTY_TIME
from schemas.codes import Platform
from schemas.list_filters import WAITS, questions

PAGE = Path(__file__).parent.parent / "docs" / "supervision.md"
BASE = "http://127.0.0.1:8233"
SINCE = datetime(2026, 11, 17, tzinfo=COUNTY_TIME)


def test_the_page_has_every_filter_and_no_other() -> None:
    asked = (*WAITS, *questions(SINCE, 7, "德化县公安局", Platform.COLLABORATION))
    shown = re.findall(r"\[([^\]]+)\]\((http[^)]*workflows\?query=[^)]*)\)", PAGE.read_text(encoding="utf-8"))
    assert shown == [(f.name, filtered(BASE, f)) for f in asked]
