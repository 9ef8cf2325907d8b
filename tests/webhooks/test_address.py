"""Where may be sent to: a subscriber must not reach our own inside."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.settings import WebhookSettings
from infra.webhooks.address import Forbidden, checked_url, looked_up
from infra.webhooks.sender import Sender, retry_after
from tests.webhooks.receiver import receiver
from tests.webhooks.world import World

STRICT = WebhookSettings()
COUNTY = WebhookSettings(
    allow_http=True, allowed_networks=(ipaddress.ip_network("10.35.0.0/16"), ipaddress.ip_network("fd00::/8"))
)


@pytest.mark.parametrize(
    "url",
    ["https://yewu.example.cn/hook", "https://8.8.8.8/", "https://[2400:3200::1]:8443/x?y=1", "https://a.b:444"],
)
def test_public_over_tls(url: str) -> None:
    assert checked_url(url, STRICT).url == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://yewu.example.cn/", "https_only"),
        ("https://127.0.0.1/", "address_not_allowed"),
        ("https://10.35.1.1/", "address_not_allowed"),
        ("https://169.254.169.254/latest/meta-data", "address_not_allowed"),
        ("https://[::1]/", "address_not_allowed"),
        ("https://[::ffff:127.0.0.1]/", "address_not_allowed"),
        ("https://[64:ff9b::7f00:1]/", "address_not_allowed"),
        ("https://[2002:7f00:1::]/", "address_not_allowed"),
        ("https://0.0.0.0/", "address_not_allowed"),
        ("https://224.0.0.1/", "address_not_allowed"),
        ("ftp://yewu.example.cn/", "url_malformed"),
        ("https://user:word@yewu.example.cn/", "url_malformed"),
        ("https:///x", "url_malformed"),
        ("https://a:99999/", "url_malformed"),
        ("https://a b/", "url_malformed"),
        ("https://a\\@127.0.0.1/", "url_malformed"),
        ("https://a/#x", "url_malformed"),
        ("https://[::1/", "url_malformed"),
        ("https://" + "a" * 2000, "url_malformed"),
        ("file:///etc/passwd", "url_malformed"),
        ("", "url_malformed"),
    ],
)
def test_refused_at_once(url: str, code: str) -> None:
    with pytest.raises(Forbidden) as refused:
        checked_url(url, STRICT)
    assert refused.value.code == code


def names(*addresses: str) -> object:
    async def resolving(_: str, __: int) -> Sequence[str]:
        return addresses

    return resolving


@pytest.mark.parametrize(
    ("url", "addresses", "allowed"),
    [
        ("https://n/", ("8.8.8.8",), True),
        ("https://n/", ("127.0.0.1",), False),
        ("https://n/", ("8.8.8.8", "10.0.0.1"), False),  # one bad address is enough
        ("https://n/", ("10.35.9.9",), True),
        ("http://n/", ("10.35.9.9",), True),
        ("http://n/", ("8.8.8.8",), False),  # without TLS only where it is allowed
        ("https://n/", ("fd00::1",), True),
        ("https://n/", ("fe80::1%eth0",), False),
        ("https://2130706433/", ("127.0.0.1",), False),  # 127.0.0.1 written as a number is resolved like a name
        ("https://n/", ("::ffff:a23:909",), True),
    ],
)
async def test_every_address_of_a_name_is_looked_at(url: str, addresses: tuple[str, ...], allowed: bool) -> None:
    if allowed:
        assert (await looked_up(url, COUNTY, names(*addresses))).address == addresses[0]  # type: ignore[arg-type]
        return
    with pytest.raises(Forbidden):
        await looked_up(url, COUNTY, names(*addresses))  # type: ignore[arg-type]


async def test_a_name_that_leads_inside_is_not_connected_to(world: World) -> None:
    """The URL was good when it was subscribed to; the name has changed since."""
    strict = world.settings.model_copy(update={"allowed_networks": ()})
    sender = Sender(strict, resolving=names("127.0.0.1"))  # type: ignore[arg-type]
    result = await sender.post(f"http://yewu.example.cn:{world.receiver.port}/", {}, b"{}")
    await sender.close()
    assert (result.status, result.error) == (None, "address_not_allowed")
    assert world.receiver.connections == 0


async def test_it_connects_to_the_address_and_asks_for_the_name(world: World) -> None:
    sender = Sender(world.settings, resolving=names("127.0.0.1"))  # type: ignore[arg-type]
    result = await sender.post(f"http://yewu.example.cn:{world.receiver.port}/x", {}, b"{}")
    await sender.close()
    assert result.delivered
    assert world.receiver.requests[0].headers["host"] == f"yewu.example.cn:{world.receiver.port}"


async def test_names_and_ports_that_lead_nowhere(world: World) -> None:
    async def unknown(_: str, __: int) -> Sequence[str]:
        raise OSError

    sender = Sender(world.settings, resolving=unknown)
    assert (await sender.post("https://nirgendwo.example/", {}, b"{}")).error == "resolve"
    await sender.close()
    sender = Sender(world.settings)
    assert (await sender.post("http://127.0.0.1:1/", {}, b"{}")).error == "connect"
    await sender.close()


async def test_the_certificate_must_be_of_the_name(world: World, tmp_path: Path) -> None:
    """It is checked against the name of the URL, though the connection is made to an address."""
    certificate = self_signed("yewu.example.cn", tmp_path)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with receiver(serving) as secure:
        for host, verify, error in (
            ("yewu.example.cn", trusting, None),
            ("other.example.cn", trusting, "tls"),
            ("yewu.example.cn", True, "tls"),
        ):
            sender = Sender(world.settings, resolving=names("127.0.0.1"), verify=verify)  # type: ignore[arg-type]
            assert (await sender.post(f"https://{host}:{secure.port}/", {}, b"{}")).error == error, host
            await sender.close()
        assert len(secure.requests) == 1


def self_signed(name: str, folder: Path) -> Path:
    """A key and a certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("0", 0.0),
        ("999999999999999999", 86400.0),
        ("-5", None),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds
