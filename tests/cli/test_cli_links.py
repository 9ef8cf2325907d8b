"""The questions of a supervisor from the command line: every filter there is, with the date of today."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from typer.testing import Result

from schemas.clock import COUNTY_TIME
from schemas.list_filters import WAITS

Invoke = Callable[..., Result]


def test_links_ask_what_the_filters_say(invoke: Invoke) -> None:
    result = invoke("links", "--office", "德化县卫生健康局", "--platform", "data_sharing", "--days", "10", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert len(told) == len(WAITS) + 11
    for each in told:
        link = urlsplit(each["link"])
        assert (link.netloc, link.path) == ("127.0.0.1:8233", "/namespaces/default/workflows")
        assert parse_qs(link.query) == {"query": [each["query"]], "savedQuery": [each["name"]]}
    asked = " ".join(each["query"] for each in told)
    ten_days_ago = (datetime.now(UTC).astimezone(COUNTY_TIME) - timedelta(days=10)).date()
    assert f'LastProgressAt < "{ten_days_ago.isoformat()}T00:00:00+08:00"' in asked
    assert 'WaitingOn = "德化县卫生健康局"' in asked
    assert 'StuckReason = "平台未应答:市汇聚共享平台"' in asked


def test_a_question_stands_before_its_link(invoke: Invoke) -> None:
    lines = invoke("links", "--ui", "https://ui.example").stdout.splitlines()
    assert "哪些已亮红牌" in lines
    assert all(line.startswith("  https://ui.example/namespaces/") for line in lines[1::2])
