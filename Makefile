# CoP. Two commands matter: `make run` and `make test`. `make help` explains all of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000
export HOST ?= 127.0.0.1

.DEFAULT_GOAL := help
.PHONY: help run test check format docs lock bench soak clean

help: ## Explain every command
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

# A stamp per lock file, so that a second start installs nothing.
$(VENV)/.run: requirements/run.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "CoP needs Python 3.11 or newer; $(PYTHON) is older or missing. Try: make run PYTHON=python3.12"; exit 1; }
	@test -w . || { echo "This folder cannot be written: $(CURDIR)"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { echo "Python could not make a virtual environment (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	@echo "Installing what CoP needs (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

run: $(VENV)/.run ## Run the demonstration community at http://127.0.0.1:8000 (PORT=8001 takes another port)
	@COP_DEMO=1 $(BIN)/python -m cop.supervisor
	@COP_DEMO=1 $(BIN)/python -m cop migrate
	@COP_DEMO=1 $(BIN)/python -m cop demo
	@COP_DEMO=1 exec $(BIN)/python -m cop serve

test: $(VENV)/.dev ## Run every test: unit, both databases, sockets, browser, accessibility, architecture
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.run all

check: $(VENV)/.dev ## The inner loop, under a minute: format, lint, types, contracts, unit tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports --no-cache 2>&1 | tail -n 3
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/unit tests/architecture

format: $(VENV)/.dev ## Put every Python file into the one format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

docs: $(VENV)/.dev ## Write the generated parts of the documentation anew (settings, commands, events, lifecycles)
	@$(BIN)/python -m tests.architecture.generated

bench: $(VENV)/.dev ## Measure, and print figures and ratios
	@$(BIN)/python -m tests.bench

soak: $(VENV)/.dev ## Long runs: kill -9 while writing, many sockets, hostile input at length
	@$(BIN)/python -m tests.soak

lock: $(VENV)/.dev ## Resolve the dependencies anew (after a change in setup.cfg)
	@$(BIN)/uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements/run.lock
	@$(BIN)/uv pip compile setup.cfg --extra dev --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -c requirements/run.lock -o requirements/dev.lock

clean: ## Remove the virtual environment and caches; the data under var/ stays
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
