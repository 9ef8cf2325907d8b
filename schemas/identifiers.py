"""Identifiers, each validated with its real check digits.

Algorithms come from python-stdnum where it has them.  Its ``cn.ric.validate`` also refuses an identity number whose
district did not exist in the year of birth; numbers are assigned later than birth, so that rule rejects real people
(350526 and any birth before 1985) and is left out here.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.iso7064 import mod_37_36

from schemas.base import Model

LICENCE_ROOT_OID = "1.2.156.3005.2"


def check_uscc(value: str) -> str:
    """统一社会信用代码 (GB 32100-2015): 18 characters with a mod-31 check character.  Raises ValueError."""
    try:
        if uscc.validate(value) != value:
            raise ValueError("统一社会信用代码须为 18 位大写字母数字，不含分隔符")
    except StdnumError as error:
        raise ValueError(f"统一社会信用代码不合规则（{_stdnum_reason(error)}）") from None
    return value


def check_resident_id(value: str) -> str:
    """公民身份号码 (GB 11643): 17 digits and a check character, with a birth date that exists.  Raises ValueError."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
        raise ValueError("公民身份号码须为 17 位数字加校验码（X 大写）")
    if value[-1] != ric.calc_check_digit(value):
        raise ValueError("公民身份号码校验码不符")
    try:
        born = ric.get_birth_date(value)
    except StdnumError:
        raise ValueError("公民身份号码中的出生日期不存在") from None
    if born.year < 1850:
        raise ValueError("公民身份号码中的出生日期过早")
    return value


def birth_date(resident_id: str) -> date:
    """The birth date inside a valid 公民身份号码."""
    born: date = ric.get_birth_date(resident_id)
    return born


def check_item_code(value: str) -> str:
    """实施编码: USCC of the implementing body (18) + 行使层级 1-7 + 12-digit 基本编码.  Raises ValueError."""
    if len(value) != 31:
        raise ValueError(f"实施编码须为 31 位，实为 {len(value)} 位")
    check_uscc(value[:18])
    if not re.fullmatch(r"[1-7][0-9]{12}", value[18:]):
        raise ValueError("实施编码第 19 位须为行使层级 1-7，其后 12 位为数字基本编码")
    return value


def check_application_no(value: str) -> str:
    """办件编号: ours is 实施编码 (31) + YYYYMMDD + 4 digits; a foreign one is opaque, at most 50 characters.

    A foreign number that carries a 公民身份号码 is refused, for the number appears where personal data must not
    (workflow ids, lists, logs).  Raises ValueError.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._()-]{0,49}", value):
        raise ValueError("办件编号须为 1-50 位字母、数字或 . _ - ( )，以字母或数字开头")
    if is_own_application_no(value):
        return value
    return refuse_resident_id(value)


def refuse_resident_id(value: str) -> str:
    """Refuse an id in which a 公民身份号码 stands, also with a small x: ids appear where personal data must not.

    Raises ValueError.
    """
    text = value.upper()
    for start in range(len(text) - 17):
        try:
            check_resident_id(text[start : start + 18])
        except ValueError:
            continue
        raise ValueError("其中含有公民身份号码，不得使用")
    return value


def names_somebody(text: str | None) -> bool:
    """Whether what a department wrote has an identity number in it."""
    try:
        refuse_resident_id(text or "")
    except ValueError:
        return True
    return False


def is_own_application_no(value: str) -> bool:
    """Whether an 办件编号 has our 43-character form, with a valid 实施编码 and date."""
    if not re.fullmatch(r"[0-9A-Z]{31}[0-9]{12}", value):
        return False
    try:
        check_item_code(value[:31])
        datetime.strptime(value[31:39], "%Y%m%d")  # noqa: DTZ007 - only asks whether the calendar date exists
    except ValueError:
        return False
    return True


def make_application_no(item_code: str, day: date, serial: int) -> str:
    """A 43-character 办件编号.  ``serial`` is 0 to 9999 within the item and the day.  Raises ValueError."""
    if not 0 <= serial <= 9999:
        raise ValueError("办件编号流水号须在 0-9999 之间")
    return f"{check_item_code(item_code)}{day:%Y%m%d}{serial:04d}"


class LicenceIdentifier(Model):
    """电子证照标识 (GB/T 36904), taken apart; the root OID is optional in the text."""

    type_code: str
    issuer_code: str
    serial: str
    version: str
    check: str
    check_ok: bool

    def text(self) -> str:
        """The identifier with its root OID."""
        parts = (LICENCE_ROOT_OID, self.type_code, self.issuer_code, self.serial, self.version, self.check)
        return ".".join(parts)


def parse_licence_identifier(value: str) -> LicenceIdentifier:
    """Take a 电子证照标识 apart and compute its ISO 7064 MOD 37,36 check character.

    A wrong check character is told by ``check_ok``, not raised: what it means depends on whose identifier it is
    (``check_licence_identifier``).  Raises ValueError where the parts themselves are not there.
    """
    parts = value.removeprefix(f"{LICENCE_ROOT_OID}.").split(".")
    if len(parts) != 5:
        raise ValueError("电子证照标识须含类型、颁发机构、流水号、版本号、校验位五段")
    type_code, issuer_code, serial, version, check = parts
    if not re.fullmatch(r"[0-9A-Z]{21}", type_code):
        raise ValueError("电子证照标识的证照类型代码须为 21 位")
    if not all(re.fullmatch(r"[0-9A-Z]+", part) for part in (issuer_code, serial)):
        raise ValueError("电子证照标识的颁发机构代码与流水号须为数字或大写字母")
    if not re.fullmatch(r"[0-9]{3}", version) or not re.fullmatch(r"[0-9A-Z]", check):
        raise ValueError("电子证照标识的版本号须为 3 位数字，校验位须为 1 位")
    expected = mod_37_36.calc_check_digit(type_code + issuer_code + serial + version)
    return LicenceIdentifier(
        type_code=type_code,
        issuer_code=issuer_code,
        serial=serial,
        version=version,
        check=check,
        check_ok=check == expected,
    )


def make_licence_identifier(type_code: str, issuer_code: str, serial: str, version: int = 1) -> str:
    """A 电子证照标识 with its check character, root OID included.  Raises ValueError."""
    body = f"{type_code}{issuer_code}{serial}{version:03d}"
    check = mod_37_36.calc_check_digit(body)
    text = f"{LICENCE_ROOT_OID}.{type_code}.{issuer_code}.{serial}.{version:03d}.{check}"
    return parse_licence_identifier(text).text()


def check_licence_identifier(value: str, home_area: str) -> tuple[str, ...]:
    """Warnings on a 电子证照标识; hard for issuers of ``home_area`` (6-digit code), soft for foreign ones.

    Published identifiers exist that do not follow the rule, so a mismatch on a foreign identifier is written on the
    evidence record and refuses nothing.  Raises ValueError for one of ours.
    """
    try:
        identifier = parse_licence_identifier(value)
    except ValueError as error:
        return (f"电子证照标识格式不合规则：{error}",)
    if identifier.check_ok:
        return ()
    issuer_area = identifier.issuer_code[2:8] if len(identifier.issuer_code) == 18 else identifier.issuer_code[:6]
    if issuer_area == home_area:
        raise ValueError("本地颁发的电子证照标识校验位不符")
    return ("电子证照标识校验位不符（外地颁发，仅作提示）",)


def _stdnum_reason(error: StdnumError) -> str:
    return {
        "InvalidLength": "长度不是 18 位",
        "InvalidFormat": "含有不允许的字符",
        "InvalidChecksum": "校验码不符",
        "InvalidComponent": "登记管理部门代码不存在",
    }.get(type(error).__name__, "格式不符")


Uscc = Annotated[str, AfterValidator(check_uscc)]
ResidentId = Annotated[str, AfterValidator(check_resident_id)]
ItemCode = Annotated[str, AfterValidator(check_item_code)]
ApplicationNo = Annotated[str, AfterValidator(check_application_no)]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""A six-digit area code (GB/T 2260); 100000 is the nation."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
"""A code of ours: lower-case letters, digits and underscores."""
PartyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$"), AfterValidator(refuse_resident_id)]
"""How the business system names a party inside one case; never personal."""
SubjectRef = Annotated[str, StringConstraints(pattern=r"^s_[0-9a-f]{32}$")]
"""The pseudonym of a person or company: derived with a secret, the same in every case."""
