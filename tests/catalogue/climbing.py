"""Cases made from a catalogue's own rules, to see what its rows do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.admission import RaisedRequirement
from schemas.application import Actor, ApplicationRequest, Demand, Party
from schemas.case import AttemptState, Case, RequirementStanding, RequirementState, Stage
from schemas.catalogue import Catalogue, ItemRules, ServiceItem
from schemas.codes import ActorKind, HolderCodeType, Mode, PartyKind, Platform, Route, Sensitivity
from schemas.evidence import OutcomeKind
from schemas.ladder import Ask, Climb, climb
from schemas.policy import CasePolicy, RouteBudget

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PERSON = "350526199001010019"
BUDGET = RouteBudget(interactive_seconds=60, background_seconds=600)
POLICY = CasePolicy(
    budgets=dict.fromkeys((Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT), BUDGET),
    ask_seconds=dict.fromkeys(Platform, 15),
    retry_initial_seconds=1,
    retry_maximum_seconds=10,
)
EVERYTHING = (Sensitivity.BANK, Sensitivity.HEALTH)


def item_named(catalogue: Catalogue, name: str) -> ServiceItem:
    """The item of that name."""
    return next(i for i in catalogue.items if i.name == name)


def request_for(rules: ItemRules, demands: tuple[Demand, ...] = ()) -> ApplicationRequest:
    """A request with one synthetic person in every role; a party is called after its role."""
    return ApplicationRequest(
        application_no="catalogue-test-1",
        item_code=rules.item_code,
        parties=tuple(
            Party(
                party_id=role[:20],
                role=role,
                kind=PartyKind.LIVING,
                id_type=HolderCodeType.RESIDENT_ID,
                id_number=PERSON,
                name="测试甲",
            )
            for role in (*rules.required_roles, *rules.optional_roles)
        ),
        operator=Actor(kind=ActorKind.CLERK, actor_id="clerk-07", department=rules.department),
        purpose="目录测试",
        demands=demands,
    )


def climb_of(
    rules: ItemRules,
    raised: RaisedRequirement,
    asked: tuple[Ask, ...] = (),
    authorised: tuple[Sensitivity, ...] = EVERYTHING,
) -> Climb:
    """The next step of a requirement after every source in ``asked`` had no record."""
    attempts = tuple(
        AttemptState(
            route=a.source.route,
            evidence=a.evidence,
            platform=a.source.platform,
            resource_code=a.source.resource_code,
            round=a.round,
            kind=OutcomeKind.NO_RECORD,
            detail="no_record",
            asked_at=NOW,
        )
        for a in asked
    )
    case = Case(
        application_no="catalogue-test-1",
        item_code=rules.item_code,
        stage=Stage.ESTABLISHING,
        mode=Mode.INTERACTIVE,
        received_at=NOW,
        requirements={
            raised.key: RequirementState(raised=raised, standing=RequirementStanding.OPEN, attempts=attempts)
        },
    )
    return climb(rules, POLICY, case, raised.key, authorised, NOW + timedelta(seconds=1))
