// SPDX-License-Identifier: MIT
import { hasCommonAttrs } from "@bpf-token/syscall";
import { expect, test } from "vitest";
import { fixture } from "../compile.ts";
import { describeGuest } from "../kernels.ts";
import { wrongMap } from "../map-log.ts";

for (const [which, sentence] of [
  ["7.3", "Invalid numa_node."],
  ["6.12", ""],
] as const) {
  describeGuest(
    `a refused map in the guest ${which}`,
    (guest) => {
      test(`is explained by ${sentence === "" ? "nothing" : "the kernel"}`, (context) => {
        expect(hasCommonAttrs(guest().init)).toBe(sentence !== "");
        const error = wrongMap(guest(), fixture(context, "counter"));
        expect([error.cause?.code, error.log]).toEqual(["EINVAL", sentence]);
      });
    },
    which,
  );
}
