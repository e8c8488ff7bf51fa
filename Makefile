# Assay. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

export GOFLAGS ?= -p=2
BUILD := build
BIN := $(BUILD)/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
VERSION_PKG := github.com/cosmos/cosmos-sdk/version
LDFLAGS := -X $(VERSION_PKG).Name=assay -X $(VERSION_PKG).AppName=assayd -X $(VERSION_PKG).Version=$(VERSION) -X $(VERSION_PKG).Commit=$(COMMIT)
TEST_TIMEOUT ?= 30m

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build assayd, assay and assay-sidecar into build/bin
	@mkdir -p $(BIN)
	go build -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

.PHONY: ort
ort: ## bring ONNX Runtime (npm pack, checked by sha256) to build/ort
	scripts/ort.sh

.PHONY: rly
rly: ## build the relayer rly, unmodified, into build/bin
	scripts/rly.sh

.PHONY: hermes
hermes: ## install the relayer Hermes with cargo, into a cache folder
	scripts/hermes.sh

.PHONY: localnet
localnet: build ## a hub, a zone and a relayer (RELAYER=rly or hermes) that stay up; make localnet-stop ends them
	scripts/localnet.sh

.PHONY: localnet-stop
localnet-stop: ## stop the local network
	scripts/localnet.sh stop

.PHONY: demo
demo: build ort ## walk the whole journey on one machine; KEEP=1 leaves it running
	scripts/demo.sh

.PHONY: test
test: build ort rly ## every test, ONNX Runtime included
	scripts/test.sh

.PHONY: test-cpus
test-cpus: ort ## canonical models give the same bytes on six machines, native and emulated (qemu)
	scripts/test-cpus.sh

.PHONY: test-arm64
test-arm64: ## the sidecar built for arm64, and its tests on an emulated CPU (qemu)
	scripts/test-arm64.sh

.PHONY: contracts
contracts: ## build the contracts of contracts/ again with pinned compilers (npm); CI compares the result
	scripts/contracts.sh

.PHONY: fuzz-contracts
fuzz-contracts: ## compare the interpreter with wazero on random modules; FUZZTIME is how long (default 10m)
	go test ./x/contract/vm/difftest -run '^$$' -fuzz FuzzDifferential -fuzztime $(or $(FUZZTIME),10m) -fuzzminimizetime 1s

.PHONY: test-clients
test-clients: build ## the inference protocol with clients that others wrote (PyPI's tritonclient, curl)
	scripts/clients.sh

.PHONY: e2e
e2e: build ort rly ## tests that start real chains
	go test -count=1 -timeout $(TEST_TIMEOUT) -parallel 3 -tags e2e ./tests/e2e/...

.PHONY: sim
sim: ## a longer simulation of the application
	go test -count=1 -timeout $(TEST_TIMEOUT) -tags sim -run "Sim|AppI|AppS" ./app/...

.PHONY: rapid
rapid: ## longer property tests of rollouts; CHECKS is how many runs
	go test -count=1 -timeout $(TEST_TIMEOUT) -run 'TestNetwork|TestMachine|TestObey' ./x/rollout/keeper ./x/rollout/types -rapid.seed=0 -rapid.checks=$(or $(CHECKS),2000)

.PHONY: bench
bench: ort ## the benchmarks that the documentation quotes
	go test -run '^$$' -bench . -benchmem -timeout $(TEST_TIMEOUT) ./x/proof/verifier/... ./x/rollout/keeper ./x/contract/... ./zkml/... ./app/... ./light-client ./inference-sidecar/...

.PHONY: deb
deb: ## Debian packages of the sidecar for amd64 and arm64, into build/deb
	scripts/deb.sh

.PHONY: lint
lint: ## golangci-lint, buf lint and the formatters, all pinned
	scripts/lint.sh

.PHONY: breaking
breaking: ## compare the protobuf definitions with the latest release, or with BASE=COMMIT
	scripts/breaking.sh

.PHONY: generate
generate: ## generate Go and OpenAPI from proto/
	scripts/generate.sh

.PHONY: clean
clean: ## remove what was built; caches of the tool chain stay
	scripts/localnet.sh stop
	rm -rf $(BUILD) .demo .localnet
