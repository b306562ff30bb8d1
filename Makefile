# What people type. Every target works on a fresh machine with Python 3.11 and make: no root, no Docker, no account.

# The first Python 3.11 that can make a virtual environment; pyenv and friends leave names behind that lead nowhere.
PYTHON := $(shell for name in python3.11 python3 python; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 \
	&& echo "$$name" && break; done)
VENV_PYTHON := .venv/bin/python
# The type checker loads the settings, which insist on stores; it never connects.
NOWHERE := DATABASE_URL=postgresql://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0

# Everything here starts many processes: what one of them has compiled the others need not compile again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve stop manage test check bench drill faults docs screenshots test-the-tests clean installed installed-dev

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-22s %s\n", $$1, $$2 }'

demo: installed  ## the contact centre with a simulated phone network and model, and customers who call
	@exec $(VENV_PYTHON) deploy/run.py demo

serve: installed  ## the contact centre against your accounts, from the environment or .env
	@exec $(VENV_PYTHON) deploy/run.py serve

stop:  ## stop what runs here, and what a hard kill has left
	@if [ -x $(VENV_PYTHON) ]; then exec $(VENV_PYTHON) deploy/run.py stop; fi

manage: installed  ## a management command with the same stores: make manage ARGS="check --deploy"
	@exec $(VENV_PYTHON) deploy/run.py manage -- $(ARGS)

test: installed-dev  ## every test, with stores and a browser brought along; ARGS="-k word" narrows it
	@exec $(VENV_PYTHON) tests/run.py $(ARGS)

faults: installed-dev  ## break everything on purpose, with goals; ARGS="-k poison --seed 7" has one case again
	@exec $(VENV_PYTHON) -m tests.faults $(ARGS)

check: installed-dev  ## format, lint, types, import contracts, house rules
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m ruff check .
	@$(NOWHERE) $(VENV_PYTHON) -m mypy
	@$(VENV_PYTHON) tests/run.py house

bench: installed-dev  ## measure, and write benchmarks/results; ARGS="media_bridge" for one, ARGS="--quick" for less
	@exec $(VENV_PYTHON) benchmarks/run.py $(ARGS)

# With ARGS="--how kill" only strikes of this kind: kill, stop (a hang), tool (killed while a tool is at work).
CALLS := 20
KILLS := 5
drill: installed-dev  ## end bridges under live calls of the sandbox and measure: make drill CALLS=20 KILLS=5
	@exec $(VENV_PYTHON) -m tests.drill --calls $(CALLS) --kills $(KILLS) $(ARGS)

screenshots: installed-dev  ## take the pictures in docs/screens anew
	@exec $(VENV_PYTHON) docs/screenshots.py

docs: installed-dev  ## write the generated pages of docs/ anew
	@exec $(VENV_PYTHON) docs/generate.py

test-the-tests: installed-dev  ## break the code on purpose and see which tests notice
	@exec $(VENV_PYTHON) tests/break_the_core.py

clean: stop  ## remove everything made here except .venv: databases, recordings, logs, caches
	rm -rf var .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

installed:
ifeq ($(PYTHON),)
	@echo 'This needs Python 3.11 with its venv module, and found none (on Debian and Ubuntu: apt install python3.11-venv).' >&2; exit 1
else
	@$(PYTHON) deploy/install.py
endif

installed-dev:
ifeq ($(PYTHON),)
	@echo 'This needs Python 3.11 with its venv module, and found none (on Debian and Ubuntu: apt install python3.11-venv).' >&2; exit 1
else
	@$(PYTHON) deploy/install.py --dev
endif
