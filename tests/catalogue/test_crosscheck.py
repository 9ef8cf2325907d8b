"""What no row shows by itself: references, duplicates and contradictions between the files, each at its place."""

from __future__ import annotations

import pytest

from schemas.catalogue import Catalogue
from schemas.catalogue_check import check, require_publishable
from schemas.errors import InvalidInput
from tests.catalogue.folders import Folder

FOOD_CHANGE = "11350526MB0000006U4000131002002"
COMPANY = "11350526MB0000006U4000731001001"
LEGAL_AID = "11350526MB0000001C4000512003001"

SPOILT = [
    # file, row, column, value, part of the message
    ("items.csv", "bm_student_card", "department", "sports", "没有代码为 sports 的部门"),
    ("items.csv", "bm_student_card", "required_roles", "applicant|pupil", "没有代码为 pupil 的角色"),
    ("items.csv", "bm_student_card", "optional_roles", "pupil", "没有代码为 pupil 的角色"),
    ("items.csv", "bm_student_card", "optional_roles", "minor|minor", "角色重复：minor"),
    ("items.csv", "bm_student_card", "optional_roles", "applicant", "角色重复：applicant"),
    ("evidence_types.csv", "fire_opinion", "issuer_class", "firemen", "没有代码为 firemen 的出具单位类别"),
    ("evidence_types.csv", "fire_opinion", "kind", "K3", "类别 K3 与来源属性 20 不符"),
    ("evidence_types.csv", "insurance_voucher", "kind", "K1", "类别 K1 与来源属性 99 不符"),
    ("evidence_types.csv", "sale_contract", "kind", "K2", "类别 K2 与来源属性 10 不符"),
    ("evidence_types.csv", "sale_contract", "issuer_class", "tax", "没有出具单位"),
    ("evidence_types.csv", "fire_opinion", "public_service_item", "消防", "只用于来源属性 99"),
    ("evidence_types.csv", "fire_opinion", "format_and_sample", "样本", "只用于来源属性 10"),
    ("evidence_types.csv", "insurance_voucher", "producing_item", "投保", "只用于来源属性 20"),
    ("evidence_types.csv", "death_proof", "name", "健在证明", "重复：健在证明"),
    ("evidence_types.csv", "no_criminal_record", "polarity", "is", "极性须为 is_not"),
    ("sources.csv", "tax_payment", "evidence_type", "taxes", "没有代码为 taxes 的证明材料"),
    ("sources.csv", "tax_payment", "evidence_type", "sale_contract", "没有共享来源"),
    ("sources.csv", "no_criminal_record", "coverage_area", "", "须写明覆盖范围"),
    ("sources.csv", "tax_payment", "coverage_area", "350526", "只用于否定事实"),
    ("list_entries.csv", "retained|adopter_income", "evidence_type", "income", "没有代码为 income 的证明材料"),
    ("list_entries.csv", "commitment|moral_appraisal", "evidence_type", "school_transfer", "不能列入清单 commitment"),
    ("list_entries.csv", "commitment|moral_appraisal", "evidence_type", "sale_contract", "不属试点范围"),
    ("list_entries.csv", "commitment|moral_appraisal", "evidence_type", "economic_hardship", "重复"),
    ("cancellations.csv", "birth_proof", "evidence_type", "births", "没有代码为 births 的证明材料"),
    ("cancellations.csv", "birth_proof", "evidence_type", "sale_contract", "不能取消"),
    ("cancellations.csv", "death_proof", "evidence_type", "alive_proof", "重复"),
    ("cancellations.csv", "birth_proof", "issuer_class", "village", "没有代码为 village 的出具单位类别"),
    ("cancellations.csv", "birth_proof", "published_on", "2026-01-02", "晚于目录生效日期"),
    ("requirements.csv", "hotel_fire_opinion", "code", "hotel_form", "重复：hotel_form"),
    ("requirements.csv", "hotel_fire_opinion", "item_code", "bm_hotel", "没有代码为 bm_hotel 的事项"),
    ("requirements.csv", "hotel_fire_opinion", "role", "spouse", "事项没有角色 spouse"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "fires", "没有代码为 fires 的证明材料"),
    (
        "requirements.csv",
        "hotel_fire_opinion",
        "alternatives",
        "fire_opinion@village",
        "没有代码为 village 的出具单位类别",
    ),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "fire_opinion@township", "清单之外无证明"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "school_transfer", "清单之外无证明"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "business_licence", "已由 hotel_business_licence 要求"),
    ("requirements.csv", "hotel_fire_opinion", "alternatives", "fire_opinion|sale_contract", "不能与其他材料互为替代"),
    ("requirements.csv", "hotel_fire_opinion", "needed_coverage_area", "350526", "只用于否定事实"),
    ("requirements.csv", "hotel_fire_opinion", "accepted_statuses", "01|01", "重复"),
    ("requirements.csv", "hotel_fire_opinion", "routes", "abolished|abolished", "重复"),
    ("requirements.csv", "hotel_form", "condition", "content.a == 1", "此栏须留空"),
    ("requirements.csv", "hotel_form", "needed_coverage_area", "350526", "此栏须留空"),
    ("requirements.csv", "hotel_form", "routes", "verification", "此栏须留空"),
    ("requirements.csv", "hotel_form", "deferrable", "yes", "此栏须留空"),
    ("requirements.csv", "lawyer_no_criminal_record", "needed_coverage_area", "", "须写明需要核到多大范围"),
    ("requirements.csv", "lawyer_no_criminal_record", "condition", "content.a == 1", "没有内容可供条件判断"),
    ("requirements.csv", "hotel_premises_title", "condition", "content.property_no ==", "不合语法"),
    ("requirements.csv", "hotel_premises_title", "condition", "record.no == party.no", "不认识 record"),
    ("issuer_classes.csv", "police", "department", "cops", "没有代码为 cops 的部门"),
    ("issuer_classes.csv", "police", "department", "", "须写明由县里哪个部门答复"),
    ("bodies.csv", "reform", "role", "committee", "重复：committee"),
    ("items.csv", FOOD_CHANGE, "promised_working_days", "21", "承诺时限 21 个工作日长于法定时限 20 个工作日"),
    ("commitments.csv", "company_premises", "requirement", "premises", "没有代码为 premises 的证明要求"),
    ("commitments.csv", "company_premises", "requirement", "fireworks_retail_premises", "不适用告知承诺"),
    ("commitments.csv", "company_premises", "evidence_type", "moral_appraisal", "不要求 moral_appraisal"),
    ("commitments.csv", "company_premises", "evidence_type", "real_estate_certificate", "未列入告知承诺制证明事项清单"),
    ("commitments.csv", "company_premises", "predicate", "party.floor >", "不合语法"),
    ("commitments.csv", "company_premises", "predicate", "content.floor == 1", "不认识 content"),
    ("commitments.csv", "company_premises", "predicate", "parties.exists(p, q.role == 'x')", "不认识 q"),
    ("commitments.csv", "teacher_moral_appraisal", "check_by", "sharing", "没有共享来源"),
    ("commitments.csv", "estate_transfer_invoice_between_units", "check_by", "verification", "不在平台上"),
    ("deferrals.csv", "food_premises", "requirement", "food", "没有代码为 food 的证明要求"),
    ("deferrals.csv", "food_premises", "requirement", "food_business_licence", "不可容缺"),
    ("deferrals.csv", "food_premises", "within_days", "11", "承诺时限（10 个工作日）"),
    ("requirements.csv", "teacher_health_certificate", "deferrable", "yes", "没有补正形式、期限和超期处理"),
]


@pytest.mark.parametrize(("file", "row", "column", "value", "told"), SPOILT)
def test_a_contradiction_is_named(folder: Folder, file: str, row: str, column: str, value: str, told: str) -> None:
    line = folder.spoil(file, row, column, value)
    mine = [p for p in folder.problems() if p.startswith(f"{file}:{line} {column}: ")]
    assert any(told in p for p in mine), folder.problems()


def test_rows_of_the_same_code_are_named(folder: Folder) -> None:
    places = [
        f"departments.csv:{folder.add('departments.csv', 'justice', uscc='11350526MB0000013K')} code",
        f"departments.csv:{folder.add('departments.csv', 'hrss', code='labour')} uscc",
        f"issuer_classes.csv:{folder.add('issuer_classes.csv', 'fire')} code",
        f"roles.csv:{folder.add('roles.csv', 'minor')} code",
        f"evidence_types.csv:{folder.add('evidence_types.csv', 'tax_payment', name='另一完税证明')} code",
        f"sources.csv:{folder.add('sources.csv', 'tax_payment')} resource_code",
        f"list_entries.csv:{folder.add('list_entries.csv', 'retained|tax_payment')} evidence_type",
        f"items.csv:{folder.add('items.csv', 'bm_student_card')} code",
        f"commitments.csv:{folder.add('commitments.csv', 'company_premises')} evidence_type",
        f"deferrals.csv:{folder.add('deferrals.csv', 'food_premises')} requirement",
    ]
    assert sorted(p.split(": ")[0] for p in folder.problems()) == sorted(places)


def test_two_platforms_may_use_the_same_resource_code(folder: Folder) -> None:
    """Each platform numbers its resources itself; on one platform a code names one resource."""
    nation, province = "resident_id_card|elicence|elicence_national", "elicence_provincial"
    rows = folder.read("sources.csv")
    code = next(r[3] for r in rows if "|".join(r[:3]) == nation)
    for row in rows:
        if row[:3] == ["resident_id_card", "elicence", province]:
            row[3] = code
    folder.write("sources.csv", rows)
    assert folder.problems() == []
    line = folder.add("sources.csv", "resident_id_card", platform=province, resource_code=code)
    told = f"与前面的一条重复：resident_id_card、elicence、{province}、{code}"
    assert folder.problems() == [f"sources.csv:{line} resource_code: {told}"]


def test_the_lists_with_entries_must_be_bound(folder: Folder) -> None:
    text = (folder.path / "catalogue.yaml").read_text(encoding="utf-8")
    (folder.path / "catalogue.yaml").write_text(text[: text.index("  - list_name: commitment")], encoding="utf-8")
    line = folder.line_of("catalogue.yaml", "lists:")
    assert folder.problems() == [
        f"catalogue.yaml:{line} lists: 有清单条目，却没有清单 commitment 的名称、发布单位、文号和日期"
    ]


def test_an_item_needs_an_applicant(folder: Folder) -> None:
    line = folder.spoil("items.csv", "bm_elder_subsidy", "required_roles", "minor")
    assert f"items.csv:{line} required_roles: 须含角色 applicant（申请人）" in folder.problems()


def test_an_item_code_is_that_of_its_department(folder: Folder) -> None:
    line = folder.spoil("items.csv", "11350526MB0000001C4000112001001", "department", "hrss")
    assert folder.problems() == [f"items.csv:{line} code: 实施编码前 18 位不是 hrss 的统一社会信用代码"]


def test_nothing_is_both_retained_and_cancelled(folder: Folder) -> None:
    folder.add("list_entries.csv", "retained|bank_deposit", evidence_type="alive_proof")
    line = folder.line_of("cancellations.csv", "alive_proof")
    told = "alive_proof 既保留又取消（出具单位同为 village_committee）"
    assert folder.problems() == [f"cancellations.csv:{line} evidence_type: {told}"]


def test_criminal_records_are_only_asked_for_as_yes_or_no(folder: Folder) -> None:
    line = folder.spoil("sources.csv", "no_criminal_record", "route", "trusted_document")
    folder.spoil("sources.csv", "no_criminal_record", "platform", "trusted_documents")
    assert folder.problems() == [f"sources.csv:{line} route: 犯罪记录只作有无回答，不得调取文书或证照"]


def test_a_retained_kind_may_be_cancelled_where_another_issues_it(real: Catalogue) -> None:
    retained = real.list_entries["retained"]
    assert "no_criminal_record" in retained
    assert any(c.evidence_type == "no_criminal_record" for c in real.cancellations)
    assert check(real) == ()


def test_a_licence_without_a_source_may_be_on_the_paper_exempt_list(folder: Folder) -> None:
    for platform in ("elicence_national", "elicence_provincial"):
        rows = folder.read("sources.csv")
        folder.write("sources.csv", [r for r in rows if r[:3] != ["veteran_card", "elicence", platform]])
    assert folder.problems() == []


def test_words_inside_texts_and_functions_are_no_names(folder: Folder) -> None:
    condition = 'content.usage in ["record", "a \\"b\\" c"] && size(content.usage) > 1 && !(party.x == null) || true'
    folder.spoil("requirements.csv", "hotel_premises_title", "condition", condition)
    assert folder.problems() == []


def test_the_check_says_the_same_without_files(real: Catalogue) -> None:
    require_publishable(real)
    broken = real.model_copy(update={"departments": real.departments[1:]})
    with pytest.raises(InvalidInput) as caught:
        require_publishable(broken)
    issued = next(n for n, c in enumerate(real.issuer_classes) if c.department == "justice")
    assert {(e.field, e.code) for e in caught.value.errors} == {
        (f"issuer_classes.{issued}.department", "dangling"),
        *((f"items.{n}.department", "dangling") for n in range(3)),
    }


def test_an_excluded_domain_takes_no_terms(folder: Folder) -> None:
    folder.spoil("items.csv", COMPANY, "domain", "ecology")
    line = folder.line_of("commitments.csv", "company_premises")
    told = "事项“公司设立登记”属 ecology 领域，不适用告知承诺"
    # With its only terms in an excluded domain, nothing asks for the kind under commitment any more.
    assert folder.problems() == [f"commitments.csv:{line} requirement: {told}"]


def test_no_assistance_where_secrets_are_handled(folder: Folder) -> None:
    folder.spoil("items.csv", LEGAL_AID, "domain", "state_secret")
    line = folder.line_of("items.csv", LEGAL_AID)
    assert f"items.csv:{line} assistance: state_secret 领域的事项不得帮办代办" in folder.problems()


def test_terms_of_a_route_that_is_left_out(folder: Folder) -> None:
    folder.spoil("requirements.csv", "company_premises", "routes", "abolished|elicence|verification")
    wanted = [("commitments.csv", "告知承诺"), ("deferrals.csv", "容缺后补")]
    assert folder.problems() == [
        f"{file}:{folder.line_of(file, 'company_premises')} requirement: company_premises 的路径不含{route}"
        for file, route in wanted
    ]


def test_a_listed_kind_has_terms_somewhere(folder: Folder) -> None:
    """One requirement with terms is enough; a kind asked for under commitment with none at all is a hollow list."""
    folder.remove("commitments.csv", "title_review_degree_certificate")
    assert folder.problems() == []
    folder.remove("commitments.csv", "qualification_exam_degree_certificate")
    line = folder.line_of("list_entries.csv", "commitment,degree_certificate")
    told = "degree_certificate 列入告知承诺制清单，却没有一项证明要求定有告知承诺条款"
    assert folder.problems() == [f"list_entries.csv:{line} evidence_type: {told}"]


def test_a_deferral_needs_a_promise(folder: Folder) -> None:
    folder.spoil("items.csv", COMPANY, "promised_working_days", "")
    line = folder.line_of("deferrals.csv", "company_premises")
    told = "事项“公司设立登记”没有承诺时限，不能定容缺补正期限"
    assert folder.problems() == [f"deferrals.csv:{line} within_days: {told}"]


def test_a_row_in_error_is_not_missed_by_the_terms(folder: Folder) -> None:
    """Terms, sources and requirements that could not be read are told once, where they stand."""
    places = {
        f"commitments.csv:{folder.spoil('commitments.csv', 'teacher_moral_appraisal', 'manner', '')} manner",
        f"deferrals.csv:{folder.spoil('deferrals.csv', 'food_premises', 'overdue', '')} overdue",
        f"sources.csv:{folder.spoil('sources.csv', 'premises_proof', 'resource_code', '')} resource_code",
        f"requirements.csv:{folder.spoil('requirements.csv', 'hotel_fire_opinion', 'role', '')} role",
    }
    assert {p.split(": ")[0] for p in folder.problems()} == places
