// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { candidates, harmless } = explainText(text);
  return candidates[0]?.id ?? harmless[0]?.id;
};

test.each([
  "libbpf: couldn't reuse pinned map at '/sys/fs/bpf/a': parameter mismatch",
  "Map specification differs from pinned file!",
  "Map 'a' self-check failed!",
  "creating map a: use pinned map a: map spec is incompatible with existing map",
])("names the pinned map of another definition: %s", (text) => {
  expect(first(text)).toBe("explain.pin_exists");
});

test("names the kernel that cannot describe a pinned map", () => {
  const text = "libbpf: failed to get map info for map FD 5: Invalid argument";
  expect(first(`${text}\nlibbpf: couldn't reuse pinned map at 'a': parameter mismatch`)).toBe(
    "explain.kernel_old",
  );
  expect(first("libbpf: failed to get map info for map FD 5: Bad file descriptor")).not.toBe(
    "explain.kernel_old",
  );
});

test("a creation that libbpf repeats without BTF is no failure, but a later line is", () => {
  const retry =
    "libbpf: Error in bpf_create_map_xattr(a):Invalid argument(-22). Retrying without BTF.";
  expect(explainText(retry).candidates).toEqual([]);
  expect(first(retry)).toBe("explain.probe_answer");
  expect(first(`${retry}\nlibbpf: failed to pin map: File exists`)).toBe("explain.pin_exists");
  expect(first(retry.replace("Invalid argument(-22)", "Operation not permitted(-1)"))).toBe(
    "map.create.sysctl",
  );
});
