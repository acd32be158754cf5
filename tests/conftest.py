"""What all tests share: drawn examples are the same in every run, so that a change alone can turn the suite red.

`make test-hostile` draws others each time, and more of them. Programs that tests start heed Ctrl-C, which a suite
started in the background would have them ignore.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("suite", derandomize=True)
settings.register_profile("explore", max_examples=1000)
settings.load_profile("explore" if os.environ.get("VEEDOR_HOSTILE") == "all" else "suite")
signal.signal(signal.SIGINT, signal.default_int_handler)  # what is ignored here would be ignored by all that is started
