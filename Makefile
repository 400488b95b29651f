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
BENCH := $(BENCH_VENV)/bin/python -m
QUICK := $(filter --quick,$(ARGS))
PYTEST := $(PY) -m pytest --numprocesses=$(WORKERS) --dist=worksteal

.PHONY: help demo test check torture bench bench-page test-wheel clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        film the photographs of examples/photos, with titles and sound"
	@echo "make test        the whole suite, then the storage and writer tests again on the plain fallbacks"
	@echo "make check       ruff, mypy --strict, import-linter"
	@echo "make torture     read 100 000 damaged media files, and interrupt 1200 writers; list what broke a promise (ARGS=--cases=1000: fewer)"
	@echo "make bench       time writing and reading against our peers, see where time goes, compare colours (ARGS=--quick: briefly)"
	@echo "make bench-page  write docs/benchmarks.md and its plots from the last bench"
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
	$(PY) -m tests.torture.interruptions

bench:
	@$(call prepare,bench,$(BENCH_VENV))
	@mkdir -p bench/results
	$(BENCH) bench.run $(ARGS)
	$(BENCH) bench.stages $(QUICK)
	$(BENCH) bench.startup $(QUICK)
	$(BENCH) bench.colour
	$(BENCH) bench.rgb --rounds $(if $(QUICK),5,41) > bench/results/rgb.md && cat bench/results/rgb.md
	$(BENCH) bench.header_first --megabytes $(if $(QUICK),64,2048) > bench/results/header_first.md && cat bench/results/header_first.md
	$(BENCH) bench.memory --scale $(if $(QUICK),0.005,1) > bench/results/memory.md && cat bench/results/memory.md
	$(BENCH) bench.fragments --megabytes $(if $(QUICK),64,2048) > bench/results/fragments.md && cat bench/results/fragments.md
	$(BENCH) bench.reading $(QUICK)

bench-page:
	$(BENCH) bench.page

test-wheel:
	@$(call prepare,dev,$(VENV))
	$(PY) scripts/test_wheel.py $(ARGS)

clean:
	rm -rf $(VENV) $(BENCH_VENV) build dist out bench/results tests/interop/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
