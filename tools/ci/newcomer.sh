#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a newcomer has: an unprivileged user, Node, npm and git; no compiler, no Chromium. Clones the
# commit that is checked out, then `npm ci`, demo and tests. Run as root: it drops root itself, and
# covers the compilers and browsers in a mount namespace of its own.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
git -c safe.directory='*' clone -q "$top" "$home/clone"
chown -R 65534:65534 "$home"

unshare --mount --propagation private -- bash -euo pipefail -s "$home" <<'INSIDE'
home=$1
: >"$home/nothing"
chmod 0644 "$home/nothing"
for program in cc gcc clang clang-19 wasm-ld wasm-ld-19 ld.lld emcc \
  chromium chromium-browser google-chrome; do
  found=$(command -v "$program" || true)
  [ -z "$found" ] || mount --bind "$home/nothing" "$(readlink -f "$found")"
done
cd "$home/clone"
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
  env -i HOME="$home" PATH="$PATH" CI=true BPF_TOKEN_CI_RUN="${BPF_TOKEN_CI_RUN:-}" bash -euo pipefail -c '
    for program in cc gcc clang clang-19 emcc chromium; do
      if "$program" --version >/dev/null 2>&1; then echo "$program still runs: not bare"; exit 1; fi
    done
    npm ci --no-audit --no-fund
    npm run --silent demo >"$HOME/demo.txt"
    test -s "$HOME/demo.txt"
    npm test'
INSIDE
