"""What the page offers to choose from: the departments and items of the catalogue in force."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Security

from infra.catalogue.store import StoredCatalogues
from infra.gateway.bearer import Bearer
from infra.gateway.guard import Guard
from infra.gateway.problems import Refused
from infra.gateway.said import both
from schemas.authority import Action, Principal
from schemas.base import Model
from schemas.clock import county_date


class DepartmentChoice(Model):
    """A department."""

    department: str
    name: str


class ItemChoice(Model):
    """An item, and the department that decides it."""

    item_code: str
    name: str
    department: str


class Choices(Model):
    """Everything to choose from."""

    county: str
    county_name: str
    departments: tuple[DepartmentChoice, ...]
    items: tuple[ItemChoice, ...]


def choices_router(bearer: Bearer, guard: Guard, catalogues: StoredCatalogues) -> APIRouter:
    """``GET /office/choices``."""
    routes = APIRouter(tags=["audit"])

    @routes.get(
        "/office/choices",
        **both("可选的部门与事项", "Departments and items to choose from", "现行目录所载。Of the catalogue in force."),
    )
    async def offer(principal: Principal = Security(bearer)) -> Choices:
        await guard.listing(principal, Action.LIST)
        try:
            catalogue, _ = await catalogues.in_force(county_date(datetime.now(UTC)))
        except LookupError:
            raise Refused(404, "not_found") from None
        codes = {each.code: each.uscc for each in catalogue.departments}
        return Choices(
            county=catalogue.county,
            county_name=catalogue.county_name,
            departments=tuple(DepartmentChoice(department=d.uscc, name=d.name) for d in catalogue.departments),
            items=tuple(
                ItemChoice(item_code=i.code, name=i.name, department=codes[i.department]) for i in catalogue.items
            ),
        )

    return routes
