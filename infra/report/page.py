"""A report as one page of HTML: nothing is loaded and nothing runs, and whatever stands in a name is text."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from schemas.report import Content
from schemas.report_tables import basis_rows, late_named, submission_table, total_table, unit_table
from schemas.texts import zh_report as zh


@cache
def _template() -> Template:
    loader = PackageLoader("infra.report")
    # Of the name of a template nothing may depend: everything is escaped.
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("report.html.j2")


def page(content: Content) -> bytes:
    """The page, UTF-8; of the same content the same bytes."""
    subject = content.basis.subject
    submissions = submission_table(content.months)
    text = _template().render(
        content=content,
        addressed=zh.ADDRESSED[subject.kind.value],
        not_ended="" if content.ended else zh.NOT_ENDED.format(today=content.basis.today),
        late=late_named(content),
        nobody_late=zh.NOBODY_LATE,
        submissions=submissions,
        tables=(
            total_table(content),
            unit_table("department", content.by_department, brief=True),
            unit_table("township", content.by_township, brief=True),
            submissions,
        ),
        basis=basis_rows(content),
        basis_title=zh.SHEETS["basis"],
    )
    return text.encode()
