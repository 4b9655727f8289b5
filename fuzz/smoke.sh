#!/usr/bin/env bash
# Each fuzz target for half a minute under AddressSanitizer, from the committed seeds: bash fuzz/smoke.sh [seconds [target...]]
# It needs rustup with a nightly toolchain, and a C++ compiler; cargo-fuzz is installed if it is missing. What it finds and
# learns goes to a temporary folder: the tree stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-30}
shift || true

rustup run nightly cargo --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --version '^0.13' --locked --quiet
# Beside everything else that is built, so that one cache holds it.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
scratch=$(mktemp -d)

# Comparisons are not traced: the dictionary has what is compared with, and there are twice as many executions.
flags=--no-trace-compares
cargo +nightly fuzz build "$flags"
[ $# -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)
[ $# -eq 0 ] || targets=("$@")

failed=0
for target in "${targets[@]}"; do
  seeds=fuzz/seeds/stream
  [ "$target" != roundtrip ] || seeds=fuzz/seeds/frame
  mkdir -p "$scratch/$target"
  # The first folder is where libFuzzer keeps what it learns.
  if cargo +nightly fuzz run "$flags" "$target" "$scratch/$target" "$seeds" -- -dict=fuzz/sse.dict -max_total_time="$seconds" \
    -timeout=10 -print_final_stats=1 -artifact_prefix="$scratch/" >"$scratch/log" 2>&1; then
    awk -v target="$target" '
      / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:" || $i == "ft:" || $i == "corp:") seen[$i] = $(i + 1) }
      /number_of_executed_units/ { units = $2 }
      /average_exec_per_sec/ { rate = $2 }
      END { printf "%-14s %9d executions, %6d a second, %5d edges, %6d features\n", target, units, rate, seen["cov:"], seen["ft:"] }
    ' "$scratch/log"
  else
    failed=1
    # The last lines have the input in base64, to be kept when the folder is gone.
    grep -a -m 1 -A 4 'panicked at\|ERROR: ' "$scratch/log" || true
    tail -n 25 "$scratch/log"
    printf '%s: a find, in %s\n' "$target" "$scratch"
  fi
done
[ "$failed" = 1 ] || rm -r "$scratch"
exit "$failed"
