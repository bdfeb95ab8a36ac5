# Everything sets itself up: a virtual environment in .venv, packages pinned by hash.
#
#   make run      start the portal, print its address
#   make test     all tests, on SQLite and PostgreSQL (ARGS="-k name" narrows, COVERAGE=1 measures)
#   make check    lint, format, types, imports, templates, migrations, licences, vulnerabilities
#   make bench    fill a database to its ordinary size and time the pages
#   make lock     pin the dependencies of pyproject.toml in requirements/
#   make audit    known vulnerabilities in the dependencies (AUDIT_REQUIRED=1: must be answered)
#   make format   format and sort imports
#   make clean    remove what the targets above made (the data in var/ stays)

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check audit bench lock format clean

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
ARGS ?=

help:
	@sed -n 's/^#   //p' Makefile

.venv/.made:
	@$(PYTHON) tools/check_python.py
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: requirements/run.txt .venv/.made
	@echo "Installing packages …"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.made
	@echo "Installing packages for development …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

run: .venv/.run
	@exec $(BIN)/python manage.py up

test: .venv/.dev
	@$(BIN)/python -m tests.suite $(ARGS)

check: .venv/.dev
	@$(BIN)/python -m tools.check

audit: .venv/.dev
	@$(BIN)/python -m tools.audit

bench: .venv/.dev
	@$(BIN)/python -m tests.bench $(ARGS)

lock: .venv/.dev
	@$(BIN)/python -m tools.lock $(ARGS)

format: .venv/.dev
	@$(BIN)/ruff check --quiet --fix --select I
	@$(BIN)/ruff format --quiet

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage* coverage.xml htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
