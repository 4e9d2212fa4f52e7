# make run      install what is needed, then open MNIST through model/mnist.h5
#               (others: make run MODEL=my.h5 DATASET=photos ARGS="--open")
# make test     install what is needed, then lint, type check and test
# make bench    time start-up, the forward pass, the projections, the page, logging, regions and epochs
# make clean    remove what these targets made
#
# The environment lies in .venv and is made once. Without make: the same commands are written out in README.md.

VENV    ?= .venv
MODEL   ?= model/mnist.h5
DATASET ?= mnist
ARGS    ?=

# The first of these that is a Python TensorFlow has packages for.
PYTHON  ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && \
	echo $$p && break; done)
PIP      = $(VENV)/bin/python -m pip --disable-pip-version-check install -c constraints.txt

.PHONY: run test lint bench clean
.DEFAULT_GOAL := run

run: $(VENV)/installed
	$(VENV)/bin/python analyzer.py $(MODEL) $(DATASET) $(ARGS)

test: lint
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(VENV)/installed-test
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m mypy

bench: $(VENV)/installed-test
	$(VENV)/bin/python bench/startup.py $(ARGS)
	$(VENV)/bin/python bench/forward.py
	$(VENV)/bin/python bench/projections.py
	$(VENV)/bin/python bench/workbench.py
	$(VENV)/bin/python bench/log_scalars.py
	$(VENV)/bin/python bench/training.py
	$(VENV)/bin/python bench/regions.py $(ARGS)
	$(VENV)/bin/python bench/epochs.py $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(if $(PYTHON),,$(error No Python from 3.11 to 3.13 was found; install one, or name it: make PYTHON=/path/to/python3.12))
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e ".[test]"
	@touch $@ $(VENV)/installed
