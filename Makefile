# Short names for the commands of the README. All that is needed is Python 3.11 or newer and pip:
# the virtual environment .venv is made on first use and brought up to date when the settings change.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
SETTINGS := setup.cfg pyproject.toml constraints.txt

# The constraints hold for the build of the package too, which -c does not reach.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

.PHONY: help demo test quick slow lint coverage lessons book clean

help:
	@echo 'make demo      train a VAE on the bundled digits and write a report under runs/'
	@echo 'make test      the test suite, a few minutes'
	@echo 'make quick     the core of it, a few seconds'
	@echo 'make slow      the long tests'
	@echo 'make lint      style, import rules, types'
	@echo 'make coverage  branches of the engine and the backends that the tests reach'
	@echo 'make lessons   every lesson in fast mode'
	@echo 'make book      run every lesson and bind them into pages under build/book/html'
	@echo 'make clean     remove the environment and what the tools left behind'

demo: $(VENV)/core
	$(BIN)/scratchgen train vae --data digits --latent 2

test: $(VENV)/dev
	$(BIN)/python -m pytest

quick: $(VENV)/dev
	$(BIN)/python -m pytest -q -x tests/support tests/reference tests/nn \
		tests/autodiff/test_engine.py tests/distributions/test_closed_forms.py \
		tests/distributions/bijectors tests/elbo/test_ladder.py tests/models/test_vae.py

slow: $(VENV)/dev
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/dev
	$(BIN)/flake8
	$(BIN)/lint-imports
	$(BIN)/mypy

coverage: $(VENV)/dev
	$(BIN)/coverage run -m pytest -q tests/backend tests/autodiff tests/reference
	$(BIN)/coverage report --include='scratchgen/backend/*,scratchgen/autodiff/*' --fail-under=95

lessons: $(VENV)/core
	for lesson in lessons/[0-9]*.py; do \
		SCRATCHGEN_FAST=1 MPLBACKEND=Agg $(BIN)/python $$lesson || exit 1; done

book: $(VENV)/book
	$(BIN)/python lessons/book/build.py

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .mypy_cache .pytest_cache \
		.import_linter_cache scratchgen.egg-info
	find scratchgen tests lessons -name __pycache__ -prune -exec rm -rf {} +

# Three stamps: what a user needs, and what a developer or the book needs on top.
$(VENV)/core: $(SETTINGS) | $(BIN)/python
	$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/dev: $(SETTINGS) | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[test,lint,lessons,data]'
	@touch $(VENV)/core $@

$(VENV)/book: $(SETTINGS) | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[book]'
	@touch $(VENV)/core $@

# Some distributions ship Python without ensurepip: there pip itself fills the environment.
$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed; set PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(VENV) install -q pip; }
