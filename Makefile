# guestkit: `make run` and `make test` do all their own set-up on a fresh machine and are quick after that.

GUEST ?= asm/hello.asm

# npm writes this file last: it stands for all of node_modules.
DEPENDENCIES := node_modules/.package-lock.json
BUILT := dist/main.cjs
SOURCES := $(shell find src -name '*.ts')

.PHONY: run test check bench clean nasm cc

run: $(BUILT) nasm ## assemble and run a guest: make run GUEST=asm/x.asm
	@node $(BUILT) run $(GUEST)

test: $(BUILT) nasm cc ## everything CI checks: lint, types, unit tests, golden guests
	@$(MAKE) --no-print-directory check
	@echo '== golden guests'
	@if [ -e /dev/kvm ]; then node $(BUILT) test; else echo 'SKIPPED: the golden guests, since there is no /dev/kvm'; fi
	@echo '== tests'
	@npm run --silent test

check: $(DEPENDENCIES) ## the quick checks: lint, types, dead code
	@echo '== lint'
	@npm run --silent lint
	@echo '== types'
	@npm run --silent types
	@echo '== dead code'
	@npm run --silent dead-code

bench: $(BUILT) nasm cc ## speed, against a C program and QEMU
	@npm run --silent bench

clean: ## remove what is built and installed
	rm -rf dist build node_modules

$(DEPENDENCIES): package.json package-lock.json
	@echo '== installing the packages of package-lock.json'
	@command -v npm >/dev/null || { echo 'guestkit needs Node.js 20.19 or newer, with npm: https://nodejs.org'; exit 1; }
	npm ci --engine-strict --ignore-scripts --no-audit --no-fund
	@touch $@

$(BUILT): $(DEPENDENCIES) $(SOURCES) src/tsconfig.json tsconfig.json package.json
	@echo '== building dist'
	@npm run --silent build >/dev/null

nasm:
	@command -v "$${NASM:-nasm}" >/dev/null || .ci/install nasm

cc:
	@command -v cc >/dev/null || .ci/install cc
