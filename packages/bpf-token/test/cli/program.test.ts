// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { guestNames } from "@bpf-token/kernel-native";
import { defaultRelease } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandNames } from "../../src/cli/program.ts";
import { cli } from "./run-cli.ts";

const demoFile = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));

const ESC = "\u001b[";

let folder = "";
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("usage", () => {
  test("prints the overview without a command, and exits with 2", async () => {
    const { code, out } = await cli([]);
    expect(code).toBe(2);
    expect(out).toMatch(/usage: bpf-token COMMAND/);
    expect(out).toMatch(
      /exit codes: 0 fine, 1 findings, 2 usage, or an input cannot be read, 3 no result/,
    );
  });

  test.each([["help"], ["--help"], ["run", "-h"], ...commandNames.map((name) => [name, "--help"])])(
    "%j prints help and exits 0",
    async (...argv) => {
      const { code, out, err } = await cli(argv);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/^(bpf-token|usage): /);
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test("the overview names the page about EPERM first", async () => {
    const { out } = await cli(["--help"]);
    expect(/\S+\.md/.exec(out)?.[0]).toBe("docs/eperm.md");
  });

  test("the overview has each command once, with its summary", async () => {
    const { out } = await cli(["--help"]);
    const rows = [...out.matchAll(/^ {2}([a-z-]+) +\S.*/gm)].map(([, name]) => name);
    const { commands } = JSON.parse((await cli(["completion", "bash", "--json"])).out);
    expect(rows.filter((name) => name !== "bpf-token").sort()).toEqual([...commandNames].sort());
    for (const { summary } of commands) expect(out).toContain(summary);
  });

  test("help COMMAND prints the same as COMMAND --help", async () => {
    expect((await cli(["help", "demo"])).out).toBe((await cli(["demo", "--help"])).out);
  });

  test("suggests --help after a usage error, not after an unreadable file", async () => {
    expect((await cli(["demo", "--calsl"])).err).toMatch(/\ntry 'bpf-token demo --help'\n$/);
    expect((await cli(["run", "/nonexistent.yaml"])).err).not.toMatch(/try/);
  });

  test.each([
    ["demo", "--backend", "nativ"],
    ["demo", "--release", "6.8"],
    ["run", demoFile, "--subject", "modl"],
    ["run"],
    ["diff", demoFile],
    ["inspect", "x.o", "--for", "systemdd"],
    ["inspect", "x.o", "--loader", "aya"],
    ["load", "x.o", "--loader", "aya"],
    ["load"],
    ["gen", "x.o", "--event", "x"],
    ["support", "--matrix", "--type", "xpd"],
    ["support", "--changes", "6.12"],
    ["support", "--changes", "6.12:6.99"],
    ["support", "--subject", "model", "--backend", "model"],
    ["exec", "--", "true"],
    ["fuzz", "--subjects", "model,modl"],
    ["coverage"],
    ["upstream", "biuld", "x"],
  ])("%j names the help of its command", async (...argv) => {
    const { code, err } = await cli(argv);
    expect(code).toBe(2);
    expect(err.endsWith(`\ntry 'bpf-token ${argv[0]} --help'\n`), err).toBe(true);
  });

  test("--version prints the version of the package", async () => {
    const { out } = await cli(["--version"]);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [["dmeo"], "unknown command 'dmeo'; did you mean 'demo'?"],
    [["--json"], "unknown option '--json'; give a command first"],
    [["demo", "--bakcend", "model"], "unknown option '--bakcend'; did you mean '--backend'?"],
    [["demo", "--backend", "nativ"], "unknown backend 'nativ'; did you mean 'native'?"],
    [["demo", "--release", "7.99"], "Linux 7.99 is newer than every modelled release; give "],
    [["demo", "--release"], "demo: option '--release <value>' argument missing"],
    [["demo", "x.yaml"], "demo takes no files"],
    [["run"], "run: FILE is missing"],
    [["run", "/nonexistent.yaml"], "cannot read '/nonexistent.yaml': the file does not exist"],
    [["run", ""], "cannot read '': the file does not exist"],
    [["run", "/"], "cannot read '/': it is a directory; give the files in it"],
    [["support", "x"], "support: unexpected argument"],
    [["help", "dmeo"], "unknown command 'dmeo'; did you mean 'demo'?"],
    [["demo", "-q"], "demo: unknown option '-q'"],
    [["run", "--json=yes", "x"], "option '--json' does not take an argument"],
    [["demo", "--backend", "native", "--release", "6.18"], "the release of native is fixed"],
  ])("%j: exit 2 and the fix", async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect(err).toContain(message);
    expect([code, out]).toEqual([2, ""]);
  });
});

describe("demo", () => {
  test("runs the demo on the model: refusals with their checks, every answer as expected", async () => {
    const { code, out, err } = await cli(["demo"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/refused {2}map\.create\./);
    expect(out).toMatch(/silent {2}/);
    expect(out).toMatch(/required: CAP_BPF/);
    expect(out).toMatch(/allowed_cmds: {5}0x21 {10}map_create, prog_load\n/);
    expect(out).toMatch(/What to remember/);
    expect(out).toMatch(/every answer as expected\.\n$/);
    expect(out).not.toContain("UNEXPECTED");
  });

  test("prints no colours in a pipe and with NO_COLOR, colours on a terminal", async () => {
    expect((await cli(["demo"])).out).not.toContain(ESC);
    const screen = { isTTY: true, columns: 120 };
    expect((await cli(["demo"], screen)).out).toContain(ESC);
    expect((await cli(["demo"], screen, { NO_COLOR: "1" })).out).not.toContain(ESC);
    expect((await cli(["demo", "--no-color"], screen)).out).not.toContain(ESC);
    expect((await cli(["demo"], {}, { FORCE_COLOR: "1" })).out).toContain(ESC);
    expect((await cli(["demo"], {}, { FORCE_COLOR: "0" })).out).not.toContain(ESC);
  });

  test.each([60, 80, 100])("fits a terminal of %i columns", async (columns) => {
    const lines = (await cli(["demo"], { columns })).out.split("\n");
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  test("on 40 columns, only longer words exceed the line", async () => {
    const lines = (await cli(["demo"], { columns: 40 })).out.split("\n");
    const wide = lines.filter((line) => line.length > 40).map((line) => line.trim());
    // A function or the address of a page is one word.
    expect(wide.filter((line) => !/^(in|page): +\S+$/.test(line))).toEqual([]);
  });

  test("colours do not change the line breaks", async () => {
    const screen = { isTTY: true, columns: 80 };
    const painted = (await cli(["demo"], screen)).out;
    expect(stripVTControlCharacters(painted)).toBe((await cli(["demo"])).out);
  });

  test("--json prints the trace", async () => {
    const { code, out } = await cli(["demo", "--json"]);
    const trace = JSON.parse(out) as { outcome: string; backend: string; events: unknown[] };
    expect([code, trace.outcome, trace.backend]).toEqual([0, "passed", "model"]);
    expect(trace.events.length).toBeGreaterThan(20);
  });

  test("--calls prints the calls of a shorthand", async () => {
    expect((await cli(["demo"])).out).not.toContain("/proc/self/uid_map");
    expect((await cli(["demo", "--calls"])).out).toContain("/proc/self/uid_map");
  });
});

describe("run", () => {
  const good = "name: good\nsteps:\n  - getpid:\n";
  const wrong = "name: wrong\nsteps:\n  - close: 99\n";
  const skipped = 'name: later\nneeds: { since: "9.9" }\nsteps:\n  - getpid:\n';

  test("all passed: exit 0", async () => {
    const { code, out } = await cli(["run", file("good.yaml", good)]);
    expect(code).toBe(0);
    expect(out).toMatch(/^passed {3}.*good\.yaml/);
    expect(out).toContain(`\n1 passed, 0 failed on the model of Linux ${defaultRelease}\n`);
  });

  test("an unexpected answer: exit 1, with the place and the reason", async () => {
    const { code, out } = await cli(["run", file("good.yaml", good), file("wrong.yaml", wrong)]);
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED .*wrong\.yaml/);
    expect(out).toMatch(/wrong\.yaml:3/);
    expect(out).toMatch(/expected ok; the answer was EBADF/);
    expect(out).toMatch(/1 passed, 1 failed/);
  });

  test("nothing but skipped scenarios: exit 3, with the reason", async () => {
    const { code, out } = await cli(["run", file("later.yaml", skipped)]);
    expect(code).toBe(3);
    expect(out).toMatch(/skipped .*9\.9/);
  });

  test("an invalid scenario: exit 2, every problem with line and column", async () => {
    const bad = "name: bad\nsteps:\n  - fsopne: bpf\n  - close: $nobody\n";
    const { code, out, err } = await cli(["run", file("bad.yaml", bad)]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/bad\.yaml:3:\d+: .*'fsopne'.*did you mean 'fsopen'/);
    expect(err).toMatch(/bad\.yaml:4:\d+: /);
  });

  test.each([
    ["empty", "", /the text is empty/],
    ["binary", "\u007fELF\u0001\u0000\ufffd", /is not a scenario/],
    ["large", "x".repeat(5e6), /longer than 1048576 characters/],
    ["a list", "[]", /a list is not a scenario/],
    ["two", `${good}---\n${good}`, /a file holds one scenario/],
  ])("a file that is %s: exit 2, in one line", async (name, text, message) => {
    const { code, out, err } = await cli(["run", file(`${name}.yaml`, text)]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a syntax error prints at most ten problems", async () => {
    const text = "name: x\nsteps:\n  - read: { fd: $p[0], buf: { zero: 1 }, count: 1 }\n";
    const { err } = await cli(["run", file("syntax.yaml", text)]);
    expect(err.trimEnd().split("\n").length).toBeLessThanOrEqual(11);
  });

  test("--json prints a trace per file, -v every call", async () => {
    const path = file("good.yaml", good);
    const { out } = await cli(["run", "--json", path]);
    expect(JSON.parse(out)).toMatchObject({ traces: [{ file: path, outcome: "passed" }] });
    expect((await cli(["run", "-v", path])).out).toMatch(/getpid\(\)/);
  });
});

describe("support", () => {
  test("prints for each backend whether it is available", async () => {
    const { code, out } = await cli(["support"]);
    expect(code).toBe(0);
    expect(out).toMatch(/yes {2}model {7}Linux .*6\.18/);
    expect(out).toMatch(/(yes|no ) {2}native {6}/);
    const json = JSON.parse((await cli(["support", "--json"])).out) as {
      model: { ok: boolean };
      native: { ok: boolean; why?: string };
      guests: Record<string, { ok: boolean; why?: string }>;
      kernel: { release: string };
      process: { capabilities: string[] };
    };
    expect(json.model.ok).toBe(true);
    expect(json.native.ok || (json.native.why ?? "").length > 0).toBe(true);
    expect(Object.keys(json.guests)).toEqual([...guestNames]);
    expect(json.kernel.release.length).toBeGreaterThan(2);
    expect(Array.isArray(json.process.capabilities)).toBe(true);
  });

  test("fits the screen, and gives reasons for missing facts", async () => {
    const here = {
      platform: "darwin",
      arch: "arm64",
      release: "24.1.0",
      uid: 501,
      capabilities: 0n,
      firstUserNamespace: false,
    };
    const { code, out } = await cli(["support"], { columns: 80 }, {}, here);
    expect(code).toBe(0);
    expect(out).toMatch(/no {3}native {6}it needs Linux 6\.9 or newer, and this is darwin\n/);
    expect(out).toMatch(/commands, types {2}unknown: it needs Linux 6\.9/);
    expect(out).toMatch(/user {13}uid 501, in another user namespace\n/);
    const indented = out.split("\n").filter((line) => line.startsWith("  ") && line.length > 80);
    expect(indented).toEqual([]);
  });

  test("--subject describes another kernel", async () => {
    const types = async (subject: string) => {
      const { code, out } = await cli(["support", "--json", "--subject", subject]);
      expect(code).toBe(0);
      const { types } = JSON.parse(out) as {
        types: Record<string, { name: string; state: string }[]>;
      };
      return Object.fromEntries(
        Object.entries(types).map(([kind, list]) => {
          return [kind, list.filter(({ state }) => state !== "yes").map(({ name }) => name)];
        }),
      );
    };
    const all = { commands: [], attachments: [], maps: [], programs: [] };
    expect(await types("model")).toEqual(all);
    const multi = ["trace_fentry_multi", "trace_fexit_multi", "trace_fsession_multi"];
    const [commands, maps] = [["prog_assoc_struct_ops"], ["insn_array", "rhash"]];
    const attachments = ["trace_fsession", ...multi];
    expect(await types("model@6.18")).toEqual({ ...all, commands, attachments, maps });
    const older = { ...all, maps, commands: ["prog_stream_read_by_fd", ...commands] };
    expect(await types("model@6.12")).toEqual({ ...older, attachments: expect.any(Array) });
    const text = (await cli(["support", "--backend", "model"])).out;
    expect(text).toContain(
      `the model of Linux ${defaultRelease}\n  release          ${defaultRelease}\n`,
    );
    expect(text).toMatch(/map types {8}hash, array, /);
  });

  test("--model prints what the model omits, and why", async () => {
    const { code, out } = await cli(["support", "--model"]);
    expect(code).toBe(0);
    expect(out).toContain("v10-03");
    expect(out).toMatch(/speculative execution \(Spectre\) \(VF-07\)\n {2}\S/);
    expect(out).toMatch(/not modelled: PROG_TEST_RUN; /);
    const json = JSON.parse((await cli(["support", "--model", "--json"])).out) as {
      unmodelledFeatures: { what: string; reason: string }[];
    };
    expect(json.unmodelledFeatures.every(({ what, reason }) => what !== "" && reason !== "")).toBe(
      true,
    );
  });

  test("--changes prints the differences between two releases", async () => {
    const { out } = await cli(["support", "--changes", "6.15:6.17"]);
    expect(out).toMatch(/^differences between 6\.15 and 6\.17, .*:\nsince 6\.17\n/m);
    expect(out).toMatch(/\nrecalled: observed or read at both ends/);
    expect(out).toContain("OI-05");
    expect((await cli(["support", "--changes", "6.9:6.9"])).out).toBe(
      "no rule differs between 6.9 and 6.9\n",
    );
    const json = JSON.parse((await cli(["support", "--changes", "6.17:6.18", "--json"])).out);
    expect(json.changes).toContainEqual(
      expect.objectContaining({ release: "6.18", rule: "MC-16" }),
    );
  });

  test("--changes starts with the names that only the newer release can delegate", async () => {
    const { out } = await cli(["support", "--changes", "6.18:7.3"]);
    expect(out).toMatch(
      /^names that only 7\.3 can delegate:\n {2}delegate_cmds {5}prog_assoc_struct/,
    );
    expect(out).toMatch(/\n {2}delegate_maps {5}insn_array, rhash\n/);
    expect(out).toMatch(
      /all\s+bits\s+of\s+the\s+older\s+release\s+is\s+not\s+'any'\s+in\s+7\.3;\s+write\s+'any'/,
    );
    const reversed = await cli(["support", "--changes", "7.3:6.18", "--json"]);
    expect(JSON.parse(reversed.out)).toMatchObject({
      names: { maps: ["insn_array", "rhash"], progs: [] },
    });
  });

  test.each([
    ["6.12", "6.18:7.3"],
    ["6.12:6.8", "Linux 6.8 has no BPF tokens"],
    ["6.12:6.17:6.18", "6.18:7.3"],
  ])("--changes %s is a usage error", async (range, text) => {
    const { code, err } = await cli(["support", "--changes", range]);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});
