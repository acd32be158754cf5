"""The dictionary holds together, and says file, line and remedy when it does not."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from dictionaries.load import DictionaryError, load


def table(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def problems(extra: Path) -> str:
    with pytest.raises(DictionaryError) as caught:
        load(extra)
    return "\n".join(caught.value.problems)


def test_shipped_tables_hold_together() -> None:
    book = load()
    assert [s.number for s in book.sectors if s.number] == list(range(1, 16))
    assert [r.role for r in book.roles] == ["P", "S", "I", "IP", "O"]
    assert {e.evidence for e in book.entities} == {"verified", "partial", "memory"}
    assert len(book.entities) > 200
    assert len(book.instancias) > 70


def test_lookups_by_id() -> None:
    book = load()
    entity = book.entity("idpac")
    assert entity is not None
    assert entity.name == "Instituto Distrital de la Participación y Acción Comunal"
    assert entity.acronym == "IDPAC"
    sector = book.sector(entity.sector_id)
    assert sector is not None
    assert (sector.name, sector.number) == ("Gobierno", 2)
    body = book.instancia("ci-mujeres")
    assert body is not None
    assert body.name == "Comisión Intersectorial de Mujeres"
    assert book.entity("nadie") is None
    assert "Secretaría de Educación" in {a.alias for a in book.aliases_of("sed")}


def test_what_was_verified_cites_where() -> None:
    assert [e.entity_id for e in load().entities if e.evidence == "verified" and not e.source] == []


def test_an_extinct_entity_leads_to_its_heir_from_its_last_day_on() -> None:
    book = load()
    fopae = book.entity("fopae")
    assert fopae is not None
    assert book.heir(fopae, date(2013, 12, 27)) is fopae
    assert book.heir(fopae, date(2013, 12, 28)).entity_id == "idiger"
    assert book.heir(fopae, None).entity_id == "idiger"


def test_open_dates_stretch_to_their_ends(tmp_path: Path) -> None:
    rows = "entity_id,name,sector_id,valid_from,valid_to\nx,Entidad X,salud,2020-02,2021\ny,Entidad Y,salud,,2024-02\n"
    book = load(table(tmp_path, "entities", rows))
    x, y = book.entity("x"), book.entity("y")
    assert x is not None
    assert y is not None
    assert (x.validity.first, x.validity.last) == (date(2020, 2, 1), date(2021, 12, 31))
    assert y.validity.last == date(2024, 2, 29)
    assert y.validity.holds(date(2024, 2, 29))
    assert not y.validity.holds(date(2024, 3, 1))


def test_extra_rows_add_and_replace(tmp_path: Path) -> None:
    table(tmp_path, "entities", "entity_id;name;sector_id\nidu;Instituto Nuevo;movilidad\nnueva;Entidad Nueva;salud\n")
    book = load(tmp_path)
    assert len(book.entities) == len(load().entities) + 1
    replaced = book.entity("idu")
    assert replaced is not None
    assert replaced.name == "Instituto Nuevo"
    assert book.entity("nueva") is not None


def test_version_follows_the_content_not_the_spelling_of_the_file(tmp_path: Path) -> None:
    shipped = load().version
    assert len(shipped) == 64
    assert load(table(tmp_path, "roles", '"role";"name"\n')).version == shipped
    row = next(r for r in csv.DictReader((Path(__file__).parents[1] / "dictionaries/roles.csv").open(encoding="utf-8")))
    same = "\n".join((",".join(row), ",".join(f'"{v}"' for v in row.values())))
    assert load(table(tmp_path, "roles", same)).version == shipped
    assert load(table(tmp_path, "roles", "role,name\nX,Otro más\n")).version != shipped


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("entities", "entity_id,name,sector_id\nx,X,marte\n", "línea 2: el sector «marte» no está en sectors.csv"),
        ("entities", "entity_id,name,sector_id,successor\nx,X,salud,y\n", "la sucesora «y» no está en entities.csv"),
        ("entities", "entity_id,name,sector_id,successor\nx,X,salud,x\n", "la cadena de sucesoras vuelve a «x»"),
        ("entities", "entity_id,name,sector_id\nx,X,salud\nx,Z,salud\n", "línea 3: repite x de "),
        ("entities", "entity_id,name,sector_id\nx,,salud\n", "línea 2: la columna «name» está vacía"),
        ("entities", "entity_id,name,sector_id,valid_from\nx,X,salud,2020-13\n", "fecha «2020-13» en «valid_from»"),
        ("entities", "entity_id,name,sector_id,valid_from\nx,X,salud,3/4/20\n", "Use AAAA, AAAA-MM o AAAA-MM-DD"),
        (
            "entities",
            "entity_id,name,sector_id,valid_from,valid_to\nx,X,salud,2020,2019\n",
            "la vigencia termina (2019-12-31) antes de empezar (2020-01-01)",
        ),
        ("entities", "entity_id,name,sector_id,evidence\nx,X,salud,segura\n", "evidencia «segura» desconocida"),
        ("entities", "entity_id,name,sector_id\nx,X\n", "línea 2: no tiene tantas celdas como la cabecera"),
        ("entities", "entity_id,nombre\nx,X\n", "línea 1: faltan las columnas name, sector_id"),
        ("entities", "entity_id,name,sector_id,sigla\nx,X,salud,S\n", "columnas desconocidas: sigla"),
        ("entities", "entity_id,name,sector_id\nx,INSTITUTO DE DESARROLLO URBANO,salud\n", "nombra a «x» y, según"),
        ("aliases", "entity_id,alias,kind\nnadie,Nadie,alias\n", "la entidad «nadie» no está en entities.csv"),
        ("aliases", "entity_id,alias,kind\nidu,Nadie,apodo\n", "clase «apodo» desconocida"),
        ("aliases", "entity_id,alias,kind\nsdm,Instituto de Desarrollo Urbano,alias\n", "nombra a «sdm» y, según"),
        ("sectors", "sector_id,name,number\nmarte,Marte,cuatro\n", "«cuatro» no es un número de sector"),
    ],
)
def test_each_fault_is_named_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    message = problems(table(tmp_path, name, text))
    assert said in message
    assert f"{name}.csv, línea" in message


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    table(tmp_path, "entities", "entity_id,name,sector_id\nx,X,marte\ny,Y,venus\n")
    assert len(problems(tmp_path).splitlines()) == 2


def test_a_table_that_is_not_utf8_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "sectors.csv").write_bytes("sector_id,name\nm,Minería\n".encode("latin-1"))
    assert "Guárdela como «CSV UTF-8»" in problems(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no es una carpeta" in problems(tmp_path / "nada")


def test_shared_acronyms_warn_and_names_apart_in_time_do_not_clash(tmp_path: Path) -> None:
    assert any("«sdm»" in w for w in load().warnings)
    rows = (
        "entity_id,name,sector_id,valid_from,valid_to\na,Oficina Única,salud,2001,2005\nb,Oficina Única,salud,2006,\n"
    )
    assert load(table(tmp_path, "entities", rows)).entity("b") is not None
