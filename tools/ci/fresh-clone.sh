#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
set -euo pipefail

case "${1:-}" in
"") ;;
-h | --help)
  cat <<'HELP'
usage: npm run tool fresh-clone

Does what a newcomer does, with what a newcomer has: clones the commit that is checked out, then runs
npm ci, the demo and the tests as an unprivileged user with Node, npm and git, without a compiler and
without Chromium. Run it as root: it covers compilers and browsers in a mount namespace of its own and
drops root itself.

The report of the tests is kept as out-tsc/fresh-clone.json.

Exit codes: 0 all pass; 2 usage; any other: that of the step that failed.
HELP
  exit 0
  ;;
*)
  echo "usage: npm run tool fresh-clone" >&2
  exit 2
  ;;
esac

top=$(cd "$(dirname "$0")/../.." && pwd)
home=$(mktemp -d)
keep() {
  local report="$home/clone/out-tsc/vitest.json"
  mkdir -p "$top/out-tsc"
  rm -f "$top/out-tsc/fresh-clone.json"
  [ ! -f "$report" ] || cp --no-dereference "$report" "$top/out-tsc/fresh-clone.json"
  rm -rf "$home"
}
trap keep EXIT
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
