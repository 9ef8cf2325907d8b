"""Subscriptions, scopes, and the same events by cursor."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from infra.catalogue.files import load
from infra.catalogue.store import FixedCatalogue
from infra.ledger import sequencer
from infra.webhooks.address import Forbidden
from infra.webhooks.fanout import decider
from infra.webhooks.pull import pull
from infra.webhooks.secrets import SecretBox, new_secret
from infra.webhooks.subscriptions import MOST_OF_ONE_OWNER, TooMany
from schemas.catalogue import Catalogue
from schemas.outbound import Scope
from tests.ledger.cases import MASTER_KEY, admitted, handed_over, link, received, whole_case
from tests.webhooks.world import NAMING, PUBLIC_OF_A_CASE, WINDOW, World

ROOT = Path(__file__).parents[2]


async def test_only_its_owner_sees_and_changes_it(world: World) -> None:
    subscription, secret = await world.subscribe()
    assert secret.startswith("whsec_")
    subscriptions = world.subscriptions
    assert await subscriptions.get("yewu-01", subscription.id) == subscription
    assert await subscriptions.of("yewu-01") == [subscription]
    for other in ("yewu-02", ""):
        assert await subscriptions.get(other, subscription.id) is None
        assert await subscriptions.of(other) == []
        assert await subscriptions.change(other, subscription.id, state="revoked") is None
        assert await subscriptions.rotate(other, subscription.id) is None
    assert await subscriptions.get("yewu-01", uuid4()) is None
    changed = await subscriptions.change("yewu-01", subscription.id, types=("notice_issued",), state="paused")
    assert changed is not None
    assert (changed.types, changed.state, changed.reason, changed.url) == (
        ("notice_issued",),
        "paused",
        "owner",
        subscription.url,
    )


async def test_revoked_is_for_ever(world: World) -> None:
    subscription, _ = await world.subscribe()
    await world.case("T-1")
    assert await world.subscriptions.change("yewu-01", subscription.id, state="revoked") is not None
    assert await world.subscriptions.change("yewu-01", subscription.id, state="active") is None
    assert await world.subscriptions.rotate("yewu-01", subscription.id) is None
    assert await world.subscriptions.of("yewu-01") == []
    await world.deliverer().settle()
    assert world.receiver.requests == []
    await world.case("T-2")
    assert len(await world.states()) == PUBLIC_OF_A_CASE, "nothing more is owed"


async def test_bad_subscriptions(world: World) -> None:
    subscriptions = world.subscriptions
    with pytest.raises(Forbidden):
        await subscriptions.create("o", WINDOW, "https://10.0.0.1/")
    with pytest.raises(ValueError, match="attempt_made"):
        await subscriptions.create("o", WINDOW, "https://a.cn/", ("attempt_made",))
    for _ in range(MOST_OF_ONE_OWNER):
        last, _ = await subscriptions.create("o", WINDOW, "https://a.cn/")
    with pytest.raises(TooMany):
        await subscriptions.create("o", WINDOW, "https://a.cn/")
    await subscriptions.change("o", last.id, state="revoked")
    await subscriptions.create("o", WINDOW, "https://a.cn/")
    with pytest.raises(Forbidden):
        await subscriptions.change("o", last.id, url="ftp://a.cn/")


def test_a_sealed_secret_opens_for_its_subscription_and_key_only() -> None:
    box, secret, mine = SecretBox(MASTER_KEY), new_secret(), uuid4()
    sealed = box.seal(mine, secret)
    assert box.open(mine, sealed) == secret
    with pytest.raises(InvalidTag):
        box.open(uuid4(), sealed)
    with pytest.raises(InvalidTag):
        SecretBox(bytes(32)).open(mine, sealed)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(ROOT / "infra" / "catalogue" / "350526")


async def test_the_deciding_department_comes_from_the_catalogue(world: World, catalogue: Catalogue) -> None:
    item = catalogue.items[0]
    department = decider(catalogue, item.code)
    assert department is not None
    assert decider(catalogue, "unknown") is None

    class Published(FixedCatalogue):
        async def in_force(self, on: date) -> tuple[Catalogue, str]:
            return catalogue, ""

        async def get(self, version: str) -> tuple[Catalogue, str]:
            raise LookupError

    world.catalogues = Published(catalogue)
    await world.subscribe(Scope(departments=(department,)))
    intake = received().model_copy(update={"item_code": item.code})
    await world.append(link("T-1", (intake, admitted(), handed_over())))
    await world.case("T-2")
    await world.deliverer().settle()
    assert {json.loads(r.body)["subject"] for r in world.receiver.requests} == {"T-1"}
    assert len(world.receiver.requests) == 3


async def test_pull_gives_what_a_webhook_brings(world: World) -> None:
    await world.subscribe()
    assert (await pull(world.pool, WINDOW, -1, 10, NAMING)).next == -1
    await world.case("T-1")
    await world.deliverer().settle()
    sent = [json.loads(r.body) for r in world.receiver.requests]
    pages, after = [], -1
    while (page := await pull(world.pool, WINDOW, after, 4, NAMING)).events:
        pages += list(page.events)
        assert page.more == (len(page.events) == 4)
        after = page.next
    assert pages == sent
    assert after == 8
    assert (await pull(world.pool, WINDOW, after, 4, NAMING)).next == 8
    chosen = await pull(world.pool, WINDOW, -1, 10, NAMING, ("requirement_settled",))
    assert [e["data"]["event"] for e in chosen.events] == ["requirement_settled"] * 3
    nothing = await pull(world.pool, Scope(items=("x",)), -1, 10, NAMING)
    assert (nothing.events, nothing.next, nothing.more) == ((), 8, False)


async def test_pull_goes_no_further_than_scopes_are_known(world: World) -> None:
    """An event whose case is not projected yet is not passed over."""
    await world.case("T-1")
    await world.append(whole_case("T-2"))
    await sequencer.sequence(world.pool)
    page = await pull(world.pool, WINDOW, -1, 100, NAMING)
    assert page.next == 8
    await world.project()
    assert len((await pull(world.pool, WINDOW, page.next, 100, NAMING)).events) == PUBLIC_OF_A_CASE
