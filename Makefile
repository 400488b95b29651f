# Everything starts here. Each target first sees to its environment: .venv is made from any Python >= 3.11 and filled from
# PyPI when it is missing, was left half made, or is older than pyproject.toml (scripts/prepare).
#   make test PYTHON=python3.12      another Python for a new environment
#   make test VENV=/tmp/venv         another place for it
#   make test ARGS="tests/model -x"  other arguments for pytest, demo or bench
#   make test WORKERS=0              the tests in one process, as for a debugger; auto: one process a core

VENV ?= .venv
BENCH_VENV ?= $(VENV)-bench
PYTHON ?=
ARGS ?=
WORKERS ?= auto
PY := $(VENV)/bin/python
prepare = PYTHON="$(PYTHON)" sh scripts/prepare $(1) $(2)

# What touches the disk runs a second time on the plain fallbacks, as on a system that has none of the fast paths.
PLAIN := tests/storage tests/writing tests/faults
PYTEST := $(PY) -m pytest --numprocesses=$(WORKERS) --dist=worksteal

.PHONY: help demo test check torture bench test-wheel clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        film the photographs of examples/photos, with titles and sound"
	@echo "make test        the whole suite, then the storage and writer tests again on the plain fallbacks"
	@echo "make check       ruff, mypy --strict, import-linter"
	@echo "make torture     read 100 000 damaged media files; list what broke a promise (ARGS=--cases=1000: fewer)"
	@echo "make bench       time writing and reading against our peers, see where time goes, compare colours (ARGS=--quick: briefly)"
	@echo "make test-wheel  build the wheel, install it elsewhere and run the suite against it"
	@echo "make clean       remove what these made"

demo:
	@$(call prepare,core,$(VENV))
	$(PY) examples/demo.py $(ARGS)

test:
	@$(call prepare,dev,$(VENV))
	@status=0; \
	echo "$(PYTEST) $(ARGS)"; \
	$(PYTEST) $(ARGS) || status=1; \
	echo "REELWRIGHT_PLAIN_STORAGE=1 $(PYTEST) $(PLAIN)"; \
	REELWRIGHT_PLAIN_STORAGE=1 $(PYTEST) $(PLAIN) || status=1; \
	exit $$status

check:
	@$(call prepare,dev,$(VENV))
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict
	$(VENV)/bin/lint-imports --no-logo

torture:
	@$(call prepare,dev,$(VENV))
	$(PY) -m tests.torture.run $(ARGS)

bench:
	@$(call prepare,bench,$(BENCH_VENV))
	$(BENCH_VENV)/bin/python -m bench.run $(ARGS)
	$(BENCH_VENV)/bin/python -m bench.stages --presets ultrafast medium --rounds 3
	$(BENCH_VENV)/bin/python -m bench.colour
	$(BENCH_VENV)/bin/python -m bench.reading $(filter --quick,$(ARGS))

test-wheel:
	@$(call prepare,dev,$(VENV))
	$(PY) scripts/test_wheel.py $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH_VENV) build dist out bench/results tests/interop/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
