"""Every return code of every dialect, against domain §1.4: one number means different things in different tables."""

from __future__ import annotations

import pytest

from infra.platforms import data_sharing, elicence_national, elicence_provincial, trusted_documents
from infra.platforms.answers import CodeTable
from infra.sandbox.vocabulary import Operation
from schemas.codes import SHARING_PLATFORMS, Platform
from schemas.evidence import OutcomeKind
from schemas.exchange import AnswerClass, PlatformAnswer
from schemas.judge import judge
from tests.platforms.world import World, asking

A = AnswerClass
NATIONAL = {
    "1": A.CONFIG,
    "2": A.TRANSIENT,
    "3": A.NOT_FOUND,
    "4": A.CONFIG,
    "5": A.CONFIG,
    "11": A.ADVERSE,
    "13": A.MISMATCH,
    "14": A.CONFIG,
    "16": A.QUOTA,
    "17": A.QUOTA,
}
PROVINCIAL = {
    "2": A.CONFIG,
    "10": A.NOT_FOUND,
    "11": A.CONFIG,
    "12": A.CONFIG,
    "13": A.CONFIG,
    "21": A.ADVERSE,
    "22": A.ADVERSE,
    "23": A.ADVERSE,
    "100": A.CONFIG,
    "101": A.CONFIG,
    "102": A.CONFIG,
    "103": A.CONFIG,
}
SHARING = {
    "204": A.NOT_FOUND,
    "400": A.CONFIG,
    "401": A.CONFIG,
    "403": A.CONFIG,
    "404": A.CONFIG,
    "408": A.CONFIG,
    "409": A.MISMATCH,
    "410": A.ADVERSE,
    "412": A.CONFIG,
    "429": A.QUOTA,
    "503": A.TRANSIENT,
    "504": A.TRANSIENT,
}
DOCUMENTS = {
    "1004": A.NOT_FOUND,
    "1005": A.ADVERSE,
    "1006": A.MISMATCH,
    "2001": A.TRANSIENT,
    "2002": A.QUOTA,
    "3001": A.CONFIG,
    "3002": A.CONFIG,
    "3003": A.CONFIG,
    "3004": A.CONFIG,
    "3005": A.CONFIG,
    "3006": A.CONFIG,
    "3007": A.CONFIG,
}
TABLES: dict[Platform, tuple[CodeTable, str, dict[str, AnswerClass]]] = {
    Platform.ELICENCE_NATIONAL: (elicence_national.CODES, "0", NATIONAL),
    Platform.ELICENCE_PROVINCIAL: (elicence_provincial.CODES, "0", PROVINCIAL),
    Platform.DATA_SHARING: (data_sharing.CODES, "200", SHARING),
    Platform.TRUSTED_DOCUMENTS: (trusted_documents.CODES, "0000", DOCUMENTS),
}
EVERY_CODE = [(p, code, kind) for p, (_, _, expected) in TABLES.items() for code, kind in expected.items()]


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
def test_the_tables_are_complete(platform: Platform) -> None:
    table, success, expected = TABLES[platform]
    assert {code: kind for code, (kind, _) in table.items()} == {success: A.FOUND} | expected
    assert all(detail for code, (_, detail) in table.items() if code != success)


@pytest.mark.parametrize(("platform", "code", "kind"), EVERY_CODE)
async def test_every_code_of_a_search(world: World, platform: Platform, code: str, kind: AnswerClass) -> None:
    world.fault("return_code", platform=platform, code=code)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert (answer.kind, answer.platform_code) == (kind, code)
    assert answer.detail == TABLES[platform][0][code][1]
    assert code.encode() in answer.body
    assert answer.records == ()


WITH_FILES = [
    (platform, operation, code, kind)
    for platform, operation in (
        (Platform.ELICENCE_NATIONAL, Operation.LINK),
        (Platform.ELICENCE_PROVINCIAL, Operation.LINK),
        (Platform.TRUSTED_DOCUMENTS, Operation.CONTENT),
    )
    for code, kind in TABLES[platform][2].items()
]


@pytest.mark.parametrize(("platform", "operation", "code", "kind"), WITH_FILES)
async def test_every_code_of_a_file(
    world: World, platform: Platform, operation: Operation, code: str, kind: AnswerClass
) -> None:
    batch, query = asking(world, platform)
    client = world.clients[platform]
    found = await client.find(batch, query)
    world.fault("return_code", platform=platform, operation=operation, code=code)
    answer = await client.fetch(batch, query, found.records[0])
    assert isinstance(answer, PlatformAnswer)
    assert (answer.kind, answer.platform_code) == (kind, code)


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
@pytest.mark.parametrize("code", ["99", "E-77"])
async def test_a_code_nobody_knows(world: World, platform: Platform, code: str) -> None:
    world.fault("return_code", platform=platform, code=code)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert (answer.kind, answer.detail, answer.platform_code) == (A.CONFIG, f"unknown_code_{code}", code)


VERIFY = {
    Platform.ELICENCE_NATIONAL: {
        "0": A.FOUND,
        "1": A.ADVERSE,
        "2": A.ADVERSE,
        "3": A.ADVERSE,
        "4": A.MISMATCH,
        "5": A.NOT_FOUND,
        "6": A.MISMATCH,
        "77": A.FOUND,  # what the library cannot say leaves the record, with its warning
    },
    Platform.ELICENCE_PROVINCIAL: {
        "0": A.FOUND,
        "7": A.MISMATCH,
        "10": A.NOT_FOUND,
        "21": A.ADVERSE,
        "22": A.ADVERSE,
        "23": A.ADVERSE,
        "2": A.FOUND,
    },
}
EVERY_VERIFICATION = [(p, code, kind) for p, codes in VERIFY.items() for code, kind in codes.items()]


@pytest.mark.parametrize(("platform", "code", "kind"), EVERY_VERIFICATION)
async def test_a_foreign_identifier_that_breaks_the_rule_is_verified(
    world: World, platform: Platform, code: str, kind: AnswerClass
) -> None:
    world.fault("odd_identifier", platform=platform)
    world.fault("return_code", platform=platform, operation=Operation.VERIFY, code=code)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert answer.kind is kind
    assert len(world.calls(platform, Operation.VERIFY)) == 1


@pytest.mark.parametrize("platform", [Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL])
async def test_a_verification_that_does_not_come_is_asked_again(world: World, platform: Platform) -> None:
    world.fault("odd_identifier", platform=platform)
    world.fault("http_5xx", platform=platform, operation=Operation.VERIFY)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert (answer.kind, answer.detail) == (A.TRANSIENT, "http_503")


OUTCOMES = {
    A.NOT_FOUND: OutcomeKind.NO_RECORD,
    A.ADVERSE: OutcomeKind.ADVERSE,
    A.MISMATCH: OutcomeKind.MISMATCH,
    A.TRANSIENT: OutcomeKind.TRANSIENT,
    A.QUOTA: OutcomeKind.QUOTA,
    A.CONFIG: OutcomeKind.CONFIG,
}


@pytest.mark.parametrize("code", ["2", "11", "13"])
async def test_the_same_number_is_judged_by_its_own_dialect(world: World, code: str) -> None:
    outcomes = []
    for platform in (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL):
        world.fault("return_code", platform=platform, code=code)
        batch, query = asking(world, platform)
        answer = await world.clients[platform].find(batch, query)
        outcomes.append(judge(query, answer, batch.asked_on).kind)
    assert outcomes[0] is OUTCOMES[NATIONAL[code]]
    assert outcomes[1] is OutcomeKind.CONFIG
