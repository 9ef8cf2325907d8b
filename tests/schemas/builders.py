"""Small, valid, synthetic objects for tests; every function takes what the test is about and fills in the rest.

The numbers are fictional by construction; nobody checked whether some person happens to hold one of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.admission import RaisedRequirement, raise_requirements
from schemas.application import (
    Act,
    Actor,
    ApplicationRequest,
    Authorisation,
    CommandRef,
    Demand,
    Party,
    Volunteered,
)
from schemas.case import Case, RequirementStanding, RequirementState, Stage, fold
from schemas.catalogue import (
    Alternative,
    Cancellation,
    Catalogue,
    CatalogueRef,
    Department,
    EvidenceRule,
    EvidenceType,
    IssuerClass,
    ItemRules,
    ListVersion,
    Requirement,
    RequirementRule,
    ServiceItem,
    Source,
)
from schemas.clock import WorkingCalendar
from schemas.codes import (
    ActorKind,
    EvidenceKind,
    HolderCodeType,
    ItemType,
    Mode,
    PartyKind,
    Platform,
    Polarity,
    Route,
    Sensitivity,
    SourceAttribute,
)
from schemas.events import (
    ApplicationAdmitted,
    ApplicationWithdrawn,
    AttemptMade,
    Event,
    EventBody,
    PartyRecord,
    RequirementNotExempted,
    RequirementSettled,
    RungFinding,
    make_event_id,
    received,
)
from schemas.evidence import Coverage, Evidence, Outcome, OutcomeKind
from schemas.policy import CasePolicy, RouteBudget
from schemas.rules import rules_for

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 09:00 in 德化."""
TODAY = date(2026, 3, 2)

JUSTICE, POLICE, HOUSING = "11350526MB0000001C", "11350526MB0000002F", "11350526MB0000003J"
COMPANY = "91350526MA00000012"
PERSON, SPOUSE, ELDER = "350526199001010019", "350526198506150020", "350526197308080047"
ITEM = f"{JUSTICE}4000117002001"
APPLICATION_NO = f"{ITEM}202603020001"
DIGEST = "a1" * 32
DOCUMENT = "b2" * 32
CLERK = Actor(kind=ActorKind.CLERK, actor_id="clerk-07", department=JUSTICE)
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")
SHARING = (Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)
PLATFORM_OF = {
    Route.ELICENCE: Platform.ELICENCE_NATIONAL,
    Route.DATA_SHARING: Platform.DATA_SHARING,
    Route.TRUSTED_DOCUMENT: Platform.TRUSTED_DOCUMENTS,
}


def subject_ref(number: int) -> str:
    """A pseudonym."""
    return f"s_{number:032x}"


# --- the catalogue ---------------------------------------------------------------------------------------------------


def source(route: Route = Route.ELICENCE, resource_code: str = "res-1", **over: Any) -> Source:
    """A source that serves ``route``."""
    fields = {"evidence_type": "marriage", "platform": PLATFORM_OF[route], "provenance": "synthetic"}
    return Source.model_validate(fields | {"route": route, "resource_code": resource_code} | over)


def evidence_type(code: str, name: str, **over: Any) -> EvidenceType:
    """A kind of evidence, issued by the police unless said otherwise."""
    fields: dict[str, Any] = {
        "kind": EvidenceKind.FACT,
        "source_attribute": SourceAttribute.GOVERNMENT,
        "issuer_class": "police",
        "producing_item": "开具证明",
        "public_service_sector": "银行",
        "public_service_item": "查询",
        "format_and_sample": "申请表样本",
        "provenance": "synthetic",
    }
    return EvidenceType.model_validate(fields | {"code": code, "name": name} | over)


EVIDENCE_TYPES = (
    evidence_type("marriage", "结婚证", kind=EvidenceKind.LICENCE, issuer_class="civil_affairs"),
    evidence_type("household", "户籍证明"),
    evidence_type("no_crime", "无犯罪记录证明", polarity=Polarity.IS_NOT, sensitivity=Sensitivity.CRIMINAL),
    evidence_type(
        "bank_statement",
        "银行存款证明",
        kind=EvidenceKind.PUBLIC_SERVICE,
        source_attribute=SourceAttribute.OTHER,
        issuer_class="bank",
        sensitivity=Sensitivity.BANK,
    ),
    evidence_type("form", "申请表", kind=None, source_attribute=SourceAttribute.APPLICANT, issuer_class=None),
    evidence_type("odd_proof", "奇葩证明"),
    evidence_type("alive", "健在证明", issuer_class="village"),
)
"""``odd_proof`` is on no list; ``alive`` and ``no_crime`` are cancelled where a village would issue them."""


def requirement(code: str, *alternatives: str, role: str = "applicant", **over: Any) -> Requirement:
    """A requirement met by any of ``alternatives`` (``type`` or ``type@issuer``)."""
    kinds = tuple(
        Alternative(evidence_type=t, issuer_class=i or None) for t, _, i in (a.partition("@") for a in alternatives)
    )
    fields = {"item_code": ITEM, "legal_basis": "测试条例第一条", "provenance": "synthetic"}
    return Requirement.model_validate(fields | {"code": code, "alternatives": kinds, "role": role} | over)


def catalogue(*requirements: Requirement, **over: Any) -> Catalogue:
    """One published version with one item that has ``requirements``."""
    fields: dict[str, Any] = {
        "version": "dehua_2026_1",
        "county": "350526",
        "county_name": "德化县",
        "owner": "德化县司法局",
        "document_no": "德司〔2026〕1号",
        "effective_from": date(2026, 1, 1),
        "lists": (
            ListVersion(
                list_name="retained",
                title="德化县保留的证明事项清单",
                owner="德化县司法局",
                document_no="德司〔2026〕1号",
                published_on=date(2026, 1, 1),
                provenance="synthetic",
            ),
        ),
        "departments": (Department(code="justice", name="德化县司法局", uscc=JUSTICE, provenance="synthetic"),),
        "issuer_classes": tuple(
            IssuerClass(code=code, name=name)
            for code, name in (
                ("police", "公安机关"),
                ("village", "村（居）委会"),
                ("civil_affairs", "民政部门"),
                ("bank", "银行"),
            )
        ),
        "roles": {"applicant": "申请人", "spouse": "配偶", "deceased": "被继承人"},
        "evidence_types": EVIDENCE_TYPES,
        "sources": (
            source(Route.ELICENCE, "11100000MB03271699001"),
            source(Route.DATA_SHARING, "310/1", evidence_type="household"),
            source(Route.DATA_SHARING, "310/2", evidence_type="no_crime", coverage=Coverage(area="100000", since=None)),
            source(Route.TRUSTED_DOCUMENT, "bank-1", evidence_type="bank_statement"),
        ),
        "list_entries": {
            "retained": ("marriage", "household", "no_crime", "bank_statement"),
            "paper_exempt": ("marriage",),
            "commitment": ("no_crime",),
        },
        "cancellations": tuple(
            Cancellation(
                evidence_type=code,
                issuer_class="village",
                act="民发〔2020〕20号",
                published_on=date(2020, 2, 20),
                provenance="synthetic",
            )
            for code in ("alive", "no_crime")
        ),
        "items": (
            ServiceItem(
                code=ITEM,
                name="收养登记",
                department="justice",
                item_type=ItemType.CONFIRMATION,
                required_roles=("applicant",),
                optional_roles=("spouse", "deceased"),
                notice_working_days=5,
                provenance="synthetic",
            ),
        ),
        "requirements": requirements,
    }
    return Catalogue.model_validate(fields | over)


def rules(*requirements: Requirement, demands: tuple[Demand, ...] = (), **over: Any) -> ItemRules:
    """The slice of ``catalogue(*requirements)`` a case of its item needs."""
    return rules_for(catalogue(*requirements, **over), DIGEST, ITEM, demands)


def evidence_rule(code: str = "marriage", **over: Any) -> EvidenceRule:
    """A listed kind of evidence with one e-licence source."""
    fields: dict[str, Any] = {
        "name": f"《{code}》".strip("《》"),
        "issuer_class": "police",
        "source_attribute": SourceAttribute.GOVERNMENT,
        "polarity": Polarity.IS,
        "sensitivity": Sensitivity.NONE,
        "retained": True,
        "paper_exempt": True,
        "commitment_listed": False,
        "cancelled_by": None,
        "sources": (source(Route.ELICENCE, f"lic-{code}", evidence_type=code),),
    }
    return EvidenceRule.model_validate(fields | {"code": code} | over)


def item_rules(*kinds: EvidenceRule, by_demand: bool = False, **over: Any) -> ItemRules:
    """Rules with one requirement ``need`` that any of ``kinds`` meets; ``by_demand`` leaves the requirement out."""
    rule = RequirementRule.model_validate(
        {
            "code": "need",
            "role": "applicant",
            "evidence": tuple(k.code for k in kinds),
            "legal_basis": "测试条例第一条",
            "accepted_statuses": ("01",),
            "condition": None,
            "needed_coverage": None,
            "routes": None,
            "deferrable": False,
        }
        | over
    )
    return ItemRules(
        ref=CatalogueRef(version="dehua_2026_1", digest=DIGEST),
        county="350526",
        item_code=ITEM,
        item_name="收养登记",
        department=JUSTICE,
        department_name="德化县司法局",
        required_roles=("applicant",),
        optional_roles=("spouse",),
        role_names={"applicant": "申请人", "spouse": "配偶"},
        notice_working_days=5,
        requirements=() if by_demand else (rule,),
        evidence={k.code: k for k in kinds},
    )


def case_policy(interactive: int = 60, background: int = 600) -> CasePolicy:
    """Waiting budgets, the same for every sharing route."""
    budget = RouteBudget(interactive_seconds=interactive, background_seconds=background)
    return CasePolicy(
        budgets=dict.fromkeys(SHARING, budget),
        ask_seconds=dict.fromkeys(Platform, 15),
        retry_initial_seconds=1,
        retry_maximum_seconds=10,
    )


def calendar() -> WorkingCalendar:
    """国务院办公厅's published working days of 2024 to 2026 (domain.md §8.2), by hand."""
    off = {
        2024: "0101 0212-0216 0404-0405 0501-0503 0610 0916-0917 1001-1004 1007",
        2025: "0101 0128-0131 0203-0204 0404 0501-0502 0505 0602 1001-1003 1006-1008",
        2026: "0101-0102 0216-0220 0223 0406 0501 0504-0505 0619 0925 1001-1002 1005-1007",
    }
    worked = {
        2024: "0204 0218 0407 0428 0511 0914 0929 1012",
        2025: "0126 0208 0427 0928 1011",
        2026: "0104 0214 0228 0509 0920 1010",
    }
    return WorkingCalendar(
        version="cn_2024_2026",
        first=date(2024, 1, 1),
        last=date(2026, 12, 31),
        holidays=tuple(day for year, text in off.items() for day in _days(year, text)),
        workdays=tuple(day for year, text in worked.items() for day in _days(year, text)),
    )


def _days(year: int, text: str) -> Iterable[date]:
    for part in text.split():
        first, _, last = part.partition("-")
        day = date(year, int(first[:2]), int(first[2:]))
        end = date(year, int((last or first)[:2]), int((last or first)[2:]))
        while day <= end:
            yield day
            day += timedelta(days=1)


# --- the application -------------------------------------------------------------------------------------------------


def party(party_id: str = "p1", role: str = "applicant", **over: Any) -> Party:
    """A living person with a synthetic 公民身份号码."""
    fields: dict[str, Any] = {
        "kind": PartyKind.LIVING,
        "id_type": HolderCodeType.RESIDENT_ID,
        "id_number": PERSON,
        "name": "测试甲",
    }
    return Party.model_validate(fields | {"party_id": party_id, "role": role} | over)


def spouse(party_id: str = "p2", **over: Any) -> Party:
    """The applicant's spouse."""
    return party(party_id, "spouse", **({"id_number": SPOUSE, "name": "测试乙"} | over))


def company(party_id: str = "c1", role: str = "applicant", **over: Any) -> Party:
    """A synthetic company."""
    fields = {
        "kind": PartyKind.ORGANISATION,
        "id_type": HolderCodeType.USCC,
        "id_number": COMPANY,
        "name": "测试陶瓷有限公司",
    }
    return party(party_id, role, **(fields | over))


def authorised(scope: Sensitivity) -> Authorisation:
    """The holder's authorisation, on record."""
    return Authorisation(scope=scope, document_digest=DOCUMENT)


def request(*parties: Party, **over: Any) -> ApplicationRequest:
    """A request of the item of ``catalogue()``; one applicant unless ``parties`` says otherwise."""
    fields: dict[str, Any] = {
        "application_no": APPLICATION_NO,
        "item_code": ITEM,
        "parties": parties or (party(),),
        "operator": CLERK,
        "purpose": "办理收养登记",
    }
    return ApplicationRequest.model_validate(fields | over)


def volunteered(requirement_code: str = "need", evidence: str = "marriage", party_id: str = "p1") -> Volunteered:
    """Evidence the applicant chooses to hand in."""
    return Volunteered(
        requirement_code=requirement_code, party_id=party_id, evidence_type=evidence, document_digest=DOCUMENT
    )


def command(command_id: str = "c-1", act: Act = Act.WITHDRAW, digest: str = DIGEST) -> CommandRef:
    """The reference of an act."""
    return CommandRef(command_id=command_id, act=act, digest=digest)


def demand(evidence: str = "健在证明", issuer_class: str = "village", party_id: str = "p1") -> Demand:
    """What a guide still asks for."""
    return Demand(evidence=evidence, issuer_class=issuer_class, party_id=party_id)


# --- outcomes, events and the case -----------------------------------------------------------------------------------


def evidence(**over: Any) -> Evidence:
    """The record of a hit."""
    fields: dict[str, Any] = {
        "subject_ref": subject_ref(1),
        "evidence_type": "marriage",
        "platform": Platform.ELICENCE_NATIONAL,
        "resource_code": "res-1",
        "identifier": "J350526-2020-000001",
        "digest": DIGEST,
        "media_type": "application/ofd",
        "size": 1024,
        "retrieved_at": NOW,
        "verdict": "valid_record",
    }
    return Evidence.model_validate(fields | over)


def outcome(kind: OutcomeKind = OutcomeKind.HIT, **over: Any) -> Outcome:
    """The outcome of one try; a hit carries its evidence."""
    fields: dict[str, Any] = {"detail": kind.value, "asked_at": NOW, "answered_at": NOW}
    if kind is OutcomeKind.HIT:
        fields["evidence"] = evidence()
    return Outcome.model_validate(fields | {"kind": kind} | over)


def attempt(
    kind: OutcomeKind,
    asked: Source,
    evidence: str = "marriage",
    requirement: str = "need/p1",
    number: int = 1,
    at: datetime = NOW,
) -> AttemptMade:
    """One source was asked."""
    return AttemptMade(
        requirement=requirement,
        evidence=evidence,
        route=asked.route,
        platform=asked.platform,
        resource_code=asked.resource_code,
        round=number,
        asked_at=at,
        outcome=outcome(kind),
    )


def settled(
    requirement: str = "need/p1", evidence: str = "marriage", ground: str = "elicence", **over: Any
) -> RequirementSettled:
    """A requirement closed on a ground."""
    fields: dict[str, Any] = {"basis": "测试条例第一条", "evidence_digest": DIGEST, "findings": ()}
    return RequirementSettled.model_validate(
        fields | {"requirement": requirement, "evidence": evidence, "ground": ground} | over
    )


def not_exempted(requirement: str = "need/p1", *findings: RungFinding) -> RequirementNotExempted:
    """A requirement of which nothing is left."""
    return RequirementNotExempted(requirement=requirement, findings=findings)


def finding(route: Route, reason: str, evidence: str = "marriage") -> RungFinding:
    """Why a rung was taken or passed over."""
    return RungFinding(route=route, evidence=evidence, reason=reason)


def withdrawn(command_id: str = "c-2") -> ApplicationWithdrawn:
    """The applicant took the application back."""
    return ApplicationWithdrawn(command=command(command_id), reason="不办了")


def admitted(
    asked: ApplicationRequest, of: ItemRules, raised: tuple[RaisedRequirement, ...] | None = None
) -> ApplicationAdmitted:
    """The admission of a request under its rules."""
    return ApplicationAdmitted(
        catalogue=of.ref,
        item_name=of.item_name,
        parties=tuple(
            PartyRecord(
                party_id=p.party_id,
                role=p.role,
                kind=p.kind,
                subject_ref=subject_ref(number),
                id_type=p.id_type,
                id_number=p.id_number,
                name=p.name,
                facts=p.facts,
            )
            for number, p in enumerate(asked.parties, start=1)
        ),
        requirements=raise_requirements(asked, of) if raised is None else raised,
        notice_due=date(2026, 3, 9),
        notice_due_provisional=False,
    )


def stream(*bodies: EventBody, application_no: str = APPLICATION_NO) -> tuple[Event, ...]:
    """``bodies`` as the events of one stream, a second apart, chained by their ids."""
    name = f"application/{application_no}"
    events: list[Event] = []
    previous: UUID | None = None
    for sequence, body in enumerate(bodies):
        at = NOW + timedelta(seconds=sequence)
        event_id = make_event_id(name, sequence, previous, at)
        events.append(
            Event(
                event_id=event_id,
                stream=name,
                application_no=application_no,
                sequence=sequence,
                previous_id=previous,
                occurred_at=at,
                actor=SYSTEM,
                body=body,
            )
        )
        previous = event_id
    return tuple(events)


def folded(*bodies: EventBody) -> Case:
    """The case after ``bodies``."""
    case = fold(stream(*bodies))
    assert case is not None
    return case


def open_case(of: ItemRules, *after: EventBody, asked: ApplicationRequest | None = None) -> Case:
    """A case admitted under ``of``, and what happened ``after``."""
    asked = asked or request()
    return folded(received(asked, NOW), admitted(asked, of), *after)


def bare_case(of: ItemRules, *attempts: AttemptMade, mode: Mode = Mode.INTERACTIVE, by_demand: bool = False) -> Case:
    """A case with the one requirement ``need/p1`` of ``item_rules``, for the ladder alone."""
    names = tuple(kind.name for kind in of.evidence.values())
    raised = RaisedRequirement(
        key="need/p1", rule=None if by_demand else "need", party_id="p1", evidence=tuple(of.evidence), names=names
    )
    case = Case(
        application_no=APPLICATION_NO,
        item_code=ITEM,
        stage=Stage.ESTABLISHING,
        mode=mode,
        received_at=NOW,
        requirements={"need/p1": RequirementState(raised=raised, standing=RequirementStanding.OPEN)},
    )
    return tried(case, *attempts)


def tried(case: Case, *attempts: AttemptMade) -> Case:
    """The case with more attempts on it."""
    from schemas.case import apply

    for made in attempts:
        event = stream(made)[0].model_copy(update={"sequence": case.sequence + 1})
        case = apply(case, event)
    return case
