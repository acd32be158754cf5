"""Linking: known names are found through what scans do to them, and unknown bodies stay unlinked."""

from __future__ import annotations

import json
import random
import unicodedata
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from dictionaries.load import Dictionary, load
from parsers.entities import Linker
from parsers.spellings import names_body
from parsers.text import fold, unhyphenate, word_similarity

SHARED = Path(__file__).parents[1].parent / "shared"
DAY = date(2025, 7, 1)
INVENTED = (
    *("Corporación Semillas de Convivencia", "Cámara de Pequeños Comerciantes del Sur"),
    *("Universidad Técnica del Altiplano", "Fundación Manos que Construyen", "Red de Mujeres Rurales de la Sabana"),
    *("Cooperativa de Recicladores Nueva Esperanza", "Cabildo Indígena Muisca de Suba", "Museo de la Ciudad"),
    *(
        "Instituto Técnico de Estudios Urbanos",
        "Corporación Regional de Turismo Rural",
        "Colegio de Abogados de Bogotá",
    ),
    *("Asociación de Vecinos del Barrio Quiroga", "Liga de Consumidores del Centro", "Unión Temporal Ciudad Viva"),
)
# What an engine makes of letters, each pair seen in flattened texts.
SLIPS = {
    "ó": "6é",
    "é": "e6",
    "í": "if",
    "I": "l1|",
    "l": "1I|",
    "i": "l1j",
    "o": "0ec",
    "n": "ru",
    "e": "co",
    "c": "eo",
}
SLIPS |= {"c": "eo", "s": "5a", "t": "fl", "r": "nt", "D": "PO", "a": "eos", "S": "58", "b": "h", "g": "qy", "ñ": "n"}


@cache
def book() -> Dictionary:
    return load()


@cache
def linker() -> Linker:
    return Linker(book(), DAY)


def misread(text: str, share: float, rng: random.Random) -> str:
    """`share` of the characters swapped for look-alikes, lost, or followed by a stray space; accents lost oftener."""
    out = []
    for char in text:
        dice = rng.random()
        if dice < 0.7 * share:
            out.append(rng.choice(SLIPS.get(char, char)))
        elif dice < 0.85 * share:
            out.append(char + " ")
        elif dice >= share:
            out.append(unicodedata.normalize("NFKD", char)[0] if rng.random() < 5 * share else char)
    return "".join(out)


def without(entity_id: str) -> Dictionary:
    """The dictionary as if an entity, and those that it succeeded, had never been entered."""
    gone = {e.entity_id for e in book().entities if entity_id in (e.entity_id, e.successor)}
    return replace(
        book(),
        entities=tuple(e for e in book().entities if e.entity_id not in gone),
        aliases=tuple(a for a in book().aliases if a.entity_id not in gone),
    )


def living() -> list[tuple[str, str]]:
    """(entity_id, name as reports print it) of every entity in office, with its acronym where it has one."""
    alive = [e for e in book().entities if e.validity.last is None]
    return [(e.entity_id, f"{e.name} — {e.acronym}" if e.acronym else e.name) for e in alive]


# ---------------------------------------------------------------- known names


def test_every_official_name_links_to_itself_without_a_doubt() -> None:
    for entity in book().entities:
        link = linker().link(entity.name)
        assert (link.entity_id, link.review_reason) == (book().heir(entity, DAY).entity_id, None), entity.name
        assert link.confidence > 0.99


def test_every_alias_links_to_its_entity_given_its_sector() -> None:
    for alias in book().aliases:
        entity = book().entity(alias.entity_id)
        assert entity is not None
        sector = book().sector(entity.sector_id)
        assert sector is not None
        link = linker().link(alias.alias, sector.name)
        assert (link.entity_id, link.review_reason) == (book().heir(entity, DAY).entity_id, None), alias.alias


@pytest.mark.skipif(not SHARED.exists(), reason="the drawn reports with known truth are not on this machine")
def test_every_printed_entity_of_known_reports_links_right() -> None:
    rows = [
        row
        for folder in ("bench/dev/truth", "seed/truth")
        for path in sorted((SHARED / folder).glob("*.json"))
        for row in json.loads(path.read_text())["rows"]
    ]
    assert rows
    for row in {row["printed"]: row for row in rows}.values():
        link = linker().link(row["printed"], row["sector"])
        assert link.review_reason is None, row["printed"]
        if row["known"]:
            assert fold(link.name or "") in {fold(n) for n in (*row["accepted"], row["entity"])}, row["printed"]
        else:
            assert link.entity_id is None, row["printed"]


@pytest.mark.parametrize(("share", "flagged"), [(0.01, 0.03), (0.04, 0.12), (0.08, 0.3)])
def test_misread_names_are_right_or_flagged(share: float, flagged: float) -> None:
    rng = random.Random(int(1000 * share))
    links = [(entity_id, linker().link(misread(name, share, rng))) for entity_id, name in living() for _ in range(2)]
    silent = [link for entity_id, link in links if link.entity_id != entity_id and link.review_reason is None]
    assert len(silent) <= 0.01 * len(links)
    assert sum(link.review_reason is not None for _, link in links) <= flagged * len(links)


def test_names_cut_at_a_page_break_are_right_or_flagged() -> None:
    rng = random.Random(7)
    silent = tried = 0
    for entity_id, name in living():
        pieces = name.split()
        lost = rng.randint(1, max(1, len(pieces) // 3))
        rest = " ".join(pieces[lost:] if rng.random() < 0.5 else pieces[:-lost])
        if len(pieces) > 3:
            link = linker().link(misread(rest, 0.02, rng))
            silent += link.entity_id != entity_id and link.review_reason is None
            tried += 1
    assert (
        silent <= 0.02 * tried
    )  # what is left may be another's whole name: «Subred … Sur» of «Subred … Sur Occidente»


@pytest.mark.parametrize(
    ("text", "entity_id"),
    [
        ("Secretaria Distrital dela Mujer", "sdmujer"),
        ("Instituto Distri tal de Recreaci6n y Deporte", "idrd"),
        ("SecretaríaDistrital de Ambiente", "sda"),
        ("Secretaría Distrital de Cultura, Recrea-\nción y Deporte", "scrd"),
        ("SECRETARIA DISTRITAL DEL HABITAT - SDHT", "sdht"),
        ("IDPAC - Instituto Distrital de la Participación y Acción Comunal", "idpac"),
        ("Alcaldía Mayor de Bogotá", "alcaldia-mayor"),
        ("Secretaría General", "secretaria-general"),
        ("Secretaría General de la Alcaldía Mayor de Bogotá", "secretaria-general"),
        ("Defensoría del Espacio Público", "dadep"),
        ("Defensoría del Pueblo", "defensoria-del-pueblo"),
        ("Contraloría de Bogotá", "contraloria-de-bogota"),
        ("Contraloría General", "cgr"),
        ("Subred Sur", "siss-sur"),
        ("Subred Sur Occidente", "siss-sur-occidente"),
        ("DADEP", "dadep"),
    ],
)
def test_broken_words_and_look_alikes(text: str, entity_id: str) -> None:
    link = linker().link(text)
    assert (link.entity_id, link.review_reason) == (entity_id, None)


# ---------------------------------------------------------------- none of these


def test_invented_bodies_are_never_linked_nor_doubted() -> None:
    for name in INVENTED:
        link = linker().link(name)
        assert (link.entity_id, link.review_reason) == (None, None), name


def test_an_entity_taken_out_of_the_dictionary_is_not_linked_to_another_in_silence() -> None:
    rng = random.Random(3)
    for entity_id, name in living()[::4]:
        others = Linker(without(entity_id), DAY)
        for text in (name, misread(name, 0.03, rng)):
            link = others.link(text)
            assert link.entity_id is None or link.review_reason is not None, (text, link)


@pytest.mark.parametrize("text", ["Secretaría Distrital de", "de Bogotá D.C.", "Instituto Distrital", "Contraloría"])
def test_fragments_do_not_pass_for_names(text: str) -> None:
    assert linker().link(text).review_reason is not None


def test_text_that_holds_a_whole_name_among_others_is_doubted_not_unknown() -> None:
    link = linker().link("Secretaría Distrital de Integración Social - Subdirección para la Vejez")
    assert (link.entity_id, link.review_reason) == (None, "entity_doubtful")
    assert link.runner_up == "Secretaría Distrital de Integración Social"


def test_nothing_readable_is_not_an_unknown_body() -> None:
    for text in ("", "  ", "|"):
        link = linker().link(text)
        assert (link.entity_id, link.review_reason, link.confidence) == (None, "entity_unread", 0.0)


# ---------------------------------------------------------------- acronyms, sectors, dates


def test_an_acronym_is_evidence_of_its_own() -> None:
    bare, helped = linker().link("la Niñez y la Juventud"), linker().link("la Niñez y la Juventud — IDIPRON")
    assert bare.entity_id == helped.entity_id == "idipron"
    assert helped.score > bare.score
    assert "acronym" in (helped.evidence or "")
    at_odds = linker().link("Secretaría Distrital de Ambiente - SDIS")
    assert at_odds.review_reason is not None


def test_a_shared_acronym_is_settled_by_the_sector_alone() -> None:
    assert linker().link("SDM", "11. Movilidad").entity_id == "sdm"
    assert linker().link("SDM", "12. Mujeres").entity_id == "sdmujer"
    link = linker().link("SDM")
    assert (link.entity_id, link.review_reason) == (None, "entity_ambiguous")


def test_a_wrong_sector_does_not_move_a_whole_name() -> None:
    link = linker().link("Secretaría Distrital de Salud", "3. Movilidad")
    assert (link.entity_id, link.review_reason) == ("sds", None)


def test_superseded_names_link_to_whoever_is_in_office() -> None:
    text = "Fondo de Prevención y Atención de Emergencias - FOPAE"
    now, then = linker().link(text), Linker(book(), date(2012, 3, 1)).link(text)
    assert (now.entity_id, now.former_name) == ("idiger", "Fondo de Prevención y Atención de Emergencias")
    assert (then.entity_id, then.former_name) == ("fopae", None)
    assert linker().link("FOPAE").former_name == "Fondo de Prevención y Atención de Emergencias"
    planning = "Departamento Administrativo de Planeación Distrital"
    assert (linker().link(planning).entity_id, linker().link(planning).former_name) == ("sdp", planning)
    assert Linker(book(), date(2005, 3, 1)).link(planning).former_name is None


# ---------------------------------------------------------------- a whole table


def test_one_seat_printed_twice_is_linked_twice_and_marked() -> None:
    rows = [("Secretaría Distrital de Salud", ""), ("Secretaría Distrital de Movilidad", ""), ("SDS", "")]
    first, other, second = linker().link_rows(rows)
    assert first.entity_id == second.entity_id == "sds"
    assert (first.duplicate, other.duplicate, second.duplicate) == (False, False, True)
    assert second.review_reason is None


def test_a_doubtful_row_does_not_share_a_seat_without_saying_so() -> None:
    alone = linker().link("Defensoría")
    rows = linker().link_rows([("Defensoría", ""), ("Defensoría del Pueblo", "")])
    assert rows[1].review_reason is None
    assert rows[0].review_reason in ("seat_taken", "entity_ambiguous")
    assert alone.review_reason is not None


def test_a_link_explains_itself() -> None:
    link = linker().link("Secretaria Distrital de lntegraci6n Social")
    assert link.runner_up is not None
    assert link.runner_up != link.name
    assert link.margin == pytest.approx(link.score - link.runner_up_score)
    assert link.evidence == "name"
    ranked = linker().scores("Secretaria Distrital de lntegraci6n Social")
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)
    assert ranked[0].entity_id == "sdis"
    assert len({c.entity_id for c in ranked}) == len(ranked)


# ---------------------------------------------------------------- sectors and bodies


@pytest.mark.parametrize(
    ("text", "number", "name"),
    [
        ("4. Desarrollo Económico, Industria y Turismo", 4, "Desarrollo Económico, Industria y Turismo"),
        ("13 Seguridad y Convivencia y Justicia", 13, "Seguridad, Convivencia y Justicia"),
        ("1 .'Ge.stlon Publica", 1, "Gestión Pública"),
        ("8. Cultura,\nRecreación y\nDeporte", 8, "Cultura, Recreación y Deporte"),
        ("Sector Ambiente", None, "Ambiente"),
        ("Órganos de control", None, "Órganos de control"),
        ("Sector Privado", None, "Sector Privado"),
    ],
)
def test_sectors(text: str, number: int | None, name: str) -> None:
    link = linker().link_sector(text)
    assert (link.number, link.name, link.review_reason) == (number, name, None)


def test_a_label_outside_the_sectors_is_kept_for_review() -> None:
    link = linker().link_sector("16. Asuntos Lunares")
    assert (link.sector_id, link.number, link.text, link.review_reason) == (
        None,
        16,
        "Asuntos Lunares",
        "sector_unknown",
    )


def test_bodies_are_found_misread_and_unknown_ones_keep_their_text() -> None:
    rng = random.Random(1)
    for body in book().instancias:
        assert linker().link_instancia(body.name + ".").instancia_id == body.instancia_id
        link = linker().link_instancia(misread(body.name, 0.05, rng))
        assert link.instancia_id == body.instancia_id or link.review_reason is not None, link
    unknown = linker().link_instancia("Mesa Distrital de\nDiálogo Astronómico.")
    assert (unknown.instancia_id, unknown.text) == (None, "Mesa Distrital de Diálogo Astronómico")


# ---------------------------------------------------------------- words


def test_look_alikes_cost_less_than_other_letters() -> None:
    assert word_similarity("comisi6n", "comision") > word_similarity("comisixn", "comision")
    assert word_similarity("cornunal", "comunal") > word_similarity("cotxunal", "comunal")
    assert word_similarity("oriente", "oriente") == 1
    assert word_similarity("abc", "xyz") == 0


def test_text_helpers() -> None:
    assert fold("  Niñez, y la JUVENTUD—IDIPRON ") == "ninez y la juventud idipron"
    assert unhyphenate("Partici-\npación y\nAcción") == "Participación y Acción"
    assert unhyphenate("Juventud —\nIDIPRON") == "Juventud — IDIPRON"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Fundación Caminos de Papel", True),
        ("Fundacién Caminos de Papel", True),
        ("Red Nacional de Árboles Urbanos", True),
        ("KCEED) Sa Sc TT rotesiona! niversitario", False),
        ("Preece pasa en Ge", False),
        ("Ordenamiento", False),
        ("", False),
    ],
)
def test_a_text_names_a_body_if_it_begins_with_what_bodies_are(text: str, named: bool) -> None:
    assert names_body(text) is named


def test_a_body_whose_name_ran_into_the_norms_below_it_is_doubted() -> None:
    whole = linker().link_instancia("Mesa Inventada de los Cerros")
    run_on = linker().link_instancia(
        "Mesa Inventada de los Cerros 26 de abril “Por medio del cual se adopta el reglamento"
    )
    assert (whole.instancia_id, whole.review_reason) == (None, None)
    assert (run_on.instancia_id, run_on.review_reason) == (None, "label_doubtful")
