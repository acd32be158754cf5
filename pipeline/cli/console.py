"""What the verbs share: where they speak, the options that several take, and how an error ends the program."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.progress import shown
from pipeline.errors import EXIT_CODES

SHOWN_PATHS = 20
_FULL = "El disco está lleno: libere espacio o indique otra carpeta; lo que se leyó queda guardado."
_REFUSED = "El sistema no deja escribir o leer ahí: revise los permisos o indique otra carpeta."
REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _REFUSED),
}

console = Console(highlight=False, soft_wrap=True)  # a path is never broken over lines
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Out = Annotated[Path, typer.Option("--out", help="Folder to write to.", file_okay=False)]
Dictionary = Annotated[
    Path | None, typer.Option("--dictionary", help="Folder of tables that add to, or replace rows of, the dictionary.")
]

OwnRules = Annotated[
    Path | None,
    typer.Option("--rules", help="TOML file that switches or changes rules.", exists=True, dir_okay=False),
]


@contextmanager
def exit_codes() -> Iterator[None]:
    """Ends the program with the code of the error that the table knows, its message on the error channel."""
    kinds = tuple(kind for kind, _ in EXIT_CODES)
    try:
        yield
    except kinds as error:
        errors.print("\n".join(map(shown, str(error).split("\n"))) or "Interrumpido.", style="red")
        if isinstance(error, OSError) and error.errno in REMEDIES:
            errors.print(REMEDIES[error.errno], style="red")
        raise typer.Exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind))) from error
