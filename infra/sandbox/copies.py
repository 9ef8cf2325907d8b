"""加注件: the usage copy of a document.  It carries the purpose and the case, so no two uses have the same bytes."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

PDF = "application/pdf"
OFD = "application/ofd"


def pdf_copy(identifier: str, purpose: str, case_no: str) -> bytes:
    """A small PDF of one page; purpose and case stand in its properties and in a comment of plain UTF-8."""
    title = (b"\xfe\xff" + purpose.encode("utf-16-be")).hex().upper()
    page = f"BT /F1 12 Tf 60 780 Td ({_ascii(identifier)}) Tj 0 -20 Td (CASE {_ascii(case_no)}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Title <%s> /Subject (CASE %s) >>" % (title.encode(), _ascii(case_no).encode()),
    )
    out = bytearray(f"%PDF-1.4\n% 样例加注件 办件编号：{case_no} 用途：{_line(purpose)}\n".encode())
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def ofd_copy(identifier: str, purpose: str, case_no: str) -> bytes:
    """A small OFD container (a zip with ``OFD.xml``), not compressed, so that its words can be found in its bytes."""
    info = "".join(
        f'<ofd:CustomData Name="{name}">{escape(value)}</ofd:CustomData>'
        for name, value in (("证照标识", identifier), ("办件编号", case_no), ("用途", purpose))
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0" '
        f'DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:CustomDatas>{info}</ofd:CustomDatas></ofd:DocInfo>'
        "</ofd:DocBody></ofd:OFD>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as container:
        # A fixed date: the same use of the same licence gives the same bytes.
        container.writestr(zipfile.ZipInfo("OFD.xml", date_time=(2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def _ascii(text: str) -> str:
    kept = text.encode("ascii", "replace").decode()
    return kept.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
