"""After a person was erased: nothing is found that is not there, and what could not be compared is counted."""

from __future__ import annotations

from infra.identity.subject_keys import SubjectKeys
from infra.temporal.start import submit
from schemas.ledger import APPEND
from schemas.reconcile import Code
from tests.reconcile.conftest import MASTER_KEY, County
from tests.workflows.requests import request
from tests.workflows.waiting import eventually_async

PERSONS = "SELECT subject_ref FROM identity.subject_key"
SEALED = "SELECT count(*) FROM ledger.sealed_field"
RECOVERED = "SELECT count(*) FROM ledger.event WHERE type = 'events_recovered'"


async def erase_everybody(place: County) -> None:
    persons = [record["subject_ref"] for record in await place.pool.fetch(PERSONS)]
    assert await SubjectKeys(place.owner, MASTER_KEY).destroy(persons)


async def test_an_erased_person_is_no_finding_and_is_counted(place: County) -> None:
    async with place.served():
        handle = await place.start()
        await place.finish(handle)
    before = await place.reconcile()
    assert (before.counts, before.erased) == ({}, 0)
    await erase_everybody(place)
    sealed = await place.pool.fetchval(SEALED)
    assert sealed
    for deep in (False, True):
        done = await place.reconcile(deep=deep)
        assert (done.counts, done.erased, done.events) == ({}, sealed, before.events), done.findings
    await place.force(
        "UPDATE ledger.event SET canonical = replace(canonical, '示例', '另例') WHERE stream = $1", handle.id
    )
    assert Code.DIFFERENT in (await place.reconcile()).counts, "what is not personal is compared as ever"
    await place.owner.execute("ALTER TABLE identity.subject_key DISABLE TRIGGER ALL")
    await place.owner.execute("DELETE FROM identity.subject_key")
    done = await place.reconcile()
    assert done.erased == 0 and "key_missing" in {f.detail for f in done.findings}, "gone is not erased"


async def test_a_lost_event_about_an_erased_person_is_a_finding_and_not_filed(place: County) -> None:
    async with place.served():
        await place.start()
        place.ledger.lost = True
        lost = await submit(place.client, place.settings.task_queue, request())

        async def asked() -> set[str]:
            events = (await lost.fetch_history()).events
            return {e.activity_task_scheduled_event_attributes.activity_type.name for e in events}

        await eventually_async(asked, {APPEND}, 30)
        await lost.terminate("盖住它")
        place.ledger.lost = False
    await erase_everybody(place)
    for files, deep in ((False, False), (True, False), (True, True)):
        done = await place.reconcile(files=files, deep=deep)
        assert set(done.counts) == {Code.UNRECOVERABLE, Code.TERMINATED}, done.findings
        assert {f.detail for f in done.findings if f.code is Code.UNRECOVERABLE} == {"erased"}
    assert await place.pool.fetchval(RECOVERED) == 0, "no entry tells of what was not filed"
    assert place.types(lost.id) == []
