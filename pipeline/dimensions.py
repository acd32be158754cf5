"""The dictionary as used → rows of the tables that a dashboard joins to the reports'."""

from __future__ import annotations

from dictionaries.records import Dictionary, Entity, Instancia, Sector
from pipeline.rows import Row, Rows


def dictionary_rows(dictionary: Dictionary) -> Rows:
    """One row each for sectors, entities and instancias, in the order of their ids."""
    return {
        "sectors": [_sector_row(s) for s in sorted(dictionary.sectors, key=lambda s: s.sector_id)],
        "entities": [_entity_row(e) for e in sorted(dictionary.entities, key=lambda e: e.entity_id)],
        "instancias": [_instancia_row(i) for i in sorted(dictionary.instancias, key=lambda i: i.instancia_id)],
    }


def _sector_row(sector: Sector) -> Row:
    return {
        "sector_id": sector.sector_id,
        "number": sector.number,
        "name": sector.name,
        "valid_from": sector.validity.first,
        "valid_to": sector.validity.last,
        "norm": sector.norm,
        "source": sector.source,
        "evidence": sector.evidence,
    }


def _entity_row(entity: Entity) -> Row:
    return {
        "entity_id": entity.entity_id,
        "name": entity.name,
        "acronym": entity.acronym,
        "sector_id": entity.sector_id,
        "kind": entity.kind,
        "valid_from": entity.validity.first,
        "valid_to": entity.validity.last,
        "successor": entity.successor,
        "norm": entity.norm,
        "source": entity.source,
        "evidence": entity.evidence,
    }


def _instancia_row(instancia: Instancia) -> Row:
    return {
        "instancia_id": instancia.instancia_id,
        "name": instancia.name,
        "acronym": instancia.acronym,
        "kind": instancia.kind,
        "norms": instancia.norms,
        "source": instancia.source,
        "evidence": instancia.evidence,
    }
