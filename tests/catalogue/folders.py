"""A copy of the real catalogue folder that a test may spoil, cell by cell."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import infra.catalogue
from infra.catalogue.files import load
from infra.catalogue.problems import CatalogueInvalid

COUNTY = Path(infra.catalogue.__file__).parent / "350526"


class Folder:
    """The copy.  Rows are named by their first cell, or by ``first|second`` where that is not enough."""

    def __init__(self, path: Path) -> None:
        self.path = path / "350526"
        shutil.copytree(COUNTY, self.path)

    def spoil(self, file: str, row: str, column: str, value: str) -> int:
        """Put ``value`` into a cell; gives the line it stands on."""
        rows = self.read(file)
        at = next(n for n, r in enumerate(rows) if n and row in (r[0], "|".join(r[:2])))
        rows[at][rows[0].index(column)] = value
        self.write(file, rows)
        return at + 1

    def add(self, file: str, like: str, **cells: str) -> int:
        """Append a row that is ``like`` another but for some cells; gives its line."""
        rows = self.read(file)
        new = list(next(r for r in rows[1:] if like in (r[0], "|".join(r[:2]))))
        for column, value in cells.items():
            new[rows[0].index(column)] = value
        rows.append(new)
        self.write(file, rows)
        return len(rows)

    def remove(self, file: str, row: str) -> None:
        """Take a row out."""
        self.write(file, [r for r in self.read(file) if row not in (r[0], "|".join(r[:2]))])

    def read(self, file: str) -> list[list[str]]:
        with (self.path / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.reader(opened))

    def write(self, file: str, rows: list[list[str]]) -> None:
        with (self.path / file).open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(rows)

    def rewrite(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file, where it first stands."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert old in text
        (self.path / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    def line_of(self, file: str, text: str) -> int:
        """The first line that holds ``text``."""
        lines = (self.path / file).read_text(encoding="utf-8").splitlines()
        return next(n for n, line in enumerate(lines, start=1) if text in line)

    def problems(self) -> list[str]:
        """What loading it complains of; empty when it loads."""
        try:
            load(self.path)
        except CatalogueInvalid as invalid:
            assert str(invalid).splitlines() == [str(p) for p in invalid.problems]
            return [str(p) for p in invalid.problems]
        return []
