"""What a platform answers to a request it accepts: the population's records, and the faults that bend them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from infra.sandbox.faults import Fault, FaultKind
from infra.sandbox.population import Standing
from infra.sandbox.state import State
from infra.sandbox.vocabulary import Asked, Call, Meaning, Operation, Record, Said
from schemas.codes import LicenceStatus, Platform
from schemas.identifiers import parse_licence_identifier

_MEANINGS = {
    FaultKind.ADVERSE: Meaning.ADVERSE,
    FaultKind.DEFERRED: Meaning.NOT_YET,
    FaultKind.QUOTA: Meaning.QUOTA,
    FaultKind.NO_RECORD: Meaning.NO_RECORD,
    FaultKind.UNAUTHORISED: Meaning.UNAUTHORISED,
    FaultKind.EMPTY_SUCCESS: Meaning.OK,
}
_STRANGER = ("350526190001019998", "样例他人")


def answer(state: State, platform: Platform, call: Call, fault: Fault | None) -> Said:
    """The answer to one accepted request; ``fault`` bends it."""
    if fault is not None and fault.kind is FaultKind.RETURN_CODE:
        return Said(Meaning.OK, code=fault.code)
    if fault is not None and fault.kind in _MEANINGS:
        return Said(_MEANINGS[fault.kind])
    match call.operation:
        case Operation.TOKEN:
            return Said(Meaning.OK, token=state.new_token())
        case Operation.SEARCH:
            return _search(state, platform, call, fault)
        case Operation.DOWNLOAD:
            link = state.use_link(call.ticket)
            return Said(Meaning.OK, (link.record,)) if link else Said(Meaning.LINK_SPENT)
    record = state.issued(call.asked.identifier)
    if record is None:
        return Said(Meaning.NO_RECORD)
    if call.operation is Operation.LINK:
        spent = fault is not None and fault.kind is FaultKind.LINK_SPENT
        return Said(Meaning.OK, (record,), link=state.new_link(record, call.asked, spent))
    return Said(Meaning.OK, (record,))


def _search(state: State, platform: Platform, call: Call, fault: Fault | None) -> Said:
    asked, key = call.asked, call.headers.get("idempotency-key", "")
    before = state.answered(platform, key) if key else None
    if before is not None and before[0] != asked:
        return Said(Meaning.BAD_PARAMETER)
    if before is not None and fault is None:
        return replace(before[1], repeated=True)
    said = _looked_up(state, platform, asked)
    if fault is not None:
        said = bent(state, platform, asked, said, fault)
    state.issue(said.records)
    if key and fault is None:
        state.remember_answer(platform, key, asked, said)
    return replace(said, repeated=before is not None)


def _looked_up(state: State, platform: Platform, asked: Asked) -> Said:
    if not state.knows(platform, asked.resource_code):
        return Said(Meaning.UNKNOWN_RESOURCE)
    source = state.population.source(platform, asked.resource_code)
    coverage = source.coverage if source else None
    if state.is_adverse(platform, asked.holder_code, asked.resource_code):
        return Said(Meaning.ADVERSE)
    records = state.records(platform, asked.holder_code, asked.resource_code)
    return Said(Meaning.OK if records else Meaning.NO_RECORD, records, coverage=coverage)


def bent(state: State, platform: Platform, asked: Asked, said: Said, fault: Fault) -> Said:
    """An answer as a fault has it; where there is no record to bend, one is made first."""
    first = said.records[0] if said.records else _made(state, platform, asked)
    match fault.kind:
        case FaultKind.WRONG_PERSON:
            records: tuple[Record, ...] = (replace(first, holder_code=_STRANGER[0], holder_name=_STRANGER[1]),)
        case FaultKind.EXPIRED:
            records = (replace(first, valid_from=date(2010, 1, 1), valid_until=date(2019, 12, 31)),)
        case FaultKind.STATUS:
            records = (replace(first, status=fault.status),)
        case FaultKind.AMBIGUOUS:
            second = state.population.record(platform, asked.holder_code, asked.resource_code, Standing.HIT, number=2)
            records = (first, replace(second, holder_code=first.holder_code, holder_name=first.holder_name))
        case FaultKind.DUPLICATE:
            records = (first, first)
        case FaultKind.WRONG_RESOURCE:
            records = (replace(first, resource_code=f"{asked.resource_code[:-1]}X"),)
        case FaultKind.ODD_IDENTIFIER:
            records = (replace(first, identifier=_odd(first.identifier)),)
        case _:
            return said
    return Said(Meaning.OK, records, coverage=said.coverage)


def _made(state: State, platform: Platform, asked: Asked) -> Record:
    record = state.population.record(platform, asked.holder_code, asked.resource_code, Standing.HIT)
    return replace(record, holder_name=asked.holder_name, status=LicenceStatus.VALID)


def _odd(identifier: str) -> str:
    """The identifier as issued by another province, with a check character that is wrong (domain §1.1)."""
    parts = parse_licence_identifier(identifier)
    parts = parts.model_copy(update={"issuer_code": "113700000045046442", "check": "0"})
    again = parse_licence_identifier(parts.text())
    return again.model_copy(update={"check": "1"}).text() if again.check_ok else parts.text()
