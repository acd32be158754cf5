# make run     a fresh machine → the sample reports read, data in data/out
# make test    the whole test suite
# make check   style, types, import rules
# make calibrate  what the values' own probabilities are worth, fitted anew: a quarter of an hour
# make test-hostile   all broken PDFs, where the suite takes an eighth; any text, drawn anew each time
# make test-kills   a run and its workers killed thirty times, and taken up each time
# make test-cluster   a cluster that loses a machine, a run that is killed, on folders and on object storage
# make bench   how well it reads reports whose truth is known
# make history  what the archive's history gets right on drawn archives: half a minute
# make history-drawn   the same of an archive printed, scanned and read: half an hour
# make profile  seconds of each stage; make bench-speed   what a page costs, beside the bare engine
# make bench-peers   what other extractors make of the same reports
.DEFAULT_GOAL := help
.PHONY: help history history-drawn setup run test test-hostile test-kills test-cluster check bench bench-peers samples picture train-marks learn-confusions
.PHONY: calibrate profile bench-speed

# the first Python of this machine that is new enough
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
READY := $(VENV)/.ready
export OMP_THREAD_LIMIT := 1

help:
	@sed -n 's/^# make/make/p' Makefile

setup: $(READY)
	@.ci/system $(BIN)/python

# the stamp is newer than pyproject.toml when the environment holds what it asks for
$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 5; }
	@.ci/system $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# exit code 1 says that values await a person: the run itself went well
run: setup
	@$(BIN)/veedor run data/raw --out data/out || { code=$$?; test $$code -eq 1 || exit $$code; }

test: setup
	@.ci/system $(BIN)/python test
	$(BIN)/pytest -n 2

test-hostile: setup
	VEEDOR_HOSTILE=all $(BIN)/pytest -s tests/test_hostile.py
	VEEDOR_HOSTILE=all $(BIN)/pytest tests/test_any_text.py tests/test_bad_input.py tests/test_spreadsheet.py tests/test_store.py

test-kills: setup
	$(BIN)/python tests/kills.py
	$(BIN)/python tests/kills.py --real

test-cluster: setup
	$(BIN)/python tests/cluster_kills.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@.ci/system $(BIN)/python bench
	$(BIN)/python tests/bench.py

history: setup
	$(BIN)/python tests/bench_history.py --archives 5

history-drawn: setup
	@.ci/system $(BIN)/python bench
	$(BIN)/python tests/bench_history.py --drawn data/history

# an environment of its own: the peers' requirements are none of veedor's
$(PEERS)/.ready: tests/peers-requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/peers-requirements.txt
	@touch $@

bench-peers: setup $(PEERS)/.ready
	@.ci/system $(BIN)/python peers
	$(BIN)/python tests/bench_peers.py

profile: setup
	@.ci/system $(BIN)/python bench
	$(BIN)/python tests/stages.py

bench-speed: setup
	@.ci/system $(BIN)/python bench
	$(BIN)/python tests/bench_speed.py

samples: setup
	$(BIN)/python tests/forms.py --samples

picture: setup
	$(BIN)/python tests/picture.py
	@.ci/system $(BIN)/python test
	$(BIN)/python tests/picture_dashboard.py

train-marks: setup
	$(BIN)/python tests/train_marks.py

learn-confusions: setup
	$(BIN)/python tests/learn_confusions.py

calibrate: setup
	$(BIN)/python tests/calibrate.py $(CALIBRATE)
