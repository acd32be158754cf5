"""How drawn reports look: paper, type, rules, vocabulary.

The typefaces are those that office software and its free stand-ins use (Debian: fonts-crosextra-carlito,
fonts-crosextra-caladea, fonts-liberation, fonts-dejavu-core and -extra; fonts-open-sans, fonts-roboto-unhinted,
fonts-lato and fonts-freefont-ttf for the rarer ones). None is required: see `fonts`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

PAPERS = {"letter": (612.0, 792.0), "legal": (612.0, 936.0), "a4": (595.3, 841.9)}
PUBLICATION_FORMS = 3
QUARTER_HEADS = ("{} Trimestre", "{} TRIMESTRE", "Trimestre {}", "{} Trim.")
DATE_FORMS = ("slash", "dash", "short", "long", "abbreviated")
FONT_HOME = Path("/usr/share/fonts/truetype")
FONTS = {  # name → (file stem of the regular cut, of the bold one, kin to use in its place)
    "Carlito": ("crosextra/Carlito-Regular", "crosextra/Carlito-Bold", "Liberation Sans"),
    "Caladea": ("crosextra/Caladea-Regular", "crosextra/Caladea-Bold", "Liberation Serif"),
    "Liberation Sans": ("liberation/LiberationSans-Regular", "liberation/LiberationSans-Bold", "Helvetica"),
    "Liberation Serif": ("liberation/LiberationSerif-Regular", "liberation/LiberationSerif-Bold", "Times"),
    "Liberation Sans Narrow": (
        "liberation/LiberationSansNarrow-Regular", "liberation/LiberationSansNarrow-Bold", "Liberation Sans",
    ),
    "DejaVu Sans Condensed": ("dejavu/DejaVuSansCondensed", "dejavu/DejaVuSansCondensed-Bold", "Helvetica"),
    "DejaVu Serif Condensed": ("dejavu/DejaVuSerifCondensed", "dejavu/DejaVuSerifCondensed-Bold", "Times"),
}  # fmt: skip
MORE_FONTS = {  # the same; what only `form_variety` draws with
    "Open Sans": ("open-sans/OpenSans-Regular", "open-sans/OpenSans-Bold", "DejaVu Sans"),
    "Roboto": ("roboto/unhinted/RobotoTTF/Roboto-Regular", "roboto/unhinted/RobotoTTF/Roboto-Bold", "Liberation Sans"),
    "Lato": ("lato/Lato-Regular", "lato/Lato-Bold", "Carlito"),
    "FreeSans": ("freefont/FreeSans", "freefont/FreeSansBold", "Helvetica"),
    "FreeSerif": ("freefont/FreeSerif", "freefont/FreeSerifBold", "Times"),
    "DejaVu Sans": ("dejavu/DejaVuSans", "dejavu/DejaVuSans-Bold", "Helvetica"),
    "DejaVu Serif": ("dejavu/DejaVuSerif", "dejavu/DejaVuSerif-Bold", "Times"),
    "Liberation Mono": ("liberation/LiberationMono-Regular", "liberation/LiberationMono-Bold", "Courier"),
}
BUILT_IN = {
    "Helvetica": ("Helvetica", "Helvetica-Bold"),
    "Times": ("Times-Roman", "Times-Bold"),
    "Courier": ("Courier", "Courier-Bold"),
}
TICKS = (  # ways of ticking what was published, and what was not; `Style.random` knows the first PUBLICATION_FORMS
    ("Si_x_ No___", "Si___ No_x_"),
    ("Sí_X_ No___", "Sí___ No_X_"),
    ("Si _x_  No ___", "Si ___  No _x_"),
    ("SI_X_ NO___", "SI___ NO_X_"),
    ("Sí (X) No ( )", "Sí ( ) No (X)"),
    ("Sí [x] No [ ]", "Sí [ ] No [x]"),
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a report looks. Sizes in points, `margin` in cm, `rule` in eighths of a point, greys 0 (black) to 1."""

    font: str = "Liberation Serif"
    size: float = 10
    table_size: float = 9
    date_size: float = 7
    vocab: str = "SI"  # SI | Sí | Si | X and kin: how attendance is printed
    empty: str = "-"  # in the columns of no session; may be ""
    date_form: str = "slash"
    paper: str = "letter"
    landscape: bool = False
    margin: float = 2.0
    two_sessions: float = 0.1  # chance of a second session in a quarter
    whole_rows: bool = False  # rows are not cut by page breaks
    late_marks: bool = False  # the marks of a cut row stand in its larger part, even if that is the second
    info_grid: bool = True  # the block of name, regulation and norms is ruled
    numbered: bool = True  # sectors
    merge_sector: bool = True
    rule: float = 4
    rule_grey: float = 0.0
    shade: float | None = None  # of header cells
    pad: float = 1.0
    justify: bool = True
    slash_breaks: bool = False
    heads: tuple[str, str, str, str] = ("Sector", "Entidad u Organismo", "Cargo", "Rol")
    total_below: bool = True  # «Sesiones en las que participaron» runs over the total's column
    roman_period: bool = False
    year_in_period: bool = False
    quarter_head: str = "{} Trimestre"  # over the session columns; {} the Roman number
    publication: int = 0  # which way of ticking, of TICKS
    letterhead: str = "Anexo 2: Informe de gestión"
    period_form: str = ""  # of a title that is not "PRIMER TRIMESTRE"; see `form_content`
    attended_head: str = "Sesiones en las que participaron"
    total_head: str = "Total"
    addressed_head: str = "Se abordó Si/No"
    number_form: str = "{}. "  # before a sector
    count_form: str = "{}/{}"  # sessions held and planned
    capital_names: bool = False  # entities in capitals
    top_aligned: bool = False  # text stands at the top of its cell, not in the middle
    frame: float = 0.0  # black outline of a table, in eighths of a point; 0: none but its cells' rules
    head_ink: float = 0.0  # of header cells: 1 is white on a dark ground
    stripes: float | None = None  # ground of every other row

    @staticmethod
    def random(rng: random.Random) -> Style:
        size = rng.choice((8.5, 9, 10, 10, 11, 11))
        entity = rng.choice(("Entidad u Organismo", "Entidad u Organismo", "Entidad"))
        return Style(
            font=rng.choice(list(FONTS)),
            size=size,
            table_size=max(8, size - rng.choice((0, 1, 1, 2))),
            date_size=rng.choice((7, 7, 8, 9)),
            vocab=rng.choices(("SI", "Sí", "Si", "X"), (4, 1, 1, 2))[0],
            empty=rng.choices(("-", "N/A", "", "–", "—"), (6, 3, 1, 1, 0.5))[0],
            date_form=rng.choices(DATE_FORMS, (8, 2, 1, 1, 1))[0],
            paper=rng.choice(list(PAPERS)),
            landscape=rng.random() < 0.2,
            margin=rng.choice((1.6, 2.0, 2.4)),
            two_sessions=rng.choice((0.1, 0.1, 0.5)),
            whole_rows=rng.random() < 0.3,
            late_marks=rng.random() < 0.15,
            info_grid=rng.random() < 0.6,
            numbered=rng.random() < 0.7,
            merge_sector=rng.random() < 0.7,
            rule=rng.choice((3, 4, 6, 8)),
            rule_grey=rng.choice((0.0, 0.0, 0.0, 0.35, 0.55)),
            shade=rng.choice((None, None, 0.75, 0.85)),
            pad=rng.choice((0.5, 1.0, 3.0)),
            justify=rng.random() < 0.7,
            slash_breaks=rng.random() < 0.3,
            heads=("Sector", entity, "Cargo", rng.choice(("Rol", "Rol", "ROL"))),
            total_below=rng.random() < 0.7,
            roman_period=rng.random() < 0.2,
            year_in_period=rng.random() < 0.4,
            quarter_head=rng.choices(QUARTER_HEADS, (6, 2, 1, 1))[0],
            publication=rng.randrange(PUBLICATION_FORMS),
        )


@cache
def fonts(name: str) -> tuple[str, str]:
    """Regular and bold cut of a font, registered, or of its nearest kin that is installed."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    regular, bold, kin = (FONTS | MORE_FONTS)[name]
    try:
        for cut, stem in ((name, regular), (f"{name} Bold", bold)):
            pdfmetrics.registerFont(TTFont(cut, str(FONT_HOME / f"{stem}.ttf")))
    except TTFError:
        return fonts(kin)
    return name, f"{name} Bold"
