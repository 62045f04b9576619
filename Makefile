# Targets: demo (try it) · test (everything that must pass) · check · web · lock · bench · pictures · clean
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8480
DATA ?= .data/demo
PICTURES ?= .data/pictures
JOBS ?= 2

.PHONY: demo test check check-python check-web test-python test-web web lock audit bench pictures clean help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.ready: requirements/dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Vedette needs Python 3.11 or newer as $(PYTHON)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vedette needs Python 3.11 or newer; set PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

web/node_modules/.ready: web/package-lock.json web/package.json | $(VENV)/.ready
	$(BIN)/python hatch_build.py install
	touch $@

src/vedette/console/static/index.html: web/node_modules/.ready $(shell find web/src web/public -type f -not -path '*/locales/.wuchale/*' -not -name data.js 2>/dev/null) web/index.html web/vite.config.ts web/wuchale.config.js
	$(BIN)/python hatch_build.py build

web: src/vedette/console/static/index.html ## build the web page

demo: $(VENV)/.ready web ## start a simulated site and print one URL that signs in
	$(BIN)/vedette demo --data $(DATA) --port $(PORT)

test: check test-web test-python ## everything that must pass

check: check-python check-web ## linters, types, import rules

check-python: $(VENV)/.ready web/node_modules/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python hatch_build.py run pyright -p ../pyproject.toml

check-web: web/node_modules/.ready
	$(BIN)/python hatch_build.py run check

test-web: web/node_modules/.ready
	$(BIN)/python hatch_build.py run test

test-python: $(VENV)/.ready web
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

audit: $(VENV)/.ready ## known vulnerabilities in the pinned dependencies
	$(BIN)/pip-audit --requirement requirements/run.lock --require-hashes --disable-pip

lock: $(VENV)/.ready ## pin the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -c requirements/dev.lock -o requirements/run.lock

bench: $(VENV)/.ready ## run the benchmarks beside their peers
	$(BIN)/vedette bench record
	$(BIN)/vedette bench catalog

pictures: $(VENV)/.ready web ## photograph every page of the console; PICTURES says where to
	$(BIN)/python -m docs.photograph $(PICTURES)

clean: ## remove what was built, not the footage
	rm -rf $(VENV) web/node_modules src/vedette/console/static
