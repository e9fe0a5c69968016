# make install | demo | test | kernels | check | docs | bench      (needs Python 3.11 or newer, and nothing else)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Tests that rank or compare what comes out of matrix products; without UMAP and the longest.
RANKING := tests/neighbours tests/statistics tests/metrics tests/contracts/test_ties.py tests/audit/test_probes.py \
	--ignore=tests/statistics/test_cluster_sweep.py --ignore=tests/metrics/test_batch_integration.py
# OpenBLAS has kernels for each processor, and takes those that are asked for: KERNEL:THREADS.
KERNELS := Haswell:1 Zen:2 $(shell grep -qs avx512f /proc/cpuinfo && echo SkylakeX:1)

# Compiled modules are kept: tests start many processes, and pytest rewrites each test module once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test kernels check lint types docs bench clean

install: $(STAMP)

# Installed once; again only when what is to be installed has changed.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "phenolens needs Python 3.11 or newer; say which with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,report,anndata,harmony,combat,curves,explain,classical,onnx,dask,zarr,remote,time,dev]'
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/phenolens run quickstart --out runs/quickstart
	@echo "open runs/quickstart/report.html"

test: $(STAMP) lint types
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow"

# The same answer on every processor (see src/phenolens/statistics/ties.py).
kernels: $(STAMP)
	@for one in $(KERNELS); do \
		echo "kernels and threads of OpenBLAS: $$one"; \
		OPENBLAS_CORETYPE=$${one%:*} OPENBLAS_NUM_THREADS=$${one#*:} \
			$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow" $(RANKING) || exit 1; \
	done

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: test

# Rewrites the tables of docs/ that are made from the catalogue.
docs: $(STAMP)
	$(BIN)/python -m phenolens.core.docs docs

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[compare]'
	$(BIN)/python benchmarks/run_all.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
