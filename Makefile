# One command for each thing one does with a checkout; `make help` lists them.
# A plugin under plugins/ with a setup.cfg is taken in by itself.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Compiled modules are kept, whatever the shell says: hundreds of processes start from this checkout.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(sort $(patsubst %/setup.cfg,%,$(wildcard plugins/*/setup.cfg)))
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
COMMA := ,
SOURCES := $(wildcard $(addsuffix /src,$(PLUGINS)))
TESTS := tests $(wildcard $(addsuffix /tests,$(PLUGINS))) $(wildcard docs)

# Files with tests in a browser; pages of the documentation have none.
BROWSING = $(shell grep -rlE --include='test_*.py' 'mark\.browser' $(filter-out docs,$(TESTS)))

# What is installed follows from these files; when one changes, or the checkout moves, it is installed again.
DESCRIPTIONS := setup.cfg pyproject.toml $(addsuffix /setup.cfg,$(PLUGINS))
KEY := $(shell { echo $(CURDIR) $(PLUGINS); cat $(DESCRIPTIONS); } | cksum | cut -d' ' -f1)
INSTALLED := $(VENV)/.installed-$(KEY)
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Most modules that are installed are never imported; those that are get compiled then.
INSTALL := $(PIP) install -q --no-compile

# Knobs: make demo SERVE=0 PORT=8001 DEMO=var/other; make test ARGS="-k trial" WORKERS=4;
# make install EXTRAS=pdf,test,lint,docs takes in at once what other targets would one after the other
SERVE ?= 1
PORT ?=
DEMO ?= var/demo
ARGS ?=
WORKERS ?= 2
EXTRAS ?= pdf

# Plugins that need more for their own tests than the core's tests do.
OF_TESTS := $(patsubst plugins/%/setup.cfg,'backoffice-%[test]',$(shell grep -l '^test =' $(addsuffix /setup.cfg,$(PLUGINS))))

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: demo
demo: $(INSTALLED) ## Fill an organisation with a month of real orders and open the console (SERVE=0: do not serve)
	@mkdir -p $(DEMO)
	$(BIN)/backoffice demo --config $(DEMO)/backoffice.toml $(if $(filter 0,$(SERVE)),--no-serve) $(addprefix --port ,$(PORT))

.PHONY: install
install: $(INSTALLED) ## Make .venv with the core and every plugin, editable

.PHONY: test
test: $(INSTALLED)-test ## Run every test; a browser and PostgreSQL are installed where that is possible
	@.ci/system
	$(BIN)/pytest -n $(WORKERS) -m "not browser" $(TESTS) $(ARGS)
	$(BIN)/pytest -n $(WORKERS) -m browser $(BROWSING) $(ARGS) || [ $$? -eq 5 ]

.PHONY: lint
lint: $(INSTALLED)-lint build/typing/backoffice ## Check style, formatting, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=$(subst $(SPACE),:,$(SOURCES)) $(BIN)/mypy -p backoffice.core -p backoffice.hookspecs -p backoffice.cli \
		$(addprefix -p ,$(notdir $(filter-out %.egg-info,$(wildcard $(addsuffix /backoffice_*,$(SOURCES))))))
	PYTHONPATH=build/typing $(BIN)/lint-imports --no-logo

.PHONY: docs
docs: $(INSTALLED)-docs ## Build the documentation into docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

.PHONY: screenshots
screenshots: $(INSTALLED)-test ## Take pictures of the console, wide and narrow, in both languages, light and dark (ARGS="list record")
	$(BIN)/python .ci/screenshots $(ARGS)

.PHONY: wheels
wheels: $(INSTALLED)-test ## Build wheels and source distributions of the core and every plugin into dist/
	rm -rf dist
	for folder in . $(PLUGINS); do \
		$(BIN)/python -m build --no-isolation --outdir dist $$folder >build/build.log 2>&1 || { cat build/build.log; exit 1; }; \
	done
	ls dist

.PHONY: test-wheels
test-wheels: wheels ## Run the tests against the built wheels in a fresh environment, away from this checkout
	.ci/test-wheels $(WORKERS) $(ARGS)

.PHONY: compat
compat: $(INSTALLED)-lint ## Build, judge and test the sample plugins of others against this core
	.ci/compat $(ARGS)

.PHONY: bench
bench: $(INSTALLED)-test ## Measure
	$(BIN)/python bench $(ARGS)

.PHONY: faults
faults: $(INSTALLED)-test ## Kill, cut off, fill up and fuzz for an hour or two (BACKOFFICE_FAULTS_KILLS=50 and so on: less)
	@.ci/system
	BACKOFFICE_FAULTS=long $(BIN)/pytest -s tests/faults tests/security tests/core/rest/test_fuzzed.py $(ARGS)

.PHONY: clean
clean: ## Remove what was built; .venv and var/ stay
	rm -rf build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

$(VENV)/.made:
	python=$$(.ci/python); echo "Making $(VENV) with $$python"; "$$python" -m venv $(VENV)
	$(INSTALL) 'setuptools>=77' wheel
	touch $@

# Distributions of plugins that are gone from the checkout are taken out first.
$(INSTALLED): $(VENV)/.made
	@echo "Installing the core and $(words $(PLUGINS)) plugins into $(VENV) …"
	@mkdir -p build
	@rm -f $(VENV)/.installed-*
	@$(PIP) list --format=freeze | sed -n 's/^\(backoffice[^=]*\)==.*/\1/p' | xargs -r $(PIP) uninstall -q -y
	$(INSTALL) --no-build-isolation -e '.[$(EXTRAS)]' $(addprefix -e ./,$(PLUGINS))
	$(if $(findstring test,$(EXTRAS)),$(INSTALL) $(OF_TESTS))
	touch $@ $(addprefix $@-,$(filter-out pdf,$(subst $(COMMA),$(SPACE),$(EXTRAS))))

$(INSTALLED)-%: $(INSTALLED)
	@echo "Installing what “$*” needs …"
	@$(INSTALL) 'backoffice[$*]' $(if $(filter test,$*),$(OF_TESTS))
	@touch $@

build/typing/backoffice:
	mkdir -p build/typing
	ln -sfn ../.. $@
