"""Hand-made reports for tests that need the records but no reading."""

from __future__ import annotations

from datetime import date

from ocr.records import Box, InputKind, PageFrame, Place, Residual, ResidualKind
from parsers.records import (
    Attendee,
    Certainty,
    Count,
    Fields,
    Finding,
    Function,
    Look,
    LooseEnd,
    Mark,
    MatrixKind,
    Norm,
    Period,
    Publication,
    Report,
    Section,
    Session,
    Signatory,
)

FRAME = PageFrame(1, 1700, 2200, 200, (0.36, 0, 0, 0, 0.36, 0, 0, 0, 1))  # 200 dpi, upright
SURE = Certainty(0.99, None, (Place(1, Box(100, 200, 300, 400)),))
DOUBT = Certainty(0.41, "mark_unclear", (Place(1, Box(0, 0, 10, 10)),))


def attendee(row: int = 1, **changes: object) -> Attendee:
    values: dict[str, object] = {
        "row": row,
        "sector_number": 1,
        "sector_id": "gestion-publica",
        "sector": "Gestión Pública",
        "sector_raw": "1. Gestión Pública",
        "entity_id": "secretaria-general",
        "entity": "Secretaría General de la Alcaldía Mayor de Bogotá D.C.",
        "entity_raw": "Secretaría General",
        "entity_score": 0.97,
        "entity_runner_up": "alcaldia-mayor",
        "entity_margin": 0.3,
        "entity_evidence": "alias",
        "position": 'Subsecretaria, "encargada"',
        "role": "I",
        "total_printed": 1,
        "marks": (Mark("SI", "S|", SURE), Mark("NO", "NO", SURE), Mark("-", "", SURE)),
        "certainty": SURE,
    }
    return Attendee(**(values | changes))  # type: ignore[arg-type]


def report(*attendees: Attendee, certainty: Certainty = SURE, frame: PageFrame = FRAME) -> Report:
    """A report with a little of everything; rows as given, or two."""
    fields = Fields(
        form="Anexo 2",
        instancia_raw="Consejo Distrital",
        instancia_certainty=SURE,
        period=Period("quarter", 2, 2025, "SEGUNDO TRIMESTRE", SURE),
        regulation="",
        norms=(Norm("Decreto", "510", date(2021, 12, 14), 2021, "Decreto 510 de 2021", SURE),),
        ordinary=Count(2, 4, SURE),
        extraordinary=Count(0, None, SURE),
        publications=(Publication("informe_de_gestion", True, "X", SURE),),
        signatories=(Signatory("president", "Ana Díaz", "Alcaldesa", None, None, "Alcaldía", SURE),),
        sections=(Section("analisis", 1, "Se reunió dos veces.\nNada más.", 1),),
    )
    sessions = (
        Session(MatrixKind.ATTENDANCE, 1, 1, date(2025, 3, 19), "19/03/2025", SURE),
        Session(MatrixKind.ATTENDANCE, 2, 2, date(2025, 7, 22), "22/07/2025", SURE),
        Session(MatrixKind.ATTENDANCE, 3, 3, None, "-", SURE),
        Session(MatrixKind.FUNCTIONS_GENERAL, 1, 1, date(2024, 3, 19), "19/03/2024", SURE),
    )
    return Report(
        kind=InputKind.SCAN,
        pages=(frame,),
        fields=fields,
        instancia_id=None,
        instancia=None,
        year=2025,
        certainty=certainty,
        sessions=sessions,
        attendees=attendees or (attendee(1), attendee(2)),
        functions=(Function(1, "general", "Coordinar.", "SI", (Mark("SI", "SI", SURE),), SURE),),
        findings=(Finding("TOTAL_MISMATCH", "error", "El total no coincide.", "attendees", row=1, page=1),),
        looks=(Look("attendance", "mark", "marks:part", "SI", 0.9, row=1, column=1, places=SURE.places),),
        loose_ends=(LooseEnd(Residual(ResidualKind.WORDS, SURE.places[0], "Recibido", 0.9), certainty=SURE),),
    )
