"""The rules that may be switched: `dictionaries/rules.toml`, and what a person's own file changes of it.

Each rule is checked by the function of its id in `rules_checks`; what else its entry holds are its numbers and lists.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dictionaries
from pipeline.errors import UsageError

SHIPPED = Path(str(dictionaries.__file__)).with_name("rules.toml")
SEVERITIES = ("error", "warning", "info")
FIELDS = {"id": str, "fact": str, "checks": str, "severity": str, "source": str, "enabled": bool}


@dataclass(frozen=True)
class Rule:
    """A rule. `fact`: its number among C1-C34; `source`: what it rests on; `values`: its own numbers and lists."""

    id: str
    fact: str
    checks: str
    severity: str
    source: str
    enabled: bool
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """All rules. `version`: SHA-256 of all that they say."""

    every: tuple[Rule, ...]

    @property
    def enabled(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.every if rule.enabled)

    @property
    def version(self) -> str:
        return hashlib.sha256(repr(self.every).encode()).hexdigest()


def load(own: Path | None = None) -> Rules:
    """The shipped rules, changed as the file `own` says; raises UsageError where that file cannot be followed."""
    entries = {entry["id"]: dict(entry) for entry in _entries(SHIPPED)}
    for entry in _entries(own) if own else ():
        known = entries.get(str(entry.get("id")))
        if known is None:
            raise UsageError(f"{own}: no hay regla «{entry.get('id')}». Las que hay: {', '.join(entries)}.")
        known |= _checked(entry, known, own)
    return Rules(tuple(map(_rule, entries.values())))


@cache
def shipped() -> Rules:
    return load()


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: no se pudo leer como TOML ({error}). Corrija el archivo.") from error
    entries = found.get("rule", [])
    if found.keys() - {"rule"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise UsageError(f"{path}: solo puede tener entradas [[rule]].")
    return entries


def _checked(entry: Mapping[str, Any], known: Mapping[str, Any], path: Path | None) -> Mapping[str, Any]:
    """The entry, if each of its values is of the kind that it replaces."""
    for name, value in entry.items():
        if name not in known:
            raise UsageError(f"{path}: la regla {entry['id']} no tiene «{name}». Tiene {', '.join(known)}.")
        wanted = (int, float) if type(known[name]) in (int, float) else type(known[name])
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise UsageError(f"{path}: «{name}» de la regla {entry['id']} debe ser como {known[name]!r}.")
    if entry.get("severity", "error") not in SEVERITIES:
        raise UsageError(f"{path}: «severity» debe ser {', '.join(SEVERITIES)}.")
    return entry


def _rule(entry: Mapping[str, Any]) -> Rule:
    values = {name: value for name, value in entry.items() if name not in FIELDS}
    return Rule(**{name: entry[name] for name in FIELDS}, values=values)
