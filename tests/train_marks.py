"""Trains the weights of `ocr/marks.py` on drawn marks with scan damage: `make train-marks` (about fifteen minutes).

Draws with every font of the machine that covers Spanish (`fc-list :lang=es`); the more families are installed, the
better (Debian: fonts-liberation, -crosextra-carlito, -crosextra-caladea, -dejavu, -freefont-ttf, -noto-core,
-open-sans, -roboto-unhinted, -lato, -urw-base35, -texgyre, ...). One family in six is kept out to fit the temperature
and to measure; the weights shipped are then trained on all families.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1]))
from ocr import marks
from ocr.ink import find_ink
from ocr.marks import BLANK, LABELS, REJECT, WEIGHTS

Grey = NDArray[np.uint8]
Network = dict[str, Any]
HIDDEN = 112
SKIP = (
    "Initials",
    "Keyboard",
    "Symbol",
    "Dingbats",
    "Z003",
    "Chorus",
    "Humor",
    "Math",
    "Ornaments",
    "D050000",
    "Nushu",
    "Music",
)
VARIANTS = {
    "SI": ("SI", "SI", "SI", "SI", "SÍ"), "Si": ("Si", "Si", "si"), "Sí": ("Sí", "Sí", "sí"), "NO": ("NO",),
    "No": ("No", "No", "no"), "X": ("X", "X", "x", "×"), "✓": ("✓", "✔"), 
    "N/A": ("N/A", "N/A", "N/A", "NA", "N.A.", "n/a"),
    "-": ("-", "-", "-", "–", "—", "--"),
}  # fmt: skip
WORDS = (  # noqa: SIM905 - easier to read and to add to
    "Rol Cargo Sector Total II III IV VI Trimestre Gestión Pública Movilidad Salud Hacienda Asesor Gerente Directora "
    "Secretaría Subdirector Ambiente Mujeres 13/01/2024 21/02/2020 2025 Se Sí/No A B D E F G K M T U V W Y Z "
    "IDU SDG NN PS SP OP IDPAC 21 25 30 48 99 100 ( ) : ; * / ° ¿ % # No. Nº SIN NOV SE ND NI Inv Of PO Sec Dr"
).split()
# how often a label is drawn, the rest once: reports are mostly these
WEIGHT = {"SI": 3, "NO": 3, "-": 4, BLANK: 5, REJECT: 6} | dict.fromkeys(
    ("N/A", "X", "I", "P", "S", "Sí", "No", "0", "1", "2", "3", "4"), 2
)


@dataclass(frozen=True)
class Font:
    family: str
    path: str


def fonts(pattern: str = ":lang=es") -> list[Font]:
    listed = subprocess.run(["fc-list", pattern, "family", "file"], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in listed.splitlines():
        path, _, family = line.partition(": ")
        name = family.split(",")[0].strip().replace("\\", "")
        if path.endswith((".ttf", ".otf")) and not any(word in name + path for word in SKIP):
            found.add(Font(name, path))
    return sorted(found, key=lambda f: (f.family, f.path))


class Painter:
    """Draws cells. Every random choice comes from `seed`, so a run can be repeated on the same fonts."""

    def __init__(self, seed: int, text_fonts: list[Font], *, rough: bool = True):
        self.rough = rough  # strokes across, the back shining through, copies of copies, faint or bilevel print
        self.rng = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.families: dict[str, list[str]] = {}
        for font in text_fonts:
            self.families.setdefault(font.family, []).append(font.path)
        self.tick_fonts = [f.path for f in fonts(":charset=2713 2714")]

    def cell(self, label: str, dpi: int | None = None) -> tuple[Grey, float]:
        """A damaged crop that shows `label`, and the height of a capital in it, in pixels."""
        rng = self.rng
        dpi = dpi or rng.choice((110, 130, 150, 150, 200, 200, 200, 200, 220, 240, 300, 300))
        over = 2  # drawn larger, then reduced: the scanner's own blur
        font = self._font(label, rng.uniform(6.8, 12.2) * dpi / 72 * over)
        capital = font.getbbox("H")
        capital_high = max(4, capital[3] - capital[1])
        picture, ink = self._drawn(self._text(label), font, capital_high)
        self._rules(picture, ink, over)
        rough = self.rough and rng.random() < 0.6
        if rough:
            mild = label != REJECT or rng.random() < 0.5
            self._strangers(picture, ink, capital_high, blank=label == BLANK, mild=mild)
            self._ghost(picture, font, label)
        picture = self._turned(picture, rng.gauss(0, 0.5))
        size = max(8, picture.shape[1] // over), max(6, picture.shape[0] // over)
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return self._damaged(small, dpi, rough), capital_high / over

    def _font(self, label: str, size: float) -> ImageFont.FreeTypeFont:
        if label == "✓":
            return ImageFont.truetype(self.rng.choice(self.tick_fonts), size)
        family = self.families[self.rng.choice(list(self.families))]
        return ImageFont.truetype(self.rng.choice(family), size)

    def _text(self, label: str) -> str:
        if label == REJECT:
            return self._reject_text()
        return self.rng.choice(VARIANTS.get(label, (label,)))

    def _reject_text(self) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.5:
            return rng.choice(WORDS)
        if kind < 0.8:
            return rng.choice((" ", "\n")).join(rng.choice(WORDS) for _ in range(rng.randint(2, 4)))
        if kind < 0.9:
            return "\n".join(rng.choice(("SI", "NO", "-", "1", "I")) for _ in range(2))
        return "".join(rng.choice("ABCDEFGHJKLMNPRTUVYZaeghkmnrtu") for _ in range(rng.randint(1, 4)))

    def _drawn(self, text: str, font: ImageFont.FreeTypeFont, capital: float) -> tuple[Grey, int]:
        rng = self.rng
        x0, y0, x1, y1 = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font=font)
        wide = int(max(x1 - x0, capital * 0.8) + capital * rng.uniform(0.6, 5))
        high = int(max(y1 - y0, capital) + capital * rng.choice((rng.uniform(0.15, 1), rng.uniform(0.3, 4))))
        paper, ink = rng.randint(205, 255), rng.choice((rng.randint(0, 50), rng.randint(20, 110)))
        if rng.random() < 0.2:
            paper = rng.randint(150, 215)
            ink = min(ink, 60)
        image = Image.new("L", (wide, high), paper)
        left = rng.choice(
            ((wide - (x1 - x0)) / 2, (wide - (x1 - x0)) / 2, rng.uniform(2, max(3, wide - (x1 - x0) - 2)))
        )
        slack = high - (y1 - y0)
        top = slack * rng.choice((0.5, 0.5, rng.uniform(0.06, 0.94)))
        ImageDraw.Draw(image).multiline_text((left - x0, top - y0), text, font=font, fill=ink, align="center")
        return np.array(image), ink

    def _rules(self, picture: Grey, ink: int, over: int) -> None:
        rng = self.rng
        high, wide = picture.shape
        for side in range(4):
            if rng.random() > 0.22:
                continue
            depth = rng.randint(1, 3) * over
            long = wide if side < 2 else high
            start = rng.choice((0, rng.randint(0, long // 2)))
            end = rng.choice((long, rng.randint(start, long)))
            level = rng.randint(ink, 190)
            bands = (
                picture[:depth, start:end],
                picture[-depth:, start:end],
                picture[start:end, :depth],
                picture[start:end, -depth:],
            )
            np.minimum(bands[side], level, out=bands[side])

    def _strangers(self, picture: Grey, ink: int, capital: float, *, blank: bool, mild: bool) -> None:
        """Strokes of a stamp or a pen; in a blank cell they stay at the border."""
        rng = self.rng
        if rng.random() > (0.06 if mild else 0.4):
            return
        high, wide = picture.shape
        layer = np.full_like(picture, 255)
        for _ in range(rng.randint(1, 2)):
            thick, level = max(1, int(capital * rng.uniform(0.05, 0.18))), rng.randint(max(ink, 20), 190)
            if blank:
                corner = rng.choice(((0, 0), (wide, 0), (0, high), (wide, high)))
                cv2.circle(layer, corner, int(min(high, wide) * rng.uniform(0.1, 0.4)), level, thick, cv2.LINE_AA)
            elif mild and rng.random() < 0.85:
                center = (rng.randint(-wide, 2 * wide), rng.randint(-2 * high, 3 * high))
                cv2.circle(layer, center, int(capital * rng.uniform(4, 14)), level, thick, cv2.LINE_AA)
            else:
                ends = [(rng.randint(0, wide), rng.randint(0, high)) for _ in range(rng.randint(2, 4))]
                cv2.polylines(layer, [np.array(ends, np.int32)], False, level, thick, cv2.LINE_AA)
        np.minimum(picture, layer, out=picture)

    def _ghost(self, picture: Grey, font: ImageFont.FreeTypeFont, label: str) -> None:
        """The mirrored back of the sheet, paler than any ink of the front."""
        rng = self.rng
        if rng.random() > (0.5 if label == BLANK else 0.15 if label == REJECT else 0.03):
            return
        image = Image.new("L", picture.shape[::-1], 0)
        text = rng.choice((*LABELS[:9], rng.choice(WORDS), "1", "I", rng.choice(WORDS) + "\n" + rng.choice(WORDS)))
        at = rng.uniform(0, picture.shape[1] * 0.7), rng.uniform(-0.2, 0.7) * picture.shape[0]
        ImageDraw.Draw(image).multiline_text(at, text, font=font, fill=255)
        ghost = cv2.GaussianBlur(np.array(image)[:, ::-1].astype(np.float32) / 255, (0, 0), rng.uniform(1, 3))
        picture[:] = (picture * (1 - rng.uniform(0.04, 0.2) * ghost)).astype(np.uint8)

    def _turned(self, picture: Grey, degrees: float) -> Grey:
        high, wide = picture.shape
        turn = cv2.getRotationMatrix2D((wide / 2, high / 2), max(-1.5, min(1.5, degrees)), 1)
        return np.asarray(cv2.warpAffine(picture, turn, (wide, high), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _damaged(self, picture: Grey, dpi: int, rough: bool) -> Grey:
        rng = self.rng
        grey: Any = picture.astype(np.float32)
        darkest = float(grey.min())
        if rng.random() < 0.6:
            grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 1.0) * dpi / 200)
        if rng.random() < 0.4:
            grey = grey * np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), grey.shape[1], dtype=np.float32)
        if rough and rng.random() < 0.25:
            grey = self._copied(grey, dpi)
        grey = self._dusty(grey, dpi) if rng.random() < 0.35 else grey
        paper = float(np.median(grey))
        bilevel = rough and rng.random() < 0.3
        grey += self.noise.normal(
            0, rng.choice((0.5, 2, 4) if bilevel or not rough else (0.5, 2, 4, 8, 11)), grey.shape
        )
        if bilevel:
            middle = max(paper - 110, min(darkest, paper - 70) * 0.4 + paper * 0.6)
            return np.asarray(np.where(grey > middle * rng.uniform(0.9, 1.1), 255, 0), np.uint8)
        coded = np.clip(grey, 0, 255).astype(np.uint8)
        if rng.random() < 0.7:
            _, data = cv2.imencode(".jpg", coded, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25, 92)])
            coded = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
        return np.asarray(coded, np.uint8)

    def _copied(self, grey: NDArray[np.float32], dpi: int) -> NDArray[np.float32]:
        """A copier's steep contrast over patchy toner: strokes break, or clot."""
        rng = self.rng
        patches = self.noise.normal(0, 1, (grey.shape[0] // 3 + 2, grey.shape[1] // 3 + 2)).astype(np.float32)
        patches = np.asarray(cv2.resize(patches, grey.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
        low, high = float(grey.min()), float(np.percentile(grey, 95))
        level = (grey - low) / max(1.0, high - low)
        level = cv2.GaussianBlur(level, (0, 0), 0.5 * dpi / 200) + patches * rng.uniform(0, 0.14)
        steep = 1 / (1 + np.exp(-(level - rng.uniform(0.4, 0.7)) * rng.uniform(6, 16)))
        return np.asarray(low + (high - low) * steep, np.float32)

    def _dusty(self, grey: NDArray[np.float32], dpi: int) -> NDArray[np.float32]:
        rng = self.rng
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(grey.shape[1]), rng.randrange(grey.shape[0])
            axes = tuple(int(rng.uniform(0, 1.8) * dpi / 200) for _ in range(2))
            cv2.ellipse(grey, at, axes, rng.uniform(0, 180), 0, 360, rng.uniform(0, 90), -1)
        return grey


def drawn(
    painter: Painter, count: int, dpi: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
    """Features and label numbers of `count` cells, and the labels of those in which no ink was found at all."""
    inks, labels, inkless = [], [], []
    pool = [label for label in LABELS for _ in range(WEIGHT.get(label, 1))]
    for _ in range(count):
        label = painter.rng.choice(pool)
        crop, capital = painter.cell(label, dpi)
        known = painter.rng.random() < 0.75
        ink = find_ink(crop, capital * painter.rng.lognormvariate(0, 0.12) if known else None)
        if ink is None:
            inkless.append(label)
        else:
            inks.append(ink)
            labels.append(LABELS.index(label))
    return marks.features(inks), np.array(labels), inkless


def fit(features: NDArray[np.float32], labels: NDArray[np.int64], epochs: int) -> Network:
    from sklearn.neural_network import MLPClassifier  # type: ignore[import-untyped]

    mean, scale = features.mean(0), 1 / (features.std(0) + 0.05)
    net = MLPClassifier(
        (HIDDEN,), alpha=3e-3, batch_size=256, learning_rate_init=1.5e-3, max_iter=epochs, random_state=1
    )
    net.fit((features - mean) * scale, labels)
    missing = set(range(len(LABELS))) - set(net.classes_.tolist())
    if missing:
        raise SystemExit(f"too few cells drawn: no {[LABELS[i] for i in missing]}")
    return {
        "mean": mean, "scale": scale, "w1": net.coefs_[0], "b1": net.intercepts_[0], "w2": net.coefs_[1],
        "b2": net.intercepts_[1], "temperature": np.array([1.0]),
    }  # fmt: skip


def rounded(net: Network) -> Network:
    """The weights as they will be stored."""
    return {name: np.asarray(values, np.float16).astype(np.float32) for name, values in net.items()}


def best_temperature(features: NDArray[np.float32], labels: NDArray[np.int64], net: Network) -> float:
    def loss(temperature: float) -> float:
        p = marks.probabilities(features, {**net, "temperature": np.array([temperature])})[
            np.arange(len(labels)), labels
        ]
        return float(-np.log(np.maximum(p, 1e-9)).mean())

    return float(min(np.arange(0.6, 4.0, 0.05), key=loss))


LOOKALIKES = ({"I", "1"}, {"O", "0"}, {"S", "5"}, {"SI", "Si", "Sí"}, {"NO", "No"})


def report(features: NDArray[np.float32], labels: NDArray[np.int64], net: Network, title: str) -> None:
    p = marks.probabilities(features, net)
    best, sure = p.argmax(1), p.max(1)
    pairs = [(LABELS[b], LABELS[t]) for b, t in zip(best, labels, strict=True)]
    same = np.array([b == t or any({b, t} <= some for some in LOOKALIKES) for b, t in pairs])
    print(f"{title}: {len(labels)} cells, exact {np.mean(best == labels):.4f}, up to look-alikes {same.mean():.4f}")
    known = np.array([LABELS[t] not in (REJECT, BLANK) for t in labels])
    print(f"   marks only {same[known].mean():.4f}; reject/blank {same[~known].mean():.4f}")
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 0.999), (0.999, 1.01)):
        some = (sure >= low) & (sure < high)
        if some.any():
            right = np.mean((best == labels)[some])
            print(
                f"   p {low:.3f}-{high:.3f}: {some.sum():6d} cells, mean p {sure[some].mean():.4f}, right {right:.4f}"
            )


def split(all_fonts: list[Font]) -> tuple[list[Font], list[Font]]:
    families = sorted({f.family for f in all_fonts})
    unseen = set(families[3::6])
    return [f for f in all_fonts if f.family not in unseen], [f for f in all_fonts if f.family in unseen]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cells", type=int, default=80_000)
    options.add_argument("--epochs", type=int, default=16)
    options.add_argument(
        "--quick", action="store_true", help="ship the weights that were measured, without a last fit on all fonts"
    )
    chosen = options.parse_args()
    everything = fonts()
    seen, unseen = split(everything)
    print(f"{len(seen)} font files seen, {len(unseen)} unseen: {sorted({f.family for f in unseen})}", flush=True)
    features, labels, inkless = drawn(Painter(1, seen), chosen.cells)
    print("drawn", features.shape, flush=True)
    net = rounded(fit(features, labels, chosen.epochs))
    checked, truth, _ = drawn(Painter(2, unseen), chosen.cells // 9)
    net["temperature"] = np.array([best_temperature(checked, truth, net)])
    print("temperature", net["temperature"], "without ink:", {t: inkless.count(t) for t in set(inkless)})
    report(checked, truth, net, "unseen fonts, all resolutions")
    for dpi in (110, 150, 200):
        report(*drawn(Painter(3 + dpi, unseen), 3000, dpi)[:2], net, f"unseen fonts, {dpi} dpi, rough")
        report(*drawn(Painter(3 + dpi, unseen, rough=False), 3000, dpi)[:2], net, f"unseen fonts, {dpi} dpi, office")
    if not chosen.quick:
        more, more_labels, _ = drawn(Painter(4, unseen), chosen.cells // 5)
        last = fit(np.concatenate([features, more]), np.concatenate([labels, more_labels]), chosen.epochs)
        net = {**last, "temperature": net["temperature"]}
    counts = np.array([inkless.count(label) + 0.05 for label in LABELS])
    net["blank"] = counts / counts.sum()
    stored: Network = {name: np.asarray(values, np.float16) for name, values in net.items()}
    np.savez_compressed(WEIGHTS, **stored)
    print(WEIGHTS, WEIGHTS.stat().st_size // 1024, "KB")


if __name__ == "__main__":
    main()
