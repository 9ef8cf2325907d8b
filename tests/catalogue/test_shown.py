"""``catalogue show``: what an operator sees of the long routes."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from infra.cli.catalogue import app
from infra.cli.output import out
from schemas.catalogue import Catalogue
from schemas.codes import CheckMode, ItemDomain, OverdueEffect
from schemas.texts import zh
from tests.catalogue.climbing import item_named
from tests.catalogue.folders import COUNTY


def shown(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr(out, "width", 600)
    result = CliRunner().invoke(app, ["show", *arguments, "--folder", str(COUNTY)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("公司设立登记", "承诺：住所（经营场所）场地证明（抽查 10%）"),
        ("公司设立登记", "容缺：2 个工作日，逾期撤销受理"),
        ("公司设立登记", "法定时限 3 个工作日 · 承诺时限 2 个工作日 · 可帮办代办 · 一般领域"),
        ("不动产变更登记（名称）", "承诺：同一主体的证明材料（免核）"),
        ("收养登记", "德化县卫生健康局"),
        ("收养登记", "用人单位（不在平台）"),
        ("烟花爆竹经营（零售）许可", "不在帮办代办范围 · 公共安全领域，不适用告知承诺"),
    ],
)
def test_an_item_tells_its_long_routes(real: Catalogue, monkeypatch: pytest.MonkeyPatch, item: str, told: str) -> None:
    assert told in shown(monkeypatch, item_named(real, item).code)


def test_the_whole_tells_its_promises_and_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    output = shown(monkeypatch)
    assert "告知承诺条款 20，容缺条款 4" in output
    assert "德化县行政服务中心管理委员会，德化县司法局" in output


def test_every_word_has_its_text() -> None:
    assert set(zh.ITEM_DOMAINS) == {d.value for d in ItemDomain}
    assert set(zh.CHECK_MODES) == {m.value for m in CheckMode}
    assert set(zh.OVERDUE_EFFECTS) == {e.value for e in OverdueEffect}
