"""What the tables' codes mean, in the words of whoever reads the pages: reasons for review, states, roles, findings."""

from __future__ import annotations

STATUSES = {
    "ok": "Leído por completo; ningún valor espera revisión",
    "review": "Leído; hay valores que una persona debe revisar",
    "failed": "No se pudo leer, o no por completo",
}
KINDS = {"scan": "papel escaneado", "text_layer": "PDF con texto", "ocr_text": "texto de otro programa de OCR"}
ROLES = {
    "P": "Presidencia",
    "S": "Secretaría técnica",
    "I": "Integrante",
    "IP": "Invitado permanente",
    "O": "Otro",
}
SEVERITIES = {"error": "error", "warning": "advertencia", "info": "informativo"}
MATRICES = {
    "attendance": "Asistencia",
    "functions_general": "Funciones generales",
    "functions_specific": "Funciones específicas",
}
SCOPES = {"general": "Funciones generales", "specific": "Funciones específicas"}
ITEMS = {
    "normas_de_creacion": "Normas de creación",
    "reglamento_interno": "Reglamento interno",
    "actas_con_sus_anexos": "Actas con sus anexos",
    "informe_de_gestion": "Informe de gestión",
}
SIGNS_AS = {"president": "Presidencia", "technical_secretary": "Secretaría técnica"}
SECTIONS = {
    "analisis_del_funcionamiento": "Análisis del funcionamiento",
    "seguimiento_plan_de_accion": "Seguimiento al plan de acción",
}
TABLES = {
    "documents": "Datos del informe",
    "sessions": "Fechas de sesión",
    "attendees": "Filas de asistentes",
    "attendance": "Marcas de asistencia",
    "functions": "Funciones",
    "function_sessions": "Marcas de funciones",
    "norms": "Normas",
    "publications": "Publicaciones",
    "signatories": "Firmas",
    "sections": "Texto narrativo",
    "residuals": "Restos en la página",
}
FINDINGS = {
    "TOTAL_MISMATCH": "Total que no coincide",
    "ADDRESSED_MISMATCH": "«Se abordó» contradice las sesiones",
    "DATE_OUTSIDE_QUARTER": "Fecha fuera del trimestre",
    "DATE_CONFLICT": "Fechas que se contradicen",
    "SESSION_COUNT_MISMATCH": "Número de sesiones que no coincide",
    "MARK_WITHOUT_SESSION": "Marca sin sesión",
    "MARK_MISSING": "Marca que falta",
    "UNKNOWN_ENTITY": "Entidad fuera del diccionario",
    "ENTITY_OUTSIDE_SECTOR": "Entidad fuera de su sector",
    "FORMER_NAME": "Nombre anterior",
    "DUPLICATE_ENTITY": "Entidad repetida",
    "ROLE_MISSING": "Rol que falta",
    "NO_PRESIDENT": "Sin presidencia",
    "MULTIPLE_PRESIDENTS": "Varias presidencias",
    "NO_TECHNICAL_SECRETARY": "Sin secretaría técnica",
    "NOT_PUBLISHED": "Documento no publicado",
    "HISTORY_CONFLICT": "Historia cambiada",
    "MISSING_REPORT": "Informe que falta",
    "DUPLICATE_REPORT": "Informe repetido",
    "TOTAL_ABOVE_SESSIONS": "Total mayor que las sesiones",
    "MULTIPLE_SECRETARIES": "Varias secretarías técnicas",
    "CHAIR_ABSENT": "Ausencia de quien preside o es secretaría",
    "DATES_OUT_OF_ORDER": "Fechas en desorden",
    "FUNCTIONS_SATURATED": "Todo abordado en todas las sesiones",
    "QUORUM": "Sin quórum configurado",
    "BEHIND_PLAN": "Menos sesiones que las programadas",
    "FEW_SESSIONS": "Menos sesiones que el mínimo",
    "ENTITY_NOT_IN_FORCE": "Entidad fuera de vigencia",
    "DELEGATION_WITHOUT_ACT": "Delegación sin acto",
    "REPORT_BEFORE_CLOSE": "Informe anterior al cierre",
    "PRESIDENT_DELEGATED": "Presidencia delegada",
    "NARRATIVE_ARITHMETIC": "Cuentas del texto",
    "SIGNATORY_MISMATCH": "Firma de otra entidad",
}

# of the joined reasons of a row, each begins with, or holds, the name of the value it is of
SUBJECTS = {
    "entity": "Entidad",
    "sector": "Sector",
    "role": "Rol",
    "total": "Total",
    "text": "Texto",
    "addressed": "«Se abordó»",
}
_OTHER_SUBJECTS = {"seat_taken": "entity"}
REASONS = {
    "attendance_matrix_missing": "No se encontró la matriz de asistencia; se conserva lo demás.",
    "awaits_reading": "Depende de lecturas que una persona debe confirmar.",
    "columns_disagree": "Las matrices no concuerdan en cuántas columnas de sesión hay.",
    "damaged": "El archivo está dañado o incompleto.",
    "date_uncertain": "La fecha se lee, pero sin la seguridad exigida.",
    "date_unreadable": "La fecha no se puede leer.",
    "empty": "El archivo está vacío.",
    "encrypted": "El archivo pide una contraseña.",
    "engine_failed": "Falló el programa de OCR.",
    "engine_missing": "Falta el programa de OCR.",
    "entity_ambiguous": "El nombre podría ser el de más de una entidad.",
    "entity_cut": "El nombre parece cortado.",
    "entity_doubtful": "El nombre se parece al de una entidad, pero no lo suficiente para enlazarlo con seguridad.",
    "entity_uncertain": "Los informes no dejan seguro de qué entidad es la asistencia.",
    "entity_unread": "El nombre no se puede leer.",
    "file_changed": "El archivo cambió mientras se leía.",
    "function_matrix_missing": "No se encontró ninguna matriz de funciones.",
    "functions_cut": "El texto de las funciones está cortado, o hay marcas que no son de ninguna.",
    "history_conflict": "Los informes del año dicen cosas distintas de esta asistencia.",
    "instancia_missing": "No se encontró el nombre de la instancia.",
    "instancia_unclear": "El nombre de la instancia se lee, pero sin la seguridad exigida.",
    "invalid_text": "El texto no está en una codificación conocida.",
    "label_ambiguous": "El nombre podría ser más de uno de los conocidos.",
    "label_doubtful": "El nombre se parece a uno conocido, pero no lo suficiente.",
    "matrix_unread": "Parte de una matriz no se pudo leer y faltan filas; las que tocan esa página quedan por revisar.",
    "more_held_than_planned": "Se declaran más sesiones realizadas que programadas.",
    "no_pages": "El archivo no tiene páginas.",
    "norm_unclear": "No se distingue qué norma es.",
    "not_a_pdf": "El archivo no es lo que su nombre dice.",
    "not_readable": "El sistema no deja leer el archivo.",
    "not_this_form": "El archivo no es un informe «Anexo 2».",
    "other_version": "Se leyó con otra versión del programa.",
    "out_of_memory": "La lectura pidió más memoria de la permitida.",
    "page_timed_out": "Una página pasó del tiempo permitido.",
    "page_too_large": "Una página es demasiado grande para ser una hoja.",
    "page_too_small": "Una página es demasiado pequeña para ser una hoja.",
    "page_unread": "Una página no se pudo leer; las filas que la tocan quedan por revisar.",
    "page_without_text": "Hay una página con tinta de la que no se leyó nada.",
    "period_missing": "No se encontró el periodo.",
    "period_unclear": "El periodo se lee, pero sin la seguridad exigida.",
    "publication_missing": "No se encontró el renglón de la publicación.",
    "publication_unclear": "No es seguro qué casilla de la publicación está marcada.",
    "quarter_unknown": "No se sabe de qué trimestre es la columna.",
    "read_by_columns": "Nombres y marcas se leyeron por separado: una marca puede ser de la fila vecina.",
    "residual_ink": "En la celda hay tinta que la lectura no explica.",
    "row_without_marks": "La fila no tiene marcas: puede ser la continuación de otra.",
    "row_without_name": "La fila no tiene nombre.",
    "scope_unknown": "Ningún encabezado dice si la función es general o específica.",
    "seat_taken": "Otra fila del informe es con más seguridad esta misma entidad.",
    "seats_alike": "La entidad tiene dos filas con el mismo rol y solo su orden las distingue.",
    "sector_doubtful": "El sector se lee, pero sin la seguridad exigida.",
    "sector_unknown": "El diccionario no tiene un sector con ese nombre.",
    "sector_unread": "El sector no se puede leer.",
    "session_columns": "No es seguro cuántas columnas de sesión hay.",
    "sessions_declared_ambiguous": "Las sesiones declaradas se pueden leer de más de un modo.",
    "sessions_declared_missing": "No se encontraron las sesiones declaradas.",
    "sessions_declared_unclear": "Las sesiones declaradas se leen, pero sin la seguridad exigida.",
    "sessions_declared_contradicted": "Las sesiones declaradas no coinciden con las fechas y no se leen del todo bien.",
    "sessions_declared_unconfirmed": "Las sesiones declaradas no coinciden con las fechas y quizá estén mal leídas.",
    "signatory_name_missing": "No se encontró el nombre de quien firma.",
    "signatory_unclear": "El nombre de quien firma no se lee con seguridad.",
    "structure_uncertain": "Filas o columnas se trazaron sin líneas en el papel y pueden estar corridas.",
    "timed_out": "La lectura pasó del tiempo permitido.",
    "too_big": "El archivo es mayor que cualquier informe.",
    "total_from_count": "El total se dedujo de las marcas: lo impreso no se lee con seguridad.",
    "uncertain_addressed": "«Se abordó» se lee, pero sin la seguridad exigida.",
    "uncertain_mark": "La marca se lee, pero sin la seguridad exigida.",
    "uncertain_role": "El rol se lee, pero sin la seguridad exigida.",
    "uncertain_total": "El total se lee, pero sin la seguridad exigida.",
    "unexpected": "La lectura falló por una causa no prevista.",
    "unknown_kind": "El archivo no es PDF, imagen ni texto.",
    "unreadable": "No se puede leer.",
    "worker_died": "El proceso de lectura terminó antes de tiempo.",
    "year_missing": "No se encontró el año.",
    "year_uncertain": "El año no es seguro.",
}


def codes(review_reason: object) -> tuple[str, ...]:
    """The single codes of a `review_reason`, which joins them by ";"."""
    return tuple(code for code in str(review_reason or "").split(";") if code)


def sentence(code: str) -> str:
    """What a single reason says to an auditor; a code that the glossary lacks stands for itself, and says so."""
    if code in REASONS:
        return REASONS[code]
    subject, _, rest = code.partition("_")
    if subject in SUBJECTS and rest in REASONS:
        said = REASONS[rest]
        return f"{SUBJECTS[subject]}: {said[0].lower()}{said[1:]}"
    return f"Motivo sin explicación en esta versión: {code}."


def sentences(review_reason: object) -> tuple[str, ...]:
    """What each of the reasons joined in `review_reason` says, in their order."""
    return tuple(sentence(code) for code in codes(review_reason))


def subject(code: str) -> str | None:
    """The value of a row that a reason doubts: a key of SUBJECTS, or None where it doubts them all."""
    return _OTHER_SUBJECTS.get(code) or next((name for name in SUBJECTS if name in code.split("_")), None)


def finding(code: object) -> str:
    """A finding's name; one without a name here is called by its code."""
    return FINDINGS.get(str(code), str(code))
