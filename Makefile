PYTHON ?= python3
EXAMPLE ?= astronaut
# Two processes, or one where there is one core, each with one thread: more would wait for each other.
# Each takes whole files, in their order: what a file sets up once stays so, and the last are short.
WORKERS = --numprocesses logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder
# Compiled modules are kept, whatever the shell says: hundreds of processes read them.
ENVIRONMENT = OMP_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1 PYTHONDONTWRITEBYTECODE=
PIP_INSTALL = $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help poster serve test wheel lowest wheels coverage licences advisories locks image clean
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help: ## shows this list
	@echo "Needs Python 3.11 or newer, with venv; PYTHON=python3.12 selects one. Everything is"
	@echo "installed into .venv, from the hashed locks in requirements/."
	@echo
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 17

poster: .venv/.base ## makes a poster from a photo in examples/ into out/; EXAMPLE=fig selects another
	@.venv/bin/poster make --request examples/$(EXAMPLE).json --out out

serve: .venv/.cog ## serves predictions over HTTP on 127.0.0.1:5000
	@.venv/bin/poster serve

test: .venv/.test ## runs lint, types, import contracts and every test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(ENVIRONMENT) .venv/bin/python -m pytest -q $(WORKERS)

wheel: .venv/.base ## builds the package into dist/
	@.venv/bin/python -m hatchling build --target wheel --directory dist

lowest: .venv-lowest/.lowest ## makes a poster and runs the contract tests at the lowest allowed versions
	.venv-lowest/bin/poster make --request examples/fig.json --out .venv-lowest/out
	$(ENVIRONMENT) .venv-lowest/bin/python -m pytest -q -W default tests/contract

wheels: .venv/.test ## checks that every dependency has wheels on all platforms and Python versions
	.venv/bin/python -m tools.check_wheels

coverage: .venv/.test ## runs every test and says which lines none of them reached
	$(ENVIRONMENT) .venv/bin/python -m pytest -q $(WORKERS) --cov --cov-report term:skip-covered

licences: .venv/.test ## lists the licence of every dependency and asset; fails on one not allowed
	.venv/bin/python -m tools.licences

advisories: .venv-audit/.audit ## looks up known vulnerabilities of everything in the locks
	.venv-audit/bin/pip-audit --requirement requirements/test.lock --no-deps --disable-pip

locks: .venv/.test ## writes requirements/ anew from the ranges in pyproject.toml
	.venv/bin/python tools/make_lock.py
	$(MAKE) .venv/.test
	.venv/bin/python -m tools.make_sbom

image: .venv/.made ## builds the RunPod worker's image and tries it; takes about 20 GB of disk
	.venv/bin/python -m tools.make_image

clean: ## removes what the others made
	rm -rf .venv .venv-lowest .venv-audit out .cog build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what is installed; a changed lock or pyproject.toml installs anew.
.venv/.made .venv-lowest/.made .venv-audit/.made: %/.made:
	@$(PYTHON) -c 'import sys; sys.exit("poster needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $*
	@touch $@

.SECONDEXPANSION:
.venv/.base .venv/.cog .venv/.test .venv-lowest/.lowest .venv-audit/.audit: pyproject.toml \
		requirements/build.lock \
		requirements/$$(subst .,,$$(suffix $$@)).lock | $$(@D)/.made
	@echo "Installing $(filter %.lock,$^) into $(@D)"
	@set -e; for lock in $(filter %.lock,$^); do \
		$(PIP_INSTALL) --require-hashes --requirement $$lock; done
	@$(PIP_INSTALL) --no-index --no-build-isolation --editable .
	@touch $(if $(findstring test,$@),.venv/.base .venv/.cog) $@
