// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { parsePerror } from "../../src/explain/perror.ts";

test.each([
  ["BPF_MAP_CREATE: Operation not permitted", "MAP_CREATE", "EPERM"],
  ["  bpf(BPF_PROG_LOAD): Operation not permitted", "PROG_LOAD", "EPERM"],
  ["./my-app_2: BPF_TOKEN_CREATE: Operation not supported", "TOKEN_CREATE", "EOPNOTSUPP"],
  ["app: error: bpf(BPF_BTF_LOAD) failed: -1 EPERM (Operation not permitted)", "BTF_LOAD", "EPERM"],
  ["bpf_map_create(flows, 12) failed: -EPERM", "MAP_CREATE", "EPERM"],
  ["bpf_prog_load(): (-EACCES)", "PROG_LOAD", "EACCES"],
  ["error: bpf_map_freeze failed: E2BIG", "MAP_FREEZE", "E2BIG"],
])("'%s' names a command and its errno", (line, cmd, errno) => {
  expect(parsePerror(line)).toEqual({ cmd, errno });
});

test.each([
  ["a sentence about a command", "so BPF_MAP_CREATE: Operation not permitted"],
  ["a command that does not exist", "BPF_MAP_DANCE: Operation not permitted"],
  ["a property of all objects", "bpf_constructor: Operation not permitted"],
  ["no errno", "BPF_MAP_CREATE: 3"],
  ["words that no errno has", "BPF_MAP_CREATE: All is well"],
  ["a result", "bpf(BPF_MAP_CREATE) = -1 EPERM"],
  ["the name of a type", "BPF_MAP_TYPE_HASH: Operation not permitted"],
])("%s is none", (_, line) => {
  expect(parsePerror(line)).toBeUndefined();
});
