"""One mail to a mail server, over SMTP: taken whole, or not at all, and what went wrong said by kind.

A mail that is sent cannot be taken back, and whether it was taken cannot always be known: where the connection drops
after the content the server may have it.  So a mail has the same Message-ID each time it is tried.
"""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from email.policy import SMTP as LINES

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from infra.settings import SmtpSettings

WIRE = LINES.clone(cte_type="7bit")
"""Nothing but ASCII on the wire: not every server on the way takes more."""


class MailNotSent(Exception):
    """The server did not take the mail; ``permanent``: to try again is no use until a person has mended something."""

    def __init__(self, why: str, *, permanent: bool) -> None:
        super().__init__(why)
        self.permanent = permanent


async def send(settings: SmtpSettings, message: EmailMessage, recipients: tuple[str, ...]) -> str:
    """Hand the mail over to every recipient or to none; gives what the server said when it took it.

    Raises MailNotSent.  Nothing of the mail's content stands in it.
    """
    try:
        context = _context(settings) if settings.security != "none" else None
    except OSError as error:
        raise MailNotSent(f"report.smtp.ca_file: {_told(error)}", permanent=True) from error
    try:
        async with asyncio.timeout(settings.whole_seconds):
            return await _send(settings, context, message, recipients)
    except SMTPResponseException as error:
        # 1xx to 3xx where none belongs is a server that does not speak SMTP: a person has to look.
        raise MailNotSent(f"{error.code} {_one_line(error.message)}", permanent=error.code // 100 != 4) from error
    except OSError as error:  # a time-out and a lost connection are among it
        raise MailNotSent(_told(error), permanent=_untrusted(error)) from error
    except SMTPException as error:  # what the server does not offer: TLS, a way to log in
        raise MailNotSent(_told(error), permanent=True) from error


async def _send(
    settings: SmtpSettings, context: ssl.SSLContext | None, message: EmailMessage, recipients: tuple[str, ...]
) -> str:
    client = SMTP(
        hostname=settings.host,
        port=settings.port,
        timeout=settings.timeout_seconds,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        tls_context=context,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password is not None else None,
        local_hostname=settings.sender.partition("@")[2],
    )
    try:
        await client.connect()
        await client.mail(settings.sender)
        for recipient in recipients:
            await client.rcpt(recipient)  # one that is refused ends it before there is content: nothing is half sent
        answer = await client.data(message.as_bytes(policy=WIRE))
        return f"{answer.code} {_one_line(answer.message)}"
    finally:
        client.close()  # without QUIT, which a server may answer late: the mail is taken already


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file is not None else None)


def _untrusted(error: BaseException) -> bool:
    """Whether behind the error stands a certificate that does not hold."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _told(error: BaseException) -> str:
    return f"{type(error).__name__} {_one_line(str(error))}".strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
