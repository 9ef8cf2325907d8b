"""The mail that carries a report: Chinese subject and names of files, the same Message-ID each time it is built."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from schemas.clock import COUNTY_TIME
from schemas.report import Content, Drawn, Subject, message_id
from schemas.report_tables import headline, late_named, title_of
from schemas.texts import zh_report as zh

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
HTML = ("text", "html")


def message(
    content: Content, drawn: Drawn, edition: int, files: tuple[bytes, bytes], sender: str, recipients: tuple[str, ...]
) -> EmailMessage:
    """The mail with the workbook and the page attached (RFC 2047, RFC 2231).

    Args:
        files: the workbook and the page, whose digests are in ``drawn``.
    """
    basis = content.basis
    built = EmailMessage(policy=SMTP)
    built["Subject"] = zh.SUBJECT.format(title=content.title)
    built["From"] = Address(addr_spec=sender)
    built["To"] = tuple(Address(addr_spec=recipient) for recipient in recipients)
    built["Date"] = format_datetime(_at(basis.as_of))
    built["Message-ID"] = mail_id(content, drawn, edition, sender)
    built["Auto-Submitted"] = "auto-generated"  # so that no holiday reply comes of it (RFC 3834)
    xlsx_name, html_name = (f"{title_of_edition(basis.subject, edition)}.{ending}" for ending in ("xlsx", "html"))
    built.set_content(
        zh.BODY.format(
            addressed=zh.ADDRESSED[basis.subject.kind.value],
            title=content.title,
            headline=headline(content),
            submissions="\n".join(late_named(content)),
            origin=basis.head.origin,
            size=basis.head.size,
            root=basis.head.root,
            xlsx_name=xlsx_name,
            xlsx=drawn.xlsx,
            html_name=html_name,
            html=drawn.html,
            report_id=basis.subject.report_id,
            edition=edition,
        ),
        cte="base64",
    )
    for name, kind, file in zip((xlsx_name, html_name), (XLSX, HTML), files, strict=True):
        built.add_attachment(file, maintype=kind[0], subtype=kind[1], filename=name)
    return built


def mail_id(content: Content, drawn: Drawn, edition: int, sender: str) -> str:
    """The Message-ID of a report's mail."""
    return message_id(content.basis.subject.report_id, edition, drawn.figures, sender.partition("@")[2])


def title_of_edition(subject: Subject, edition: int) -> str:
    """What an edition's files are called, without an ending."""
    title = title_of(subject)
    return title if edition == 1 else f"{title}（第{edition}版）"


def _at(moment: datetime) -> datetime:
    return moment.astimezone(COUNTY_TIME).replace(microsecond=0)
