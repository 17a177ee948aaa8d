// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { type CauseId, causeText } from "../../src/explain/cause.ts";
import { startClues } from "../../src/explain/clues.ts";
import { excludedBy } from "../../src/explain/exclusions.ts";
import { findingIds, findingText } from "../../src/index.ts";
import { withCapabilities } from "../facts.ts";

describe("on a kernel without tokens", () => {
  const why = (id: CauseId, release: string) => excludedBy(id, startClues(undefined, release));

  test.each<CauseId>([
    "token.create.capable",
    "token.create.bpffs",
    "token.dropped.map",
    "explain.no_token",
    "explain.btf_upload",
  ])("%s is no cause, if it is about tokens", (id) => {
    const isToken = causeText(id).kind === "token";
    expect(why(id, "6.8")).toBe(isToken ? "Linux 6.8 has no tokens" : undefined);
    expect(why(id, "6.9")).toBeUndefined();
  });

  test.each<CauseId>([
    ...(["mount.capable", "fsopen.may_mount", "fsconfig.create.capable"] as const),
    ...([
      "bpffs.fill.capable",
      "explain.oci_mount",
      "explain.intercept",
      "map.create.capable",
    ] as const),
  ])("%s stays", (id) => {
    expect(why(id, "6.8")).toBeUndefined();
  });
});

test("CAP_SYS_ADMIN does not replace CAP_BPF for a token: TC-08", () => {
  const excluded = (bit: bigint) =>
    excludedBy("token.create.capable", startClues(withCapabilities(bit.toString(16)), undefined));
  expect(excluded(1n << 21n)).toBeUndefined();
  expect(excluded(1n << 39n)).toBe("the process has CAP_BPF");
});

test("every finding has a cause, says what decides, and has a fix", () => {
  const lacking = findingIds().filter((id) => {
    const { cause = "", decides = "", fix = [] } = findingText(id) ?? {};
    return cause === "" || decides === "" || fix.length === 0;
  });
  expect(lacking).toEqual([]);
});
