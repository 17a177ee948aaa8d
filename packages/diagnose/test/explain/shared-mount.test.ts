// SPDX-License-Identifier: MIT
// The container does not start, because the mount of the host is not shared.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { token, candidates } = explainText(text);
  return [candidates[0]?.id, candidates[0]?.confidence, token];
};

test.each([
  "docker: Error response from daemon: path /sys/fs/bpf is mounted on / but it is not a shared mount.",
  'Error: failed to generate container "4f" spec: failed to generate spec: path "/sys/fs/bpf" is mounted on "/sys/fs/bpf" but it is not a shared mount',
  'failed to create containerd container: path "/sys/fs/bpf" is mounted on "/sys" but it is not a shared or slave mount',
])("%s", (text) => {
  expect(first(text)).toEqual(["explain.shared_mount", "certain", "no"]);
});

test("a mount of something else is not about BPF", () => {
  const [id] = first("path /var/lib/data is mounted on / but it is not a shared mount.");
  expect(id).toBeUndefined();
});
