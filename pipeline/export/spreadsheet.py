"""Tables as CSV that a spreadsheet opens without computing anything: what it would take for a formula is disarmed.

A report's text is whatever somebody printed, or called a file: `=HYPERLINK(…)` in a cell is run by the program of
whoever opens the table. `neutralised` puts an apostrophe before it; `restored` takes it away, and nothing else.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.export.package import Package, batches
from pipeline.schema import TableSchema, Type

GUARD = "'"
LONE = "-"  # a mark of the form, and no formula in any spreadsheet
FORMULA = frozenset("=+-@\u2212")  # and what Unicode takes for the same: full-width and small forms
BLANK = "ZC"  # categories of characters that a spreadsheet may skip at the start of a cell: separators and controls
QUOTES = frozenset("\"'`´‘’‚“”„«»‹›")
# A spreadsheet with Spanish settings parts lines at semicolons, and heeds no quotes inside a line: what follows a
# semicolon, a tab or a line's end within a value may become a cell of its own.
CELLS = re.compile("([;\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029])")
RULE = (
    "Text that a spreadsheet could take for a formula is disarmed: in text columns, at the start of a value and after "
    "each semicolon, tab or line break in it, an apostrophe stands before =, +, -, @ and their wide forms (blanks and "
    "quotes that precede them included), before a tab or line break that begins a value, and before an apostrophe that "
    "stood there already. A value that is nothing but - is a mark and stays. To restore a value, remove one apostrophe "
    "at its start and one after each semicolon, tab or line break, where there is one. Other columns are as in the "
    "ordinary CSV."
)


def neutralised(text: str) -> str:
    """The text with an apostrophe before all that a spreadsheet could take for the start of a formula."""
    if text.strip(" ") == LONE:
        return text
    parts = CELLS.split(text)  # cells, with what parts them between
    parts[::2] = [GUARD + cell if _is_risky(cell) else cell for cell in parts[::2]]
    breaks_at_once = len(parts) > 1 and not parts[0] and parts[1] != ";"
    return GUARD * breaks_at_once + "".join(parts)


def restored(text: str) -> str:
    """What `neutralised` was given."""
    return "".join(part.removeprefix(GUARD) for part in CELLS.split(text))


def _is_risky(cell: str) -> bool:
    if cell.startswith(GUARD):
        return True  # an apostrophe of its own must survive the way back
    rest = (c for c in cell if unicodedata.category(c)[0] not in BLANK and c not in QUOTES)
    first = next(rest, "")
    return unicodedata.normalize("NFKC", first)[:1] in FORMULA


def write_csv(package: Package, folder: Path, *, safe: bool) -> None:
    """Writes the dataset's tables as CSV to `folder`, with their data package; `safe`: with formulas disarmed.

    Raises UsageError where a table is missing, OSError where `folder` cannot be written.
    """
    described = json.loads((package.folder / "datapackage.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        aside = Path(name)
        for table in package.tables:
            _write_table(package, table, aside / f"{table.name}.csv", neutralised if safe else str)
        if safe:
            described["resources"] = [_told(resource) for resource in described["resources"]]
        text = json.dumps(described, ensure_ascii=False, indent=2)
        (aside / "datapackage.json").write_text(text + "\n", encoding="utf-8")
        for file in sorted(aside.iterdir()):
            file.replace(folder / file.name)


def _write_table(package: Package, table: TableSchema, path: Path, disarm: Callable[[str], str]) -> None:
    ways: dict[Type, Callable[[Any], str]] = {Type.STRING: disarm, Type.BOOLEAN: _boolean}
    as_text = [ways.get(column.type, str) for column in table.columns]  # dates are ISO 8601, numbers in full
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([c.name for c in table.columns])
        for batch in batches(package, table):
            columns = [
                ["" if value is None else text(value) for value in values.to_pylist()]
                for text, values in zip(as_text, batch.columns, strict=True)
            ]
            writer.writerows(zip(*columns, strict=True))


def _boolean(value: object) -> str:
    return "true" if value else "false"


def _told(resource: dict[str, Any]) -> dict[str, Any]:
    """The description of a table that says what was done to it."""
    columns = [field["name"] for field in resource["schema"]["fields"] if field["type"] == Type.STRING]
    description = f"{resource['description']}. Spreadsheet-safe copy: see spreadsheetSafe"
    return resource | {
        "description": description,
        "spreadsheetSafe": {"guard": GUARD, "columns": columns, "rule": RULE},
    }
