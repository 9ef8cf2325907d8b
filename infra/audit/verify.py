#!/usr/bin/env python3
"""免证台账的离线核验：一个文件，只用 Python 标准库，不联网，不写任何文件。

用法：python3 verify.py 导出包.zip [--key 日志公钥] [--witness 见证公钥]… [--checkpoint 自存检查点]… [--evidence 文件]…

每项核验给出「已证明 / 未能证明 / 不符」以及所在之处。退出码：0 全部已证明；1 有不符；2 不是可用的导出包；
5 没有不符，但有未能证明的。公钥和检查点应当来自被查单位之外：见证方、本单位自存的副本。

Standards: RFC 6962 (tree and proofs), C2SP signed-note, tlog-checkpoint, tlog-proof and tlog-cosignature, RFC 8785
(canonical JSON), RFC 8032 (Ed25519), GB/T 32905 (SM3), GB/T 32918 (SM2).
"""

from __future__ import annotations

import argparse
import binascii
import hashlib
import json
import math
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = "mianzheng-audit-bundle/v1"
PROVED, NOT_PROVED, BROKEN = "已证明", "未能证明", "不符"
LARGEST_FILE, LARGEST_TOTAL, LARGEST_LINE, LARGEST_PART = 4 << 30, 64 << 30, 32 << 20, 64 << 20
SMALL, LARGEST_RATIO, SHOWN = 1 << 16, 500, 20

WITHHELD = "files/withheld.ndjson"

Digest = Callable[[bytes], bytes]


class Unusable(Exception):
    """The file is no bundle, or one that must not be read."""


class Bad(Exception):
    """A part of a bundle does not hold."""


class Finding(NamedTuple):
    """The outcome of one check."""

    check: str
    verdict: str
    text: str
    where: tuple[str, ...] = ()


# ---- Ed25519 (RFC 8032, 5.1.7) ---------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, d - c, d + c, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(k: int, a: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while k:
        if k & 1:
            found = _add(found, a)
        a, k = _add(a, a), k >> 1
    return found


def _point(encoded: bytes) -> Point:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Bad("公钥或签名中的点不在曲线上")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature holds."""
    if len(public) != 32 or len(signature) != 64 or (s := int.from_bytes(signature[32:], "little")) >= L:
        return False
    try:
        a, r = _point(public), _point(signature[:32])
    except Bad:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P


# ---- SM3 and SM2 (GB/T 32905, GB/T 32918.2; only for logs of that suite) ---------------------

SM_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM_A = SM_P - 3
SM_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
Affine = tuple[int, int] | None


def _left(x: int, n: int) -> int:
    n %= 32
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def sm3(data: bytes) -> bytes:
    """SM3."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + i : start + i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
            w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = _left((_left(a, 12) + e + _left(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & g
            one = (ff + d + (t ^ _left(a, 12)) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            two = (gg + h + t + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = one, a, _left(b, 9), c, two ^ _left(two, 9) ^ _left(two, 17), e, _left(f, 19), g
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]
    return b"".join(x.to_bytes(4, "big") for x in state)


def _sm_add(a: Affine, b: Affine) -> Affine:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % SM_P == 0:
        return None
    slope = (3 * a[0] ** 2 + SM_A) * pow(2 * a[1], -1, SM_P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, SM_P)
    x = (slope * slope - a[0] - b[0]) % SM_P
    return x, (slope * (a[0] - x) - a[1]) % SM_P


def _sm_times(k: int, a: Affine) -> Affine:
    found: Affine = None
    while k:
        if k & 1:
            found = _sm_add(found, a)
        a, k = _sm_add(a, a), k >> 1
    return found


def sm2_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature by an uncompressed point, under the usual identifier, holds."""
    if len(public) != 65 or public[0] != 4 or len(signature) != 64:
        return False
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % SM_N
    if max(x, y) >= SM_P or (y * y - x**3 - SM_A * x - SM_B) % SM_P or not (0 < r < SM_N and 0 < s < SM_N and t):
        return False
    curve = b"".join(n.to_bytes(32, "big") for n in (SM_A, SM_B, *SM_G))
    z = sm3(b"\x00\x80" + b"1234567812345678" + curve + public[1:])
    found = _sm_add(_sm_times(s, SM_G), _sm_times(t, (x, y)))
    return found is not None and (int.from_bytes(sm3(z + message), "big") + found[0]) % SM_N == r


# ---- Keys, notes, checkpoints (C2SP) ---------------------------------------------------------

Check = Callable[[bytes, bytes, bytes], bool]


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


TYPES: dict[bytes, tuple[Digest, Check, bool]] = {
    b"\x01": (sha256, ed25519_verify, False),
    b"\x04": (sha256, ed25519_verify, True),
    b"\xffmianzheng/sm2-sm3/v1\n": (sm3, sm2_verify, False),
    b"\xffmianzheng/sm2-sm3-cosignature/v1\n": (sm3, sm2_verify, True),
}


class Key(NamedTuple):
    """A public key: ``name+id+base64(type || key)``."""

    name: str
    id: bytes
    digest: Digest
    check: Check
    cosigns: bool
    public: bytes

    def signs(self, note: Note) -> int | None:
        """The time of a cosignature, 0 for a plain signature, ``None`` for none.  Raises Bad for a false one."""
        times = []
        for name, signature in note.signatures:
            if name == self.name and signature[:4] == self.id:
                time, message, rest = 0, note.text, signature[4:]
                if self.cosigns:
                    time, rest = int.from_bytes(rest[:8], "big"), rest[8:]
                    message = f"cosignature/v1\ntime {time}\n{message}"
                if not self.check(self.public, message.encode(), rest):
                    raise Bad(f"{name} 的签名不成立")
                times.append(time)
        return max(times, default=None)


def read_key(encoded: str) -> Key:
    """A key from its line.  Raises Bad."""
    try:
        name, told, key = encoded.strip().split("+", 2)
        public = binascii.a2b_base64(key, strict_mode=True)
    except ValueError:
        raise Bad(f"不是公钥：{encoded[:60]!r}") from None
    if told != sha256(name.encode() + b"\n" + public)[:4].hex():
        raise Bad(f"公钥 {name} 与其编号不符")
    for kind, (digest, check, cosigns) in TYPES.items():
        if public.startswith(kind) and len(public) - len(kind) in (32, 65):
            return Key(name, bytes.fromhex(told), digest, check, cosigns, public[len(kind) :])
    raise Bad(f"公钥 {name} 的类型未知")


class Note(NamedTuple):
    """A signed checkpoint."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes], ...]


def read_note(note: str) -> Note:
    """A checkpoint: origin, size, root, an empty line, signatures.  Raises Bad."""
    text, found, signed = note.rpartition("\n\n")
    lines = text.split("\n")
    if not found or len(lines) < 3 or not signed.endswith("\n") or not re.fullmatch(r"0|[1-9]\d{0,18}", lines[1]):
        raise Bad("不是检查点")
    signatures = []
    for line in signed[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Bad("检查点的签名行不合格式")
        signatures.append((parts[1], _base64(parts[2])))
    return Note(text + "\n", lines[0], int(lines[1]), _base64(lines[2]), tuple(signatures))


@lru_cache(1 << 12)
def _base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Bad("不是 base64") from None


# ---- The tree (RFC 6962, 2.1; the checks as in RFC 9162, 2.1.3.2 and 2.1.4.2) ----------------


def leaf_hash(digest: Digest, data: bytes) -> bytes:
    """The hash of a leaf."""
    return digest(b"\x00" + data)


def node_hash(digest: Digest, left: bytes, right: bytes) -> bytes:
    """The hash of a node."""
    return digest(b"\x01" + left + right)


Known = dict[int, tuple[int, int, bytes, list[bytes]]]
"""Of one tree, the nodes on the way of the last proof that held, by how many hashes of it were left there."""


def included(
    digest: Digest, index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes, known: Known | None = None
) -> bool:
    """Whether a leaf is in the tree.  From a node on that an earlier proof passed with the same hash and the same
    hashes left, this one ends as that did; ``known`` must be of the same tree."""
    if not 0 <= index < size:
        return False
    known, passed = {} if known is None else known, Known()
    at, last, found = index, size - 1, leaf
    for place, each in enumerate(proof):
        here = at, last, found, proof[place:]
        if known.get(len(proof) - place) == here:
            known.update(passed)
            return True
        passed[len(proof) - place] = here
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(digest, each, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(digest, found, each)
        at, last = at >> 1, last >> 1
    if last != 0 or found != root:
        return False
    known.update(passed)
    return True


def consistent(digest: Digest, old: int, size: int, old_root: bytes, root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of ``size`` continues the tree of ``old``."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return old_root == root and not proof
    if old == 0:
        return old_root == digest(b"") and not proof
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    one = two = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            one, two = node_hash(digest, each, one), node_hash(digest, each, two)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            two = node_hash(digest, two, each)
        at, last = at >> 1, last >> 1
    return last == 0 and one == old_root and two == root


class Growing:
    """A tree that leaves are added to, kept as the perfect subtrees it is made of."""

    def __init__(self, digest: Digest, size: int, left: list[bytes]) -> None:
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        if len(levels) != len(left):
            raise Bad("左边界的子树数目不符")
        self.digest, self.size, self.stack = digest, size, list(zip(levels, left, strict=True))

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        level = 0
        while self.stack and self.stack[-1][0] == level:
            leaf = node_hash(self.digest, self.stack.pop()[1], leaf)
            level += 1
        self.stack.append((level, leaf))
        self.size += 1

    def root(self) -> bytes:
        """The root now."""
        if not self.stack:
            return self.digest(b"")
        found = self.stack[-1][1]
        for _, each in reversed(self.stack[:-1]):
            found = node_hash(self.digest, each, found)
        return found


# ---- Canonical JSON (RFC 8785) ---------------------------------------------------------------


def canonical(value: Any) -> str:
    """The one way to write a value."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """As ECMAScript writes a number (ECMA-262, Number::toString)."""
    if not value or not math.isfinite(value):
        return "0" if value == 0 else repr(value)
    sign, told, power = Decimal(repr(value)).normalize().as_tuple()
    digits, point = "".join(map(str, told)), len(told) + int(power)
    if not -6 < point <= 21:
        text = digits[0] + (f".{digits[1:]}" if digits[1:] else "") + f"e{point - 1:+d}"
    elif point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = digits[:point].ljust(point, "0") + (f".{digits[point:]}" if digits[point:] else "")
    return "-" * sign + text


@lru_cache(1 << 10)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Bad("同一名称出现两次")
    return found


def _rare(_: str) -> Any:
    raise ValueError


ANY = json.JSONDecoder(object_pairs_hook=_once)
PLAIN = json.JSONDecoder(parse_float=_rare, parse_constant=_rare)
COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parsed(text: str) -> dict[str, Any]:
    """A JSON object without a name twice.  Raises Bad."""
    try:
        value = ANY.decode(text)
    except (ValueError, RecursionError):
        raise Bad("不是 JSON") from None
    if not isinstance(value, dict):
        raise Bad("不是 JSON 对象")
    return value


def parsed_canonical(text: str) -> tuple[dict[str, Any], bool]:
    """A JSON object, and whether it is written in its canonical form.  Raises Bad.

    For whole numbers and common characters the library's own order is the canonical one, and what it writes again to
    the letter has no name twice; anything else takes the long way.
    """
    try:
        value, _ = PLAIN.raw_decode(text)
        common = len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text)
        if isinstance(value, dict) and common and COMPACT.encode(value) == text:
            return value, True
    except (ValueError, RecursionError):
        pass
    value = parsed(text)
    try:
        return value, canonical(value) == text
    except RecursionError:
        raise Bad("嵌套过深") from None


# ---- The bundle: read in place, nothing is ever unpacked -------------------------------------


class Bundle:
    """A ZIP file from somebody who may mean harm."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, zlib.error) as error:
            raise Unusable(f"无法打开 {path}：不是完整的 ZIP 文件（{type(error).__name__}）") from None
        self.files: dict[str, zipfile.ZipInfo] = {}
        whole = path.stat().st_size
        self.digests: dict[str, str] = {}
        """The SHA-256 of each file that was read to its end: once is enough."""
        for info in self._zip.infolist():
            name = info.filename
            if name.startswith(("/", "\\")) or "\\" in name or ":" in name or ".." in name.split("/"):
                raise Unusable(f"包内有越界的路径：{name[:100]!r}")
            if name in self.files:
                raise Unusable(f"包内文件重名：{name[:100]!r}")
            if info.file_size > LARGEST_FILE or info.file_size > LARGEST_RATIO * max(info.compress_size, 4096):
                raise Unusable(f"包内文件解压后过大：{name[:100]!r}")
            if not 0 <= info.compress_size <= whole:
                raise Unusable(f"包内文件比导出包还大：{name[:100]!r}")
            if info.flag_bits & 1:
                raise Unusable(f"包内文件已加密：{name[:100]!r}")
            self.files[name] = info
        if sum(info.file_size for info in self.files.values()) > LARGEST_TOTAL:
            raise Unusable("导出包解压后过大")

    def chunks(self, name: str, size: int = 1 << 20) -> Iterator[bytes]:
        """The content of a file, piece by piece.  Raises Bad."""
        if name not in self.files:
            raise Bad(f"包内没有 {name}")
        if self.files[name].file_size < SMALL:
            yield self._small(self.files[name])
            return
        digest = hashlib.sha256()
        try:
            with self._zip.open(self.files[name]) as file:
                while piece := file.read(size):
                    digest.update(piece)
                    yield piece
            self.digests[name] = digest.hexdigest()
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError):
            raise Bad(f"{name} 已损坏") from None

    def text(self, name: str) -> str:
        """The whole of a small file.  Raises Bad."""
        if name in self.files and self.files[name].file_size > LARGEST_PART:
            raise Bad(f"{name} 过大")
        try:
            return b"".join(self.chunks(name)).decode()
        except UnicodeDecodeError:
            raise Bad(f"{name} 不是 UTF-8") from None

    def _small(self, info: zipfile.ZipInfo) -> bytes:
        """As ``chunks``, without what a library does to read in pieces: there is a file for each event."""
        file = self._zip.fp
        assert file is not None  # noqa: S101 - it is open
        try:
            file.seek(info.header_offset)
            head = file.read(30)
            file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
            content = file.read(info.compress_size)
            if info.compress_type == zipfile.ZIP_DEFLATED:
                content = zlib.decompressobj(-15).decompress(content, info.file_size + 1)
        except (OSError, ValueError, OverflowError, zlib.error):
            raise Bad(f"{info.filename} 已损坏") from None
        if len(content) != info.file_size or head[:4] != b"PK\3\4" or zlib.crc32(content) != info.CRC:
            raise Bad(f"{info.filename} 已损坏")
        self.digests[info.filename] = hashlib.sha256(content).hexdigest()
        return content

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a file of any size.  Raises Bad."""
        rest = b""
        for piece in self.chunks(name):
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > LARGEST_LINE:
                raise Bad(f"{name} 中有一行过长")
            for line in whole:
                try:
                    yield line.decode()
                except UnicodeDecodeError:
                    raise Bad(f"{name} 不是 UTF-8") from None
        if rest:
            raise Bad(f"{name} 末尾不完整")

    def hashes(self, name: str) -> list[bytes]:
        """A file of hashes, one in base64 a line.  Raises Bad."""
        return [_base64(line) for line in self.text(name).splitlines()]


# ---- The checks ------------------------------------------------------------------------------


class Verification:
    """All checks of one bundle, in order; each adds a finding."""

    def __init__(self, bundle: Bundle, keys: list[Key], kept: list[Note], evidence: dict[str, str]) -> None:
        self.bundle, self.kept, self.evidence = bundle, kept, evidence
        self.log_key = next((key for key in keys if not key.cosigns), None)
        self.witnesses = [key for key in keys if key.cosigns]
        self.findings: list[Finding] = []
        try:
            self.manifest = parsed(bundle.text("manifest.json"))
        except Bad as bad:
            raise Unusable(f"不是免证台账的导出包：{bad}") from None
        told = self.manifest
        if told.get("format") != FORMAT:
            raise Unusable(f"不是免证台账的导出包（须为 {FORMAT}）")
        if not isinstance(told.get("origin"), str) or not isinstance(told.get("size"), int):
            raise Unusable("manifest.json 缺少 origin 或 size")
        if not isinstance(told.get("files"), dict) or not isinstance(told.get("range", {}), dict | None):
            raise Unusable("manifest.json 的 files 或 range 不合格式")
        self.notes: dict[int, Note] = {}
        names = (name for name in bundle.files if name.startswith("files/") and name != WITHHELD)
        self.attached = {name[6:70]: "" for name in names}
        """By the digest that its name tells: the place of an event that names it."""
        self.roots: dict[int, bytes] = {}
        self.known: Known = {}
        span = told.get("range") or {}
        self.span = range(span["start"], span["end"]) if _is_range(span) else range(0)
        self.held: dict[str, int] = {}
        self.catalogues: dict[str, str] = {}

    def note(self, check: str, verdict: str, text: str, where: list[str] | None = None) -> None:
        """Add a finding."""
        self.findings.append(Finding(check, verdict, text, tuple(where or ())))

    def run(self) -> list[Finding]:
        """Every check."""
        if self.check_checkpoints():
            self.check_witnesses()
            self.check_consistency()
            self.check_events()
            self.check_range()
            self.check_kept()
            self.check_catalogues()
            self.check_evidence()
            self.check_attached()
        self.check_files()
        return [self.findings[-1], *self.findings[:-1]]

    def check_files(self) -> None:
        """Every file is the one the manifest names; last, for most have been read by then, and are read once."""
        where = []
        told: dict[str, Any] = self.manifest["files"]
        for name in sorted(self.bundle.files.keys() | told.keys()):
            if name == "manifest.json":
                continue
            try:
                if name not in self.bundle.digests:
                    for _ in self.bundle.chunks(name):
                        pass
                if self.bundle.digests[name] != told.get(name):
                    where.append(name)
            except Bad as bad:
                where.append(str(bad))
        self.note("包完整", BROKEN if where else PROVED, f"{len(told)} 个文件，与清单不符 {len(where)} 个", where)

    def check_checkpoints(self) -> bool:
        """Every checkpoint is of this log and signed by its key; without any nothing else can be checked."""
        check, where, trusted = "检查点签名", [], self.log_key is not None
        try:
            inside = read_key(self.bundle.text("keys/log.vkey"))
        except Bad as bad:
            inside = None
            where.append(str(bad))
        if self.log_key is None:
            self.log_key = inside
        elif inside is not None and inside != self.log_key:
            where.append("包内的日志公钥与核验人所给的不同")
        for name in sorted(self.bundle.files):
            if not name.startswith("checkpoints/") or self.log_key is None:
                continue
            try:
                note = read_note(self.bundle.text(name))
                if note.origin != self.manifest["origin"] or note.origin != self.log_key.name:
                    raise Bad(f"属于另一日志 {note.origin[:60]!r}")
                if self.log_key.signs(note) is None:
                    raise Bad("没有日志的签名")
                if self.notes.setdefault(note.size, note).root != note.root:
                    raise Bad("同一大小有两个不同的根")
            except Bad as bad:
                where.append(f"{name}：{bad}")
        self.roots = {size: note.root for size, note in self.notes.items()}
        if self.manifest["size"] not in self.notes:
            where.append(f"没有大小为 {self.manifest['size']} 的检查点")
        text = f"{len(self.notes)} 个检查点，日志 {self.manifest['origin']}"
        self.note(check, BROKEN if where else PROVED, text, where)
        if not trusted:
            self.note("日志公钥", NOT_PROVED, "公钥取自包内：请用 --key 给出从别处得到的日志公钥")
        return not where

    def check_witnesses(self) -> None:
        """Somebody else has seen the last checkpoint, and that the log only grew."""
        known, given = self.witnesses, bool(self.witnesses)
        where, seen = [], []
        if not known:
            try:
                lines = self.bundle.text("keys/witnesses.vkey").splitlines()
                known = [key for key in map(read_key, lines) if key.cosigns]
            except Bad as bad:
                where.append(str(bad))
        for size, note in sorted(self.notes.items()):
            for key in known:
                try:
                    if (time := key.signs(note)) is not None:
                        seen.append((size, key.name, time))
                except Bad as bad:
                    where.append(f"大小 {size}：{bad}")
        if where:
            self.note("外部见证", BROKEN, "见证签名不成立", where)
        elif not seen:
            self.note("外部见证", NOT_PROVED, "没有见证方的签名：不能排除持有密钥者另造一份历史")
        else:
            size, name, time = seen[-1]
            text = f"{len({s[1] for s in seen})} 个见证方；最近为 {name} 于 {_moment(time)} 见证至第 {size} 条"
            if size < self.manifest["size"]:
                self.note("外部见证", NOT_PROVED, f"{text}；其后至第 {self.manifest['size']} 条未经见证")
            elif not given:
                self.note("外部见证", NOT_PROVED, f"{text}；见证方公钥取自包内：请用 --witness 给出")
            else:
                self.note("外部见证", PROVED, text)

    def check_consistency(self) -> None:
        """Each checkpoint continues the one before it."""
        assert self.log_key is not None  # noqa: S101 - checked before
        where, sizes = [], sorted(self.notes)
        for old, new in pairwise(sizes):
            try:
                proof = self.bundle.hashes(f"consistency/{old}-{new}.txt")
                if not consistent(self.log_key.digest, old, new, self.roots[old], self.roots[new], proof):
                    raise Bad("一致性证明不成立：历史被改写")
            except Bad as bad:
                where.append(f"{old} → {new}：{bad}")
        text = f"检查点 {'、'.join(map(str, sizes[-SHOWN:]))}：后者只在前者之后增加"
        self.note("只增不改", BROKEN if where else PROVED, text, where)

    def check_events(self) -> None:
        """Every event: its place in its stream, its chain, its canonical form, its proof of inclusion."""
        included_, chained = [], []
        cases = events = 0
        for name in sorted(self.bundle.files):
            if not name.startswith("cases/"):
                continue
            cases += 1
            stream = Stream()
            try:
                for line in self.bundle.lines(name):
                    events += 1
                    row = Row.read(line)
                    chained += [f"{row.place}：{flaw}" for flaw in stream.follow(row)]
                    try:
                        self._check_inclusion(row)
                    except Bad as bad:
                        included_.append(f"{row.place}：{bad}")
                    self._remember(row)
            except Bad as bad:
                chained.append(f"{name}：{bad}")
        told = self.manifest.get("cases")
        if not isinstance(told, int) or told != cases:
            chained.append(f"清单称有 {told!r} 件，包内为 {cases} 件")
        text = f"{cases} 件办件 {events} 条事件，逐条证明在第 {self.manifest['size']} 条的检查点之内"
        self.note("事件在册", BROKEN if included_ else PROVED if events else NOT_PROVED, text, included_)
        text = "每条事件流从第 0 条起连续，哈希链、前后关系、规范格式（RFC 8785）相符"
        self.note("流内连续", BROKEN if chained else PROVED, text, chained)

    def _check_inclusion(self, row: Row) -> None:
        assert self.log_key is not None  # noqa: S101 - checked before
        size, digest = self.manifest["size"], self.log_key.digest
        head, _, checkpoint = self.bundle.text(f"proofs/{row.number}.tlog-proof").partition("\n\n")
        first, index, *hashes = head.split("\n")
        if first != "c2sp.org/tlog-proof@v1" or index != f"index {row.number}":
            raise Bad("证明文件不合格式或属于另一条")
        if not checkpoint.startswith(f"{self.notes[size].text}\n"):
            raise Bad("证明所据的检查点不是包内的检查点")
        leaf = leaf_hash(digest, row.leaf(digest))
        if not included(digest, row.number, size, leaf, list(map(_base64, hashes)), self.roots[size], self.known):
            raise Bad("包含证明不成立：此条与日志中的不同")

    def _remember(self, row: Row) -> None:
        self.held[row.stream] = self.held.get(row.stream, 0) + (row.number in self.span)
        if '"catalogue":{' in row.event:
            for found in CATALOGUE.finditer(row.event):
                self.catalogues[found[1]] = json.loads(found[2])
        for wanted in (self.evidence, self.attached):
            if wanted:
                for digest in wanted.keys() & set(DIGEST.findall(row.event)):
                    wanted[digest] = wanted[digest] or row.place

    def check_range(self) -> None:
        """Between two checkpoints nothing is left out of the streams in the bundle."""
        check, span = "无遗漏", self.manifest.get("range")
        if not span:
            text = "包内没有期间的全部叶：某条流末尾是否少了事件，只能由含全部叶的导出包证明（--complete 或按期间导出）"
            self.note(check, NOT_PROVED, text)
            return
        assert self.log_key is not None  # noqa: S101 - checked before
        where: list[str] = []
        found: dict[str, int] = {}
        try:
            if not _is_range(span):
                raise Bad("期间不合格式")
            start, end = span["start"], span["end"]
            growing = Growing(self.log_key.digest, start, self.bundle.hashes("range/left.txt"))
            if growing.root() != (self.roots.get(start) if start else self.log_key.digest(b"")):
                raise Bad(f"左边界 {start} 不是已签名的检查点")
            for line in self.bundle.lines("range/leaves.ndjson"):
                growing.add(leaf_hash(self.log_key.digest, line.encode()))
                leaf = LEAF.fullmatch(line)
                stream = leaf[1] if leaf else parsed(line).get("stream")
                if isinstance(stream, str):
                    found[stream] = found.get(stream, 0) + 1
                if growing.size in self.roots and growing.root() != self.roots[growing.size]:
                    raise Bad(f"至第 {growing.size} 条的叶与检查点不符")
                if any(note.size == growing.size for note in self.kept):
                    self.roots.setdefault(growing.size, growing.root())
            if growing.size != end or end not in self.notes:
                raise Bad(f"右边界应为已签名的检查点 {end}，叶到第 {growing.size} 条为止")
        except Bad as bad:
            where.append(str(bad))
        whole = self.manifest.get("kind") == "period"
        where += [
            f"{stream}：期间内有 {found.get(stream, 0)} 条，包内 {self.held.get(stream, 0)} 条"
            for stream in sorted(found if whole else self.held)
            if found.get(stream, 0) != self.held.get(stream, 0)
        ]
        what = "全部事件" if whole else "所列各流的全部事件"
        text = f"第 {span.get('start')} 至 {span.get('end')} 条之间，{what}都在包内"
        held = PROVED if whole or self.held else NOT_PROVED
        self.note(check, BROKEN if where else held, text, where)

    def check_kept(self) -> None:
        """The log continues what the auditor himself has kept."""
        if not self.kept:
            self.note(
                "自存检查点", NOT_PROVED, "没有给出自存的检查点（--checkpoint）：不能排除整本日志被换过或退回旧备份"
            )
            return
        assert self.log_key is not None  # noqa: S101 - checked before
        where, unproved, size = [], [], self.manifest["size"]
        for note in self.kept:
            try:
                if note.origin != self.manifest["origin"] or self.log_key.signs(note) is None:
                    raise Bad("不是此日志所签")
                if note.size > size:
                    raise Bad(f"日志只到第 {size} 条，比自存的短：被截短或退回旧备份（或此包早于该检查点）")
                if note.size in self.roots:
                    if self.roots[note.size] != note.root:
                        raise Bad("同一大小而根不同：历史被改写或分叉")
                elif (name := f"consistency/{note.size}-{size}.txt") in self.bundle.files:
                    proof = self.bundle.hashes(name)
                    if not consistent(self.log_key.digest, note.size, size, note.root, self.roots[size], proof):
                        raise Bad("一致性证明不成立：历史被改写或分叉")
                else:
                    unproved.append(f"大小 {note.size}：包内没有相应的一致性证明，请以 --anchor 重新导出")
            except Bad as bad:
                where.append(f"大小 {note.size}：{bad}")
        verdict = BROKEN if where else NOT_PROVED if unproved else PROVED
        self.note("自存检查点", verdict, f"{len(self.kept)} 个自存检查点，日志是其延续", where + unproved)

    def check_catalogues(self) -> None:
        """The catalogue versions that the cases are pinned to are in the bundle, unchanged."""
        where, missing = [], []
        for digest, version in sorted(self.catalogues.items()):
            name = f"catalogue/{digest}.json"
            if name not in self.bundle.files:
                missing.append(f"{version}：包内没有")
                continue
            try:
                content = self.bundle.text(name)
                if sha256(content.encode()).hex() != digest or parsed(content).get("version") != version:
                    raise Bad("内容与摘要不符")
            except Bad as bad:
                where.append(f"{version}：{bad}")
        verdict = BROKEN if where else NOT_PROVED if missing else PROVED
        self.note("目录版本", verdict, f"办件所依据的目录 {len(self.catalogues)} 版，内容与其摘要相符", where + missing)

    def check_attached(self) -> None:
        """The files of evidence in the bundle are those that its events name."""
        if not any(name.startswith("files/") for name in self.bundle.files):
            return
        where = []
        for name in sorted(self.bundle.files):
            if not name.startswith("files/") or name == WITHHELD:
                continue
            try:
                if name not in self.bundle.digests:
                    for _ in self.bundle.chunks(name):
                        pass
                if self.bundle.digests[name] != name[6:70]:
                    raise Bad("内容与摘要不符")
                if not self.attached[name[6:70]]:
                    raise Bad("没有事件用到此文件")
            except Bad as bad:
                where.append(f"{name}：{bad}")
        text = f"{len(self.attached)} 份证据文件，都是事件所用的那一份"
        try:
            missing = sum(1 for _ in self.bundle.lines(WITHHELD)) if WITHHELD in self.bundle.files else 0
        except Bad as bad:
            where.append(str(bad))
        else:
            text += f"；另有 {missing} 份未附，原因见 {WITHHELD}" if missing else ""
        self.note("随附文件", BROKEN if where else PROVED, text, where)

    def check_evidence(self) -> None:
        """A file handed in now is one that an event names by its digest."""
        for digest, where in self.evidence.items():
            verdict = PROVED if where else NOT_PROVED
            self.note(
                "证据文件", verdict, f"摘要 {digest}" + ("" if where else " 不在任何事件之中"), [where] if where else []
            )


DIGEST = re.compile(r'"([0-9a-f]{64})"')
CATALOGUE = re.compile(r'"catalogue":\{"digest":"([0-9a-f]{64})","version":("(?:[^"\\]|\\.)*")\}')
LEAF = re.compile(r'\{"chain_hash":"\w+","digest":"\w+","position":\d+,"stream":"([^"\\]*)"\}')


class Row(NamedTuple):
    """One event in the bundle."""

    number: int
    stream: str
    position: int
    chain_hash: str
    event: str
    digest: bytes
    """The SHA-256 of the event."""

    @classmethod
    def read(cls, line: str) -> Row:
        """From its line.  Raises Bad."""
        told = parsed(line)
        number, stream, position, chain, event = map(told.get, ("index", "stream", "position", "chain_hash", "event"))
        if not (type(number) is type(position) is int and type(stream) is type(chain) is type(event) is str):
            raise Bad("有一行不是事件")
        try:
            f"{stream}{chain}".encode()
            return cls(number, stream, position, chain, event, sha256(event.encode()))
        except UnicodeEncodeError:
            raise Bad("有一行不是 Unicode 文本") from None

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        return f"{self.stream} 第 {self.position} 条（日志第 {self.number} 条）"

    def leaf(self, digest: Digest) -> bytes:
        """The bytes of its leaf."""
        own = self.digest if digest is sha256 else digest(self.event.encode())
        chain, stream = _quoted(self.chain_hash), _quoted(self.stream)
        return f'{{"chain_hash":{chain},"digest":"{own.hex()}","position":{self.position},"stream":{stream}}}'.encode()


class Stream:
    """What the next event of a case's streams must follow."""

    def __init__(self) -> None:
        self.name, self.next, self.chain, self.index = "", 0, b"", -1
        self.application_no: object = None
        self.done: set[str] = set()
        self.standing: list[object] = []

    def follow(self, row: Row) -> Iterator[str]:
        """What is wrong with the next event."""
        if row.stream != self.name:
            if row.stream in self.done:
                yield "同一条流分在两处"
            self.done.add(row.stream)
            self.name, self.next, self.index, self.standing = row.stream, 0, -1, []
            self.chain = sha256(row.stream.encode())
        if row.position != self.next:
            yield f"应为第 {self.next} 条：有事件被删除、插入或调换"
        if row.number <= self.index:
            yield "在日志中的次序与流内次序不符"
        self.next, self.index = row.position + 1, row.number
        self.chain = sha256(self.chain + row.digest)
        if row.chain_hash != self.chain.hex():
            yield "哈希链缺失或不接续"
            self.chain = bytes.fromhex(row.chain_hash) if re.fullmatch("[0-9a-f]{64}", row.chain_hash) else self.chain
        try:
            tree, is_canonical = parsed_canonical(row.event)
        except Bad as bad:
            yield str(bad)
            return
        if not is_canonical:
            yield "不是规范格式"
        sequence, number = tree.get("sequence"), tree.get("application_no")
        if tree.get("stream") != row.stream:
            yield "事件自称属于另一条流"
        if self.application_no not in (None, number):
            yield "事件属于另一办件"
        self.application_no = number
        if not isinstance(sequence, int) or not 0 <= sequence <= len(self.standing):
            yield "事件之前缺少事件"
            return
        if tree.get("previous_id") != (self.standing[sequence - 1] if sequence else None):
            yield "事件不接续其前一事件"
        self.standing[sequence:] = [tree.get("event_id")]


def _is_range(span: dict[str, Any]) -> bool:
    start, end = span.get("start"), span.get("end")
    return type(start) is int and type(end) is int and 0 <= start <= end


def _moment(time: int) -> str:
    import datetime

    try:
        return f"{datetime.datetime.fromtimestamp(time, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"时刻 {time}"


# ---- From the command line -------------------------------------------------------------------


def kept_notes(text: str) -> list[Note]:
    """The checkpoints of a file: one note, or a line of JSON with ``checkpoint`` for each.  Raises Bad."""
    if text.startswith("{"):
        return [read_note(str(parsed(line).get("checkpoint"))) for line in text.splitlines() if line.strip()]
    return [read_note(text)]


def verify(
    bundle: Path, keys: list[str] | None = None, kept: list[Path] | None = None, evidence: list[Path] | None = None
) -> list[Finding]:
    """Every finding about a bundle.  Raises Unusable."""
    try:
        given = [read_key(_from_file(key)) for key in keys or []]
        notes = [note for path in kept or [] for note in kept_notes(path.read_text(encoding="utf-8"))]
        digests = {hashlib.sha256(path.read_bytes()).hexdigest(): "" for path in evidence or []}
    except (Bad, OSError, UnicodeDecodeError) as error:
        raise Unusable(str(error)) from None
    return Verification(Bundle(bundle), given, notes, digests).run()


def exit_code(findings: list[Finding]) -> int:
    """0 all proved, 1 something broken, 5 something not proved."""
    verdicts = {finding.verdict for finding in findings}
    return 1 if BROKEN in verdicts else 5 if NOT_PROVED in verdicts else 0


def report(findings: list[Finding]) -> str:
    """The findings for a person."""
    lines = []
    for finding in findings:
        lines.append(f"【{finding.verdict}】{finding.check}：{finding.text}")
        lines += [f"    {place}" for place in finding.where[:SHOWN]]
        if len(finding.where) > SHOWN:
            lines.append(f"    …… 共 {len(finding.where)} 处")
    ends = {
        0: "结论：全部已证明。",
        1: "结论：不符，证据链已被破坏。",
        5: "结论：没有不符；上列未能证明的各项需另行取证。",
    }
    return "\n".join([*lines, ends[exit_code(findings)]])


def _from_file(key: str) -> str:
    return key if "+" in key else Path(key).read_text(encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    options = argparse.ArgumentParser(description="免证台账导出包的离线核验")
    options.add_argument("bundle", type=Path)
    options.add_argument("--key", action="append", default=[], help="日志公钥（或其文件）")
    options.add_argument("--witness", action="append", default=[], help="见证方公钥（或其文件），可多次")
    options.add_argument("--checkpoint", action="append", default=[], type=Path, help="自存的检查点文件，可多次")
    options.add_argument("--evidence", action="append", default=[], type=Path, help="待核对的证据文件，可多次")
    options.add_argument("--json", action="store_true", help="以 JSON 输出")
    told = options.parse_args(arguments)
    try:
        findings = verify(told.bundle, told.key + told.witness, told.checkpoint, told.evidence)
    except Unusable as unusable:
        print(f"无法核验：{unusable}", file=sys.stderr)
        return 2
    shown = [finding._asdict() for finding in findings]
    print(json.dumps(shown, ensure_ascii=False, indent=1) if told.json else report(findings))
    return exit_code(findings)


if __name__ == "__main__":
    sys.exit(main())
