# make run    install what is missing, then one whole improvement cycle with the model that ships with the project
# make test   the same install, then the tests          make test ARGS="-m 'not slow'"
# make check  format, lint, types                       make bench  where a cycle's time goes
#
# VENV=DIR  another virtual environment     PYTHON=python3.12  another interpreter
# EXTRAS=gpu,dev  what to install           PIP_ARGS="..."     more arguments for pip (docs/operate.md)

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
EXTRAS ?= cpu,dev
PIP_ARGS ?=
ARGS ?=
PROFILE ?= micro

export VENV PYTHON EXTRAS PIP_ARGS
BIN := $(VENV)/bin

.PHONY: run test check bench install clean
.DEFAULT_GOAL := run

run: install
	@$(BIN)/loop run --profile $(PROFILE) $(ARGS)

# In their own order: xdist would put files of few tests, which have the longest ones, last, and one core would idle.
test: install
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: install
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: install
	@$(BIN)/loop bench cycle $(ARGS)

install:
	@bash deployments/install.sh

# What a run left behind stays: state/ is yours to delete.
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
	find flows loop evaluators tests -name __pycache__ -type d -prune -exec rm -rf {} +
