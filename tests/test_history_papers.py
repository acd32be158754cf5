"""What the history tells of reports that were printed and read: the short form of `make history-drawn`."""

from __future__ import annotations

from pathlib import Path

from tests import bench_history
from tests.archive_scans import DIGITAL
from tests.archive_truth import expected
from tests.archives import archive

SEED = 31
KINDS = {"mark", "MISSING_REPORT", "DUPLICATE_REPORT"}  # of which the series chosen have one each


def test_what_born_digital_reports_print_is_told_without_a_wrong_word(tmp_path: Path) -> None:
    """Two series of a drawn archive, with a changed mark, a gap and a report told twice among them."""
    chosen, lacking = [], set(KINDS)
    for series in archive(SEED, paper=True):
        kinds = {"mark" if f[0] == "HISTORY_CONFLICT" and f[4] is None else f[0] for f in expected(series)}
        if kinds & lacking and len(series) <= 5:
            chosen.append(series)
            lacking -= kinds
    assert not lacking
    counts = bench_history.drawn(tmp_path, chosen, "1", (DIGITAL,))
    assert counts["failed"] == counts["turned wrong"] == counts["missed"] == 0
    assert counts["stood, wrong"] == counts["settled, wrong"] == counts["of no seat or session printed"] == 0
    assert counts["right"] == counts["found"] >= 0.8 * counts["planted"] >= 3
    assert counts["told or asked"] >= 0.9 * counts["planted"]
