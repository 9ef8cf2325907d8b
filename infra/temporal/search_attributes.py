"""Registering the search attributes, as often as one likes."""

from __future__ import annotations

import asyncio

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schemas.attributes import ATTRIBUTES, AttributeType

_TYPES: dict[AttributeType, IndexedValueType.ValueType] = {
    AttributeType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    AttributeType.KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    AttributeType.INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
    AttributeType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
TYPED: dict[str, IndexedValueType.ValueType] = {name: _TYPES[kind] for name, kind in ATTRIBUTES.items()}
"""Every attribute with its type, in Temporal's words."""

WAIT_ROUNDS = 300
"""Tenths of a second until the server must know what was added; its caches take a moment."""


class AttributeConflict(RuntimeError):
    """The namespace has an attribute of that name with another type, or no room for ours."""


async def register(client: Client) -> tuple[str, ...]:
    """Add what is missing and wait until the server knows it; gives the names added.  Raises AttributeConflict."""
    present = await _present(client)
    for name, kind in ATTRIBUTES.items():
        if name in present and present[name] != TYPED[name]:
            raise AttributeConflict(f"查询属性 {name} 已存在且类型不同，须为 {kind.value}")
    missing = {name: kind for name, kind in TYPED.items() if name not in present}
    if not missing:
        return ()
    try:
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise AttributeConflict(f"无法登记查询属性：{error.message}") from error
    for _ in range(WAIT_ROUNDS):
        if missing.keys() <= (await _present(client)).keys():
            return tuple(missing)
        await asyncio.sleep(0.1)
    raise AttributeConflict("查询属性已登记，但服务器迟迟未生效")


async def _present(client: Client) -> dict[str, int]:
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return dict(answer.custom_attributes)
