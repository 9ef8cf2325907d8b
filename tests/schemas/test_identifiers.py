from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.identifiers import (
    LICENCE_ROOT_OID,
    AreaCode,
    PartyId,
    birth_date,
    check_application_no,
    check_item_code,
    check_licence_identifier,
    check_resident_id,
    check_uscc,
    is_own_application_no,
    make_application_no,
    make_licence_identifier,
    parse_licence_identifier,
)
from tests.schemas.builders import ITEM, PERSON

DEPARTMENTS = (
    "11350526MB0000001C",
    "11350526MB0000002F",
    "11350526MB0000003J",
    "11350526MB0000004M",
    "11350526MB0000005Q",
    "11350526MB0000006U",
    "11350526MB0000007Y",
    "11350526MB00000082",
    "11350526MB00000095",
    "11350526MB0000010A",
    "11350526MB0000011D",
    "11350526MB0000012G",
    "11350526MB0000013K",
    "11350526MB0000014N",
    "11350526MB0000015R",
)
USCCS = (*DEPARTMENTS, "12350526MB00000019", "91350526MA00000012", "92350526MA0000001Y", "52350526MJ0000001K")
RESIDENTS = {
    "350526199001010019": date(1990, 1, 1),
    "350526199003071237": date(1990, 3, 7),
    "350526198506150020": date(1985, 6, 15),
    "350526200002290011": date(2000, 2, 29),
    "350526197308080047": date(1973, 8, 8),
}
ITEM_CODES = ("11370800MB285591843370117002011", "12441500196720244T3442199806003", ITEM)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LICENCE_VECTORS = (
    "11100000000013338W011.11430000006122244L.20230000403.001.U",
    "11100000000013338W009.11330105002500287C.2025052201.002.0",
    "11100000000013338W002.11320482014138860P.201807250201.001.M",
    "1.2.156.3005.2.11350526MB0000001C001.11350526MB0000002F.2024000001.001.5",
)
LICENCE_OUT_OF_RULE = "11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize("code", USCCS)
def test_uscc_fixtures_pass(code: str) -> None:
    assert check_uscc(code) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("11350526MB0000001D", "校验码", id="check character"),
        pytest.param("11350526MB0000001", "长度", id="too short"),
        pytest.param("11350526MB0000001CC", "长度", id="too long"),
        pytest.param("11350526MO0000001C", "字符|格式", id="letter O"),
        pytest.param("11350526mb0000001c", "大写", id="lower case"),
        pytest.param("1135-0526-MB00-0000-1C", "不含分隔符", id="separators"),
        pytest.param("11350526MB0000001C\n", "不含分隔符|字符|长度", id="newline"),
        pytest.param("", "长度", id="empty"),
    ],
)
def test_uscc_refusals_say_why(code: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_uscc(code)


@given(st.sampled_from(USCCS), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_uscc_catches_any_single_changed_character(code: str, at: int, other: str) -> None:
    changed = code[:at] + other + code[at + 1 :]
    if changed != code:
        with pytest.raises(ValueError, match="统一社会信用代码"):
            check_uscc(changed)


@pytest.mark.parametrize(("number", "born"), RESIDENTS.items())
def test_resident_id_fixtures_pass(number: str, born: date) -> None:
    assert check_resident_id(number) == number
    assert birth_date(number) == born


def with_check(first_17: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first_17 + "10X98765432"[sum(int(c) * w for c, w in zip(first_17, weights, strict=True)) % 11]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param("350526199001010018", "校验码", id="check digit"),
        pytest.param("35052619900101001", "17 位", id="too short"),
        pytest.param("350526900101001", "17 位", id="the old fifteen digits"),
        pytest.param(PERSON.translate(FULL_WIDTH)[:17] + "9", "17 位", id="full-width digits"),
        pytest.param(PERSON + "\n", "17 位", id="newline"),
        pytest.param(with_check("35052619990229001"), "不存在", id="29 February of no leap year"),
        pytest.param(with_check("35052619901301001"), "不存在", id="month 13"),
        pytest.param(with_check("35052618491231001"), "过早", id="born before 1850"),
    ],
)
def test_resident_id_refusals_say_why(number: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_resident_id(number)


ENDS_IN_X = next(n for n in (with_check(f"3505261990010100{digit}") for digit in range(10)) if n.endswith("X"))


def test_a_small_x_is_refused_as_such() -> None:
    assert check_resident_id(ENDS_IN_X) == ENDS_IN_X
    with pytest.raises(ValueError, match="X 大写"):
        check_resident_id(ENDS_IN_X.lower())


@given(st.sampled_from(tuple(RESIDENTS)), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_resident_id_catches_any_single_changed_character(number: str, at: int, other: str) -> None:
    changed = number[:at] + other + number[at + 1 :]
    if changed != number:
        with pytest.raises(ValueError, match="公民身份号码"):
            check_resident_id(changed)


@pytest.mark.parametrize("code", ITEM_CODES)
def test_item_codes_pass(code: str) -> None:
    assert check_item_code(code) == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(ITEM[:-1], "31 位，实为 30 位", id="length"),
        pytest.param("X" + ITEM[1:], "信用代码", id="no uscc"),
        pytest.param(ITEM[:18] + "8" + ITEM[19:], "行使层级", id="level 8"),
        pytest.param(ITEM[:18] + "0" + ITEM[19:], "行使层级", id="level 0"),
        pytest.param(ITEM[:30] + "A", "行使层级", id="letter in the basic code"),
        pytest.param(ITEM[:19] + "３" + ITEM[20:], "行使层级", id="full-width digit"),
    ],
)
def test_item_code_refusals_say_why(code: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_item_code(code)


def test_own_application_numbers_have_43_characters() -> None:
    number = make_application_no("12441500196720244T3442199806003", date(2022, 6, 23), 68)
    assert number == "12441500196720244T3442199806003202206230068"
    assert len(number) == 43
    assert is_own_application_no(number)
    assert check_application_no(number) == number


@pytest.mark.parametrize("serial", [-1, 10_000])
def test_serials_stay_within_four_digits(serial: int) -> None:
    with pytest.raises(ValueError, match="0-9999"):
        make_application_no(ITEM, date(2026, 3, 2), serial)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(ITEM + "202602300001", id="30 February"),
        pytest.param("X" + ITEM[1:] + "202603020001", id="no uscc"),
        pytest.param(ITEM + "20260302000", id="42 characters"),
    ],
)
def test_what_is_nearly_ours_is_foreign_and_still_taken(number: str) -> None:
    assert not is_own_application_no(number)
    assert check_application_no(number) == number


@pytest.mark.parametrize("number", ["QZ-2026-000123", "a(2026)1", "a" * 50, "1", "JL.220100_77"])
def test_foreign_numbers_are_opaque(number: str) -> None:
    assert check_application_no(number) == number


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param("", "1-50 位", id="empty"),
        pytest.param("a" * 51, "1-50 位", id="51 characters"),
        pytest.param("2026/0001", "1-50 位", id="slash"),
        pytest.param("办件2026", "1-50 位", id="chinese"),
        pytest.param("-2026", "开头", id="begins with a dash"),
        pytest.param("2026\n", "1-50 位", id="newline"),
        pytest.param("２０２６", "1-50 位", id="full-width digits"),
        pytest.param(PERSON, "公民身份号码", id="an identity number"),
        pytest.param(f"QZ{PERSON}-1", "公民身份号码", id="an identity number inside"),
        pytest.param(f"QZ-{ENDS_IN_X.lower()}", "公民身份号码", id="with a small x"),
        pytest.param(f"{'9' * 25}{PERSON}", "公民身份号码", id="43 characters, not our form"),
    ],
)
def test_application_no_refusals_say_why(number: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_application_no(number)


@pytest.mark.parametrize("text", LICENCE_VECTORS)
def test_licence_identifier_vectors_pass(text: str) -> None:
    identifier = parse_licence_identifier(text)
    assert identifier.check_ok
    assert identifier.text() == f"{LICENCE_ROOT_OID}.{text.removeprefix(LICENCE_ROOT_OID + '.')}"
    assert check_licence_identifier(text, "350526") == ()


def test_a_foreign_licence_out_of_rule_is_a_warning() -> None:
    assert not parse_licence_identifier(LICENCE_OUT_OF_RULE).check_ok
    (warning,) = check_licence_identifier(LICENCE_OUT_OF_RULE, "350526")
    assert "校验位不符" in warning


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LICENCE_VECTORS[3][:-1] + "6", id="by credit code"),
        pytest.param(f"{'1' * 21}.350526.20240001.001.Q", id="by area code"),
    ],
)
def test_our_own_licence_out_of_rule_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="本地颁发"):
        check_licence_identifier(text, "350526")
    assert check_licence_identifier(text, "350524") != ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("11100000000013338W011.1143.2023.001", "五段", id="four parts"),
        pytest.param("11100000000013338W01.11430000006122244L.2023.001.U", "21 位", id="short type"),
        pytest.param("11100000000013338W011.11430000006122244l.2023.001.U", "大写字母", id="lower-case issuer"),
        pytest.param("11100000000013338W011.11430000006122244L..001.U", "流水号", id="no serial"),
        pytest.param("11100000000013338W011.11430000006122244L.2023.1.U", "版本号", id="version of one digit"),
        pytest.param("11100000000013338W011.11430000006122244L.2023.００１.U", "版本号", id="full-width version"),
        pytest.param("11100000000013338W011.11430000006122244L.2023.001.UU", "校验位", id="two check characters"),
    ],
)
def test_licence_identifiers_without_their_parts(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_licence_identifier(text)
    (warning,) = check_licence_identifier(text, "350526")
    assert "格式" in warning


@given(
    st.from_regex(r"[0-9A-Z]{7,32}", fullmatch=True),
    st.integers(1, 999),
    st.data(),
)
def test_licence_identifiers_catch_any_single_changed_character(serial: str, version: int, data: st.DataObject) -> None:
    text = make_licence_identifier("11350526MB0000001C001", "11350526MB0000002F", serial, version)
    assert parse_licence_identifier(text).check_ok
    body = text.removeprefix(f"{LICENCE_ROOT_OID}.")
    at = data.draw(st.sampled_from([i for i, c in enumerate(body) if c != "."]))
    digits_only = body.count(".", 0, at) == 3
    other = data.draw(st.sampled_from("0123456789" if digits_only else "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    changed = body[:at] + other + body[at + 1 :]
    assert parse_licence_identifier(changed).check_ok == (changed == body)


@pytest.mark.parametrize("value", ["３５０５２６", "35052", "3505261", "350526\n"])
def test_area_codes_are_six_plain_digits(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AreaCode).validate_python(value)


@pytest.mark.parametrize("value", ["P1", "1p", "", "a" * 21, "张三", f"p{PERSON}"])
def test_party_ids_are_short_codes_and_no_identity_numbers(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PartyId).validate_python(value)
