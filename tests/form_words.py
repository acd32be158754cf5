"""The words of drawn reports: invented positions, names, functions and paragraphs."""

from __future__ import annotations

POSITIONS = (
    "Asesora", "Director Técnico", "Directora Jurídica", "Subsecretario de Planeación", "Secretaria de Despacho",
    "Profesional Universitario 219-18", "Jefa de la Oficina de Control Interno", "Subdirectora de Asuntos Locales",
    "Gerente de Proyectos", "Director General (E)", "Coordinador del Grupo de Estudios y Evaluación",
    "Jefe de la Oficina Asesora de Comunicaciones", "Directora de Ordenamiento Territorial y Seguimiento Normativo",
    "Subdirector de Fomento",
)  # fmt: skip
NAMES = ["Ana", "Lucía", "Óscar", "Íngrid", "Julián", "Rosa", "Mateo", "Elena", "Iván", "Beatriz"]
SURNAMES = ["Ordóñez", "Peñaloza", "Ibarra", "Suárez", "Riaño", "Zúñiga", "Bermúdez", "Cañón", "Useche", "Vargas"]
VERBS = (
    "Coordinar", "Hacer seguimiento a", "Aprobar", "Evaluar", "Impulsar", "Articular", "Recomendar", "Revisar",
    "Establecer", "Socializar", "Concertar", "Servir de enlace para",
)  # fmt: skip
OBJECTS = (
    "el plan anual de trabajo de la instancia", "las líneas de actuación conjunta entre los sectores",
    "los indicadores con los que se mide la política pública", "la entrega oportuna de la información sectorial",
    "las rutas de atención a la ciudadanía en las localidades", "los proyectos que se financian con recursos propios",
    "la estrategia de cuidado de las zonas de ladera", "los acuerdos con las autoridades del orden nacional",
)  # fmt: skip
TAILS = (
    "", " y los ajustes que de ellos se deriven", ", según lo dispuesto en el acto de creación",
    ", con la participación de las organizaciones sociales y de los entes de control",
    " y presentar cada semestre un balance escrito ante quienes integran la instancia, con las alertas y las"
    " recomendaciones del caso",
    ", en las condiciones que fije su reglamento",
)  # fmt: skip
PARAGRAPHS = (
    "Durante el periodo se revisó el tablero de control del plan de acción y se acordó reprogramar dos actividades"
    " que dependen de la contratación de los estudios previos.",
    "La Secretaría Técnica envió las citaciones con la antelación prevista y publicó las actas firmadas en la página"
    " web de la entidad, junto con los listados de asistencia.",
    "El avance acumulado de los productos llegó al 62,4 %, con rezagos en las metas de formación y en la actualización"
    " de los protocolos de atención.",
    "Quienes integran la instancia solicitaron fortalecer el cruce de información entre sectores y contar con un"
    " formato único de reporte antes del cierre de la vigencia.",
    "Se deja constancia de que hubo cuórum para deliberar y decidir en todas las sesiones que aquí se relacionan.",
)
