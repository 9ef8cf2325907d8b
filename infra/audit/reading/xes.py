"""The events for process mining, a trace a case (XES, IEEE 1849-2023).

Only events that stand: what a reset replaced did not happen in the case as it is.  What is no event is left out.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import IO
from xml.sax.saxutils import quoteattr

from infra.audit.reading.case import ReadCase, ReadEvent, text

PIECE = 1 << 20
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2023" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
<classifier name="activity" keys="concept:name"/>
"""
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold at all."""


class XesLog:
    """The log, on the disk as it grows."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._file.write(HEAD.encode())

    def add(self, case: ReadCase) -> None:
        """A trace."""
        events = "".join(map(_event, case.standing))
        self._file.write(f"<trace>{_string('concept:name', case.application_no)}\n{events}</trace>\n".encode())

    def pieces(self, report: str) -> Iterator[bytes]:
        """The log, closed."""
        self._file.write(b"</log>\n")
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        """Forget it."""
        self._file.close()


def _event(event: ReadEvent) -> str:
    actor = event.actor
    told = {
        "concept:name": event.name,
        "lifecycle:transition": "complete",
        "org:resource": text(actor.get("actor_id")),
        "org:role": text(actor.get("kind")),
        "org:group": text(actor.get("department")),
        "code": event.type,
        "stream": event.stream,
        "requirement": event.requirement,
        "route": event.route,
        "outcome": event.outcome,
    }
    strings = "".join(_string(key, value) for key, value in told.items() if value)
    index = "" if event.leaf is None else f'<int key="index" value="{event.leaf}"/>'
    at = event.at.isoformat() if event.at else ""
    return f'<event>{strings}<date key="time:timestamp" value="{at}"/>{index}</event>\n'


def _string(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(UNWRITABLE.sub("", value))}/>'
