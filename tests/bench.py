"""How well veedor reads reports whose truth is known: `make bench`.

    python tests/bench.py [--seeds 801-851] [--conditions all] [--own] [--errors] [--keep DIR] [--save]

Draws reports of its own under every condition, reads them, and prints for each condition and kind of value: share read
as printed / silent errors / share flagged; character error rates, findings, seconds a page. Where the shared benchmark
lies beside the project, its files are read and scored alike, and its own scorer's table follows. The result is held
against docs/bench.json (see `bench_compare`); a loss ends with exit code 1. `--save` writes the result there instead,
and into the tables of docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from pipeline.errors import ExitCode
from tests import bench_compare, forms, scoring
from tests.bench_tally import Tally, markdown, show, tally
from tests.scoring import Row

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
KEPT, PAGE = ROOT / "docs" / "bench.json", ROOT / "docs" / "accuracy.md"
SEEDS = "801-851"  # three reports of each condition
FINISHED = {ExitCode.CLEAN, ExitCode.REVIEW, ExitCode.FAILED}  # a dataset was written

Result = dict[str, dict[str, Tally]]  # by set of reports, by condition


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default=SEEDS, help="as 801-851 or 3,7,9; none: only the shared benchmark")
    parser.add_argument("--own", action="store_true", help="only the project's own reports")
    parser.add_argument("--conditions", default="all")
    parser.add_argument("--errors", action="store_true", help="a line for each wrong value")
    parser.add_argument("--keep", type=Path, help="keep drawn reports and datasets here")
    parser.add_argument("--workers", default="", help="of veedor; its own choice without")
    parser.add_argument("--save", action="store_true", help="keep the result in docs/bench.json")
    given = parser.parse_args()
    result: Result = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = given.keep or Path(scratch)
        if given.seeds != "none":
            drawn = draw(work / "drawn", given.seeds, given.conditions)
            result["drawn"] = measure(drawn, work / "own", given.workers, errors=given.errors)
            show("drawn reports", result["drawn"])
        if not given.own and SHARED.is_dir():
            result["shared"] = bench_shared(work, given.workers, errors=given.errors)
    if given.save:
        save(result)
        page, kept = PAGE.read_text(encoding="utf-8"), json.loads(KEPT.read_text(encoding="utf-8"))
        PAGE.write_text(with_tables(page, kept), encoding="utf-8")
        return 0
    return judge(result)


# ---------------------------------------------------------------- measuring


def draw(into: Path, seeds: str, conditions: str) -> dict[str, list[tuple[Path, Row]]]:
    """Reports of those seeds drawn into a folder: files with their truths, by condition."""
    command = [sys.executable, str(ROOT / "tests" / "forms.py"), "--out", str(into)]
    subprocess.run([*command, "--seeds", seeds, "--conditions", conditions], check=True)
    wanted = {f"f{seed:02d}_" for seed in forms.seeds_of(seeds)}
    return {
        condition: [(path, truth) for path, truth in some if f"{path.stem.partition('_')[0]}_" in wanted]
        for condition, some in by_condition(into, into / "truth").items()
    }


def by_condition(folder: Path, truth: Path) -> dict[str, list[tuple[Path, Row]]]:
    """Files that have a truth, with it, by condition."""
    found: dict[str, list[tuple[Path, Row]]] = {}
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.is_file()}
    for each in scoring.truths_of(truth):
        if each["name"] in files:
            found.setdefault(each.get("tier", "-"), []).append((files[each["name"]], each))
    return found


def measure(
    reports: Mapping[str, Sequence[tuple[Path, Row]]], out: Path, workers: str = "", *, errors: bool = False
) -> dict[str, Tally]:
    """Reads and scores the reports, condition by condition, so that each has its own time."""
    result = {}
    for condition, some in reports.items():
        seconds = read([path for path, _ in some], out / condition, workers)
        data = scoring.Dataset(out / condition)
        scores = [scoring.score(data, truth) for _, truth in some]
        result[condition] = tally(scores, [truth for _, truth in some], seconds)
        if errors:
            print(*(line for score in scores for line in score.errors), sep="\n")
    return result


def read(files: Sequence[Path], out: Path, workers: str = "") -> float:
    """Runs veedor on the files; the seconds it took. RuntimeError where it wrote no dataset."""
    start = time.monotonic()
    command = [str(Path(sys.executable).with_name("veedor")), "run", *map(str, files), "--out", str(out)]
    command += ["--workers", workers] if workers else []
    code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
    if code not in FINISHED:
        raise RuntimeError(f"veedor ended with {code}")
    return time.monotonic() - start


def bench_shared(work: Path, workers: str, *, errors: bool) -> dict[str, Tally]:
    """The shared benchmark and the seed's reports, each read whole: some are one body's, quarter after quarter."""
    result: dict[str, Tally] = {}
    for name, folder in (("dev", SHARED / "bench" / "dev"), ("seed", SHARED / "seed")):
        reports = by_condition(folder, folder / "truth")
        files = [path for some in reports.values() for path, _ in some]
        each = read(files, work / name, workers) / sum(len(some) for some in reports.values())
        data = scoring.Dataset(work / name)
        for condition, some in reports.items():
            truths = [truth for _, truth in some]
            label = condition if name == "dev" else f"{name} {condition}"
            result[label] = tally([scoring.score(data, t) for t in truths], truths, each * len(truths))
    show("shared benchmark", result)
    for name, folder in (("dev", SHARED / "bench" / "dev"), ("seed", SHARED / "seed")):
        command = [sys.executable, str(SHARED / "bench" / "score.py"), str(work / name), str(folder / "truth")]
        print(f"\n{name}, by its own scorer:", flush=True)
        subprocess.run([*command, *(["--errors"] if errors else [])], check=True)
    return result


# ---------------------------------------------------------------- keeping and comparing


def engine() -> str:
    done = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def save(result: Result, to: Path = KEPT) -> None:
    """Keeps the result; conditions that were not measured keep their old one."""
    kept = json.loads(to.read_text(encoding="utf-8"))["results"] if to.exists() else {}
    for name, some in result.items():
        kept[name] = kept.get(name, {}) | {condition: each.as_json() for condition, each in some.items()}
    stamp = {"date": datetime.now(UTC).date().isoformat(), "veedor": version("veedor"), "engine": engine()}
    to.write_text(_lines({**stamp, "results": kept}) + "\n", encoding="utf-8")


def with_tables(page: str, kept: Row) -> str:
    """docs/accuracy.md with the tables of the kept result between their marks, and what it was measured with."""
    said = {"measured": f"Measured {kept['date']}: veedor {kept['veedor']}, {kept['engine']}."}
    for name, some in kept["results"].items():
        said[name] = markdown({condition: Tally.from_json(numbers) for condition, numbers in some.items()})
    for name, text in said.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = mark.sub(lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page)
    return page


def _lines(result: Row) -> str:
    """JSON with one line for each condition, so that a diff shows which changed."""
    head = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in result.items() if key != "results"]
    sets = []
    for name, some in result["results"].items():
        conditions = (f"   {json.dumps(c)}: {json.dumps(numbers, ensure_ascii=False)}" for c, numbers in some.items())
        sets.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(conditions) + "\n  }")
    return "{\n" + ",\n".join([*head, ' "results": {\n' + ",\n".join(sets) + "\n }"]) + "\n}"


def judge(result: Result, kept: Path = KEPT) -> int:
    """Prints what changed since the result that is kept; 1 where something was lost beyond noise."""
    if not kept.exists():
        print(f"{kept.name} is not there yet: nothing to compare with")
        return 0
    old = json.loads(kept.read_text(encoding="utf-8"))
    print(f"\nsince {old['date']} (veedor {old['veedor']}, {old['engine']}; here {engine()}):")
    lost = False
    for name, some in result.items():
        before = {c: Tally.from_json(t) for c, t in old["results"].get(name, {}).items()}
        found = bench_compare.changes(before, some)
        print(*(f"{name}: {change}" for change in found), sep="\n")
        if other := bench_compare.others(before, some):
            print(f"{name}: not judged, other reports than those kept: {', '.join(other)}")
        lost = lost or any(change.loss for change in found)
    print("LOST beyond noise" if lost else "nothing lost beyond noise")
    return int(lost)


if __name__ == "__main__":
    sys.exit(main())
