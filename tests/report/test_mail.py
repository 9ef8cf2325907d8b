"""Mail against real servers on this machine: taken whole or not at all, and every failure of its kind."""

from __future__ import annotations

import socket
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.report.mail import MailNotSent, send
from infra.settings import ReportSettings, SmtpSettings
from tests.report.mail_servers import (
    PASSWORD,
    USER,
    Taken,
    authenticator,
    breaking_server,
    certificate,
    mail_server,
)

OFFICE = "gwh@dehua.example"
OTHER = "xnb@dehua.example"


def smtp(port: int, **told: Any) -> SmtpSettings:
    plain = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "report@dehua.example"}
    return SmtpSettings.model_validate(plain | {"timeout_seconds": 2, "whole_seconds": 10} | told)


def a_mail() -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "“无证明城市”建设月报（2025年11月）"
    made["From"], made["To"], made["Message-ID"] = (
        "report@dehua.example",
        OFFICE,
        "<monthly.2025-11.1.ab@dehua.example>",
    )
    made.set_content("一行\n.一个点起头的行\n" + "长" * 2000)
    return made


async def refusal(settings: SmtpSettings, *recipients: str) -> MailNotSent:
    with pytest.raises(MailNotSent) as told:
        await send(settings, a_mail(), recipients or (OFFICE,))
    return told.value


async def test_a_mail_is_taken_whole() -> None:
    taken = Taken()
    async with mail_server(taken) as port:
        said = await send(smtp(port), a_mail(), (OFFICE, OTHER))
    assert said.startswith("250 ")
    assert taken.envelopes == [("report@dehua.example", (OFFICE, OTHER))]
    [message] = taken.messages
    assert message["Subject"] == a_mail()["Subject"]
    assert message.get_content().replace("\r\n", "\n") == a_mail().get_content()
    assert taken.raw[0].isascii(), "not every server takes more"


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 5.1.1 no such mailbox", True), ("451 4.7.1 greylisted", False)]
)
async def test_one_recipient_refused_and_nobody_gets_it(answer: str, permanent: bool) -> None:
    taken = Taken(rcpt={OTHER: answer})
    async with mail_server(taken) as port:
        error = await refusal(smtp(port), OFFICE, OTHER)
    assert error.permanent is permanent and str(error).startswith(answer[:3])
    assert taken.raw == []


@pytest.mark.parametrize(
    ("answer", "permanent"), [("554 5.7.1 refused by policy", True), ("452 4.3.1 disk full", False)]
)
async def test_content_refused(answer: str, permanent: bool) -> None:
    taken = Taken(data=[answer])
    async with mail_server(taken) as port:
        error = await refusal(smtp(port))
        assert error.permanent is permanent and "长" not in str(error)
        assert await send(smtp(port), a_mail(), (OFFICE,))  # it took the next
    assert len(taken.raw) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_over_tls_with_a_password(security: str, tmp_path: Path) -> None:
    taken, own = Taken(), certificate(tmp_path)
    context = own.context()
    served: dict[str, Any] = {"auth_required": True, "authenticator": authenticator}
    if security == "starttls":
        served |= {"tls_context": context, "require_starttls": True}
    else:
        served |= {"tls": context, "auth_require_tls": False}
    who = {"username": USER, "password": PASSWORD}
    async with mail_server(taken, **served) as port:
        await send(smtp(port, security=security, ca_file=own.file, **who), a_mail(), (OFFICE,))
        wrong = await refusal(smtp(port, security=security, ca_file=own.file, username=USER, password="x"))
        unknown = await refusal(smtp(port, security=security, **who))  # a certificate nobody vouches for
        elsewhere = await refusal(smtp(port, security=security, ca_file=tmp_path / "none.pem", **who))
    assert wrong.permanent and str(wrong).startswith("535") and PASSWORD not in str(wrong)
    assert unknown.permanent and elsewhere.permanent
    assert taken.encrypted == [True]


async def test_a_password_is_not_said_to_a_server_without_tls() -> None:
    taken = Taken()
    async with mail_server(taken, auth_required=False) as port:
        error = await refusal(smtp(port, security="starttls", username=USER, password=PASSWORD))
    assert error.permanent and "STARTTLS" in str(error)
    with pytest.raises(ValidationError, match=r"report\.smtp\.security"):
        SmtpSettings(host="mail.example", security="none", sender=OFFICE, username=USER, password=PASSWORD)


@pytest.mark.parametrize("until", [b"", b"EHLO", b"MAIL", b"RCPT", b"DATA", b"."])
async def test_a_connection_that_drops_is_tried_again(until: bytes) -> None:
    async with breaking_server(until) as (port, got):
        error = await refusal(smtp(port))
    assert not error.permanent
    assert (b".\r\n" in got) == (until == b".")


@pytest.mark.parametrize("until", [b"EHLO", b"RCPT", b"."])
async def test_a_server_that_hangs_is_given_up(until: bytes) -> None:
    async with breaking_server(until, hang=True) as (port, _):
        error = await refusal(smtp(port, timeout_seconds=0.2))
    assert not error.permanent


async def test_nobody_there_is_tried_again() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = await refusal(smtp(held.getsockname()[1]))
    assert not error.permanent


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@d", "a b@c", "a@", "@b", "公文@dehua.example", "x" * 65 + "@b.cn", ""]
)
def test_a_recipient_is_an_address_and_nothing_more(address: str) -> None:
    with pytest.raises(ValidationError, match="recipients"):
        ReportSettings.model_validate({"recipients": [address]})


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"smtp": {"host": "m", "sender": "a@b.cn"}, "directory": "/d"}, "report.recipients"),
        ({"smtp": {"host": "m", "sender": "a@b.cn"}, "recipients": ["a@b.cn"]}, "report.directory"),
        ({"scheduled": True}, "report.directory"),
        ({"smtp": {"host": "m", "sender": "a@b.cn", "username": "u"}}, "report.smtp.password"),
    ],
)
def test_settings_that_cannot_work_are_named(told: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named.replace(".", r"\.")):
        ReportSettings.model_validate(told)
