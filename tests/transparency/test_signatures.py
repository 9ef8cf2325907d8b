"""Keys and signatures against published vectors and against other implementations."""

from __future__ import annotations

import base64
import hashlib
import stat
from pathlib import Path

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.audit import verify
from infra.audit.verify import Bad, ed25519_verify, read_key, read_note, sm2_verify
from infra.transparency.keys import KeyExposed, ensure_key, load_key
from infra.transparency.suites import SHA256_ED25519, SM3_SM2, SUITES, Signer, Suite, new_signer, read_signer, sm3

RFC8032 = [  # RFC 8032, 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of golang.org/x/mod/sumdb/note, the implementation that C2SP signed-note describes."""
SM2_PUBLIC = bytes.fromhex(  # GB/T 32918.5, annex A
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SM2_PRIVATE = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
SM2_SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
def test_ed25519_of_the_rfc(public: str, message: str, signature: str) -> None:
    key, text, sig = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519_verify(key, text, sig)
    assert not ed25519_verify(key, text + b"x", sig)
    assert not ed25519_verify(
        key, text, sig[:32] + (int.from_bytes(sig[32:], "little") + verify.L).to_bytes(32, "little")
    )


@settings(deadline=None, max_examples=25)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_ed25519_as_cryptography_has_it(seed: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ed25519_verify(public, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not ed25519_verify(public, message, bytes(flipped))


def test_sm3_of_the_standard() -> None:
    """GB/T 32905, annex A; and OpenSSL's where the verifier has its own."""
    assert verify.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert verify.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    for length in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000):
        assert verify.sm3(b"x" * length) == sm3(b"x" * length)


def test_sm2_of_the_standard() -> None:
    assert sm2_verify(SM2_PUBLIC, b"message digest", SM2_SIGNATURE)
    assert not sm2_verify(SM2_PUBLIC, b"message digesT", SM2_SIGNATURE)
    assert not sm2_verify(SM2_PUBLIC[:-1] + b"\x14", b"message digest", SM2_SIGNATURE), "not on the curve"
    assert SM3_SM2.key(SM2_PRIVATE).public == SM2_PUBLIC


@settings(deadline=None, max_examples=10)
@given(st.binary(min_size=32, max_size=32).filter(lambda s: 0 < s[0] < 255), st.binary(max_size=200))
def test_sm2_as_gmalg_has_it(seed: bytes, message: bytes) -> None:
    """Signed by the library, verified by the verifier's own and by the library."""
    key = SM3_SM2.key(seed)
    signature = key.sign(message)
    assert sm2_verify(key.public, message, signature)
    assert gmalg.SM2(uid=b"1234567812345678", pk=key.public).verify(message, signature[:32], signature[32:])
    assert not sm2_verify(key.public, message + b"x", signature)


def test_keys_and_notes_are_those_of_the_go_implementation() -> None:
    signer = read_signer(PETERS_KEY)
    assert signer.verifier_key() == PETER
    assert signer.encoded() == PETERS_KEY
    assert signer.sign(PETERS_TEXT) == PETERS_LINE, "Ed25519 is deterministic: the same bytes"
    key = read_key(PETER)
    signature = base64.b64decode(PETERS_LINE.split(" ")[2])
    assert signature[:4] == key.id
    assert ed25519_verify(key.public, PETERS_TEXT.encode(), signature[4:])


def test_key_of_the_go_checksum_database_is_read() -> None:
    assert read_key("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").name == "sum.golang.org"


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.name)
@pytest.mark.parametrize("cosigns", [False, True])
def test_notes_of_both_suites(suite: Suite, cosigns: bool) -> None:
    signer = new_signer("mianzheng/test", suite, cosigns=cosigns)
    again = read_signer(signer.encoded())
    assert again == signer
    text = f"mianzheng/test\n7\n{base64.b64encode(bytes(32)).decode()}\n"
    line = signer.cosign(text, 1_700_000_000) if cosigns else signer.sign(text)
    note, key = read_note(f"{text}\n{line}"), read_key(signer.verifier_key())
    assert key.signs(note) == (1_700_000_000 if cosigns else 0)
    other = read_key(new_signer("mianzheng/test", suite, cosigns=cosigns).verifier_key())
    assert other.signs(note) is None, "an unknown key is passed over, though its name is known"
    forged = note._replace(text=text.replace("7", "8"))
    with pytest.raises(Bad):
        key.signs(forged)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "a\n1\nAAAA\n\n",
        "a\n01\nAAAA\n\n— a AAAA\n",
        "a\n1\n\n— a AAAA\n",
        "a\n1\nAAAA\n\n- a AAAA\n",
        "a\n1\nAAAA\n\n— a !\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(Bad):
        read_note(note)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\t"])
def test_names_that_cannot_stand_in_a_note(name: str) -> None:
    with pytest.raises(ValueError, match="密钥名称"):
        new_signer(name, SHA256_ED25519)


@pytest.mark.parametrize(
    "line", ["", "PRIVATE+KEY", PETER, PETERS_KEY.replace("c74f20a3", "c74f20a4"), PETERS_KEY[:-4]]
)
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="密钥"):
        read_signer(line)


def test_key_files_are_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    ensure_key(path, "mianzheng/test", SHA256_ED25519)
    made = load_key(path)
    ensure_key(path, "mianzheng/other", SHA256_ED25519)
    assert load_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert repr(made).count("seed") == 0
    path.chmod(0o640)
    with pytest.raises(KeyExposed):
        load_key(path)


def test_a_signer_of_a_log_and_of_a_witness_have_other_ids() -> None:
    seed = bytes(range(32))
    as_log = read_key(Signer("same", SHA256_ED25519, False, seed).verifier_key())
    as_witness = read_key(Signer("same", SHA256_ED25519, True, seed).verifier_key())
    assert as_log.id != as_witness.id
