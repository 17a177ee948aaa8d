// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { SourceError } from "@bpf-token/upstream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { objectAnswer } from "../src/object/answer.ts";
import { releaseRows } from "../src/releases/answer.ts";
import { scenarioAnswer } from "../src/scenario/answer.ts";
import { completionOf } from "../src/scenario/completion.ts";
import { examples as scenarios } from "../src/scenario/examples.ts";
import { typescriptOf } from "../src/scenario/export.ts";
import { suiteFiles } from "../src/scenario/library.ts";
import { readVocabulary } from "../src/scenario/vocabulary.ts";
import { formatFields, parseFields } from "../src/state/fields.ts";
import { parseRoute, views } from "../src/state/route.ts";
import { defaultState, releases } from "../src/state/try-state.ts";
import { readGlossary, splitTerms } from "../src/ui/glossary.ts";
import { sourceFiles } from "../src/upstream/source.ts";
import { suite } from "../src/upstream/suite.ts";
import { exampleObject } from "../src/verify/example.ts";
import { releaseOf } from "../src/verify/kernel.ts";
import { formatBytes, parseBytes } from "../src/verify/packet.ts";

describe("addresses", () => {
  test("each view has an address, and an unknown one is the first view", () => {
    for (const view of views) expect(parseRoute(`#view=${view}`).view).toBe(view);
    for (const hash of ["", "#view=", "#view=__proto__", "#view=explain&text=x"]) {
      expect(parseRoute(hash).view).toBe("start");
    }
    for (const hash of ["#situation=lsm", "#release=6.12"]) {
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

describe("object", () => {
  test("says why a file is no BPF object", () => {
    const answer = objectAnswer({ file: "a.o", bytes: new Uint8Array(64), loader: "libbpf" });
    expect(answer.kind === "error" && answer.message).toContain("not an ELF file");
  });
});

describe("verifier", () => {
  test("the example is an object with three programs", () => {
    const answer = objectAnswer({ file: "example", bytes: exampleObject(), loader: "libbpf" });
    const programs = answer.kind === "object" ? answer.report.programs : [];
    expect(programs.map(({ name, instructions }) => [name, instructions])).toEqual([
      ["drop_ipv4", 11],
      ["no_bounds_check", 3],
      ["compares_pointers", 3],
    ]);
  });

  test("a packet is an even number of digits", () => {
    expect(parseBytes("02 00\n03")?.length).toBe(3);
    expect(formatBytes(parseBytes("FF:00 1") ?? new Uint8Array(17))).toHaveLength(2);
    expect(formatBytes(Uint8Array.of(255, 0))).toEqual(["ff 00"]);
    for (const wrong of ["0", "0x00", "zz"]) expect(parseBytes(wrong)).toBeUndefined();
  });

  test("a configuration names its release", () => {
    expect(releaseOf("#\n# Linux/x86 7.3.4 Kernel Configuration\n")).toBe("7.3.4");
    expect(() => releaseOf("CONFIG_BPF=y")).toThrow("names no release");
  });
});

describe("releases", () => {
  test("marks the release that changes the answer, with its rules", () => {
    const masks = { ...defaultState.masks, maps: "insn_array" };
    const rows = releaseRows({ ...defaultState, masks, map: "INSN_ARRAY" });
    expect(rows.map(({ release }) => release)).toEqual(releases);
    const changed = rows.filter((row) => row.changed);
    expect(changed.map(({ release }) => release)).toEqual(["6.19"]);
    expect(changed[0]?.errno).toBeUndefined();
    expect(changed[0]?.rules.some(({ sentence }) => sentence.includes("insn_array"))).toBe(true);
    expect(rows[0]?.errno).toBe("EINVAL");
  });

  test("equal answers are not marked", () => {
    expect(releaseRows(defaultState).some((row) => row.changed)).toBe(false);
  });
});

describe("scenario", () => {
  test.each(scenarios)("$title passes on every release", ({ text }) => {
    for (const release of releases) {
      const answer = scenarioAnswer({ text, release });
      expect(answer.kind === "trace" && answer.outcome, release).toBe("passed");
    }
  });

  test("shows why the kernel ignored the token, and its own form as YAML", () => {
    const text = scenarios[0]?.text ?? "";
    const answer = scenarioAnswer({ text, release: "6.12", other: "7.3" });
    if (answer.kind !== "trace") throw new Error("the example is not a scenario");
    expect(answer.differences).toEqual([]);
    const last = answer.calls.at(-1);
    expect(last?.answer).toBe("EPERM");
    expect(last?.met).toBe(true);
    expect(last?.decisions[0]).toMatchObject({ check: "token.dropped.map", silent: true });
    expect(scenarioAnswer({ text: answer.yaml, release: "6.12" }).kind).toBe("trace");
  });

  test("reports the problems of a text with their lines", () => {
    const answer = scenarioAnswer({ text: "name: x\nsteps:\n  - fsopne: bpf\n", release: "7.3" });
    expect(answer.kind === "problems" && answer.problems[0]).toMatchObject({ line: 3 });
    expect(scenarioAnswer({ text: "", release: "7.3" }).kind).toBe("problems");
  });

  test("compares two releases", () => {
    const text =
      "name: a new map type\nsteps:\n  - bpf: MAP_CREATE\n    attr: { map_type: INSN_ARRAY, key_size: 4, value_size: 16, max_entries: 1 }\n";
    const answer = scenarioAnswer({ text, release: "6.18", other: "6.19" });
    expect(answer.kind === "trace" && answer.differences?.length).toBeGreaterThan(0);
  });
});

describe("token.c", () => {
  const TOKEN = "kernel/bpf/token.c";
  const creates = [
    `diff --git a/${TOKEN} b/${TOKEN}`,
    "new file mode 100644",
    "--- /dev/null",
    `+++ b/${TOKEN}`,
    "@@ -0,0 +1,1 @@",
    "+int one;",
    "",
  ].join("\n");
  const changes = [
    `diff --git a/${TOKEN} b/${TOKEN}`,
    `--- a/${TOKEN}`,
    `+++ b/${TOKEN}`,
    "@@ -1,1 +1,1 @@",
    "-int one;",
    "+int two;",
    "",
  ].join("\n");
  const textOf = async (...texts: string[]): Promise<readonly [string, string][]> => {
    const files = await sourceFiles(texts.map((text, i) => ({ name: `${i}`, text })));
    return files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes).trimEnd()]);
  };

  test("comes from a file, from a patch, or from a patch of a file", async () => {
    expect(await textOf("int one;\n")).toEqual([[TOKEN, "int one;"]]);
    expect(await textOf(creates)).toEqual([[TOKEN, "int one;"]]);
    expect(await textOf(changes, "int one;\n")).toEqual([[TOKEN, "int two;"]]);
    const files = await sourceFiles([
      { name: "inode.c", text: "int i;\n" },
      { name: "token.c", text: "int t;\n" },
    ]);
    expect(files.map(({ path }) => path)).toEqual([TOKEN, "kernel/bpf/inode.c"]);
  });

  test("a patch needs the file that it changes", async () => {
    await expect(textOf(changes)).rejects.toThrow(SourceError);
    await expect(sourceFiles([{ name: "inode.c", text: "int i;\n" }])).rejects.toThrow(TOKEN);
  });

  test("the suite is there", () => {
    expect(suite.length).toBeGreaterThan(150);
    expect(suite.every(({ file, text }) => file.endsWith(".yaml") && text !== "")).toBe(true);
  });
});

describe("terms", () => {
  test("the first occurrence of each has its meaning", () => {
    const parts = splitTerms("On the host, a BPF token; the host has BTF. Hostile.");
    expect(parts.map(({ text }) => text).join("")).toContain("the host has BTF. Hostile.");
    const found = parts.flatMap(({ text, term }) => (term ? [[text, term.id]] : []));
    expect(found).toEqual([
      ["host", "host"],
      ["BPF token", "BPF token"],
      ["BTF", "BTF"],
    ]);
    expect(parts.every(({ term }) => !/[`|[]/.test(term?.meaning ?? ""))).toBe(true);
  });

  test("a text without terms is one part, and hostile text stays text", () => {
    expect(splitTerms("<b>")).toEqual([{ text: "<b>" }]);
    expect(splitTerms("")).toEqual([]);
  });

  test("every term that the page explains is in the glossary", () => {
    const page = readFileSync(new URL("../../../docs/glossary.md", import.meta.url), "utf8");
    expect(readGlossary(page).size).toBe(13);
  });
});

describe("the words of a scenario", () => {
  const vocabulary = readVocabulary();
  const labels = (before: string): readonly string[] =>
    (completionOf(before, vocabulary)?.words ?? []).map(({ label }) => label);
  const step = "name: x\ntasks: { host: root, app: in a container }\nsteps:\n";

  test.each([
    ["", "steps"],
    [`${step}  - b`, "bpf"],
    [`${step}  - by: app\n    b`, "bpffs"],
    [`${step}  - bpf: MAP`, "MAP_CREATE"],
    [`${step}  - bpf: TOKEN_CREATE\n    attr: { b`, "bpffs_fd"],
    [`${step}  - bpf: MAP_CREATE\n    attr:\n      map`, "map_token_fd"],
    [`${step}  - bpf: MAP_CREATE\n    attr:\n      map_type: A`, "ARRAY"],
    [`${step}  - bpf: MAP_CREATE\n    expect: E`, "EPERM"],
    [`${step}  - by: a`, "app"],
    [`${step}  - bpffs: { for: app, cmds: [map`, "PROG_LOAD"],
    [`${step}  - bpffs: { for: app, c`, "cmds"],
    [`${step}  - fsopen: bpf\n    as: ctx\n  - close: $c`, "$ctx"],
  ])("%j may continue with %s", (before, wanted) => {
    expect(labels(before)).toContain(wanted);
  });

  test("a description and an unknown command have no words", () => {
    expect(labels(`${step}  - say: the `)).toEqual([]);
    expect(labels(`${step}  - bpf: NO_SUCH\n    attr: { m`)).toEqual([]);
  });

  test("a scenario is exported as a program", () => {
    const program = typescriptOf(`name: \`$${"{x}"}\` \\\n`, "6.12");
    expect(program).toContain('createKernel({ release: "6.12" })');
    expect(program).toContain(`name: \\\`\\$${"{x}"}\\\` \\\\\n`);
  });

  test("the suite has names", () => {
    expect(suiteFiles().every(({ name }) => name !== "" && !name.startsWith(">"))).toBe(true);
  });
});
