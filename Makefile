# Every command sets up first, which takes a moment when nothing changed (tools/bootstrap.py).
#
#   make demo      a few scenarios from file to result, through Dagster
#   make test      linters, type check and the whole suite, engine compiled and interpreted
#   make bench     how fast the engine is
#   make help      the rest

PYTHON ?= python3
BIN := .venv/bin
SQL := dbt_project/models dbt_project/tests
# The tests of these areas never meet a compiled module but through a whole run; all others run twice, interpreted and
# compiled.
ONCE := benchmarks browser cli dbt infra pipeline warehouse
ENGINE_TESTS := $(filter-out $(ONCE:%=tests/%/), $(sort $(dir $(wildcard tests/*/test_*.py))))
PYTEST := $(BIN)/python -m pytest -q
# Files of tests beside each other, one on each core (CORES=1: one after the other), in the order of their names: the
# long ones are in the middle.
CORES ?= auto
SPREAD := -n $(CORES) --dist loadfile --no-loadscope-reorder

# History and pools live in the instance; without DAGSTER_HOME Dagster takes a temporary one, as the tests want it.
demo dev: export DAGSTER_HOME := $(CURDIR)/dagster_home
# Nothing is reported to anybody, nothing is asked for.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
# Where this is set, every process compiles every library anew (50 s and more for Dagster).
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test suite lint format fuzz bench dev docs build setup setup-lint lock clean-ext clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

setup:
	@$(PYTHON) tools/bootstrap.py

setup-lint:
	@$(PYTHON) tools/bootstrap.py --lint

build: setup ## set up: locked packages, compiled engine, dbt manifest

demo: setup ## materialise a few scenarios through Dagster and show the results
	@$(BIN)/python -m paysim_pipeline.demo

test: lint ## everything: lint, then suite; PAYSIM_MYPYC=0 for the interpreted engine
	@$(MAKE) --no-print-directory suite

suite: setup ## the test suite with coverage: the engine's tests interpreted, then all of it compiled
	@rm -f .coverage
	@if $(BIN)/python -c 'import sys, paysim_engine; sys.exit(not paysim_engine.is_compiled())'; then \
		echo 'paysim: the tests of the engine, interpreted (these are the lines that coverage sees)'; \
		PAYSIM_MYPYC=0 $(PYTEST) $(SPREAD) --cov --cov-report= $(ENGINE_TESTS) || exit 1; \
		echo 'paysim: all tests, engine compiled'; \
	else \
		echo 'paysim: all tests, engine interpreted'; \
	fi
	@$(PYTEST) $(SPREAD) --cov --cov-append --cov-report=term

lint: setup-lint ## ruff, mypy (strict) and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	.venv-lint/bin/mypy --python-executable $(BIN)/python
	$(BIN)/sqlfluff lint $(SQL)

format: setup ## put Python and SQL into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix $(SQL)

fuzz: setup ## search for faults with random scenarios for longer (EFFORT=20; ORACLE=folder of an independent interpreter)
	@HYPOTHESIS_PROFILE=search PAYSIM_FUZZ=$(or $(EFFORT),20) $(PYTEST) tests/properties tests/engine/test_netting.py \
		tests/engine/test_queues.py tests/scenario/test_mutations.py
	@$(if $(ORACLE),$(BIN)/python -m tests.properties.fuzz_oracle --oracle $(ORACLE) --first $(or $(FIRST),0) \
		--count $(or $(COUNT),500))

bench: setup ## every figure as a ratio to a bare loop (benchmarks/README.md); ARGS=--growth, --warehouse, --quick, --case
	@$(BIN)/python -m benchmarks.run $(ARGS)

dev: setup ## the Dagster UI on this checkout's history and warehouse
	$(BIN)/dagster dev

docs: setup ## the dbt documentation site, in dbt_project/target
	$(BIN)/dbt docs generate --project-dir dbt_project --profiles-dir dbt_project

lock: ## resolve pyproject.toml anew into constraints*.txt (ARGS=--upgrade for newer versions)
	$(PYTHON) tools/lock.py $(ARGS)

clean-ext: ## remove the compiled modules; the sources are used until the next build
	@$(PYTHON) tools/bootstrap.py --clean-ext

clean: clean-ext ## remove everything that was installed or built; data and Dagster's history stay
	rm -rf .venv .venv-lint build *.egg-info dbt_project/target dbt_project/logs
	rm -rf .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .bootstrap.lock
