"""Fields outside the matrices, from lines with word boxes and from flattened texts without."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from ocr.records import Box, InputKind, Place, TextLine, Word
from parsers.counts import held_against, read_counts
from parsers.fields import PUBLICATION_ITEMS, read_fields
from parsers.publications import read_answer, read_publications
from parsers.records import Certainty, Count
from parsers.sections import read_sections
from parsers.signatories import read_signatories

SHARED = Path(__file__).parents[1].parent / "shared"
CHARACTER, HEIGHT = 10.0, 20.0  # pixels of a drawn letter


def text_lines(text: str) -> tuple[TextLine, ...]:
    """A flattened text: a form feed starts a page."""
    page, lines = 1, []
    for number, line in enumerate(text.split("\n"), 1):
        page += line.count("\f")
        lines.append(TextLine(line.strip("\f"), Place(page, None, number)))
    return tuple(lines)


def boxed(y: float, *parts: tuple[float, str], page: int = 1, confidence: float = 0.95) -> TextLine:
    """A line at height `y` whose `parts` start at the given x; its words have boxes."""
    words = []
    for x, text in parts:
        for word in text.split():
            words.append(Word(word, confidence, Box(x, y, x + CHARACTER * len(word), y + HEIGHT)))
            x += CHARACTER * (len(word) + 1)
    box = Box.around(w.box for w in words if w.box)
    return TextLine(" ".join(w.text for w in words), Place(page, box), confidence, tuple(words))


HEAD = """ALCALDIA MAYOR
DE BOGOTA D.C.
Anexo 2: Informe de gestion
INFORME DE GESTION
SEGUNDO TRIMESTRE
NOMBRE DE LA INSTANCIA: Comisién Intersectorial de Espacio Publico del
Distrito Capital.
Acuerdo 06 de 5 de mayo de 2017 “Por medio del cual se adopta el
NUMERO Y FECHA DEL Reglamento Interno de la Comisién Intersectorial de Espacio
REGLAMENTO INTERNO: a 3 :
Publico del Distrito Capital”.
Decreto 546 de 21 de noviembre de 2007 “Por medio del cual se crea
NORMAS: la Comision Intersectorial de Espacio Publico, segin el
Acuerdo 257 de 2006 y sus normas reglamentarias en la materia”.
Resolucion No. 12 de 2018 “Por la cual se delega”.
ASISTENTES:
(Rol: P: Presidente. S: secretaria técnica. I: integrante. IP: invitado permanente. O: otros)"""


def test_head_of_a_flattened_text_with_labels_between_the_values() -> None:
    fields = read_fields(text_lines(HEAD))
    assert fields.form == "Anexo 2"
    assert (fields.period.kind, fields.period.quarter, fields.period.year) == ("quarter", 2, None)
    assert fields.instancia_raw == "Comisién Intersectorial de Espacio Publico del Distrito Capital"
    assert not fields.instancia_certainty.needs_review
    assert fields.regulation.startswith("Acuerdo 06 de 5 de mayo de 2017")
    assert fields.regulation.endswith("Publico del Distrito Capital”.")
    assert [(n.kind, n.number, n.date, n.year) for n in fields.norms] == [
        ("Decreto", "546", date(2007, 11, 21), 2007),
        ("Resolución", "12", None, 2018),
    ]
    assert fields.norms[1].title == "Por la cual se delega"
    assert fields.instancia_certainty.places[0].line == 6


def test_a_letterhead_read_beyond_recognition_is_no_part_of_the_bodys_name() -> None:
    lines = (
        boxed(40, (100, "ALSALIÁN MALOS")),
        boxed(60, (100, "PA MOGOTA")),
        boxed(150, (400, "INFORME DE GESTIÓN")),
        boxed(180, (400, "TERCER TRIMESTRE")),
        boxed(240, (100, "NOMBRE DE LA INSTANCIA:"), (450, "Comité Sectorial de Gestión del Sector Salud")),
        boxed(280, (100, "NORMAS:"), (450, "Decreto 106 de 13 de junio de 2017")),
    )
    assert read_fields(lines).instancia_raw == "Comité Sectorial de Gestión del Sector Salud"


def test_a_norm_that_cites_a_body_named_after_administration_is_no_title() -> None:
    body = "Comité Intersectorial de Coordinación Jurídica del Sector"
    lines = (
        boxed(150, (400, "INFORME DE GESTIÓN")),
        boxed(180, (400, "CUARTO TRIMESTRE")),
        boxed(240, (100, "NOMBRE DE LA"), (450, body)),
        boxed(265, (100, "INSTANCIA:"), (450, "Administrativo de Gestión Pública.")),
        boxed(300, (450, "Acuerdo 601 de 10 de diciembre de 2019 “Por medio del cual se")),
        boxed(325, (100, "NÚMERO Y FECHA DEL"), (450, "adopta el reglamento interno del Comité Intersectorial de")),
        boxed(350, (100, "REGLAMENTO INTERNO:"), (450, "Coordinación Jurídica del Sector Administrativo de Gestión")),
        boxed(375, (450, "Pública”.")),
    )
    assert read_fields(lines).instancia_raw == f"{body} Administrativo de Gestión Pública"


def test_a_matrix_left_among_the_lines_adds_nothing_to_the_norms() -> None:
    fields = read_fields(text_lines(HEAD + "\nSalud\nSecretaria Distrital de Salud\nResolucion 5 de 2020\n"))
    assert [n.number for n in fields.norms] == ["546", "12"]


def test_labels_given_before_all_values() -> None:
    labels = (
        "NOMBRE DE LA INSTANCIA:\nNUMERO Y FECHA DEL REGLAMENTO\nINTERNO:\nNORMAS:\nASISTENTES:\n"
        "(Rol: P: Presidente. S: secretaria técnica. I: integrante. IP: invitado permanente. O: otros)\n"
    )
    values = (
        "Consejo Distrital de Turismo.\nAcuerdo 02 de 3 de mayo de 2021 “Reglamento Interno”.\n"
        "Ley 300 de 1996 “Turismo”."
    )
    fields = read_fields(text_lines(labels + "CUARTO TRIMESTRE DE 2023\n" + values))
    assert fields.instancia_raw == "Consejo Distrital de Turismo"
    assert fields.regulation == "Acuerdo 02 de 3 de mayo de 2021 “Reglamento Interno”."
    assert [(n.kind, n.number, n.year, n.title) for n in fields.norms] == [("Ley", "300", 1996, "Turismo")]
    assert (fields.period.quarter, fields.period.year) == (4, 2023)


def test_nothing_is_guessed_from_nothing() -> None:
    fields = read_fields(text_lines("Esto es otra cosa."))
    assert fields.form is None
    assert fields.period.certainty.review_reason == "period_missing"
    assert fields.instancia_certainty.review_reason == "instancia_missing" or fields.instancia_raw
    for count in (fields.ordinary, fields.extraordinary):
        assert (count.held, count.planned, count.certainty.review_reason) == (None, None, "sessions_declared_missing")
    assert [(p.item, p.published, p.certainty.needs_review) for p in fields.publications] == [
        (item, None, True) for item in PUBLICATION_ITEMS
    ]
    assert fields.signatories == ()
    assert read_fields(()).norms == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("VIGENCIA 2024\nSEGUNDO TRIMESTRE", ("quarter", 2, 2024, None)),
        ("TERCER TRIMESTRE\n2024", ("quarter", 3, 2024, None)),
        ("INFORME DE GESTIÓN I TRIMESTRE DE 2021", ("quarter", 1, 2021, None)),
        ("INFORME ANUAL 2022", ("year", None, 2022, None)),
        ("ABRIL - JUNIO DE 2022", ("quarter", 2, 2022, None)),
        ("JULIO - DICIEMBRE DE 2022", ("semester", None, 2022, None)),
        ("ENERO A DICIEMBRE DE 2022", ("year", None, 2022, None)),
        ("FEBRERO - ABRIL DE 2022", (None, None, None, "period_missing")),
        ("PRIMER TRIMESTRE 2023\nVIGENCIA 2024", ("quarter", 1, None, "period_unclear")),
        ("Mt TRIMESTRE", ("quarter", 3, None, "period_unclear")),
    ],
)
def test_periods_of_a_title(title: str, expected: tuple[str, int | None, int | None, str | None]) -> None:
    head = "\nNOMBRE DE LA INSTANCIA: Consejo Distrital de Turismo\nNORMAS: Decreto 1 de 2020 “Segundo trimestre”"
    period = read_fields(text_lines(title + head)).period
    assert (period.kind, period.quarter, period.year, period.certainty.review_reason) == expected


# ---------------------------------------------------------------- sessions held and planned

COUNT_LABELS = """SESIONES ORDINARIAS REALIZADAS
/ SESIONES ORDINARIAS
PROGRAMADAS:
SESIONES EXTRAORDINARIAS
REALIZADAS / SESIONES
EXTRAORDINARIAS PROGRAMADAS:
PUBLICACION EN PAGINA WEB:
"""


@pytest.mark.parametrize("values", ["2/4\n0/0", "2 / 4\n0 de 0", "2/4\no/o", "2de4\nOde0", "2de 4\n0 de0"])
def test_counts_after_their_labels(values: str) -> None:
    ordinary, extraordinary = read_counts(text_lines(COUNT_LABELS + values))
    assert (ordinary.held, ordinary.planned, extraordinary.held, extraordinary.planned) == (2, 4, 0, 0)
    assert not ordinary.certainty.needs_review
    assert not extraordinary.certainty.needs_review


def test_counts_on_the_lines_of_their_labels() -> None:
    lines = text_lines(
        "SESIONES ORDINARIAS REALIZADAS / 3/4\nSESIONES ORDINARIAS PROGRAMADAS:\n"
        "SESIONES EXTRAORDINARIAS REALIZADAS /\nSESIONES EXTRAORDINARIAS 1/1\nPROGRAMADAS:"
    )
    ordinary, extraordinary = read_counts(lines)
    assert (ordinary.held, ordinary.planned, extraordinary.held, extraordinary.planned) == (3, 4, 1, 1)


def test_counts_each_beside_its_own_word() -> None:
    ordinary, extraordinary = read_counts(text_lines(
        "SESIONES ORDINARIAS REALIZADAS: 2 SESIONES ORDINARIAS PROGRAMADAS: 4\n"
        "SESIONES EXTRAORDINARIAS REALIZADAS: 1 SESIONES EXTRAORDINARIAS PROGRAMADAS: 0"
    ))  # fmt: skip
    assert (ordinary.held, ordinary.planned, extraordinary.held, extraordinary.planned) == (2, 4, 1, 0)
    assert not ordinary.certainty.needs_review
    assert not extraordinary.certainty.needs_review


@pytest.mark.parametrize(
    ("value", "reason"),
    [("26", "sessions_declared_unclear"), ("l/4", "sessions_declared_unclear"), ("7/4", "more_held_than_planned")],
)
def test_doubtful_counts_ask_for_review(value: str, reason: str) -> None:
    ordinary, extraordinary = read_counts(text_lines(COUNT_LABELS + value + "\n0/0"))
    assert ordinary.certainty.review_reason == reason
    assert ordinary.held is not None
    assert extraordinary.certainty.review_reason is None


def test_a_count_hardly_read_asks_for_review() -> None:
    label = boxed(100, (0, "SESIONES ORDINARIAS REALIZADAS")), boxed(200, (0, "SESIONES EXTRAORDINARIAS REALIZADAS"))
    values = boxed(100, (900, "4/4"), confidence=0.3), boxed(200, (900, "0/0"))
    ordinary, extraordinary = read_counts((*label, *values))
    assert (ordinary.held, ordinary.certainty.review_reason) == (4, "sessions_declared_unclear")
    assert (extraordinary.held, extraordinary.certainty.review_reason) == (0, None)


def test_a_count_alone_belongs_to_the_label_beside_it() -> None:
    label = boxed(100, (0, "SESIONES ORDINARIAS REALIZADAS")), boxed(200, (0, "SESIONES EXTRAORDINARIAS REALIZADAS"))
    ordinary, extraordinary = read_counts((*label, boxed(205, (900, "1/1"))))
    assert (ordinary.held, ordinary.certainty.review_reason) == (None, "sessions_declared_missing")
    assert (extraordinary.held, extraordinary.certainty.review_reason) == (1, None)
    both = (*label, boxed(105, (900, "1/1")), boxed(120, (900, "2/2")))
    assert {c.certainty.review_reason for c in read_counts((*both, boxed(205, (900, "0/0"))))} == {
        "sessions_declared_ambiguous"
    }


def test_counts_spelled_as_a_page_is_numbered_are_no_furniture() -> None:
    lines = (
        boxed(600, (0, "SESIONES ORDINARIAS REALIZADAS")), boxed(605, (900, "1 de 4")),
        boxed(640, (0, "SESIONES EXTRAORDINARIAS REALIZADAS")), boxed(645, (900, "0 de 0")),
        boxed(900, (500, "3 de 7")),
    )  # fmt: skip
    fields = read_fields(lines)
    assert (fields.ordinary.held, fields.ordinary.planned) == (1, 4)
    assert (fields.extraordinary.held, fields.extraordinary.planned) == (0, 0)
    assert not fields.ordinary.certainty.needs_review


def test_counts_against_the_matrix_are_believed_only_when_surely_read() -> None:
    counts = Count(4, 4, Certainty(0.96)), Count(0, 0, Certainty(0.96))
    assert held_against(counts, 4, InputKind.OCR_TEXT) == counts
    assert held_against(counts, 1, InputKind.SCAN) == counts
    ordinary, extraordinary = held_against(counts, 1, InputKind.OCR_TEXT)
    assert ordinary.certainty.review_reason == "sessions_declared_unconfirmed"
    assert not extraordinary.certainty.needs_review
    unsure = Count(4, 4, Certainty(0.8)), counts[1]
    assert held_against(unsure, 1, InputKind.SCAN)[0].certainty.needs_review


# ---------------------------------------------------------------- publication


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Si_x_ No___", True), ("Sí_X_ No___", True), ("Si _x No __", True), ("Si_x ~ No___", True), ("Si_x_No.", True),
        ("SiixNo_|_", True), ("Si___ No_x_", False), ("Sí__ No x", False), ("S_x_ N0__", True), ("{Si_x.", True),
        ("(X) Sí ( ) No", True), ("Sí ( ) No (X)", False), ("Sí ☐ No ☒", False), ("SPO Ne", None), ("Si", None),
        ("Sí___ No___", None), ("Sí_x_ No_x_", None), ("", None),
    ],
)  # fmt: skip
def test_crosses(text: str, expected: bool | None) -> None:
    published, sureness = read_answer(text)
    assert published is expected
    assert (sureness >= 0.8) == (expected is not None)


def test_an_unknown_sign_for_the_cross_is_taken_for_review() -> None:
    published, sureness = read_answer("Si_k_ No___")
    assert published is True
    assert sureness < 0.8


def test_publications_by_item() -> None:
    fields = read_fields(text_lines(
        "SESIONES ORDINARIAS REALIZADAS 1/1\nDocumentos publicados en la web de la entidad:\n"
        "Normas de creaci6n: Si_x_ No___\nPUBLICACION EN PAGINA WEB: Reglamento interno: Si___ No_x_\n"
        "Actas con sus anexos: SPO Ne\nInforme de gestién: Si_x_ No_\nSEGUIMIENTO AL PLAN DE ACCION:\nSe sigue."
    ))  # fmt: skip
    assert [(p.published, p.certainty.review_reason) for p in fields.publications] == [
        (True, None), (False, None), (None, "publication_unclear"), (True, None)]  # fmt: skip
    assert fields.publications[1].certainty.places[0].line == 4


# ---------------------------------------------------------------- signatures


def test_an_answer_parted_at_its_gap_is_one_answer() -> None:
    lines = (
        boxed(100, (100, "Normas de creación: Sí_")),
        boxed(100, (500, "No_x_")),
        boxed(130, (100, "Reglamento interno: Sí_x_ No___")),
    )
    found = {p.item: p for p in read_publications(lines)}
    assert found["normas_de_creacion"].published is False
    assert found["reglamento_interno"].published is True


def test_two_signature_blocks_merged_line_by_line_with_boxes() -> None:
    lines = (
        boxed(0, (0, "Firma de quien preside la instancia:"), (600, "Firma de quien ejerce la Secretaría Técnica:")),
        boxed(90, (100, "w"), (650, "AWW"), confidence=0.2),
        boxed(120, (0, "Nombre: Ana María de la Peña"), (600, "Nombre: Luis Pérez Gómez")),
        boxed(150, (0, "Cargo: Secretaria"), (600, "Cargo: Director de Derechos")),
        boxed(180, (0, "Entidad: Secretaría General de la Alcaldía"), (600, "Humanos")),
        boxed(210, (0, "Mayor de Bogotá"), (600, "Entidad: Secretaría de Gobierno")),
        boxed(600, (0, "RADICADO EN BOGOTA"), confidence=0.9),
    )
    president, secretary = read_signatories(lines)
    assert (president.signs_as, president.name, president.position, president.entity_raw) == (
        "president", "Ana María de la Peña", "Secretaria", "Secretaría General de la Alcaldía Mayor de Bogotá"
    )  # fmt: skip
    assert (secretary.signs_as, secretary.name, secretary.position, secretary.entity_raw) == (
        "technical_secretary", "Luis Pérez Gómez", "Director de Derechos Humanos", "Secretaría de Gobierno"
    )  # fmt: skip


def test_two_signature_blocks_merged_in_a_text() -> None:
    lines = text_lines(
        "Firma de quien preside la instancia: Firma de quien ejerce la Secretaria Técnica:\n"
        "Nomby¢: Miguel Andrés Silva Moyano MP‘& uz Amanda Guzman Mojica\n"
        "Cargo? Secretario General Cargo: Directora de Derechos Humanos\n"
        "Entidad: Secretaria General de la Alcaldia Entidad: Secretaria Distrital de Gobierno\nMayor de Bogota"
    )
    president, secretary = read_signatories(lines)
    assert (president.name, president.position) == ("Miguel Andrés Silva Moyano", "Secretario General")
    assert president.entity_raw == "Secretaria General de la Alcaldia Mayor de Bogota"
    assert secretary.name.endswith("Amanda Guzman Mojica")
    assert secretary.entity_raw == "Secretaria Distrital de Gobierno"


def test_signature_blocks_one_after_the_other() -> None:
    lines = text_lines(
        "Firma de quien preside la instancia:\npay\nNombre: Rosa Díaz\nCargo: Gerente\nEntidad: Secretaria de\nSalud\n"
        "Firma de quien ejerce la Secretaria Técnica:\nNombre: Juan Paz\nCargo: Asesor\nEntidad: Secretaria de Hacienda"
    )
    president, secretary = read_signatories(lines)
    assert (president.name, president.entity_raw) == ("Rosa Díaz", "Secretaria de Salud")
    assert (secretary.name, secretary.position) == ("Juan Paz", "Asesor")


def test_a_name_crossed_out_by_the_signature_asks_for_review() -> None:
    (only,) = read_signatories(text_lines("Firma de quien preside la instancia:\nNombre: ~~ k\nCargo: Gerente"))
    assert (only.name, only.certainty.review_reason) == ("", "signatory_name_missing")


# ---------------------------------------------------------------- narrative and page furniture


def test_paragraphs_under_their_headings_without_page_furniture() -> None:
    furniture = "Calle 11 No. 8 - 17 Codigo Postal: 111711\n\fAnexo 2: Informe de gestion\nALCALDIA MAYOR\n"
    fields = read_fields(text_lines(
        "SEGUIMIENTO AL PLAN DE ACCION:\n\nLa secretaria convocé a las mesas de segui-\nmiento del plan, con las\n"
        + furniture + "entidades integrantes.\n\n* Mejorar la estrategia.\n* Reforzar el trabajo.\n\n"
        "ANALISIS DEL FUNCIONAMIENTO DE LA INSTANCIA:\n\nHubo quérum.\n\nFirma de quien preside la instancia:\n"
    ))  # fmt: skip
    assert [(s.section, s.order, s.text) for s in fields.sections] == [
        ("seguimiento_plan_de_accion", 1,
         "La secretaria convocé a las mesas de seguimiento del plan, con las entidades integrantes."),
        ("seguimiento_plan_de_accion", 2, "* Mejorar la estrategia."),
        ("seguimiento_plan_de_accion", 3, "* Reforzar el trabajo."),
        ("analisis_del_funcionamiento", 4, "Hubo quérum."),
    ]  # fmt: skip


def test_headings_in_small_letters_stand_alone() -> None:
    lines = text_lines(
        "Seguimiento al plan de acción:\nEl seguimiento al plan de acción fue oportuno.\n\nAnálisis del funcionamiento "
        "de la instancia:\nBueno."
    )
    assert [s.section for s in read_sections(lines)] == ["seguimiento_plan_de_accion", "analisis_del_funcionamiento"]


def test_paragraphs_by_the_space_between_them() -> None:
    full = "palabra " * 9
    lines = (
        boxed(0, (0, "SEGUIMIENTO AL PLAN DE ACCIÓN:")),
        boxed(60, (0, full)), boxed(90, (0, "y termina aquí.")),
        boxed(132, (0, full)), boxed(162, (0, "y también aquí.")),
        boxed(60, (0, "Otra página comienza."), page=2),
    )  # fmt: skip
    assert [(s.text.split()[-1], s.page) for s in read_sections(lines)] == [
        ("aquí.", 1), ("aquí.", 1), ("comienza.", 2)]  # fmt: skip


def test_a_line_repeated_at_the_edge_of_pages_is_furniture() -> None:
    text = "".join(
        f"Instituto de Ejemplo del Distrito\n{body}\nGestión documental FOR-{page}\n\f"
        for page, body in enumerate(["SEGUIMIENTO AL PLAN DE ACCIÓN:\nUno es", "dos y tres."], 1)
    )
    assert [s.text for s in read_fields(text_lines(text)).sections] == ["Uno es dos y tres."]


def test_what_is_published_is_no_furniture_though_the_title_at_the_other_edge_says_the_same() -> None:
    lines = (
        boxed(40, (0, "INFORME DE GESTIÓN")), boxed(900, (0, "Calle 11 No. 8 - 17 Código Postal: 111711")),
        boxed(600, (0, "SESIONES ORDINARIAS REALIZADAS / PROGRAMADAS:"), (500, "2/4"), page=2),
        boxed(740, (0, "Normas de creación: Sí_x_ No___"), page=2),
        boxed(780, (0, "Informe de gestión: Sí."), page=2), boxed(780, (400, "No_x."), page=2),
        boxed(900, (0, "Calle 11 No. 8 - 17 Código Postal: 111711"), page=2),
    )  # fmt: skip
    published = {p.item: p.published for p in read_fields(lines).publications}
    assert published["informe_de_gestion"] is False


# ---------------------------------------------------------------- flattened texts with known truth


def folded(text: str | None) -> str:
    return unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()


def known_texts() -> list[Path]:
    return [*sorted((SHARED / "bench" / "dev").glob("*.txt")), *sorted((SHARED / "seed").glob("*.txt"))]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared, with the texts of known truth, is absent")
def test_fields_of_texts_with_known_truth() -> None:
    wrong = []
    for path in known_texts():
        truth = json.loads((path.parent / "truth" / f"{path.stem}.json").read_text(encoding="utf-8"))
        fields = read_fields(text_lines(path.read_text(encoding="utf-8")))
        assert fields.period.quarter == truth["quarter"], path.stem
        assert fuzz.ratio(folded(fields.instancia_raw), folded(truth["instancia"])) > 93, path.stem
        for signatory, known in zip(fields.signatories, truth["signatories"], strict=True):
            assert fuzz.ratio(folded(signatory.name), folded(known["name"])) > 88, path.stem
            assert fuzz.ratio(folded(signatory.entity_raw), folded(known["entity"])) > 90, path.stem
        wrong += [
            (path.stem, p.item)
            for p in fields.publications
            if p.published is not truth["publications"][p.item] and not p.certainty.needs_review
        ]
        dated = sum(c["date"] is not None for c in truth["columns"])
        counts = held_against((fields.ordinary, fields.extraordinary), dated, InputKind.OCR_TEXT)
        wrong += [
            (path.stem, kind)
            for kind, c in zip(("ordinary", "extraordinary"), counts, strict=True)
            if [c.held, c.planned] != truth[kind] and not c.certainty.needs_review
        ]
    assert wrong == []
