"""Synthetic people and companies: valid check digits, obviously invented names and numbers (domain §4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from stdnum.cn import ric, uscc

from schemas.codes import HolderCodeType

_AREA = "350526"
_KNOWN_PEOPLE = (
    ("350526199001010019", "测试甲"),
    ("350526199003071237", "测试乙"),
    ("350526198506150020", "测试丙"),
    ("350526200002290011", "测试丁"),
    ("350526197308080047", "测试戊"),
)
_KNOWN_COMPANIES = (("91350526MA00000012", "测试陶瓷有限公司"),)
_FIRST_BIRTH, _BIRTH_DAYS = date(1940, 1, 1), 365 * 80
COMPANIES_PER_PERSON = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a company of the population."""

    id_type: HolderCodeType
    code: str
    name: str

    @property
    def birth_year(self) -> int:
        """The year of birth of a person."""
        return int(self.code[6:10])

    @property
    def is_company(self) -> bool:
        """Whether it is a company."""
        return self.id_type is HolderCodeType.USCC


def people(seed: int, size: int) -> tuple[Holder, ...]:
    """``size`` people: five that are always the same, then 样例人0001 and on, serial numbers 900 to 999."""
    random = Random(f"people/{seed}")  # noqa: S311 - not for secrets
    known = [Holder(HolderCodeType.RESIDENT_ID, code, name) for code, name in _KNOWN_PEOPLE][:size]
    taken = {holder.code for holder in known}
    made: list[Holder] = []
    while len(known) + len(made) < size:
        born = _FIRST_BIRTH + timedelta(days=random.randrange(_BIRTH_DAYS))
        body = f"{_AREA}{born:%Y%m%d}{900 + random.randrange(100)}"
        code = body + ric.calc_check_digit(body + "0")
        if code not in taken:
            taken.add(code)
            made.append(Holder(HolderCodeType.RESIDENT_ID, code, f"样例人{len(made) + 1:04d}"))
    return (*known, *made)


def companies(size: int) -> tuple[Holder, ...]:
    """``size`` companies: one that is always the same, then 样例陶瓷0001有限公司 and on."""
    known = [Holder(HolderCodeType.USCC, code, name) for code, name in _KNOWN_COMPANIES][:size]
    made: list[Holder] = []
    for number in range(1, size - len(known) + 1):
        body = f"91{_AREA}MA9{number:06d}"
        made.append(Holder(HolderCodeType.USCC, body + uscc.calc_check_digit(body), f"样例陶瓷{number:04d}有限公司"))
    return (*known, *made)
