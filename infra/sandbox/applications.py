"""Sample applications: cases as business systems would hand them in, for every item of a catalogue.

Most are ordinary.  Some volunteer evidence, some still demand what was cancelled or what is on no list, a few lack the
authorisation that bank and health data need; of what nobody shares, some facts would have to come from another
province or from long ago, and some applicants say at once what they will not have: what an orchestrator must cope with
on any morning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from infra.sandbox.people import Holder
from infra.sandbox.population import Population
from schemas.application import Actor, ApplicationRequest, Authorisation, Choice, Demand, Origin, Party, Volunteered
from schemas.catalogue import Catalogue, EvidenceType, Requirement, ServiceItem
from schemas.codes import ActorKind, Mode, PartyKind, Route, Sensitivity, SourceAttribute
from schemas.identifiers import make_application_no

_FIRST_DAY = date(2026, 1, 5)
_SERIALS_A_DAY = 10_000
_LAST_ADULT_YEAR, _FIRST_MINOR_YEAR = 2005, 2010
_MINORS = ("minor", "adoptee")
_OF_COMPANIES = frozenset({"business_licence", "enterprise_register_file", "mining_licence", "hazchem_licence"})
_OF_PEOPLE = frozenset({"resident_id_card", "household_register", "temporary_identity"})
_CAUSES = ("办理{item}，核验申请人所需材料", "{item}受理审查", "办理{item}，免提交证明材料核验", "核对{item}申请条件")
_UNLISTED = ("单位在职情况说明", "邻里关系说明", "家庭用水情况说明", "自建房情况说明")
_OTHER_PROVINCES = ("330106", "360111", "440106", "500112")


def sample_applications(
    catalogue: Catalogue, population: Population, count: int, seed: int
) -> Iterator[ApplicationRequest]:
    """``count`` applications over all items in turn; the same for the same catalogue, population and seed.

    Application numbers are distinct; those of another seed begin on another day.
    """
    sampler = _Sampler(catalogue, population, seed)
    for number in range(count):
        yield sampler.application(number)


class _Sampler:
    def __init__(self, catalogue: Catalogue, population: Population, seed: int) -> None:
        self._catalogue = catalogue
        self._population = population
        self._random = Random(f"applications/{seed}")  # noqa: S311 - not for secrets
        self._wishes = Random(f"wishes/{seed}")  # noqa: S311 - a stream of its own: what was drawn before stays
        self._seed = seed
        self._types = {t.code: t for t in catalogue.evidence_types}
        self._departments = {d.code: d.uscc for d in catalogue.departments}
        self._requirements: dict[str, list[Requirement]] = {item.code: [] for item in catalogue.items}
        for requirement in catalogue.requirements:
            self._requirements[requirement.item_code].append(requirement)
        self._shared = {source.evidence_type for source in catalogue.sources}
        acts = {(act.evidence_type, act.issuer_class) for act in catalogue.cancellations}
        self._cancelled = {t.code for t in catalogue.evidence_types if (t.code, t.issuer_class) in acts}
        self._committable = {(terms.requirement, terms.evidence_type) for terms in catalogue.commitments}
        adults = tuple(p for p in population.people if p.birth_year <= _LAST_ADULT_YEAR)
        self._adults = adults or population.people
        self._minors = tuple(p for p in population.people if p.birth_year >= _FIRST_MINOR_YEAR) or population.people

    def application(self, number: int) -> ApplicationRequest:
        """The application with a number, 0 first."""
        item = self._catalogue.items[number % len(self._catalogue.items)]
        parties = self._parties(item)
        origins = self._origins(item, parties)
        return ApplicationRequest(
            application_no=self._application_no(item, number),
            item_code=item.code,
            parties=parties,
            operator=Actor(
                kind=ActorKind.CLERK,
                actor_id=f"clerk-{self._random.randrange(1, 40):03d}",
                department=self._departments[item.department],
            ),
            purpose=self._random.choice(_CAUSES).format(item=item.name),
            mode=Mode.INTERACTIVE if self._random.random() < 0.7 else Mode.BACKGROUND,
            volunteered=self._volunteered(item, parties),
            demands=self._demands(parties),
            origins=origins,
            choices=self._choices(item, parties, origins),
        )

    def _application_no(self, item: ServiceItem, number: int) -> str:
        days, serial = divmod(number // len(self._catalogue.items), _SERIALS_A_DAY)
        day = _FIRST_DAY + timedelta(days=self._seed % 300 + days)
        if len(item.code) == 31:
            return make_application_no(item.code, day, serial)
        return f"{item.code.upper().replace('_', '-')[:30]}-{day:%Y%m%d}-{serial:04d}"

    def _parties(self, item: ServiceItem) -> tuple[Party, ...]:
        roles = [*item.required_roles, *(role for role in item.optional_roles if self._random.random() < 0.35)]
        taken: set[str] = set()
        parties = []
        for index, role in enumerate(roles, start=1):
            holder = self._someone(item, role, taken)
            taken.add(holder.code)
            parties.append(self._party(item, role, holder, f"p{index}"))
        return tuple(parties)

    def _someone(self, item: ServiceItem, role: str, taken: set[str]) -> Holder:
        """Somebody who can be in a role and is not in the case yet."""
        if self._is_for_company(item, role):
            pool = self._population.companies
        else:
            pool = self._minors if role in _MINORS else self._adults
        free = [holder for holder in (self._random.choice(pool) for _ in range(20)) if holder.code not in taken]
        return free[0] if free else next(h for h in self._population.people if h.code not in taken)

    def _is_for_company(self, item: ServiceItem, role: str) -> bool:
        """What is asked of a role shows who it is; where either would do, every third time a company."""
        asked = [{a.evidence_type for a in r.alternatives} for r in self._requirements[item.code] if r.role == role]
        if any(types <= _OF_PEOPLE for types in asked):
            return False
        if any(types <= _OF_COMPANIES for types in asked):
            return True
        return any(types & _OF_COMPANIES for types in asked) and self._random.random() < 0.33

    def _party(self, item: ServiceItem, role: str, holder: Holder, party_id: str) -> Party:
        kinds = self._evidence_of(item, role)
        scopes = sorted({k.sensitivity for k in kinds} & {Sensitivity.BANK, Sensitivity.HEALTH})
        kind = PartyKind.DECEASED if role == "deceased" else PartyKind.LIVING
        return Party(
            party_id=party_id,
            role=role,
            kind=PartyKind.ORGANISATION if holder.is_company else kind,
            id_type=holder.id_type,
            id_number=holder.code,
            name=holder.name,
            facts=self._population.facts_for(holder.code, {k.code for k in kinds}),
            authorisations=tuple(
                Authorisation(scope=scope, document_digest=_digest("authorisation", holder.code, scope))
                for scope in scopes
                if self._random.random() < 0.93
            ),
        )

    def _evidence_of(self, item: ServiceItem, role: str) -> list[EvidenceType]:
        codes = {a.evidence_type for r in self._requirements[item.code] if r.role == role for a in r.alternatives}
        return [self._types[code] for code in sorted(codes)]

    def _volunteered(self, item: ServiceItem, parties: tuple[Party, ...]) -> tuple[Volunteered, ...]:
        """Seven in a hundred hand something in that they need not."""
        open_to = [
            (requirement, party, alternative.evidence_type)
            for requirement in self._requirements[item.code]
            for party in parties
            for alternative in requirement.alternatives[:1]
            if party.role == requirement.role
            and self._types[alternative.evidence_type].source_attribute is not SourceAttribute.APPLICANT
        ]
        if not open_to or self._random.random() >= 0.07:
            return ()
        requirement, party, evidence_type = self._random.choice(open_to)
        return (
            Volunteered(
                requirement_code=requirement.code,
                party_id=party.party_id,
                evidence_type=evidence_type,
                document_digest=_digest("volunteered", party.id_number, requirement.code),
            ),
        )

    def _demands(self, parties: tuple[Party, ...]) -> tuple[Demand, ...]:
        """Some guides still ask a village for a proof that was cancelled; a few ask for what is on no list."""
        party_id = parties[0].party_id
        roll = self._random.random()
        if roll < 0.10 and self._catalogue.cancellations:
            act = self._random.choice(self._catalogue.cancellations)
            kind = self._types[act.evidence_type]
            named = self._random.choice((kind.code, kind.name))
            return (Demand(evidence=named, issuer_class=act.issuer_class, party_id=party_id),)
        if roll < 0.13 and self._catalogue.issuer_classes:
            issuer = self._random.choice(self._catalogue.issuer_classes).code
            return (Demand(evidence=self._random.choice(_UNLISTED), issuer_class=issuer, party_id=party_id),)
        return ()

    def _origins(self, item: ServiceItem, parties: tuple[Party, ...]) -> tuple[Origin, ...]:
        """Of what nobody shares, two in three would have to come from elsewhere or from long ago."""
        found = []
        for requirement, party in self._raised(item, parties):
            if not self._is_shared_by_nobody(requirement):
                continue
            code, party_id, roll = requirement.code, party.party_id, self._wishes.random()
            if roll < 0.45:
                area = self._wishes.choice(_OTHER_PROVINCES)
                found.append(Origin(requirement_code=code, party_id=party_id, area=area))
            elif roll < 0.63:
                found.append(Origin(requirement_code=code, party_id=party_id, historical=True))
            elif roll < 0.66:
                found.append(Origin(requirement_code=code, party_id=party_id, abroad=True))
        return tuple(found)

    def _choices(
        self, item: ServiceItem, parties: tuple[Party, ...], origins: tuple[Origin, ...]
    ) -> tuple[Choice, ...]:
        """Who holds no paper from elsewhere says so; who would rather promise than wait, or will not promise, too."""
        elsewhere = {(o.requirement_code, o.party_id) for o in origins}
        made = []
        for requirement, party in self._raised(item, parties):
            key = (requirement.code, party.party_id)
            may_commit = any((requirement.code, a.evidence_type) in self._committable for a in requirement.alternatives)
            refused: list[Route] = []
            if key in elsewhere and self._wishes.random() < 0.6:
                refused = [Route.PAPER_FIRST]
                refused += [Route.COMMITMENT] if may_commit and self._wishes.random() < 0.5 else []
                refused += [Route.ASSISTANCE] if item.assistance and self._wishes.random() < 0.6 else []
            elif may_commit and self._wishes.random() < 0.45:
                refused = [Route.VERIFICATION if self._wishes.random() < 0.8 else Route.COMMITMENT]
            made += [Choice(requirement_code=key[0], party_id=key[1], route=r, wanted=False) for r in refused]
        return tuple(made)

    def _raised(self, item: ServiceItem, parties: tuple[Party, ...]) -> list[tuple[Requirement, Party]]:
        """Every requirement with every party it is about."""
        required = self._requirements[item.code]
        return [(requirement, p) for requirement in required for p in parties if p.role == requirement.role]

    def _is_shared_by_nobody(self, requirement: Requirement) -> bool:
        """And neither made by the applicant nor cancelled: somebody would have to be asked."""
        kinds = [self._types[a.evidence_type] for a in requirement.alternatives]
        asked = [k for k in kinds if k.code not in self._cancelled]
        applicants = any(kind.source_attribute is SourceAttribute.APPLICANT for kind in kinds)
        return bool(asked) and not applicants and not any(kind.code in self._shared for kind in kinds)


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(("样例", *parts)).encode()).hexdigest()
