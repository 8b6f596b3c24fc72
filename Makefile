# `make` alone lists the verbs. Everything runs in .venv, made on first use from pyproject.toml and constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup generate check test demo serve sandbox bench

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything pinned (the other verbs do it for you)

DISTRIBUTIONS := --editable . --editable sandbox --editable generated/quantconnect_client

$(READY): pyproject.toml constraints.txt sandbox/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt pip==26.2
	@$(PIP) install --constraint constraints.txt --group dev $(DISTRIBUTIONS)
	@touch $@

generate: $(READY) ## compile spec/ and scopes.yaml into generated/
	@$(BIN)/python -m codegen generate

check: $(READY) ## lint, types, import contracts, and that generated/ is what the inputs say
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/openapi-spec-validator spec/quantconnect.yaml
	$(BIN)/python -m codegen generate --check

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

demo: $(READY) ## the main job, against the sandbox: an MCP client works an account
	@$(BIN)/ledgai-mcp demo

serve: $(READY) ## start the server (stdio, or MCP_TRANSPORT=http)
	@$(BIN)/ledgai-mcp serve

sandbox: $(READY) ## start the stand-in for the QuantConnect API on 127.0.0.1:5612
	@$(BIN)/quantconnect-sandbox

bench: $(READY) ## compare speeds as ratios
	@$(BIN)/python -m benchmarks
