"""The dictionary as used, so that a dashboard can join without the program."""

from __future__ import annotations

from dictionaries.records import EVIDENCE as EVIDENCE_LEVELS
from pipeline.schema import Column, TableSchema
from pipeline.tables.columns import SECTOR_ID, TO_SECTOR, date, integer, text

EVIDENCE = text("evidence", "How well the source supports the row", *EVIDENCE_LEVELS)
VALID_FROM = date("valid_from", "First day of validity, as far as known")
VALID_TO = date("valid_to", "Last day of validity, as far as known")
SECTORS = TableSchema(
    "sectors",
    "The administrative sectors of the dictionary as used",
    (
        Column("sector_id", "Stable name of the sector", required=True),
        integer("number", "Number by law; the number that a report prints may differ"),
        text("name", "Official name"),
        VALID_FROM,
        VALID_TO,
        text("norm", "Norm that created it"),
        text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("sector_id",),
)
ENTITIES = TableSchema(
    "entities",
    "The entities of the dictionary as used",
    (
        Column("entity_id", "Stable name of the entity", required=True),
        text("name", "Official name"),
        text("acronym", "Acronym"),
        SECTOR_ID,
        text("kind", "Kind of entity"),
        VALID_FROM,
        VALID_TO,
        text("successor", "The entity that took its place"),
        text("norm", "Norm that created it"),
        text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("entity_id",),
    links=(TO_SECTOR,),
)
INSTANCIAS = TableSchema(
    "instancias",
    "The coordination bodies of the dictionary as used",
    (
        Column("instancia_id", "Stable name of the body", required=True),
        text("name", "Official name"),
        text("acronym", "Acronym"),
        text("kind", "Kind of body"),
        text("norms", "Norms that created it"),
        text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("instancia_id",),
)

DICTIONARY_TABLES = (SECTORS, ENTITIES, INSTANCIAS)
