"""The people, the companies, and what each source holds of each of them: the same for the same seed, for ever.

Nothing is computed before it is asked for, so a large population costs no more at start than a small one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from infra.sandbox.people import COMPANIES_PER_PERSON, Holder, companies, people
from infra.sandbox.templates import Template, filled, load_templates
from infra.sandbox.vocabulary import Record
from schemas.application import FactValue
from schemas.catalogue import Catalogue, Source
from schemas.codes import LicenceStatus, Platform, Polarity
from schemas.identifiers import make_licence_identifier

_ELICENCE = (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL)


class Standing(StrEnum):
    """How a source stands to a holder."""

    HIT = "hit"
    MISSING = "missing"
    EXPIRED = "expired"
    BAD_STATUS = "bad_status"
    AMBIGUOUS = "ambiguous"
    FAILING = "failing"
    ADVERSE = "adverse"


_POSITIVE = (
    (0.85, Standing.HIT),
    (0.92, Standing.MISSING),
    (0.94, Standing.EXPIRED),
    (0.955, Standing.BAD_STATUS),
    (0.97, Standing.AMBIGUOUS),
    (0.985, Standing.FAILING),
    (1.0, Standing.ADVERSE),
)
"""Of facts that are: cumulative shares."""
_NEGATIVE = ((0.96, Standing.MISSING), (1.0, Standing.HIT))
"""Of facts that are not (无犯罪记录, 无房): mostly there is no record, which is the wanted answer."""
_BAD_STATUSES = (
    LicenceStatus.SUSPENDED,
    LicenceStatus.REVOKED,
    LicenceStatus.CANCELLED,
    LicenceStatus.LAPSED,
    LicenceStatus.TRANSFERRED,
    LicenceStatus.WITHDRAWN,
)


class Population:
    """``size`` people and a fifth as many companies; ``templates`` default to ``records.yaml``."""

    def __init__(
        self, catalogue: Catalogue, seed: int, size: int, templates: Mapping[str, Template] | None = None
    ) -> None:
        self.seed = seed
        self.catalogue = catalogue
        self.people = people(seed, size)
        self.companies = companies(max(2, size // COMPANIES_PER_PERSON))
        self._holders = {holder.code: holder for holder in (*self.people, *self.companies)}
        self._templates = load_templates() if templates is None else templates
        self._sources: dict[tuple[Platform, str], list[Source]] = {}
        for source in catalogue.sources:
            self._sources.setdefault((source.platform, source.resource_code), []).append(source)
        self._negative = {t.code for t in catalogue.evidence_types if t.polarity is Polarity.IS_NOT}
        self._issuers = tuple(d.uscc for d in catalogue.departments)

    def holder(self, code: str) -> Holder | None:
        """The person or company with an identity number."""
        return self._holders.get(code)

    def source(self, platform: Platform, resource_code: str) -> Source | None:
        """The source a platform offers under a resource code, where it does."""
        offered = self._sources.get((platform, resource_code))
        return offered[0] if offered else None

    def facts(self, holder_code: str) -> dict[str, FactValue]:
        """What is true of a holder beyond his records, for all evidence types together."""
        facts: dict[str, FactValue] = {}
        for code in sorted(self._templates):
            facts |= filled(self._templates[code].party, facts, self._random("facts", holder_code, code))
        return facts

    def facts_for(self, holder_code: str, evidence_types: set[str]) -> dict[str, FactValue]:
        """The facts of a holder that records of these evidence types speak about."""
        wanted = {name for code in evidence_types if code in self._templates for name in self._templates[code].party}
        return {name: value for name, value in self.facts(holder_code).items() if name in wanted}

    def standing(self, platform: Platform, holder_code: str, resource_code: str) -> Standing:
        """How a source stands to a holder; a stranger has no records anywhere."""
        offered = self._sources.get((platform, resource_code))
        if offered is None or holder_code not in self._holders:
            return Standing.MISSING
        negative = any(source.evidence_type in self._negative for source in offered)
        roll = self._random("standing", platform, holder_code, resource_code).random()
        return next(standing for share, standing in (_NEGATIVE if negative else _POSITIVE) if roll <= share)

    def records(self, platform: Platform, holder_code: str, resource_code: str) -> tuple[Record, ...]:
        """The records a source holds of a holder."""
        standing = self.standing(platform, holder_code, resource_code)
        if standing in (Standing.MISSING, Standing.ADVERSE):
            return ()
        first = self.record(platform, holder_code, resource_code, standing)
        if standing is Standing.AMBIGUOUS:
            return (first, self.record(platform, holder_code, resource_code, standing, number=2))
        return (first,)

    def record(
        self, platform: Platform, holder_code: str, resource_code: str, standing: Standing, number: int = 1
    ) -> Record:
        """The record of a holder in a source, as the standing has it; ``number`` tells several apart."""
        random = self._random("record", platform, holder_code, resource_code, str(number))
        issued = date(2015, 1, 1) + timedelta(days=random.randrange(3000))
        until = date(2040, 12, 31) if random.random() < 0.6 else None
        status = LicenceStatus.VALID
        if standing is Standing.EXPIRED:
            until = issued + timedelta(days=random.randrange(30, 365))
        elif standing is Standing.BAD_STATUS:
            status = random.choice(_BAD_STATUSES)
        holder = self._holders.get(holder_code)
        return Record(
            identifier=self._identifier(platform, resource_code, random),
            resource_code=resource_code,
            holder_code=holder_code,
            holder_name=holder.name if holder else "样例无名",
            status=status,
            valid_from=issued,
            valid_until=until,
            content=tuple(self._content(platform, holder_code, resource_code, standing, random).items()),
        )

    def _content(
        self, platform: Platform, holder_code: str, resource_code: str, standing: Standing, random: Random
    ) -> dict[str, FactValue]:
        facts = self.facts(holder_code)
        content: dict[str, FactValue] = {}
        for source in self._sources.get((platform, resource_code), ()):
            template = self._templates.get(source.evidence_type, Template())
            content |= filled(template.content, facts, random)
            if standing is Standing.FAILING:
                content |= filled(template.failing, facts, random)
        return content

    def _identifier(self, platform: Platform, resource_code: str, random: Random) -> str:
        serial = f"2024{random.randrange(10**8):08d}"
        if platform not in _ELICENCE:
            return f"SYN-{serial}-{random.randrange(16**8):08X}"
        issuer = random.choice(self._issuers) if self._issuers else resource_code[:18]
        try:
            return make_licence_identifier(resource_code, issuer, serial)
        except ValueError:  # a hand-made catalogue whose resource code is no 证照类型代码
            invented = hashlib.sha256(resource_code.encode()).hexdigest().upper()[:3]
            return make_licence_identifier(f"{issuer}{invented}", issuer, serial)

    def _random(self, *parts: str) -> Random:
        return Random("/".join((str(self.seed), *parts)))  # noqa: S311 - not for secrets
