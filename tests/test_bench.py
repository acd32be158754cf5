"""The measuring instruments themselves: what counts as silent, what as a loss, and what as noise."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tests import bench, scoring
from tests.bench_compare import ALONE, POOLED, changes, is_loss, others
from tests.bench_tally import Tally, show, tally
from tests.form_style import Style
from tests.forms import draw

SCORER = bench.SHARED / "bench" / "score.py"
DOCUMENT = "0123456789abcdef"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    report = draw(12, Style(), ("TOTAL_MISMATCH", "NOT_PUBLISHED", "DATE_CONFLICT"))
    return {**report.truth, "name": "f12_clean300", "tier": "clean300"}


@pytest.fixture
def rows(truth: dict[str, Any]) -> Rows:
    return perfect(copy.deepcopy(truth))


def perfect(truth: dict[str, Any]) -> Rows:
    """The dataset of a reader that makes no mistake."""
    fine = {"document_id": DOCUMENT, "needs_review": False}
    document = fine | {key: truth[key] for key in ("year", "quarter", "period_kind", "form", "instancia")}
    for kind in ("ordinary", "extraordinary"):
        document |= {f"{kind}_held": truth[kind][0], f"{kind}_planned": truth[kind][1]}
    found: Rows = {name: [] for name in scoring.TABLES}
    found["documents"] = [document | {"source": f"{truth['name']}.pdf", "status": "ok"}]
    for i, column in enumerate(truth["columns"], 1):
        day = date.fromisoformat(column["date"]) if column["date"] else None
        own = {"matrix": "attendance", "column": i, "quarter": column["quarter"], "date": day}
        found["sessions"].append(fine | own)
    for row in truth["rows"]:
        known = {"entity_id": "x" if row["known"] else None, "entity": row["entity"] if row["known"] else None}
        own = {"row": row["row"], "entity_raw": row["printed"], "total_printed": row["total_printed"]}
        found["attendees"].append(fine | known | own | {k: row[k] for k in ("sector", "position", "role")})
        found["attendance"] += [fine | {"row": row["row"], **mark} for mark in marks(row)]
    for function in truth["functions"]:
        own = {key: function[key] for key in ("function", "scope", "text", "addressed_printed")}
        found["functions"].append(fine | own)
        found["function_sessions"] += [fine | {"function": function["function"], **mark} for mark in marks(function)]
    found["publications"] = [fine | {"item": k, "published": v} for k, v in truth["publications"].items()]
    found["signatories"] = [fine | {"signs_as": s["signs_as"], "name": s["name"]} for s in truth["signatories"]]
    places = ("code", "row", "column", "function", "item")
    found["findings"] = [fine | {key: f.get(key) for key in places} for f in truth["findings"]]
    return found


def marks(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"column": i, "mark": mark, "mark_raw": mark} for i, mark in enumerate(row["marks"], 1)]


def written(rows: Rows, out: Path) -> scoring.Dataset:
    out.mkdir(exist_ok=True)
    for name, some in rows.items():
        pq.write_table(pa.Table.from_pylist(some or [{"document_id": "none"}]), out / f"{name}.parquet")
    return scoring.Dataset(out)


def scored(rows: Rows, truth: dict[str, Any], out: Path) -> scoring.Score:
    return scoring.score(written(rows, out), truth)


def silent(score: scoring.Score) -> dict[str, int]:
    return {kind: count.silent for kind, count in score.counts.items() if count.silent}


def test_a_reader_without_mistakes_has_every_value_right(rows: Rows, truth: dict[str, Any], tmp_path: Path) -> None:
    score = scored(rows, truth, tmp_path)
    assert score.errors == []
    assert set(score.counts) == set(scoring.KINDS)
    assert all(count.right == count.total > 0 for count in score.counts.values())
    assert all(text.right == text.total > 0 == text.edits for text in score.texts.values())
    assert score.findings == scoring.Findings(found=len(truth["findings"]))


def spoil(table: str, **changed: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[table][0] |= changed

    return change


PLANTED = [  # what is spoilt, and the kind of value under which it must be counted, once
    (spoil("attendance", mark=None), "mark"),
    (spoil("attendees", role="O"), "role"),
    (spoil("attendees", total_printed=77), "total"),
    (spoil("attendees", entity="Otra", entity_id="otra"), "entity"),
    (spoil("attendees", sector="Otro"), "sector"),
    (spoil("sessions", date=date(1999, 1, 1)), "date"),
    (spoil("functions", addressed_printed=None), "addressed"),
    (spoil("function_sessions", mark="x"), "function_mark"),
    (spoil("functions", scope="none"), "function"),
    (spoil("publications", published=None), "publication"),
    (spoil("documents", year=1999), "period"),
    (spoil("documents", ordinary_held=77), "count"),
    (spoil("documents", instancia="Consejo de Nadie"), "body"),
    (spoil("documents", form="Anexo 9"), "form"),
]
# the table whose first row flags each of them
TABLE_OF = ["attendance", *["attendees"] * 4, "sessions", "functions", "function_sessions", "", "publications"]
TABLE_OF += ["documents"] * 4
NAMES = [kind for _, kind in PLANTED]


@pytest.mark.parametrize(("change", "kind"), PLANTED, ids=NAMES)
def test_a_planted_error_is_silent_once(
    change: Callable[[Rows], None], kind: str, rows: Rows, truth: dict[str, Any], tmp_path: Path
) -> None:
    change(rows)
    assert silent(scored(rows, truth, tmp_path)) == {kind: 1}


@pytest.mark.parametrize(("planted", "table"), list(zip(PLANTED, TABLE_OF, strict=True)), ids=NAMES)
def test_an_error_that_something_flags_is_not_silent(
    planted: tuple[Callable[[Rows], None], str], table: str, rows: Rows, truth: dict[str, Any], tmp_path: Path
) -> None:
    planted[0](rows)
    if table:  # whether a function is there is nothing that its row could flag
        rows[table][0]["needs_review"] = True
    score = scored(rows, truth, tmp_path)
    assert silent(score) == ({} if table else {planted[1]: 1})
    assert score.counts[planted[1]].right == score.counts[planted[1]].total - 1


def test_all_of_a_missing_row_is_silent_unless_its_document_failed(
    rows: Rows, truth: dict[str, Any], tmp_path: Path
) -> None:
    gone = rows["attendees"].pop(2)["row"]
    rows["attendance"] = [cell for cell in rows["attendance"] if cell["row"] != gone]
    width = len(truth["columns"])
    found = silent(scored(rows, truth, tmp_path / "ok"))
    assert found == {"row": 1, "entity": 1, "sector": 1, "role": 1, "total": 1, "mark": width}
    rows["documents"][0]["status"] = "failed"
    failed = scored(rows, truth, tmp_path / "failed")
    assert silent(failed) == {}
    assert failed.counts["mark"].right == failed.counts["mark"].total - width


def test_a_row_too_many_and_a_report_never_read_are_silent(rows: Rows, truth: dict[str, Any], tmp_path: Path) -> None:
    rows["attendees"].append(rows["attendees"][-1] | {"row": 99, "entity_raw": "zzzz", "position": "zzzz"})
    assert silent(scored(rows, truth, tmp_path / "more")) == {"row": 1}
    rows["documents"][0]["source"] = "another.pdf"
    missing = scored(rows, truth, tmp_path / "none")
    assert missing.counts["mark"].right == 0


def test_letters_and_findings_are_counted(rows: Rows, truth: dict[str, Any], tmp_path: Path) -> None:
    rows["signatories"][0]["name"] = rows["signatories"][0]["name"][:-2]
    rows["findings"][0] = rows["findings"][0] | {"code": "NO_PRESIDENT", "row": None}
    score = scored(rows, truth, tmp_path)
    assert score.texts["signatory"].edits == 2
    assert score.texts["signatory"].right == score.texts["signatory"].total - 1
    assert score.findings == scoring.Findings(len(truth["findings"]) - 1, 1, 1)


# ---------------------------------------------------------------- losses and noise


def result(wrong: int = 0, silent: int = 0, total: int = 400, truths: str = "t") -> Tally:
    made = Tally(3, 12, 9.0, truths)
    made.counts["mark"] = scoring.Count(total, total - wrong, silent, wrong - silent)
    return made


def test_a_loss_is_beyond_the_spread_of_what_could_change_by_chance() -> None:
    assert not is_loss((0, 400), (2, 400), POOLED)
    assert is_loss((0, 400), (3, 400), POOLED)
    assert not is_loss((20, 400), (30, 400), POOLED)
    assert is_loss((20, 400), (33, 400), POOLED)
    assert not is_loss((0, 400), (9, 400), ALONE)
    assert is_loss((0, 400), (10, 400), ALONE)
    assert not is_loss((30, 400), (0, 400), POOLED)
    assert not is_loss((10, 100), (40, 400), POOLED)  # the same share of more values


def test_a_loss_ends_the_benchmark_with_an_error_and_noise_does_not(tmp_path: Path) -> None:
    kept = tmp_path / "bench.json"
    assert bench.judge({"drawn": {"a": result()}}, kept) == 0  # nothing kept yet
    bench.save({"drawn": {"a": result(4), "b": result(0)}}, kept)
    assert bench.judge({"drawn": {"a": result(4), "b": result(0)}}, kept) == 0
    assert bench.judge({"drawn": {"a": result(6), "b": result(1)}}, kept) == 0
    assert bench.judge({"drawn": {"a": result(4, silent=3), "b": result(0)}}, kept) == 1
    assert bench.judge({"drawn": {"a": result(12), "b": result(9)}}, kept) == 1


def test_flagging_more_is_a_loss_too() -> None:
    before, after = result(), result()
    after.counts["mark"].flagged = 40
    assert [str(c) for c in changes({"a": before}, {"a": after})] == [
        "LOSS   all mark flagged: 0 → 40",
        "LOSS   a mark flagged: 0 → 40",
    ]


def test_other_reports_are_told_and_never_judged(tmp_path: Path) -> None:
    kept = tmp_path / "bench.json"
    bench.save({"drawn": {"a": result()}}, kept)
    worse = {"a": result(90, silent=90, truths="other"), "b": result(90)}
    assert bench.judge({"drawn": worse}, kept) == 0
    before = {c: Tally.from_json(t) for c, t in json.loads(kept.read_text())["results"]["drawn"].items()}
    assert others(before, worse) == ["a", "b"]


def test_what_is_kept_comes_back_whole_and_keeps_what_was_not_measured(tmp_path: Path) -> None:
    kept = tmp_path / "bench.json"
    bench.save({"shared": {"x": result(7, 2)}}, kept)
    bench.save({"drawn": {"a": result(1), "b": result(3)}}, kept)
    bench.save({"drawn": {"a": result(5, 1)}}, kept)
    found = json.loads(kept.read_text())
    assert set(found) == {"date", "veedor", "engine", "results"}
    assert Tally.from_json(found["results"]["shared"]["x"]) == result(7, 2)
    assert {c: Tally.from_json(t) for c, t in found["results"]["drawn"].items()} == {"a": result(5, 1), "b": result(3)}


def test_the_result_that_is_kept_can_be_compared() -> None:
    found = json.loads(bench.KEPT.read_text(encoding="utf-8"))
    drawn = {c: Tally.from_json(t) for c, t in found["results"]["drawn"].items()}
    assert changes(drawn, drawn) == []
    assert all(t.reports >= 3 and t.counts["mark"].total for t in drawn.values())
    assert bench.with_tables(bench.PAGE.read_text(encoding="utf-8"), found) == bench.PAGE.read_text(encoding="utf-8")


def test_the_table_shows_each_kind_under_each_condition(rows: Rows, truth: dict[str, Any], tmp_path: Path) -> None:
    rows["attendance"][0]["mark"] = "?"
    made = tally([scored(rows, truth, tmp_path)], [truth], seconds=2.0 * truth["pages"])
    console = Console(width=150, record=True)
    show("drawn", {"clean300": made, "fax200": made}, console)
    text = console.export_text()
    total = made.counts["mark"].total
    assert f"{100 * (total - 1) / total:.2f}/1/0.0" in text
    for said in (*scoring.KINDS, "position CER %", "100.0/100.0", "2.00", "clean300", "fax200", "all"):
        assert said in text


# ---------------------------------------------------------------- against the shared benchmark's scorer

KIN = {  # kinds of the shared scorer → ours
    "row": "row", "entity": "entity", "role": "role", "total": "total", "sector": "sector", "mark": "mark",
    "column_count": "columns", "session_date": "date", "function": "function", "function_mark": "function_mark",
    "addressed": "addressed", "instancia": "body", "publication": "publication",
}  # fmt: skip


def lose_a_row(rows: Rows) -> None:
    rows["attendees"].pop()


def lose_functions(rows: Rows) -> None:
    gone = rows["functions"].pop(0)["function"]
    rows["function_sessions"] = [cell for cell in rows["function_sessions"] if cell["function"] != gone]


def lose_a_session(rows: Rows) -> None:
    rows["sessions"].pop()


def flag_a_row(rows: Rows) -> None:
    rows["attendees"][0] |= {"needs_review": True, "role": None}
    rows["attendance"][0]["mark"] = None  # flagged by its row alone


@pytest.mark.skipif(not SCORER.exists(), reason="the shared benchmark is not beside this repository")
@pytest.mark.parametrize("change", [*(c for c, _ in PLANTED), lose_a_row, lose_functions, lose_a_session, flag_a_row])
def test_no_more_lenient_than_the_shared_scorer(
    change: Callable[[Rows], None], rows: Rows, truth: dict[str, Any], tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("shared_scorer", SCORER)
    assert spec
    assert spec.loader
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    change(rows)
    ours = scored(rows, truth, tmp_path)
    tables = {name: theirs.load(tmp_path, name) for name in theirs.TABLES}
    (document,) = tables["documents"].to_dict("records")
    counted = theirs.score(truth, document, tables).n
    for kind, own in KIN.items():
        total, right, quiet, _ = counted[kind]
        assert ours.counts[own].total == total, kind
        assert ours.counts[own].right <= right, kind
        assert ours.counts[own].silent >= quiet, kind
