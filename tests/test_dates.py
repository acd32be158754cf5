"""Dates, columns without a session, quarters and periods, clean and as engines break them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dates import MONTHS, empty_mark_sureness, is_empty_mark, parse_date, parse_dates, parse_quarter
from parsers.periods import parse_period

DAY = date(2025, 3, 19)


@pytest.mark.parametrize(
    "text",
    [
        "19/03/2025", "19-03-2025", "19.03.2025", "2025-03-19", "2025/03/19", "19 / 03 / 2025", "19 de marzo de 2025",
        "19 mar. 2025", "19-mar-2025", "marzo 19 de 2025", "Marzo 19, 2025", "19 de marzo del año 2025",
        "19de marzo de2025", "Sesión 1 19/03/2025", "19\nmarzo\n2025",
    ],
)  # fmt: skip
def test_clean_forms_are_sure(text: str) -> None:
    assert parse_date(text) == (DAY, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "19/03/202\n5", "19/03/20\n25", "19/0\n3/2025", "19/03/25", "19/O3/2025", "l9/03/2025", "19/03/Z025",
        "19 de rnarzo de 2025", "03/19/2025", "1 9/03/2025", "19032025", "1910312025",
    ],
)  # fmt: skip
def test_repaired_forms_are_less_sure(text: str) -> None:
    read = parse_date(text)
    assert read is not None
    assert read[0] == DAY
    assert 0 < read[1] < 1


def test_each_lookalike_makes_it_less_sure() -> None:
    sureness = [(parse_date(t) or (DAY, 0.0))[1] for t in ("19/03/2025", "19/O3/2025", "l9/O3/2025")]
    assert sureness[0] > sureness[1] > sureness[2] > 0


@pytest.mark.parametrize("text", ["31/02/2025", "2 de 4", "Resolución 009 de 2025", "23/04", "", "Total", "is/os"])
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_several_dates_in_order() -> None:
    days = [day for day, _ in parse_dates("19/03/2025 | 22/07/2025,2 de agosto de 2025")]
    assert days == [DAY, date(2025, 7, 22), date(2025, 8, 2)]


def test_a_missing_year_is_taken_only_when_given() -> None:
    assert parse_date("19 de marzo") is None
    assert parse_date("19 de marzo", year=2025) == (DAY, 0.6)
    assert parse_date("19/03", year=2025) == (DAY, 0.6)


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.sampled_from(["/", "-", ".", " de "]), st.booleans())
def test_what_is_written_is_read(day: date, separator: str, padded: bool) -> None:
    month = MONTHS[day.month - 1] if separator == " de " else f"{day.month:02d}" if padded else str(day.month)
    text = separator.join((f"{day.day:02d}" if padded else str(day.day), month, str(day.year)))
    assert parse_date(text) == (day, 1.0)


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.integers(1, 9))
def test_a_line_break_anywhere_in_a_date_is_mended(day: date, at: int) -> None:
    text = f"{day:%d/%m/%Y}"
    broken = parse_date(text[:at] + "\n" + text[at:])
    assert broken is not None
    assert broken[0] == day


@given(st.text(max_size=40))
def test_any_text_is_survived(text: str) -> None:
    for _, sureness in parse_dates(text):
        assert 0 < sureness <= 1
    parse_quarter(text)
    parse_period(text)


@pytest.mark.parametrize("text", ["-", "–", "—", "N/A", "NA", "n/a", "", "  ", "N /\nA", "No aplica", "wa", "."])
def test_columns_without_a_session(text: str) -> None:
    assert is_empty_mark(text)


@pytest.mark.parametrize("text", ["19/03/2025", "1", "SI", "19/0"])
def test_columns_with_one(text: str) -> None:
    assert not is_empty_mark(text)


def test_garbled_empty_marks_are_less_sure() -> None:
    assert empty_mark_sureness("N/A") == 1.0 > empty_mark_sureness("~") > empty_mark_sureness("wa") > 0


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("I Trimestre", 1), ("II\nTrimest\nre", 2), ("Trim. III", 3), ("IV", 4), ("1er trimestre", 1),
        ("IITrimestre", 2),
        ("Tercer\nTrimestre", 3), ("4to trimestre", 4), ("II Trimestre\n22/07/2025", 2), ("III TRIM 2025", 3),
        ("I Trimestre\nSesión 2", 1),
    ],
)  # fmt: skip
def test_quarters(text: str, quarter: int) -> None:
    assert parse_quarter(text) == (quarter, 1.0)


@pytest.mark.parametrize(
    ("text", "quarter"),
    [("ll", 2), ("Il", 2), ("lll", 3), ("1V", 4), ("| Trimestre", 1), ("Mt", 3), ("i}", 2), ("11", 2), ("Ene-Mar", 1)],
)
def test_garbled_quarters_are_less_sure(text: str, quarter: int) -> None:
    read = parse_quarter(text)
    assert read is not None
    assert read[0] == quarter
    assert read[1] < 0.9


@pytest.mark.parametrize("text", ["Total", "Rol", "Entidad u Organismo", "", "19/03/2025", "IIII"])
def test_what_names_no_quarter(text: str) -> None:
    assert parse_quarter(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "quarter", "year"),
    [
        ("SEGUNDO TRIMESTRE", "quarter", 2, None),
        ("I TRIMESTRE DE 2024", "quarter", 1, 2024),
        ("TRIMESTRE IV DE 2025", "quarter", 4, 2025),
        ("TERCER TRIMESTRE VIGENCIA 2023", "quarter", 3, 2023),
        ("ENERO - MARZO DE 2025", "quarter", 1, 2025),
        ("PRIMER SEMESTRE 2023", "semester", None, 2023),
        ("INFORME ANUAL 2022", "year", None, 2022),
        ("VIGENCIA 2022", "year", None, 2022),
    ],
)
def test_periods(text: str, kind: str, quarter: int | None, year: int | None) -> None:
    period = parse_period(text)
    assert period is not None
    assert (period.kind, period.quarter, period.year, period.raw) == (kind, quarter, year, text)


@pytest.mark.parametrize("text", ["INFORME DE GESTIÓN", "NORMAS:", "", "FEBRERO - DICIEMBRE"])
def test_what_names_no_period(text: str) -> None:
    assert parse_period(text) is None
