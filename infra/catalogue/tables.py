"""The tables of a catalogue folder: their columns, and how the cells of a row become a model of the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from schemas.base import Model
from schemas.catalogue import (
    Body,
    Cancellation,
    Department,
    EvidenceType,
    IssuerClass,
    ListName,
    Name,
    Requirement,
    ServiceItem,
    Source,
)
from schemas.commitment_terms import CommitmentTerms, DeferralTerms
from schemas.identifiers import Code

BETWEEN = "|"
"""Separates the values of a list inside one cell."""

Cells = dict[str, str]


class Role(Model):
    """A row of ``roles.csv``; in the catalogue it is an entry of ``roles``."""

    code: Code
    name: Name


class ListEntry(Model):
    """A row of ``list_entries.csv``; in the catalogue it is a code in the list it names."""

    list_name: ListName
    evidence_type: Code


@dataclass(frozen=True)
class Table:
    """One file of the folder.

    ``part`` is the field of ``Catalogue`` it fills.  ``sample`` is a valid row: where some cells are wrong, the rest
    of the row is still checked as a whole with the sample's cells in their place, unless a cell of ``deciding``, on
    which the meaning of the others depends, is among the wrong ones.
    """

    part: str
    columns: tuple[str, ...]
    model: type[Model]
    sample: Cells
    to_data: Callable[[Cells], dict[str, Any]]
    deciding: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=("code",))
    """Columns by which other rows refer to this one."""

    @property
    def file(self) -> str:
        """The file's name in the folder."""
        return f"{self.part}.csv"


def _plain(cells: Cells) -> dict[str, Any]:
    """Cells as they are; an empty cell is a field not given."""
    return {name: value for name, value in cells.items() if value}


def _evidence_type(cells: Cells) -> dict[str, Any]:
    return _plain(cells) | {"kind": cells["kind"] or None}


def _source(cells: Cells) -> dict[str, Any]:
    return _with_coverage(_plain(cells), "coverage")


def _item(cells: Cells) -> dict[str, Any]:
    return _with_lists(_plain(cells), "required_roles", "optional_roles")


def _commitment(cells: Cells) -> dict[str, Any]:
    return _with_lists(_plain(cells), "consequences")


def _requirement(cells: Cells) -> dict[str, Any]:
    data = _with_lists(_plain(cells), "alternatives", "accepted_statuses", "routes")
    if "alternatives" in data:
        data["alternatives"] = [_alternative(text) for text in data["alternatives"]]
    return _with_coverage(data, "needed_coverage")


def _alternative(text: str) -> dict[str, str]:
    """``type``, or ``type@issuer`` where the requirement names the class of issuers."""
    kind, at, issuer = (part.strip() for part in text.partition("@"))
    return {"evidence_type": kind, "issuer_class": issuer} if at else {"evidence_type": kind}


def _with_lists(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return data | {name: [v.strip() for v in data[name].split(BETWEEN)] for name in names if name in data}


def _with_coverage(data: dict[str, Any], name: str) -> dict[str, Any]:
    parts = {part: data.pop(f"{name}_{part}") for part in ("area", "since") if f"{name}_{part}" in data}
    return data | ({name: parts} if parts else {})


TABLES = (
    Table(
        part="departments",
        columns=("code", "name", "uscc", "township", "provenance"),
        model=Department,
        sample={"code": "xx", "name": "样", "uscc": "11350526MB0000001C", "provenance": "synthetic"},
        to_data=_plain,
    ),
    Table(
        part="issuer_classes",
        columns=("code", "name", "department", "on_platform"),
        model=IssuerClass,
        sample={"code": "xx", "name": "样", "department": "xx"},
        to_data=_plain,
    ),
    Table(
        part="bodies",
        columns=("role", "name", "uscc", "provenance"),
        model=Body,
        sample={"role": "committee", "name": "样", "uscc": "11350526MB0000001C", "provenance": "synthetic"},
        to_data=_plain,
        names=(),
    ),
    Table(part="roles", columns=("code", "name"), model=Role, sample={"code": "xx", "name": "样"}, to_data=_plain),
    Table(
        part="evidence_types",
        columns=(
            "code",
            "name",
            "kind",
            "source_attribute",
            "issuer_class",
            "polarity",
            "sensitivity",
            "format_and_sample",
            "producing_item",
            "public_service_sector",
            "public_service_item",
            "provenance",
        ),
        model=EvidenceType,
        sample={
            "code": "xx",
            "name": "样",
            "kind": "K2",
            "issuer_class": "xx",
            "format_and_sample": "样",
            "producing_item": "样",
            "public_service_sector": "样",
            "public_service_item": "样",
            "provenance": "synthetic",
        },
        to_data=_evidence_type,
        deciding=("source_attribute",),
    ),
    Table(
        part="sources",
        columns=(
            "evidence_type",
            "route",
            "platform",
            "resource_code",
            "coverage_area",
            "coverage_since",
            "provenance",
        ),
        model=Source,
        sample={"evidence_type": "xx", "resource_code": "x", "provenance": "synthetic", "coverage_area": "100000"},
        to_data=_source,
        deciding=("route", "platform"),
        names=("evidence_type",),
    ),
    Table(
        part="list_entries",
        columns=("list_name", "evidence_type"),
        model=ListEntry,
        sample={"list_name": "retained", "evidence_type": "xx"},
        to_data=_plain,
        names=("evidence_type",),
    ),
    Table(
        part="cancellations",
        columns=("evidence_type", "issuer_class", "act", "published_on", "provenance"),
        model=Cancellation,
        sample={
            "evidence_type": "xx",
            "issuer_class": "xx",
            "act": "样",
            "published_on": "2020-02-29",
            "provenance": "synthetic",
        },
        to_data=_plain,
        names=("evidence_type",),
    ),
    Table(
        part="items",
        columns=(
            "code",
            "name",
            "department",
            "item_type",
            "required_roles",
            "optional_roles",
            "notice_working_days",
            "statutory_working_days",
            "promised_working_days",
            "domain",
            "assistance",
            "provenance",
        ),
        model=ServiceItem,
        sample={
            "name": "样",
            "department": "xx",
            "required_roles": "applicant",
            "notice_working_days": "5",
            "provenance": "synthetic",
        },
        to_data=_item,
        deciding=("code", "item_type"),
    ),
    Table(
        part="requirements",
        columns=(
            "code",
            "item_code",
            "role",
            "alternatives",
            "legal_basis",
            "accepted_statuses",
            "condition",
            "needed_coverage_area",
            "needed_coverage_since",
            "routes",
            "deferrable",
            "provenance",
        ),
        model=Requirement,
        sample={
            "code": "xx",
            "item_code": "xx",
            "role": "xx",
            "alternatives": "xx",
            "legal_basis": "样",
            "needed_coverage_area": "100000",
            "provenance": "synthetic",
        },
        to_data=_requirement,
    ),
    Table(
        part="commitments",
        columns=(
            "requirement",
            "evidence_type",
            "letter_version",
            "obligation",
            "content",
            "manner",
            "liability",
            "check_power",
            "publicity",
            "fulfilment",
            "supervision",
            "predicate",
            "check",
            "sample_percent",
            "check_within_days",
            "check_by",
            "consequences",
            "rectify_days",
            "provenance",
        ),
        model=CommitmentTerms,
        sample={
            "requirement": "xx",
            "evidence_type": "xx",
            "letter_version": "xx",
            "obligation": "样",
            "content": "样",
            "manner": "样",
            "liability": "样",
            "check_power": "样",
            "publicity": "样",
            "fulfilment": "样",
            "supervision": "样",
            "provenance": "synthetic",
        },
        to_data=_commitment,
        deciding=("check", "sample_percent", "check_within_days", "check_by", "consequences", "rectify_days"),
        names=("evidence_type",),
    ),
    Table(
        part="deferrals",
        columns=("requirement", "form", "within_days", "overdue", "provenance"),
        model=DeferralTerms,
        sample={"requirement": "xx", "form": "样", "provenance": "synthetic"},
        to_data=_plain,
        deciding=("within_days", "overdue"),
        names=("requirement",),
    ),
)
