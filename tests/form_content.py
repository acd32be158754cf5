"""What a drawn report says: random content with its truth, planted mistakes included.

The truth is a JSON-ready dict. It holds what the paper prints (`printed…`) beside what that means, so that the drawing
needs nothing else. Names of people, positions and wording are invented; bodies and entities come from `dictionaries/`.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from dictionaries.load import load
from dictionaries.records import Dictionary, Entity, Sector
from tests.form_mistakes import MONTHS, Truth, plant, print_column
from tests.form_style import Style
from tests.form_words import NAMES, OBJECTS, PARAGRAPHS, POSITIONS, SURNAMES, TAILS, VERBS

ORDINALS = ("PRIMER", "SEGUNDO", "TERCER", "CUARTO")
ROMANS = ("I", "II", "III", "IV")
PRESENT = {
    "SI": ("SI", "NO"), "Sí": ("Sí", "No"), "Si": ("Si", "No"), "X": ("X", ""),
    "SÍ": ("SÍ", "NO"), "si": ("si", "no"), "x": ("x", ""),
}  # fmt: skip
PUBLICATIONS = {
    "normas_de_creacion": "Normas de creación",
    "reglamento_interno": "Reglamento interno",
    "actas_con_sus_anexos": "Actas con sus anexos",
    "informe_de_gestion": "Informe de gestión",
}
MAX_COLUMNS = 7
GRID_ROWS = (8, 32)  # attendee rows of a report, as in the archives


@dataclass(frozen=True, slots=True)
class Body:
    """An entity as the dictionary knows it; `accepted`: every name under which a reading of it is right."""

    number: int | None
    sector: str
    name: str
    acronym: str = ""
    accepted: tuple[str, ...] = ()
    known: bool = True


INVENTED = (
    Body(None, "Sociedad Civil", "Red de Huertas Vecinales del Río Fucha", known=False),
    Body(None, "Sociedad Civil", "Fundación Caminos de Papel", known=False),
    Body(None, "Academia", "Politécnico Superior de la Sabana Alta", known=False),
    Body(None, "Sector Privado", "Agremiación de Panaderías de Barrio", known=False),
    Body(None, "Comunidad", "Mesa Barrial de Personas Cuidadoras", known=False),
)


@cache
def _dictionary() -> Dictionary:
    return load()


@cache
def bodies(year: int) -> tuple[Body, ...]:
    """The entities of the dictionary in force in mid `year`, sector by sector."""
    known = _dictionary()
    inside = [e for e in known.entities if e.validity.holds(date(year, 7, 1)) and not e.kind.startswith("dependencia")]
    return tuple(_body(known, s, e) for s in known.sectors for e in inside if e.sector_id == s.sector_id)


def _body(known: Dictionary, sector: Sector, entity: Entity) -> Body:
    accepted = (entity.name, *(a.alias for a in known.aliases_of(entity.entity_id)))
    return Body(sector.number, sector.name, entity.name, entity.acronym, accepted)


def compose(rng: random.Random, style: Style, mistakes: tuple[str, ...] | None = None) -> Truth:
    """The truth of one random report. `mistakes`: finding codes to plant, None to let chance choose."""
    year, period = rng.randint(2018, 2026), _period(rng)
    instancia = rng.choice(_dictionary().instancias).name
    truth: Truth = {
        "year": year,
        "quarter": period["quarter"],
        "period_kind": period["kind"],
        "form": re.sub(r"anexo\D*(\d).*", r"Anexo \1", style.letterhead, flags=re.I),
        "period": period_text(rng, period, year, style),
        "instancia": instancia,
        **_norms(rng, instancia, year),
        "columns": _columns(rng, period, year, style),
        "publications": dict.fromkeys(PUBLICATIONS, True),
        "paragraphs": rng.sample(PARAGRAPHS, rng.randint(2, 4)),
        "vocab": style.vocab,
        "empty": style.empty,
        "findings": [],
    }
    truth["rows"] = _rows(rng, truth, style)
    truth["functions"] = _functions(rng, truth["columns"], style)
    held = sum(c["date"] is not None for c in truth["columns"])
    extra = rng.choices((0, 1), (5, 1))[0] if held > 1 else 0
    truth["ordinary"] = [held - extra, max(held - extra, rng.choice((2, 4, 4, 6)))]
    truth["extraordinary"] = [extra, rng.choice((0, extra))]
    truth["function_columns"] = {s: [c["printed"] for c in truth["columns"]] for s in ("general", "specific")}
    truth["signatories"] = _signatories(rng, truth["rows"])
    plant(rng, truth, style, mistakes)
    return truth


# ---------------------------------------------------------------- period and columns


def _period(rng: random.Random) -> Truth:
    kind = rng.choices(("quarter", "semester", "year"), (8, 1, 1))[0]
    if kind == "quarter":
        quarter = rng.randint(1, 4)
        return {"kind": kind, "quarter": quarter, "last": quarter, "shown": (1, 2, 3, 4)}
    if kind == "year":
        return {"kind": kind, "quarter": None, "last": 4, "shown": (1, 2, 3, 4)}
    half = rng.randint(1, 2)
    shown = rng.choice(((1, 2, 3, 4), (2 * half - 1, 2 * half)))
    return {"kind": kind, "quarter": None, "half": half, "last": 2 * half, "shown": shown}


def period_text(rng: random.Random, period: Truth, year: int, style: Style) -> str:
    """The title of a period: its `kind`, `quarter` and `half`."""
    dated = f" DE {year}" if style.year_in_period else ""
    if period["kind"] == "year":
        return rng.choice((f"VIGENCIA {year}", f"INFORME ANUAL {year}"))
    if style.period_form:
        return _worded(period, year, style.period_form)
    if period["kind"] == "semester":
        return f"{ORDINALS[period['half'] - 1]} SEMESTRE{dated}"
    ordinal = (ROMANS if style.roman_period else ORDINALS)[period["quarter"] - 1]
    return f"{ordinal} TRIMESTRE{dated}"


def _worded(period: Truth, year: int, form: str) -> str:
    """The title of a quarter or half year as `form` words it."""
    unit, months = ("SEMESTRE", 6) if period["kind"] == "semester" else ("TRIMESTRE", 3)
    number = period["half"] if period["kind"] == "semester" else period["quarter"]
    first, last = MONTHS[months * (number - 1)], MONTHS[months * number - 1]
    ordinal = ORDINALS[number - 1]
    return form.format(
        roman=ROMANS[number - 1],
        ordinal=ordinal,
        Ordinal=ordinal.capitalize(),
        unit=unit,
        lower_unit=unit.lower(),
        months=f"{first} - {last}".upper(),
        year=year,
    )


def _day_of(rng: random.Random, year: int, quarter: int) -> date:
    first = date(year, 3 * quarter - 2, 1)
    return first + timedelta(days=rng.randint(0, 88))


def _columns(rng: random.Random, period: Truth, year: int, style: Style) -> list[Truth]:
    held: dict[int, list[date]] = {q: [] for q in period["shown"]}
    for quarter in (q for q in period["shown"] if q <= period["last"]):
        count = rng.choices((0, 1, 2, 3), (0.12, 0.88 - style.two_sessions, style.two_sessions * 0.85, 0.1))[0]
        held[quarter] = sorted({_day_of(rng, year, quarter) for _ in range(count)})
    while sum(max(1, len(days)) for days in held.values()) > MAX_COLUMNS:
        max(held.values(), key=len).pop()
    if not any(held.values()):
        last = min(period["last"], max(period["shown"]))
        held[last] = [_day_of(rng, year, last)]
    columns = []
    for quarter, days in held.items():
        columns += [print_column(quarter, day, style) for day in days] or [print_column(quarter, None, style)]
    return columns


# ---------------------------------------------------------------- rows and functions


def _marks(rng: random.Random, columns: list[Truth], style: Style, chance: float) -> Truth:
    marks = ["-" if c["date"] is None else "SI" if rng.random() < chance else "NO" for c in columns]
    return {"printed_marks": [printed_mark(m, style) for m in marks], "marks": marks}


def printed_mark(mark: str, style: Style) -> str:
    """As the form prints SI, NO or -."""
    yes, no = PRESENT[style.vocab]
    return {"SI": yes, "NO": no, "-": style.empty}[mark]


def _seats(rng: random.Random, year: int) -> list[Body]:
    by_sector: dict[str, list[Body]] = {}
    for body in bodies(year):
        by_sector.setdefault(body.sector, []).append(body)
    numbered = [s for s, some in by_sector.items() if some[0].number is not None]
    wanted = rng.randint(*GRID_ROWS)
    chosen = set(rng.sample(numbered, min(len(numbered), max(GRID_ROWS[0], wanted // 2))))
    seats = [b for s in numbered if s in chosen for b in _some(rng, by_sector[s], rng.choice((1, 1, 2, 2, 3, 4)))]
    seats = seats[: max(GRID_ROWS[0], wanted - 3)]  # three may follow
    rest = [s for s in by_sector if s not in numbered]
    if rest and rng.random() < 0.3:
        seats += _some(rng, by_sector[rng.choice(rest)], 2)
    if rng.random() < 0.5:
        seats.append(rng.choice(INVENTED))
    return seats


def _some(rng: random.Random, group: list[Body], count: int) -> list[Body]:
    """The leading body of a sector first, then some others in their order."""
    others = rng.sample(range(1, len(group)), min(count, len(group)) - 1)
    return [group[i] for i in (0, *sorted(others))]


def _rows(rng: random.Random, truth: Truth, style: Style) -> list[Truth]:
    seats = _seats(rng, truth["year"])
    secretary = rng.randrange(1, max(2, len([b for b in seats if b.known])))
    numbers = {s: i for i, s in enumerate(dict.fromkeys(b.sector for b in seats if b.number is not None), 1)}
    rows = []
    for i, body in enumerate(seats):
        role = "P" if i == 0 else "S" if i == secretary else _role(rng, body)
        marks = _marks(rng, truth["columns"], style, rng.choice((0.5, 0.9, 0.95)))
        total = marks["marks"].count("SI")
        row = {
            "sector_number": numbers.get(body.sector) if style.numbered else None,
            "sector": body.sector,
            "entity": body.name,
            "accepted": list(body.accepted),
            "printed": _printed(rng, body, style),
            "known": body.known,
            "role": role,
            "position": _position(rng),
        }
        rows.append({**row, **marks, "total_computed": total, "total_printed": total, "row": i + 1})
    return rows


def _role(rng: random.Random, body: Body) -> str:
    if not body.known:
        return "O"
    return rng.choices(("I", "IP"), (8, 1) if body.number is not None else (1, 8))[0]


def _printed(rng: random.Random, body: Body, style: Style) -> str:
    name = body.name.upper() if style.capital_names else body.name
    if not body.acronym or rng.random() < 0.35:
        return name
    return name + rng.choice((" - {}", " – {}", " — {}", " ({})")).format(body.acronym)


def _position(rng: random.Random) -> str:
    delegation = f" (Delegación Resolución {rng.randint(1, 900):03d} de {rng.randint(2018, 2025)})"
    return rng.choice(POSITIONS) + (delegation if rng.random() < 0.12 else "")


def _functions(rng: random.Random, columns: list[Truth], style: Style) -> list[Truth]:
    counts = (("general", rng.randint(1, 4)), ("specific", rng.randint(2, 9)))
    scopes = [scope for scope, count in counts for _ in range(count)]
    texts = rng.sample([(v, o) for v in VERBS for o in OBJECTS], len(scopes))
    functions = []
    for i, (scope, (verb, what)) in enumerate(zip(scopes, texts, strict=True), 1):
        marks = _marks(rng, columns, style, 0.75)
        addressed = "SI" if "SI" in marks["marks"] else "NO"
        function = {"scope": scope, "text": f"{verb} {what}{rng.choice(TAILS)}.", **marks}
        functions.append({**function, "addressed_computed": addressed, "addressed_printed": addressed, "function": i})
    return functions


# ---------------------------------------------------------------- the rest of the form


def _norms(rng: random.Random, instancia: str, year: int) -> Truth:
    def act(kind: str, before: int, purpose: str) -> tuple[date, str]:
        day = _day_of(rng, year - before, rng.randint(1, 4))
        when = f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"
        return day, f"{kind} {rng.randint(1, 700):02d} de {when} “Por medio del cual {purpose}”."

    day, regulation = act("Acuerdo", rng.randint(0, 5), f"se adopta el reglamento interno de {instancia}")
    norms = [act("Decreto", rng.randint(6, 12), f"se crea la instancia {instancia}")[1]]
    extra = (("Decreto", "se modifica su composición"), ("Resolución", "se fijan lineamientos para su funcionamiento"))
    norms += [act(kind, rng.randint(0, 5), purpose)[1] for kind, purpose in rng.sample(extra, rng.randint(0, 2))]
    return {"regulation": regulation, "regulation_date": day.isoformat(), "norms": norms}


def _signatories(rng: random.Random, rows: list[Truth]) -> list[Truth]:
    signs = []
    for signs_as, role in (("president", "P"), ("technical_secretary", "S")):
        row = next((r for r in rows if r["role"] == role), rows[0])
        name = " ".join((*rng.sample(NAMES, 2), *rng.sample(SURNAMES, 2)))
        signs.append({"signs_as": signs_as, "name": name, "position": row["position"], "entity": row["entity"]})
    return signs
