# The commands of this project. Only Python 3.11 or newer and make must be there; the rest goes into .venv.
#
#   make up           the program in stacks/, run in the sandbox, and the proof that the backend is secured
#                     CONNECTIVITY=aws-transit-gateway or azure-vnet-peering: over a private path
#   make test         everything: ruff, mypy, then all tests
#   make check        ruff and mypy alone
#   make bench        the measurements
#   make kill-runs    200 operations of the embedded engine, killed at random moments (make test does 12), and those of
#                     private paths on AWS and Azure, killed at every step (make test does a few)
#   make constraints  new versions into constraints.txt, within the ranges of pyproject.toml
#   make clean        remove .venv, .sandbox and caches

PYTHON ?= python3
CONNECTIVITY := public-internet
# Many tests wait for a while for a process of theirs: one worker more than there are cores has something to do then.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 1 + (os.cpu_count() or 1)))')

# Nothing is cached in the home of whoever runs this, unless they say so.
export PIP_CACHE_DIR ?= $(CURDIR)/.sandbox/cache/pip

bin := .venv/bin
pip := $(bin)/python -m pip --disable-pip-version-check --no-input --quiet
# What pip installs it also compiles, but not what stays in this folder.
compile := $(bin)/python -m compileall -q

# A virtual environment knows its own path. One that came along with a moved or copied folder would run the code of the
# folder it was made in, so it is made anew.
moved := $(shell [ -e $(bin)/kong-secure ] && ! grep -qF "$(CURDIR)/$(bin)/python" $(bin)/kong-secure && \
  rm -rf .venv && echo yes)
ifdef moved
$(info .venv was made in another folder: it is removed)
endif

# What has to be installed for each connectivity, by the name of its stamp.
stamp.public-internet := sandbox
stamp.aws-transit-gateway := aws
stamp.azure-vnet-peering := azure
connectivities := $(patsubst stamp.%,%,$(filter stamp.%,$(.VARIABLES)))
ifndef stamp.$(CONNECTIVITY)
$(error CONNECTIVITY is "$(CONNECTIVITY)"; there is: $(sort $(connectivities)))
endif

.PHONY: up test browser check bench kill-runs constraints clean
.DELETE_ON_ERROR:

# On Azure, an administrator of the tenant first approves Kong's application.
up: .venv/$(stamp.$(CONNECTIVITY)).stamp
	$(if $(filter azure-%,$(CONNECTIVITY)),@$(bin)/kong-secure sandbox --stack $(CONNECTIVITY) consent)
	@$(bin)/kong-secure sandbox up$(if $(filter-out public-internet,$(CONNECTIVITY)), --stack $(CONNECTIVITY))

# Checks first: the test runner's summary comes last.
test: check browser
	@$(compile) kong_secure tests
	@PYTHONDONTWRITEBYTECODE= $(bin)/python -m pytest -n $(WORKERS)

# A report's page is tested in a real Chromium, found on PATH or named in CHROMIUM. Debian's is installed where there is
# none and root may; without one its tests fail and say so.
browser:
	@for name in $$CHROMIUM chromium chromium-browser google-chrome google-chrome-stable chrome; do \
	    command -v "$$name" >/dev/null && exit 0; done; \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0; \
	  echo "installing Debian's chromium, for the tests of a page"; \
	  { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-dejavu-core; } \
	    </dev/null >/dev/null 2>&1 || echo "apt-get couldn't install chromium" >&2

check: .venv/dev.stamp
	@$(bin)/ruff check
	@$(bin)/ruff format --check
	@$(bin)/mypy

bench: .venv/dev.stamp
	@$(bin)/python -m benchmarks

kill-runs: .venv/dev.stamp
	@$(bin)/python -m tests.sandbox.engine.random_kills --runs 200
	@$(bin)/python -m tests.lifecycles.path_kills

constraints:
	@rm -rf build/constraints
	@$(PYTHON) -m venv build/constraints
	@build/constraints/bin/python -m pip --disable-pip-version-check --no-input --quiet install '.[sandbox,dev]'
	@build/constraints/bin/python -m pip --disable-pip-version-check freeze --all --exclude kong-secure --exclude pip > build/constraints.txt
	@mv build/constraints.txt constraints.txt
	@rm -rf build/constraints
	@echo "constraints.txt is new: run make test"

clean:
	rm -rf .venv .sandbox build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find kong_secure tests benchmarks stacks -name __pycache__ -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo 'not there');" \
	    "name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# A stamp is as new as what it stands for: nothing is installed while pyproject.toml and constraints.txt stay the same.
stamps := .venv/sandbox.stamp .venv/aws.stamp .venv/azure.stamp .venv/dev.stamp

.venv/sandbox.stamp: extras := sandbox
.venv/aws.stamp: extras := aws,sandbox-aws
.venv/azure.stamp: extras := azure,sandbox
.venv/dev.stamp: extras := sandbox,dev
$(stamps): | .venv/bin/python
$(stamps): pyproject.toml constraints.txt
	@echo "installing the package with $(extras) into .venv"
	@$(pip) install --constraint constraints.txt --editable '.[$(extras)]'
	@$(compile) kong_secure
	@touch $@ $(if $(filter %/dev.stamp,$@),$(stamps),.venv/sandbox.stamp)
