# Every command of the project. `make demo` and `make test` set up .venv themselves, and again when what it is made of
# has changed; PYTHON chooses the interpreter to begin with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RECIPE := pyproject.toml setup.py constraints.txt

.DEFAULT_GOAL := help
.PHONY: demo test bench lint format types help

demo: $(VENV)/.train  ## see it work: from a few raw files to a fresh wording every epoch
	$(BIN)/instraug demo

test: lint types  ## lint, types and tests, exactly as CI runs them
	$(BIN)/python -m pytest -n 2

bench: $(VENV)/.dev  ## measure; prints ratios
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lint: $(VENV)/.dev  ## ruff, formatting and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## put everything in the house format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.dev  ## mypy
	$(BIN)/mypy

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp a set of extras. It is written last, so that an interrupted installation is taken up again.
$(VENV)/.train $(VENV)/.dev: $(VENV)/.%: $(RECIPE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@
