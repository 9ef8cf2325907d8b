"""Loading: every problem is told by file, line and field, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.catalogue.files import load
from infra.catalogue.problems import CatalogueInvalid, Problem
from schemas.catalogue import Catalogue
from tests.catalogue.folders import Folder

CELLS = [
    # file, row, column, value, part of the message
    ("departments.csv", "justice", "uscc", "11350526MB0000001D", "校验码不符"),
    ("departments.csv", "justice", "name", "", "必填"),
    ("departments.csv", "justice", "provenance", "", "必填"),
    ("issuer_classes.csv", "fire", "code", "Fire", "不合格式"),
    ("roles.csv", "minor", "name", "长" * 101, "最多 100 个字符"),
    ("evidence_types.csv", "application_form", "format_and_sample", "", "来源属性 10 须填写"),
    ("evidence_types.csv", "resident_id_card", "producing_item", "", "来源属性 20 须填写"),
    ("evidence_types.csv", "resident_id_card", "issuer_class", "", "来源属性 20 须填写"),
    ("evidence_types.csv", "resident_id_card", "kind", "", "来源属性 20 须填写"),
    ("evidence_types.csv", "credit_standing", "public_service_sector", "", "来源属性 99 须填写"),
    ("evidence_types.csv", "credit_standing", "public_service_item", "", "来源属性 99 须填写"),
    ("evidence_types.csv", "credit_standing", "source_attribute", "30", "须为 10、20、99 之一"),
    ("evidence_types.csv", "credit_standing", "sensitivity", "secret", "须为 none、bank、health、criminal 之一"),
    ("evidence_types.csv", "no_housing", "polarity", "not", "须为 is、is_not 之一"),
    ("sources.csv", "tax_payment", "platform", "elicence_national", "不提供路径"),
    ("sources.csv", "tax_payment", "route", "commitment", "之一"),
    ("sources.csv", "tax_payment", "resource_code", "无", "不合格式"),
    ("sources.csv", "no_housing", "coverage_area", "德化", "不合格式"),
    ("sources.csv", "no_housing", "coverage_since", "1998", "须为日期"),
    ("sources.csv", "no_housing", "coverage_area", "", "必填"),
    ("list_entries.csv", "commitment|degree_certificate", "list_name", "promise", "之一"),
    ("cancellations.csv", "alive_proof", "published_on", "2020-02-30", "须为日期"),
    ("cancellations.csv", "alive_proof", "act", "", "必填"),
    ("items.csv", "bm_dog_registration", "code", "dog", "31 位实施编码"),
    ("items.csv", "bm_dog_registration", "item_type", "21", "之一"),
    ("items.csv", "bm_dog_registration", "notice_working_days", "五", "须为整数"),
    ("items.csv", "bm_dog_registration", "notice_working_days", "0", "不得小于 1"),
    ("items.csv", "bm_dog_registration", "notice_working_days", "31", "不得大于 30"),
    ("requirements.csv", "hotel_fire_opinion", "deferrable", "maybe", "须为 yes 或 no"),
    ("requirements.csv", "hotel_fire_opinion", "legal_basis", "", "必填"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "", "必填"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "fire_opinion|", "不合格式"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "fire_opinion@", "不合格式"),
    (
        "requirements.csv",
        "hotel_fire_opinion",
        "alternatives",
        "fire_opinion|fire_opinion",
        "已由 hotel_fire_opinion 要求",
    ),
    ("requirements.csv", "hotel_fire_opinion", "accepted_statuses", "01|1", "之一"),
    ("requirements.csv", "hotel_fire_opinion", "routes", "abolished|post", "之一"),
    ("requirements.csv", "hotel_fire_opinion", "routes", "deferred_supply|deferred_supply", "重复"),
    ("issuer_classes.csv", "fire", "on_platform", "maybe", "须为 yes 或 no"),
    ("bodies.csv", "committee", "role", "council", "之一"),
    ("bodies.csv", "committee", "uscc", "11350526MB0000011X", "校验码不符"),
    ("items.csv", "bm_dog_registration", "statutory_working_days", "0", "不得小于 1"),
    ("items.csv", "bm_dog_registration", "promised_working_days", "五", "须为整数"),
    ("items.csv", "bm_dog_registration", "domain", "dogs", "须为 general、"),
    ("items.csv", "bm_dog_registration", "assistance", "maybe", "须为 yes 或 no"),
    ("commitments.csv", "company_premises", "letter_version", "第一版", "不合格式"),
    ("commitments.csv", "company_premises", "obligation", "", "必填"),
    ("commitments.csv", "company_premises", "supervision", "长" * 301, "最多 300 个字符"),
    ("commitments.csv", "company_premises", "check", "some", "须为 none、sample、all 之一"),
    ("commitments.csv", "company_premises", "sample_percent", "101", "不得大于 100"),
    ("commitments.csv", "company_premises", "sample_percent", "0", "不得小于 1"),
    ("commitments.csv", "teacher_no_criminal_record", "sample_percent", "10", "只用于抽查"),
    ("commitments.csv", "company_premises", "check_within_days", "", "在抽查、全查时必填"),
    ("commitments.csv", "company_premises", "check_by", "", "在抽查、全查时必填"),
    ("commitments.csv", "company_premises", "check_by", "phone", "须为 sharing、verification 之一"),
    ("commitments.csv", "estate_change_same_subject_proof", "check_by", "sharing", "免核时须留空"),
    ("commitments.csv", "estate_change_same_subject_proof", "check_within_days", "20", "免核时须留空"),
    ("commitments.csv", "company_premises", "consequences", "", "必填"),
    ("commitments.csv", "company_premises", "consequences", "rectify|fine", "之一"),
    ("commitments.csv", "company_premises", "consequences", "rectify|rectify", "重复"),
    ("commitments.csv", "company_premises", "rectify_days", "", "责令限期整改"),
    ("commitments.csv", "teacher_moral_appraisal", "rectify_days", "10", "责令限期整改"),
    ("deferrals.csv", "food_premises", "form", "", "必填"),
    ("deferrals.csv", "food_premises", "within_days", "0", "不得小于 1"),
    ("deferrals.csv", "food_premises", "overdue", "fine", "须为 return、terminate、withdraw_acceptance 之一"),
    ("requirements.csv", "lawyer_no_criminal_record", "needed_coverage_area", "中国", "不合格式"),
    ("requirements.csv", "lawyer_no_criminal_record", "needed_coverage_since", "最近", "须为日期"),
    ("requirements.csv", "hotel_premises_title", "condition", "a" * 501, "最多 500 个字符"),
    ("requirements.csv", "hotel_premises_title", "legal_basis", "第一条\n第二条", "换行或不可见字符"),
    ("requirements.csv", "hotel_premises_title", "legal_basis", "第一\u200b条", "换行或不可见字符"),
]


@pytest.mark.parametrize(("file", "row", "column", "value", "told"), CELLS)
def test_a_wrong_cell_is_named(folder: Folder, file: str, row: str, column: str, value: str, told: str) -> None:
    line = folder.spoil(file, row, column, value)
    found = folder.problems()
    (problem,) = (p for p in found if p.startswith(f"{file}:{line} {column}: "))
    assert told in problem
    # Only where the code itself is wrong does what refers to it lead nowhere.
    assert len(found) == 1 or column == "code"


def test_every_missing_companion_is_named_once(folder: Folder) -> None:
    for column in ("public_service_sector", "public_service_item", "issuer_class", "kind"):
        line = folder.spoil("evidence_types.csv", "credit_standing", column, "")
    found = folder.problems()
    assert [p.split(" ")[1] for p in found] == [
        "issuer_class:",
        "kind:",
        "public_service_item:",
        "public_service_sector:",
    ]
    assert all(p.startswith(f"evidence_types.csv:{line} ") for p in found)


def test_a_wrong_cell_does_not_hide_what_else_is_wrong_in_its_row(folder: Folder) -> None:
    folder.spoil("evidence_types.csv", "resident_id_card", "polarity", "no")
    line = folder.spoil("evidence_types.csv", "resident_id_card", "producing_item", "")
    at = f"evidence_types.csv:{line}"
    assert [p.split(": ")[0] for p in folder.problems()] == [f"{at} polarity", f"{at} producing_item"]


def test_all_problems_of_all_files_are_told_at_once(folder: Folder) -> None:
    places = {
        f"departments.csv:{folder.spoil('departments.csv', 'justice', 'uscc', 'x')} uscc",
        f"items.csv:{folder.spoil('items.csv', 'bm_student_card', 'notice_working_days', '0')} notice_working_days",
        f"sources.csv:{folder.spoil('sources.csv', 'tax_payment', 'evidence_type', 'taxes')} evidence_type",
        f"requirements.csv:{folder.spoil('requirements.csv', 'hotel_form', 'role', 'minor')} role",
    }
    folder.rewrite("catalogue.yaml", "2026-01-01", "2026-13-01")
    places.add(f"catalogue.yaml:{folder.line_of('catalogue.yaml', 'effective_from')} effective_from")
    assert {p.split(": ")[0] for p in folder.problems()} == places


def test_a_row_in_error_is_not_reported_again_by_those_that_refer_to_it(folder: Folder) -> None:
    folder.spoil("departments.csv", "justice", "uscc", "x")
    folder.spoil("evidence_types.csv", "resident_id_card", "polarity", "x")
    folder.spoil("items.csv", "bm_student_card", "department", "")
    folder.spoil("cancellations.csv", "alive_proof", "published_on", "x")
    folder.spoil("list_entries.csv", "retained|tax_payment", "list_name", "x")
    folder.spoil("roles.csv", "minor", "name", "")
    folder.spoil("issuer_classes.csv", "fire", "name", "")
    assert len(folder.problems()) == 7


@pytest.mark.parametrize(
    "file",
    [
        f"{n}.csv"
        for n in ("departments", "issuer_classes", "bodies", "roles", "evidence_types", "sources", "items", "deferrals")
    ],
)
def test_a_missing_file_is_one_problem(folder: Folder, file: str) -> None:
    (folder.path / file).unlink()
    assert folder.problems() == [f"{file}: 缺少此文件"]


def test_a_missing_folder_is_every_file_missing(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        load(tmp_path / "350999")
    assert [str(p) for p in caught.value.problems][:2] == ["catalogue.yaml: 缺少此文件", "departments.csv: 缺少此文件"]
    assert len(caught.value.problems) == 13


def test_a_file_nobody_reads_is_a_problem(folder: Folder) -> None:
    (folder.path / "requirement.csv").write_text("code\n")
    assert folder.problems() == ["requirement.csv: 不认识的文件"]


def test_unknown_and_missing_and_repeated_columns(folder: Folder) -> None:
    folder.rewrite("departments.csv", "code,name,uscc", "code,title,uscc")
    folder.rewrite("roles.csv", "code,name", "code,name,name")
    folder.rewrite("issuer_classes.csv", "code,name", "code,name,remark")
    found = folder.problems()
    assert {"departments.csv:1 name: 缺少此栏", "departments.csv:1 title: 不认识的栏"} <= set(found)
    assert "roles.csv:1 name: 栏名重复" in found
    assert "issuer_classes.csv:1 remark: 不认识的栏" in found


def test_a_row_of_another_width_is_named(folder: Folder) -> None:
    rows = folder.read("roles.csv")
    folder.write("roles.csv", [*rows, ["witness", "见证人", "多出一栏"]])
    assert folder.problems() == [f"roles.csv:{len(rows) + 1}: 应有 2 栏，实为 3 栏"]


def test_bad_utf8_is_named_with_its_line(folder: Folder) -> None:
    path = folder.path / "roles.csv"
    line = folder.line_of("roles.csv", "minor")
    path.write_bytes(path.read_bytes().replace("未成年人".encode(), "未成年人".encode("gb18030")))
    assert folder.problems() == [f"roles.csv:{line}: 不是 UTF-8 编码（请另存为“CSV UTF-8”）"]


def test_an_unclosed_quote_is_named(folder: Folder) -> None:
    rows = len(folder.read("roles.csv"))
    with (folder.path / "roles.csv").open("a", encoding="utf-8") as opened:
        opened.write('witness,"见证人\n')
    (problem,) = folder.problems()
    assert problem.startswith(f"roles.csv:{rows + 1}: 不是合格的 CSV")


def test_what_excel_does_is_tolerated(folder: Folder, real: Catalogue) -> None:
    for path in folder.path.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        width = text.split("\n", 1)[0].count(",")
        excel = text.replace("\n", "\r\n") + "," * width + "\r\n\r\n"
        path.write_bytes(b"\xef\xbb\xbf" + excel.encode())
    assert load(folder.path) == real


def test_lines_are_right_after_a_cell_of_two_lines(folder: Folder) -> None:
    folder.spoil("departments.csv", "justice", "provenance", "synthetic\n")
    line = folder.spoil("departments.csv", "transport", "uscc", "x")
    # Blanks at the end of a cell fall away, and the line of the break itself counts.
    (problem,) = folder.problems()
    assert problem.startswith(f"departments.csv:{line + 1} uscc")


HEADS = [
    ("version: dehua_2026_03", "version: 2026-2", "version", "version", "不合格式"),
    ('county: "350526"', "county: 3505", "county", "county", "不合格式"),
    ("county_name: 德化县", "county_name:", "county_name", "county_name", "须为文本"),
    ("owner: 德化县司法局", "owner: ''", "owner", "owner", "必填"),
    ("effective_from: 2026-01-01", "effective_from: soon", "effective_from", "effective_from", "须为日期"),
    ("owner: 德化县司法局", "owner: 德化县司法局\nremark: x", "remark", "remark", "不认识的字段"),
    ("owner: 德化县司法局", "owner: 德化县司法局\nowner: 别处", "owner: 别处", "owner", "字段重复"),
    ("list_name: paper_exempt", "list_name: paperless", "paperless", "lists.1.list_name", "之一"),
    ("    published_on: 2025-12-15", "    published_on: 去年", "去年", "lists.0.published_on", "须为日期"),
    ("    title: 德化县保留的证明事项清单\n", "", "list_name: retained", "lists.0.title", "必填"),
    ("published_on: 2025-12-15", "published_on: 2026-02-01", "2026-02-01", "lists.0.published_on", "晚于目录生效日期"),
    ("list_name: commitment", "list_name: retained", "list_name: retained", "lists.2.list_name", "重复"),
    ("- ecology", "- river", "- river", "commitment_excluded_domains.4", "须为 general、"),
    ("- ecology", "- general", "- general", "commitment_excluded_domains.4", "不能排除"),
    ("- ecology", "- public_safety # 又", "# 又", "commitment_excluded_domains.4", "重复：public_safety"),
]


@pytest.mark.parametrize(("old", "new", "on_line", "field", "told"), HEADS)
def test_a_wrong_head_field_is_named(folder: Folder, old: str, new: str, on_line: str, field: str, told: str) -> None:
    folder.rewrite("catalogue.yaml", old, new)
    line = folder.line_of("catalogue.yaml", on_line)
    mine = [p for p in folder.problems() if p.startswith("catalogue.yaml:") and f" {field}: " in p]
    assert len(mine) == 1
    assert told in mine[0]
    if field != "lists.2.list_name":  # there the line looked for stands twice
        assert mine[0].startswith(f"catalogue.yaml:{line} ")


@pytest.mark.parametrize(("text", "told"), [("", "字段: 值"), ("- a", "字段: 值"), ("a: [", "YAML"), ("{}", "必填")])
def test_a_head_that_is_no_mapping(folder: Folder, text: str, told: str) -> None:
    (folder.path / "catalogue.yaml").write_text(text)
    found = folder.problems()
    assert found
    assert all(p.startswith("catalogue.yaml") for p in found)
    assert told in found[0]


def test_problems_are_sorted_and_plain_data() -> None:
    first, second = Problem("a.csv", 2, "x", "m"), Problem("a.csv", 10, "x", "m")
    assert sorted([second, first]) == [first, second]
    assert str(Problem("a.csv", 0, "", "缺少此文件")) == "a.csv: 缺少此文件"
