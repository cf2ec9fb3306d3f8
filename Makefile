# One command for each task; `make` alone lists them.

PYTHON ?= python3
PORT ?= 8501
REFERENCE ?= docs/reference
ADDRESS ?= localhost
CLUSTER ?=
ARGS ?=

# Containers often set this. Then every process would compile this program again: servers, workers, tests.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# Not compiled by pip: Python compiles what is imported, a small part, so the first page is there in two thirds of the time.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
CLUSTER_STAMP := $(VENV)/.installed-cluster
BENCH_STAMP := $(VENV)/.installed-bench
AUDIT_STAMP := $(VENV)/.installed-audit

# What the reference is about: all but the command line, the lessons, and single files.
ROOMS := mlp $(addprefix mlp.,charts comparison datasets engine estimators export inspection network search store \
	training)

.DEFAULT_GOAL := help
.PHONY: help run class cluster worker test lint format style types floors tests browser-tests other-tests drawing-tests \
	file-tests docs bench measure audit scan clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo
	@echo '  make run PORT=8502          on another port'
	@echo '  make run CLUSTER=tcp://scheduler:8786   train on a cluster; docs/cluster.md'
	@echo '  make tests ARGS="-k name"   some tests only'

run class: $(if $(CLUSTER),$(CLUSTER_STAMP))
run class: ARGS += $(if $(CLUSTER),--cluster '$(CLUSTER)')

run: $(RUN_STAMP)  ## start the dashboard (the first time, install what it needs)
	@exec $(BIN)/python -m mlp dashboard --port '$(PORT)' --address '$(ADDRESS)' $(ARGS)

class: $(RUN_STAMP)  ## the same, open to everyone on this network; prints the class's and the teacher's address
	@exec $(BIN)/python -m mlp dashboard --port '$(PORT)' --share $(ARGS)

cluster: $(CLUSTER_STAMP)  ## start a scheduler and two workers on this machine, to try training on a cluster
	@exec $(BIN)/python -m mlp cluster $(ARGS)

worker: $(CLUSTER_STAMP)  ## have this machine train for a cluster, with all its cores: make worker CLUSTER=tcp://…
	@DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False exec nice -n 10 $(BIN)/python -m dask worker '$(CLUSTER)' --nthreads 1 --nworkers auto $(ARGS)

test: $(DEV_STAMP)  ## run all checks and tests, two at a time; fail if any fails
	@$(MAKE) --no-print-directory --keep-going --jobs=2 style types floors browser-tests other-tests drawing-tests file-tests

lint: $(DEV_STAMP)  ## run all checks, but no tests
	@$(MAKE) --no-print-directory --keep-going style types floors

format: $(DEV_STAMP)  ## format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

style: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	$(BIN)/mypy

floors: $(DEV_STAMP)
	$(BIN)/lint-imports --no-cache --no-logo

tests: $(DEV_STAMP)
	$(BIN)/pytest $(ARGS)

# The browser tests take longer than all others, and spend half of that waiting. So the others run meanwhile, nicely, that
# no browser waits for them. Whichever job is done first goes on with the files of browser tests named here, so that both
# end at about the same time on any machine. What does not run in the first job is printed at its end.
DRAWING := $(patsubst %,tests/browser/test_%.py,draw replay)
FILES := $(patsubst %,tests/browser/test_%.py,data offline_page package)
PYTEST := $(BIN)/pytest -p no:cacheprovider
PRINTED = >$(VENV)/$@.txt 2>&1; status=$$?; cat $(VENV)/$@.txt; exit $$status
# Also if all is stopped, since it takes too long.
ALWAYS = trap : TERM;

browser-tests: $(DEV_STAMP)
	$(BIN)/pytest tests/browser $(patsubst %,--ignore=%,$(DRAWING) $(FILES)) $(ARGS)

other-tests: $(DEV_STAMP)
	@$(ALWAYS) nice -n 10 $(PYTEST) --ignore=tests/browser $(ARGS) $(PRINTED)

drawing-tests: $(DEV_STAMP)
	@$(ALWAYS) $(PYTEST) $(DRAWING) $(ARGS) $(PRINTED)

file-tests: $(DEV_STAMP)
	@$(ALWAYS) $(PYTEST) $(FILES) $(ARGS) $(PRINTED)

docs: $(DEV_STAMP)  ## build the library's reference: open docs/reference/index.html
	$(BIN)/python -W error -m pdoc --docformat numpy --output-directory '$(REFERENCE)' $(ROOMS)

# The benchmarks get their own environment: checks and tests must run with what users have, without PyTorch.
bench:  ## compare speed and memory with PyTorch, JAX and scikit-learn; ARGS=--quick for a trial
	@$(MAKE) --no-print-directory VENV=.venv-bench measure

measure: $(BENCH_STAMP)
	@$(BIN)/python -m benchmarks $(ARGS)

# Both tools have their environment, and look at the program's. With `--strict`, the audit fails if PyPI can't be asked about a
# package, instead of passing what it did not look at.
audit: $(RUN_STAMP)  ## look for known vulnerabilities in what is installed, and for weak places in the code
	@$(MAKE) --no-print-directory VENV=.venv-audit AUDITED='$(CURDIR)/$(BIN)/python' scan

scan: $(AUDIT_STAMP)
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app.py dashboard.py mlp pages ui
	PIPAPI_PYTHON_LOCATION='$(AUDITED)' $(BIN)/pip-audit --local --strict --progress-spinner off

clean:  ## remove the environments and all caches, but no data
	rm -rf $(VENV) .venv-bench .venv-audit .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache screenshots docs/reference
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── The environment ───────────────────────────────────────────────────────────────────────────────────────────────

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python was not found as '$(PYTHON)'. Install Python 3.11 or newer, or say where it is: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c "$$VERSION_CHECK"
	@echo "Creating the environment $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot create an environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): requirements.txt | $(BIN)/python
	@echo "Installing the dashboard's requirements (a minute or two the first time) …"
	@$(INSTALL) -r requirements.txt
	@touch $@

$(CLUSTER_STAMP): requirements-cluster.txt requirements.txt | $(RUN_STAMP)
	@echo "Installing what training on a cluster needs …"
	@$(INSTALL) -r requirements-cluster.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt requirements-onnx.txt requirements-cluster.txt requirements.txt | $(BIN)/python
	@echo "Installing the requirements of checks and tests …"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ $(RUN_STAMP) $(CLUSTER_STAMP)

$(BENCH_STAMP): requirements-bench.txt requirements-cluster.txt requirements.txt | $(BIN)/python
	@echo "Installing the libraries to compare with (some minutes the first time) …"
	@echo '*' > $(VENV)/.gitignore
	@$(INSTALL) -r requirements-bench.txt
	@touch $@

$(AUDIT_STAMP): requirements-audit.txt | $(BIN)/python
	@echo "Installing what looks for weak places …"
	@echo '*' > $(VENV)/.gitignore
	@$(INSTALL) -r requirements-audit.txt
	@touch $@

define VERSION_CHECK
import sys
if sys.version_info < (3, 11):
    sys.exit(f'This program needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. '
             'Choose a newer one: make run PYTHON=python3.12')
endef
export VERSION_CHECK
