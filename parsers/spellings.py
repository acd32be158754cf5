"""The spellings under which a dictionary's entities are known: names on one side, acronyms on the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from dictionaries.load import Dictionary, Entity
from parsers.text import fold, word_similarity, words

# nouns that the names of public and private bodies begin with
KINDS = frozenset((
    "academia", "administradora", "agencia", "agremiacion", "alcaldia", "alianza", "asamblea", "asociacion",
    "autoridad", "banco", "biblioteca", "cabildo", "caja", "camara", "centro", "club", "colectivo", "colegio",
    "comando", "comision", "comite", "comunidad", "confederacion", "consejeria", "consejo", "consorcio", "contraloria",
    "cooperativa", "coordinacion", "corporacion", "defensoria", "delegacion", "departamento", "direccion", "ejercito",
    "empresa", "entidad", "escuela", "federacion", "fiscalia", "fondo", "fundacion", "gerencia", "gobernacion",
    "gremio", "grupo", "hospital", "iglesia", "institucion", "instituto", "junta", "juntas", "laboratorio", "liga",
    "mesa", "ministerio", "movimiento", "museo", "observatorio", "oficina", "organismo", "organizacion", "orquesta",
    "patronato", "personeria", "plataforma", "policia", "politecnico", "procuraduria", "programa", "red",
    "registraduria", "resguardo", "representante", "representantes", "secretaria", "servicio", "sindicato", "sociedad",
    "superintendencia", "unidad", "union", "universidad", "veeduria",
))  # fmt: skip
SAME_KIND = 0.85  # likeness of a first word to one of these, a letter or two misread
LEAST_WORDS = 3  # of a name that says which one of its kind


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an entity."""

    entity: Entity
    text: str
    kind: str  # "exact" for the official name, else the alias's kind
    last: date | None  # the last day on which it was in use


def names_of(dictionary: Dictionary) -> list[Name]:
    """Every name of every entity but its acronyms."""
    entities = {e.entity_id: e for e in dictionary.entities}
    names = [Name(e, e.name, "exact", e.validity.last) for e in dictionary.entities]
    for alias in dictionary.aliases:
        entity = entities[alias.entity_id]
        if alias.kind != "acronym" and not _is_acronym(alias.alias):
            last = (alias if alias.kind == "former" else entity).validity.last
            names.append(Name(entity, alias.alias, alias.kind, last))
    return names


def acronyms_of(dictionary: Dictionary) -> dict[str, tuple[str, ...]]:
    """Folded acronym, without spaces → the entity_ids that use it."""
    bearers: defaultdict[str, list[str]] = defaultdict(list)
    said = [(e.acronym, e.entity_id) for e in dictionary.entities if e.acronym]
    said += [(a.alias, a.entity_id) for a in dictionary.aliases if a.kind == "acronym" or _is_acronym(a.alias)]
    for acronym, entity_id in said:
        bearers[fold(acronym).replace(" ", "")].append(entity_id)
    return {acronym: tuple(ids) for acronym, ids in bearers.items()}


def _is_acronym(alias: str) -> bool:
    return alias.isupper() and alias.isalpha() and len(alias) <= 6


def names_body(text: str) -> bool:
    """Whether a text is plainly a body's name: it begins with what bodies are, and says which. What cannot be read
    seldom does."""
    said = words(text)
    return len(said) >= LEAST_WORDS and any(word_similarity(said[0], kind) >= SAME_KIND for kind in KINDS)
