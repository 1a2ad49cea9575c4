# make run · make test · make bench · make check · make setup — each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check setup dev chromium readme starters evaluate

run: setup
	$(BIN)/python app.py $(ARGS)

setup: $(VENV)/.installed
dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.installed

chromium: dev
	$(BIN)/python -m tests.browser.chromium

test: dev chromium
	$(BIN)/python -m pytest $(ARGS)

bench: dev chromium
	$(BIN)/python -m benchmarks $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

readme: setup
	$(BIN)/python -m pipelines.documentation

# Prints what could be trained and how long it takes; trains only with NAME=… (and DATA=DIR).
starters: dev
	$(BIN)/python -m starters $(NAME) $(if $(DATA),--data $(DATA)) $(ARGS)

evaluate: dev
	$(BIN)/python -m starters $(NAME) --evaluate $(if $(DATA),--data $(DATA)) $(ARGS)
