"""Takes docs/dashboard.png, the README's picture of a dashboard of 500 drawn reports. `make picture`."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from pipeline.pages import dashboard
from pipeline.pages.reader import Reader
from tests.browser import chromium, visit
from tests.drawn_tables import write_archive

TARGET = Path(__file__).parents[1] / "docs" / "dashboard.png"
REPORTS = 500
SIZE = {"width": 1440, "height": 1060}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        write_archive(Path(folder), REPORTS)
        with visit(browser, dashboard.write(Path(folder), Reader(Path(folder)))) as seen:
            seen.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
            seen.page.wait_for_selector("body[data-drawn]", state="attached")
            taken = seen.page.screenshot()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(96).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
