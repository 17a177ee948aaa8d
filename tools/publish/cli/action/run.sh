# SPDX-License-Identifier: MIT
# Runs the checks that the inputs of action.yml name, and writes a summary in Markdown with the fixes.
set -uo pipefail
shopt -s nullglob globstar

program=$(dirname "${BASH_SOURCE[0]}")/bpf-token
output=$(mktemp)
trap 'rm -f "$output"' EXIT
names=() failed=() details=""

fail() {
  echo "::error title=bpf-token::$1"
  exit 2
}

# What exec reports about refused calls, without its notes about calls that give no token.
refusals() {
  awk '/^[0-9]+\. [a-z]+ \[/ { keep = !/^[0-9]+\. note/ } !/^( |[0-9]+\. |$)/ { keep = 0 } keep' "$output"
}

# Four spaces, because no output can end such a block. In Markdown, a carriage return ends a line too.
quoted() { printf '%s\n\n' "$1" | tr '\r' '\n' | sed 's/^/    /'; }

# check NAME COMMAND…: runs a command as one check. Names come from files too, and are printed in Markdown.
check() {
  local name=${1//[^[:alnum:] ._\/@=-]/?} status found
  shift
  echo "::group::$name"
  "$@" 2>&1 | tee "$output"
  status=${PIPESTATUS[0]}
  echo "::endgroup::"
  names+=("$name")
  if [ "$status" -eq 0 ]; then return; fi
  failed+=("$name")
  echo "::error title=bpf-token::$name: exit status $status; the summary of the job has the fix"
  details+=$'\n'"### $name: exit status $status"$'\n\n'
  found=$(refusals | head -n 60)
  if [ -n "$found" ]; then details+="Refused calls:"$'\n\n'$(quoted "$found")$'\n\n'"The last lines of the output:"$'\n\n'; fi
  details+=$(quoted "$(tail -n 40 "$output" | cut -c 1-1000)")$'\n'
}

run_on_releases() {
  local release releases=(${INPUT_RELEASES//,/ })
  for release in "${releases[@]:-}"; do
    check "${release:+Linux }${release:-the newest Linux}" "$program" exec --subject "model${release:+@$release}" \
      --delegate "$INPUT_DELEGATE" --caps "$INPUT_CAPS" --explain -- bash -c "$INPUT_RUN"
  done
}

lint() {
  local paths=(-- $INPUT_LINT) objects=($INPUT_OBJECTS) before=${#failed[@]}
  if [ -n "$INPUT_OBJECTS" ] && [ "${#objects[@]}" -eq 0 ]; then fail "lint: no file matches the input objects"; fi
  # A file may be named as an option.
  paths=("${objects[@]/#/--objects=}" "${paths[@]}")
  check lint "$program" lint "${paths[@]}"
  # Again as annotations of the lines.
  if [ "${#failed[@]}" -gt "$before" ]; then "$program" lint --format github "${paths[@]}"; fi
}

needs() {
  local objects=($INPUT_OBJECTS) before=${#failed[@]}
  if [ "${#objects[@]}" -eq 0 ]; then fail "baseline: no file matches the input objects"; fi
  set -- "$program" policy --baseline "$INPUT_BASELINE" -- "${objects[@]}"
  check baseline "$@"
  if [ "${#failed[@]}" -gt "$before" ]; then details+=$("${@:1:2}" --markdown "${@:3}")$'\n'; fi
}

verify() {
  local object objects=($INPUT_VERIFY)
  if [ "${#objects[@]}" -eq 0 ]; then fail "verify: no file matches the input"; fi
  if [ -n "$INPUT_MODULES" ]; then export BPF_TOKEN_BPF_KERNELS=$INPUT_MODULES; fi
  for object in "${objects[@]}"; do
    check "verify $object" "$program" verify --release "$INPUT_VERIFY_RELEASE" -- "$object"
  done
}

summary() {
  local name verdict
  printf '## bpf-token\n\n| check | result |\n|---|---|\n'
  for name in "${names[@]}"; do
    verdict=passed
    case $'\n'$(printf '%s\n' "${failed[@]}")$'\n' in *$'\n'"$name"$'\n'*) verdict="**failed**" ;; esac
    printf '| %s | %s |\n' "$name" "$verdict"
  done
  # GitHub shows no summary of more than 1 MiB.
  printf '%s\n' "${details:0:900000}"
}

if [ -z "$INPUT_RUN$INPUT_LINT$INPUT_BASELINE$INPUT_VERIFY" ]; then
  fail "no check: give the input run, lint, baseline or verify"
fi
if [ -n "$INPUT_RUN" ]; then run_on_releases; fi
if [ -n "$INPUT_LINT" ]; then lint; fi
if [ -n "$INPUT_BASELINE" ]; then needs; fi
if [ -n "$INPUT_VERIFY" ]; then verify; fi
summary >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
(IFS=, && echo "failed=${failed[*]}") >>"${GITHUB_OUTPUT:-/dev/null}"
if [ "${#failed[@]}" -gt 0 ]; then exit 1; fi
