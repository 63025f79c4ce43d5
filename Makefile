# Everything that a developer or a build machine does with DutyGraph. Needs make and Python 3.11+.
# Nothing here needs root, Node or a Java that is already there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip -qq --no-input --disable-pip-version-check --no-color
# One lock for every Python from 3.11 on and for every system; no index is written into it.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

# How many tests run at the same time: auto is one for each processor.
PROCESSES ?= auto

SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# No colours, whatever the caller's terminal is.
export NO_COLOR := 1
export PY_COLORS := 0
unexport FORCE_COLOR CLICOLOR_FORCE MYPY_FORCE_COLOR
# Another project's environment must not leak into this one.
unexport PYTHONHOME PYTHONPATH

.PHONY: help test-long mutate context codebook setup demo test test-rules test-system lint format serve bench lock wheel clean

help: ## Print every target with what it does.
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## Make the environment in .venv (PYTHON=python3.12 chooses the Python).

demo: $(INSTALLED) ## Validate Coventry on 24 January 2017 through the HTTP service with its store, print the report, stop.
	@$(BIN)/python -m dutygraph.demo

test: $(INSTALLED) ## Run every test that needs no tool installed by root.
	@$(BIN)/pytest --color=no -q -m "not system and not long" -n $(PROCESSES) --dist load $(ARGS)
	@echo "Tests marked 'system' were left out: they need tools that only root can install. Run them with 'make test-system'."

test-rules: $(INSTALLED) ## Test some rules alone while they are written (RULES='lgha-* toa-all-*').
	@RULES="$(RULES)" $(BIN)/pytest --color=no -q tests/test_examples.py tests/test_polarity.py \
	  -k "not two_polarities" $(ARGS)

test-long: $(INSTALLED) ## Run the tests that take minutes: both engines on every example, polarity, HermiT, the whole check.
	@$(BIN)/pytest --color=no -q -m long -n $(PROCESSES) --dist load $(ARGS)

test-system: $(INSTALLED) ## Run the tests that need tools installed by root, such as chromium.
	@$(BIN)/pytest --color=no -q -m system $(ARGS)

lint: $(INSTALLED) ## Check style, formatting and types.
	@failed=0; \
	$(BIN)/ruff check --quiet --output-format concise || failed=1; \
	$(BIN)/ruff format --quiet --check || failed=1; \
	$(BIN)/mypy --no-color-output || failed=1; \
	exit $$failed

format: $(INSTALLED) ## Rewrite the Python files in the house format and sort their imports.
	@$(BIN)/ruff check --quiet --select I --fix
	@$(BIN)/ruff format --quiet

context: $(INSTALLED) ## Write ontology/context.jsonld again from the ontology.
	@$(BIN)/python -m dutygraph.context_file

codebook: $(INSTALLED) ## Write data/CODEBOOK.md from the data and the ontology.
	@$(BIN)/python -m dutygraph.codebook

serve: $(INSTALLED) ## Start the HTTP service and its store in var/store, and keep them running (PORT=8080 chooses the port).
	@DUTYGRAPH_STORE="$${DUTYGRAPH_STORE:-$(CURDIR)/var/store}" $(BIN)/dutygraph serve $(if $(PORT),--port $(PORT))

mutate: $(INSTALLED) ## Damage every passing example and document, and see which rules notice.
	@$(BIN)/python -m tests.mutation $(RULES)

bench: $(INSTALLED) ## Measure the engines, and the saved queries through HTTP, on the bare store and in rdflib.
	@$(BIN)/python benchmarks/engines.py
	@$(BIN)/python benchmarks/queries.py

lock: $(LOCKED) ## Write the lock files again from pyproject.toml (UPGRADE=--upgrade takes newer versions).
	@$(COMPILE) pyproject.toml --output-file requirements/base.lock >/dev/null
	@$(COMPILE) --group build --output-file requirements/build.lock >/dev/null
	@$(COMPILE) pyproject.toml --extra dev --group build \
	  --constraint requirements/base.lock --constraint requirements/build.lock \
	  --output-file requirements/dev.lock >/dev/null

wheel: $(INSTALLED) ## Build the wheel into dist/.
	@$(BIN)/python -m hatchling build -t wheel -d dist

clean: ## Remove everything that make and the tools have made, .venv included.
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment knows its own absolute path: one that was moved or copied here is made anew.
ifneq ($(shell cat $(VENV)/.place 2>/dev/null),$(CURDIR))
.PHONY: $(LOCKED)
endif
# So is one that was made with another Python than the one that is asked for now.
ifneq ($(origin PYTHON),file)
ifneq ($(shell cat $(VENV)/.python 2>/dev/null),$(PYTHON))
.PHONY: $(LOCKED)
endif
endif

# The libraries. A changed lock starts from an empty environment, so that nothing undeclared stays.
$(LOCKED): requirements/dev.lock requirements/build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "DutyGraph needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one, for example: make setup PYTHON=python3.12" >&2; \
	  exit 1; }
	@echo "Making the environment in $(VENV) with $$($(PYTHON) --version) (once; about a minute)." >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --no-deps --require-hashes -r requirements/build.lock
	@$(PIP) install --no-deps --require-hashes --no-build-isolation -r requirements/dev.lock
	@$(PIP) check >/dev/null
	@echo '$(CURDIR)' > $(VENV)/.place
	@echo '$(PYTHON)' > $(VENV)/.python
	@touch $@

# The package itself, from this checkout. Nothing is fetched.
$(INSTALLED): $(LOCKED) pyproject.toml $(wildcard service/dutygraph/__init__.py)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
