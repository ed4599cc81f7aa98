# Every target sets up what it needs first (setup.sh: quarter of an hour once, then a second).
SHELL := bash
export OMP_NUM_THREADS := 1
# Open MPI refuses to run as root, as one does in a container, without these.
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1

setup = py=$$(bash setup.sh python)
# Two ranks: the second keeps quiet; tests that wait for each other end after ten minutes, with the places where they wait.
two = -m "parallel[2] and not slow" -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true

.PHONY: demo warm test conformance lint docs bench verify verification mutation reproduce maps wheelhouse clean

demo:  ## the main job: current and heat in a wavy SEI
	@$(setup) && "$${py%/*}/trona" run inputs/tutorial/sodium_sei.yaml -o runs/demo
	@echo "tables:   runs/demo/outputs.csv, runs/demo/summary.json"
	@echo "fields:   runs/demo/fields.pvd (ParaView)"
	@echo "pictures: $$(echo runs/demo/plots/*.png)"

warm:  ## compile the kernels of the tutorial decks, so that their first run starts at once; what is there is not compiled again
	@$(setup) && for deck in sodium_sei switching_on; do "$${py%/*}/trona" warm -q "inputs/tutorial/$$deck.yaml" || exit; done

test:  ## the tests, two files at a time, then those marked parallel on two ranks
	@$(setup) && bash setup.sh browser && $$py -m pytest -n 2 --dist loadfile && \
	timeout $$((600 + SECONDS)) mpiexec -n 1 $$py -m pytest --color=no $(two) : -n 1 $$py -m pytest --color=no -qq --no-header $(two)

conformance:  ## every built-in plugin and a stranger's package through the conformance kit, with its solves
	@$(setup) && $$py -m pytest -n 2 --dist loadgroup -m "slow and parallel[1]" tests/conformance tests/plugins

lint:  ## style and types
	@$(setup) && $$py -m ruff check . && $$py -m ruff format --check . && \
	MYPYPATH=core:plugins $$py -m mypy -p trona -p trona_plugins && \
	twice=$$(find tests -name 'test_*.py' -not -path '*/data/*' -printf '%f\n' | sort | uniq -d) && \
	{ [ -z "$$twice" ] || { echo "pytest takes these for one file each: $$twice"; exit 1; }; }

docs:  ## the site, in site/; its reference is made from the code, its gallery from runs
	@$(setup) && $$py docs/generate.py && $$py docs/gallery.py && NO_MKDOCS_2_WARNING=1 $$py -m mkdocs build --strict

bench:  ## time and memory against a hand-written script of the same problem, as ratios
	@$(setup) && $$py tests/benchmarks/compare.py && $$py tests/benchmarks/cold.py && $$py tests/benchmarks/warm.py && $$py tests/benchmarks/sweep.py && $$py tests/benchmarks/study.py && $$py tests/benchmarks/presets.py

verify:  ## the long proofs
	@$(setup) && $$py -m pytest -m "slow and parallel[1]"

verification:  ## manufactured solutions of the shipped decks, written to docs/verification-results.md
	@$(setup) && $$py docs/verify.py

reproduce:  ## the decks of the papers, or of PAPERS="..." only, and what becomes of their claims; writes docs/reproduction
	@$(setup) && $$py docs/reproduce.py $(PAPERS)

maps:  ## where the paper's claims hold, over two parameters each; goes on where it was stopped; writes docs/reproduction/singla2026/maps
	@$(setup) && $$py docs/maps.py

mutation:  ## small faults in the source against every proof: what is new or changed since the last time; writes docs/mutation.md
	@$(setup) && $$py tests/mutation/campaign.py

wheelhouse:  ## pack the PETSc and Firedrake that the set-up has built, for TRONA_WHEELHOUSE of others; into wheelhouse/ or DIR=...
	@bash setup.sh wheelhouse "$(or $(DIR),wheelhouse)"

clean:  ## what the targets made in this folder; the environments stay
	rm -rf site docs/reference docs/gallery build .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
