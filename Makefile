# Everything one does with Tandem, from a fresh clone: needs Python 3.11 or newer, git and make.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
VENDOR := webapp/web/static/vendor
READY := .venv/.ready $(VENDOR)/.ready

.PHONY: ready demo demo-reset test check bench soak chaos

# Bound to make: when make is killed, the demo stops too.
demo demo-reset: export TANDEM_DEMO_BOUND := 1

demo: $(READY)
	@$(BIN)/tandem demo

demo-reset: $(READY)
	@$(BIN)/tandem demo --reset

ready: $(READY)

# Whatever the shell says: each of the many processes of a test would compile everything anew.
test soak chaos: export PYTHONDONTWRITEBYTECODE :=

# One test process more than cores of a small machine: some tests wait for what others' processes do.
test: $(READY)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Far more of what chance plays in the tests, for about an hour; SOAK=<number> plays the same again.
soak: SOAK ?= $(shell date +%s)
soak: $(READY)
	@echo "SOAK=$(SOAK)"
	TANDEM_SOAK=$(SOAK) $(BIN)/pytest -n 2 --dist worksteal -m soak -o faulthandler_timeout=0 --hypothesis-seed=$(SOAK)

bench: $(READY)
	$(BIN)/python -m bench

chaos: $(READY)
	TANDEM_CRASH_POINTS=all $(BIN)/pytest tests/crash tests/faults
	$(BIN)/python -m chaos
	$(BIN)/python -m chaos --passes --customers 400 --kills 30

.venv/.ready: setup.cfg pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Tandem needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 1; }
	@echo "Setting up, once: this takes a few minutes."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[demo,frontend,test,check,bench]'
	@touch $@

$(VENDOR)/.ready: package.json package-lock.json .npmrc webapp/web/static/icons.txt tools/frontend.py | .venv/.ready
	$(BIN)/python -m tools.frontend
	@touch $@
