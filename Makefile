# make poster   makes a poster from a photo in examples/ into out/; EXAMPLE=fig picks another
# make test     runs all that a change must pass
# make image    builds the RunPod worker's image and tries it; takes a while and about 20 GB of disk
# make clean    removes what the others made
#
# Needs Python 3.11 or newer, with venv; PYTHON=python3.12 picks one.

PYTHON ?= python3
EXAMPLE ?= astronaut
# Two processes, or one where there is one core, each with one thread: more would wait for each other.
# Each takes whole files, in their order: what a file sets up once stays so, and the last are short.
WORKERS = --numprocesses logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder
# Compiled modules are kept, whatever the shell says: hundreds of processes read them.
ENVIRONMENT = OMP_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1 PYTHONDONTWRITEBYTECODE=
PIP_INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: poster test image clean
.DELETE_ON_ERROR:

poster: .venv/.base
	@.venv/bin/poster make --request examples/$(EXAMPLE).json --out out

test: .venv/.test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(ENVIRONMENT) .venv/bin/python -m pytest -q $(WORKERS)

image: .venv/.made
	.venv/bin/python -m tools.make_image

clean:
	rm -rf .venv out .cog build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what is installed; a change of pyproject.toml installs anew.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit("poster needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.base: pyproject.toml | .venv/.made
	@echo "Installing Poster Maker into .venv"
	@$(PIP_INSTALL) --editable .
	@touch $@

.venv/.test: pyproject.toml | .venv/.made
	@echo "Installing Poster Maker and its tools into .venv"
	@$(PIP_INSTALL) --editable '.[test,bake,cog,flux,runpod]'
	@touch .venv/.base $@
