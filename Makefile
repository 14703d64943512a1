# Commands, each of which needs Python 3.11 or newer, make and a package index, and nothing else:
#
#   make demo           a real server, a real service, and a table of what arrived
#   make demo KEEP=1    the same, and the server stays up until you have looked at it
#   make demo PORT=8000 with a port of your choice for the server
#   make fleet          the fleet of examples/fleet in a docker engine, and a table of what arrived (BASE=other image)
#   make test           lint, types, import contract and all tests
#   make sdk3           all tests with sentry-sdk 3 (TESTS=tests/test_web.py: these)
#   make siblings       Flask, Django, Celery, Streamlit and a script, each with its own server
#   make matrix         all tests with each sentry-sdk and each Python that is here
#   make matrix SESSION='tests-3.11(3)' TESTS=tests/test_web.py   one of them, and of the tests these
#   make docs           this documentation as a site, in site/
#   make bench          what it costs, beside sentry-sdk alone; ROWS="road keep" for rows whose names begin so
#   make bench PEERS=1  the same, with what might be taken in its place: asab.sentry, elastic-apm, OpenTelemetry
#   make soak MINUTES=5 outages and kills at random: does every event arrive, and is each kill told of once?
#   make privacy        which secrets leave, and which harmless words are lost (DETAIL=1: each of them)
#   make grouping       is one cause one issue? Asks Sentry's own code (takes PYTHON38, the path of a Python 3.8)
#   make environments   all that these commands install, without running them
#   make clean          removes all that these commands have made

PYTHON ?= $(shell command -v python3.11 || echo python3)
ifneq ($(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11))' 2>&1 || true),True)
$(error Python 3.11 or newer is needed; PYTHON=$(PYTHON) is not)
endif

VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo fleet test environments sdk3 siblings matrix docs bench soak privacy grouping clean

help:
	@sed -n 's/^#   //p' Makefile

demo:
	@PYTHONPATH=examples exec $(PYTHON) -m demo $(if $(PORT),--port '$(PORT)') $(if $(filter-out 0 no,$(KEEP)),--keep)

fleet:
	@PYTHONPATH=examples $(if $(BASE),BASE='$(BASE)') exec $(PYTHON) -m fleet

test: $(VENV)/installed
	@PYTHONPATH=examples exec $(PYTHON) -m demo.bugsink
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

environments: $(VENV)/sdk3/installed $(VENV)/siblings-installed
	@PYTHONPATH=examples exec $(PYTHON) -m demo.bugsink

sdk3: $(VENV)/sdk3/installed
	@PYTHONPATH=examples exec $(PYTHON) -m demo.bugsink
	$(VENV)/sdk3/bin/pytest $(TESTS)

siblings: $(VENV)/siblings-installed
	$(VENV)/siblings/bin/pytest $(or $(TESTS),tests/siblings)

matrix: $(VENV)/installed
	@$(BIN)/nox --non-interactive $(if $(SESSION),--session '$(SESSION)') $(if $(TESTS),-- $(TESTS))

docs: $(VENV)/docs-installed
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/installed
	@$(BIN)/python -m bench $(if $(filter-out 0 no,$(PEERS)),--peers) $(if $(JSON),--json '$(JSON)') $(ROWS)

soak: $(VENV)/installed
	@$(BIN)/python tests/soak.py $(if $(MINUTES),--minutes '$(MINUTES)')

privacy: $(VENV)/installed
	@PYTHONPATH=tests $(BIN)/python -m privacy $(if $(filter-out 0 no,$(DETAIL)),--detail) $(if $(filter-out 0 no,$(FULL)),--full) $(PARTS)

grouping: $(VENV)/installed
	@PYTHONPATH=tests $(if $(PYTHON38),PYTHON38='$(PYTHON38)') $(BIN)/python -m grouping

$(VENV)/installed: pyproject.toml
	@echo "installing the development packages"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip --disable-pip-version-check install -e '.[dev]' >$(VENV)/install.log 2>&1 \
		|| { echo "test: the development packages cannot be installed, see $(VENV)/install.log" >&2; exit 1; }
	@touch $@

$(VENV)/siblings-installed: pyproject.toml
	@echo "installing the frameworks"
	@$(PYTHON) -m venv $(VENV)/siblings
	@$(VENV)/siblings/bin/pip --disable-pip-version-check install -e '.[siblings]' >$(VENV)/siblings-install.log 2>&1 \
		|| { echo "siblings: the frameworks cannot be installed, see $(VENV)/siblings-install.log" >&2; exit 1; }
	@touch $@

$(VENV)/sdk3/installed: $(VENV)/installed
	@echo "installing the development packages with sentry-sdk 3"
	@$(PYTHON) -m venv $(VENV)/sdk3
	@{ $(VENV)/sdk3/bin/pip --disable-pip-version-check install -e '.[dev]' && $(VENV)/sdk3/bin/pip \
		--disable-pip-version-check install --no-deps 'sentry-sdk>=3.0.0b2,<4'; } >$(VENV)/sdk3-install.log 2>&1 \
		|| { echo "sdk3: sentry-sdk 3 cannot be installed, see $(VENV)/sdk3-install.log" >&2; exit 1; }
	@touch $@

$(VENV)/docs-installed: $(VENV)/installed
	@echo "installing what the site is made with"
	@$(BIN)/pip --disable-pip-version-check install -e '.[docs]' >$(VENV)/docs-install.log 2>&1 \
		|| { echo "docs: mkdocs cannot be installed, see $(VENV)/docs-install.log" >&2; exit 1; }
	@touch $@

clean:
	rm -rf .demo .grouping .grouping.log site dist *.egg-info $(VENV)
	rm -rf .coverage* .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
