# make run · make test · make bench · make check · make setup — each does its own set-up.
# It installs Python packages into .venv and nothing else; `make chromium` may install a browser,
# and so may the tests in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# requirements*.txt say what is needed, requirements.lock which versions of all that this needs.
LOCKED := --constraint requirements.lock
UV := uv==0.13.9
RAY := $(shell sed -n 's/^cluster = \["\(.*\)"\]$$/"\1"/p' pyproject.toml)
TORCH := $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)

.PHONY: run run-cluster test test-fast test-cluster soak faults coverage bench check wheel lock setup dev chromium readme starters evaluate

run: setup
	$(BIN)/python app.py $(ARGS)

# The same with two replicas on Ray, here; ARGS="--max-replicas 4" for more.
run-cluster: $(VENV)/.installed-cluster
	$(BIN)/python app.py --cluster local $(ARGS)

setup: $(VENV)/.installed
dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# On Linux the package index has torch for CUDA alone, several GB. uv knows where PyTorch keeps
# its other builds and, with "auto", which one suits this machine: without a GPU the CPU's. A
# torch that is here stays if it is of the pinned version; where uv or PyTorch's index is out of
# reach, pip installs what it finds.
$(VENV)/.installed: requirements.txt requirements.lock | $(VENV)/bin/python
	@$(BIN)/python -c "import torch" 2>/dev/null || \
	  { $(PIP) install $(UV) && UV_HTTP_RETRIES=0 UV_HTTP_CONNECT_TIMEOUT=10 $(BIN)/uv pip install \
	    --quiet --python $(BIN)/python --torch-backend auto $(LOCKED) $(TORCH); } 2>/dev/null || \
	  echo "PyTorch's own index is out of reach: pip chooses the build of torch."
	$(PIP) install --requirement requirements.txt $(LOCKED)
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) install --requirement requirements-dev.txt $(LOCKED)
	touch $@

# Ray, as pyproject.toml pins it.
$(VENV)/.installed-cluster: pyproject.toml $(VENV)/.installed
	$(PIP) install $(RAY) $(LOCKED)
	touch $@

# Versions of all packages, for all platforms and Python 3.11 or newer; those in the file stay where
# they can.
lock: dev
	$(PIP) install $(UV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header \
	  --output-file requirements.lock requirements-dev.txt

chromium: dev
	$(BIN)/python -m tests.browser.chromium --install

# Whole files go to one process each, in their order; they share its models, app and browser.
PARALLEL := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: dev
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

# What needs neither a browser nor more than some seconds a test.
test-fast: dev
	$(BIN)/python -m pytest $(PARALLEL) -m "not browser and not slow" $(ARGS)

# 50 users for ten minutes; ARGS="--users 10 --minutes 1" for less.
soak: dev
	$(BIN)/python -m tests.soak $(ARGS)

# With Ray, which the other tests do without: its HTTP libraries are others than the page's.
test-cluster: dev $(VENV)/.installed-cluster
	$(BIN)/python -m pytest tests/cluster tests/test_deploy.py $(ARGS)

# A program killed fifty times while it downloads, converts, loads or answers: whole again each time.
faults: dev
	$(BIN)/python -m tests.faults $(ARGS)

# Of the fast tests, in three minutes; ARGS='-m ""' takes all, in half an hour.
coverage: dev
	$(BIN)/python -m pytest $(PARALLEL) -m "not browser and not slow" --cov --cov-report=term $(ARGS)

bench: dev
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m benchmarks $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel: dev
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

readme: setup
	$(BIN)/python -m pipelines.documentation

# Prints what could be trained and how long it takes; trains only with NAME=… (and DATA=DIR).
starters: dev
	$(BIN)/python -m starters $(NAME) $(if $(DATA),--data $(DATA)) $(ARGS)

evaluate: dev
	$(BIN)/python -m starters $(NAME) --evaluate $(if $(DATA),--data $(DATA)) $(ARGS)
