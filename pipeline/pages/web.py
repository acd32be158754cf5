"""HTML pages that need nothing else: templates, data and scripts in one file that no text of a report can break out of.

Everything a template prints is escaped. Scripts and styles are admitted by their hash, so that a page runs what is
written here and nothing that a report brought along; no page may ask the network for anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

# what would end a <script>, begin a comment in one, or end a line of JavaScript, and how JSON spells it harmlessly
_UNSAFE_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(template: str, *, styles: Sequence[str], scripts: Sequence[str], data: Any, **context: Any) -> str:
    """The page of `template` with its `styles` and `scripts` inside and `data` as JSON that `scripts` find by "data".

    Raises ValueError where a script could end its own element.
    """
    for script in scripts:
        if "</script" in script.lower() or "<!--" in script:
            raise ValueError("a script must not hold what ends its element")
    return (
        _environment()
        .get_template(template)
        .render(
            policy=_policy(styles, scripts),
            styles=styles,
            scripts=scripts,
            data=harmless_json(data),
            **context,
        )
    )


def harmless_json(data: Any) -> str:
    """`data` as JSON that may stand inside a <script> element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, spelled in _UNSAFE_IN_SCRIPT.items():
        text = text.replace(character, spelled)
    return text


@cache
def asset(name: str) -> str:
    """The text of a style or script of this package."""
    return resources.files("pipeline.pages").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Pictures of the page itself, our scripts and styles, and nothing else from anywhere."""
    directives = {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "style-src": [_hash(style) for style in styles],
        "script-src": [_hash(script) for script in scripts],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
