"""Codes in the words of an auditor: none that the program can write is without its sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from parsers.findings import SEVERITIES
from pipeline.pages import wording
from pipeline.tables.columns import ROLES
from pipeline.tables.every import TABLES
from pipeline.tables.reports import DOCUMENTS

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+|empty|damaged|encrypted|unreadable|unexpected")
MAKERS = {"Certainty", "certainty_of", "stated", "_doubt_all"}  # calls that take a reason for review
HOLDERS = re.compile(r"(?i).*(reason|doubt|unclear|warning|disagree).*")  # names that hold one
COLUMNS = {column.name for table in TABLES for column in table.columns}
CONSTANTS = {
    "COLUMNS_DISAGREE", "FUNCTIONS_CUT", "IN_CELL", "NO_ATTENDANCE", "NO_FUNCTIONS", "READ_BY_COLUMNS",
    "SESSION_COLUMNS", "SILENT_PAGE", "STRUCTURE_UNCERTAIN", "WITHOUT_MARKS",
}  # fmt: skip


def reasons_in_code() -> set[str]:
    """Every literal that stands where the program states a reason for review, or keeps one for that."""
    found = set()
    for package in ("ocr", "parsers", "pipeline"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "wording.py":
                found |= set(_reasons(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _reasons(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in MAKERS:
            yield from _codes(*node.args)
        elif isinstance(node, ast.keyword | ast.Assign) and any(_holds(name) for name in _targets(node)):
            yield from _codes(node.value)
        elif isinstance(node, ast.FunctionDef) and _holds(node.name):
            yield from (code for part in ast.walk(node) if isinstance(part, ast.Return) for code in _codes(part.value))
            yield from (
                code
                for part in ast.walk(node)
                if isinstance(part, ast.Call) and _name(part.func) == "append"
                for code in _codes(*part.args)
            )


def _targets(node: ast.keyword | ast.Assign) -> list[str]:
    return [node.arg or ""] if isinstance(node, ast.keyword) else [_name(target) for target in node.targets]


def _holds(name: str) -> bool:
    return name in CONSTANTS or (HOLDERS.fullmatch(name) is not None and not name.isupper())


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _codes(*nodes: ast.AST | None) -> Iterator[str]:
    for node in filter(None, nodes):
        for part in ast.walk(node):
            text = part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""
            if CODE.fullmatch(text) and text not in COLUMNS:
                yield text


def test_every_reason_for_review_has_its_sentence() -> None:
    found = reasons_in_code()
    assert {"uncertain_mark", "residual_ink", "timed_out", "entity_cut", "date_unreadable", "row_without_name"} <= found
    assert {code for code in found if "sin explicación" in wording.sentence(code)} == set()


def test_no_sentence_is_left_for_a_reason_that_is_gone() -> None:
    literals = {
        part.value
        for package in ("ocr", "parsers", "pipeline")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "wording.py"
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    assert set(wording.REASONS) - literals == set()


def test_joined_reasons_are_told_apart_with_the_value_that_each_is_of() -> None:
    joined = "entity_cut;sector_label_doubtful;uncertain_total;text_unreadable"
    assert wording.sentences(joined) == (
        "El nombre parece cortado.",
        "Sector: el nombre se parece a uno conocido, pero no lo suficiente.",
        "El total se lee, pero sin la seguridad exigida.",
        "Texto: no se puede leer.",
    )
    assert [wording.subject(code) for code in wording.codes(joined)] == ["entity", "sector", "total", "text"]
    assert wording.subject("seat_taken") == "entity"
    assert wording.subject("page_unread") is None
    assert "algo_nuevo" in wording.sentence("algo_nuevo")
    assert wording.sentences(None) == ()


def test_findings_states_and_tables_have_their_names() -> None:
    explained = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"^\| `([A-Z_]+)`", explained, re.MULTILINE))
    assert set(SEVERITIES) <= codes
    assert {code for code in codes if wording.finding(code) == code} == set()
    assert set(SEVERITIES.values()) <= set(wording.SEVERITIES)
    documents = {c.name: c.values for c in DOCUMENTS.columns}
    assert set(documents["status"]) == set(wording.STATUSES)
    assert set(documents["input_kind"]) == set(wording.KINDS)
    assert set(ROLES) == set(wording.ROLES)
