// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainAnswer } from "../src/explain/answer.ts";
import { examples } from "../src/explain/examples.ts";
import { objectAnswer } from "../src/object/answer.ts";
import { formatFields, parseFields } from "../src/state/fields.ts";
import { parseRoute, views } from "../src/state/route.ts";

describe("addresses", () => {
  test("each view has an address, and an unknown one is the first view", () => {
    for (const view of views) expect(parseRoute(`#view=${view}`).view).toBe(view);
    for (const hash of ["", "#view=", "#view=__proto__", "#release=6.12&view"]) {
      expect(parseRoute(hash).view).toBe("try");
    }
  });

  test("fields survive any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(parseFields(`#${formatFields([["text", text]])}`).get("text")).toBe(text);
      }),
    );
    expect(formatFields([["text", "\ud800"]])).toBe("text=%EF%BF%BD");
  });
});

describe("explain", () => {
  test.each(examples)("$title", ({ text }) => {
    const answer = explainAnswer({ text });
    expect(answer.kind).toBe("text");
    if (answer.kind !== "text") return;
    expect(answer.explanation.candidates.length).toBeGreaterThan(0);
    expect(answer.explanation.verdict).not.toBe("");
  });

  test("recognises a report, and says why it cannot use one", () => {
    const facts = {
      ...{ schema: "bpf-token/facts@1", pid: 7, program: "agent", release: "6.12.1", uid: 0 },
      capabilities: {
        ...{ effective: "0", permitted: "0", inheritable: "0", bounding: "0", ambient: "0" },
      },
      userns: { inode: 4026532000, initial: false },
      ...{ bpffs: [], seccomp: 0, noNewPrivileges: false, unknown: [] },
    };
    const answer = explainAnswer({ text: JSON.stringify(facts) });
    expect(answer.kind === "report" && answer.diagnosis.ok).toBe(false);
    expect(answer.kind === "report" && answer.diagnosis.findings.length).toBeGreaterThan(0);
    const wrong = { ...facts, pid: "seven" };
    expect(explainAnswer({ text: JSON.stringify(wrong) })).toEqual({
      kind: "error",
      message: "pid: expected a number",
    });
    expect(explainAnswer({ text: JSON.stringify({ ...facts, release: "?" }) }).kind).toBe("error");
    expect(explainAnswer({ text: "{}" }).kind).toBe("text");
  });
});

describe("object", () => {
  test("says why a file is no BPF object", () => {
    const answer = objectAnswer({ file: "a.o", bytes: new Uint8Array(64), loader: "libbpf" });
    expect(answer.kind === "error" && answer.message).toContain("not an ELF file");
  });
});
