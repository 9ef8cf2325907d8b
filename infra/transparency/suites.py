"""The two suites of a log: SHA-256 with Ed25519, and SM3 with SM2 (GB/T 32905, GB/T 32918).

Keys are written as C2SP signed-note writes them: ``name+keyid+base64(type || key)``, private ones after
``PRIVATE+KEY+``.  Types are 0x01 (Ed25519) and 0x04 (Ed25519 cosignature) of C2SP; SM2 has none assigned, so its keys
use 0xff with a longer name, as that specification asks.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SM2_USER = b"1234567812345678"
"""The distinguishing identifier where none was agreed (GM/T 0009, 7)."""


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905)."""
    running = hashes.Hash(hashes.SM3())
    running.update(data)
    return running.finalize()


class PrivateKey(Protocol):
    """A key that signs."""

    @property
    def public(self) -> bytes:
        """The public key as it stands in a verifier key."""

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""


class Ed25519:
    """Ed25519 (RFC 8032), from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public(self) -> bytes:
        """32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """R || S."""
        return self._key.sign(message)


class Sm2:
    """SM2 signatures (GB/T 32918.2) with SM3, from the 32-byte private number."""

    def __init__(self, seed: bytes) -> None:
        import gmalg  # only where a county uses SM2

        self._public: bytes = gmalg.SM2().generate_pk(seed)
        self._key = gmalg.SM2(seed, SM2_USER, self._public)

    @property
    def public(self) -> bytes:
        """The point, uncompressed, 65 bytes."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """R || s, 32 bytes each."""
        r, s = self._key.sign(message)
        return bytes(r.rjust(32, b"\0") + s.rjust(32, b"\0"))


@dataclass(frozen=True)
class Suite:
    """What a log hashes and signs with."""

    name: str
    digest: Callable[[bytes], bytes] = field(repr=False)
    key: Callable[[bytes], PrivateKey] = field(repr=False)
    signature_type: bytes
    """Before the public key of a log."""
    cosignature_type: bytes
    """Before the public key of a witness."""


SHA256_ED25519 = Suite("sha256-ed25519", sha256, Ed25519, b"\x01", b"\x04")
SM3_SM2 = Suite("sm3-sm2", sm3, Sm2, b"\xffmianzheng/sm2-sm3/v1\n", b"\xffmianzheng/sm2-sm3-cosignature/v1\n")
SUITES = {suite.name: suite for suite in (SHA256_ED25519, SM3_SM2)}


@dataclass(frozen=True)
class Signer:
    """A named key that signs notes as a log, or cosigns them as a witness."""

    name: str
    suite: Suite
    cosigns: bool
    seed: bytes = field(repr=False)

    @property
    def _type(self) -> bytes:
        return self.suite.cosignature_type if self.cosigns else self.suite.signature_type

    def encoded(self) -> str:
        """The private key in one line."""
        public = self.suite.key(self.seed).public
        return (
            f"PRIVATE+KEY+{self.name}+{key_id(self.name, self._type + public).hex()}+{_base64(self._type + self.seed)}"
        )

    def verifier_key(self) -> str:
        """The public key in one line, to be handed to whoever checks."""
        public = self._type + self.suite.key(self.seed).public
        return f"{self.name}+{key_id(self.name, public).hex()}+{_base64(public)}"

    def sign(self, text: str) -> str:
        """The signature line of a log under a note's text."""
        return self._line(self.suite.key(self.seed).sign(text.encode()))

    def cosign(self, text: str, timestamp: int) -> str:
        """The signature line of a witness: C2SP tlog-cosignature v1."""
        message = f"cosignature/v1\ntime {timestamp}\n{text}"
        return self._line(timestamp.to_bytes(8, "big") + self.suite.key(self.seed).sign(message.encode()))

    def _line(self, signature: bytes) -> str:
        public = self._type + self.suite.key(self.seed).public
        return f"\u2014 {self.name} {_base64(key_id(self.name, public) + signature)}\n"


def key_id(name: str, public: bytes) -> bytes:
    """The key id of C2SP signed-note; ``public`` begins with the type of the signature."""
    return sha256(name.encode() + b"\n" + public)[:4]


def new_signer(name: str, suite: Suite, *, cosigns: bool = False) -> Signer:
    """A fresh key.  Raises ValueError for a name that cannot stand in a note."""
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise ValueError(f"密钥名称 {name!r} 不得为空，不得含空格或 +")
    seed = secrets.token_bytes(32)
    # A number of SM2 must be below its order by two; of 2^32 seeds one is not.
    return Signer(name, suite, cosigns, seed if seed[:4] != b"\xff" * 4 else b"\x7f" + seed[1:])


def read_signer(encoded: str) -> Signer:
    """The key of a line as ``Signer.encoded`` gives it.  Raises ValueError."""
    try:
        private, word, name, told_id, encoded_key = encoded.strip().split("+", 4)
        key = base64.b64decode(encoded_key, validate=True)
    except ValueError:
        raise ValueError("不是签名密钥（PRIVATE+KEY+…）") from None
    if (private, word) != ("PRIVATE", "KEY"):
        raise ValueError("不是签名密钥（PRIVATE+KEY+…）")
    for suite in SUITES.values():
        for cosigns, type_ in ((False, suite.signature_type), (True, suite.cosignature_type)):
            if key.startswith(type_) and len(key) == len(type_) + 32:
                signer = Signer(name, suite, cosigns, key[len(type_) :])
                if key_id(name, type_ + suite.key(signer.seed).public).hex() != told_id:
                    raise ValueError("签名密钥与其编号不符")
                return signer
    raise ValueError("签名密钥的类型未知")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
