// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Context } from "../../src/cli/command.ts";
import { Output } from "../../src/cli/output.ts";
import { printSetup } from "../../src/cli/text/exec-text.ts";
import { paintFor } from "../../src/cli/text/paint.ts";
import { printRows } from "../../src/cli/text/support-text.ts";
import { formatStep } from "../../src/cli/text/trace-text.ts";
import { compiled } from "./compiled.ts";
import { cli, type Result } from "./run-cli.ts";

/** Clears the screen, changes the title and the direction of text, and writes another line. */
const EVIL = "\u001b[2J\u001b]0;x\u0007\u009b31m\u007f\u202e\u2066\u200f\u061c\nok  \rall passed";
const VISIBLE = "\\u001b[2J\\u001b]0;x\\u0007\\u009b31m\\u007f\\u202e\\u2066\\u200f\\u061c";

/** Removes the colours of the program, which are the only control sequences that it may write. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const withoutColours = (text: string): string => text.replaceAll(COLOUR, "");

function expectClean(text: string): void {
  expect(withoutColours(text).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text).not.toMatch(/^ok/m);
}

let folder = "";
const inside = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** Runs a command with and without colours and as JSON, and checks what it wrote. */
async function clean(words: readonly string[], host?: object): Promise<Result> {
  const env = { BPF_TOKEN_UPSTREAM: join(folder, "store") };
  const given = host as Parameters<typeof cli>[3];
  const plain = await cli(words, {}, env, given);
  const shown = [
    plain,
    await cli(words, { isTTY: true, columns: 80 }, env, given),
    await cli([...words, "--json"], { isTTY: true }, env, given),
  ];
  for (const { out, err } of shown) {
    expectClean(out);
    expectClean(err);
    expect(err).not.toContain("    at ");
  }
  return plain;
}

beforeAll(() => {
  // The name of a file cannot contain '/'.
  folder = join(mkdtempSync(join(tmpdir(), "bpf-token-hostile-")), EVIL);
  mkdirSync(folder);
});
afterAll(() => rmSync(join(folder, ".."), { recursive: true }));

describe("unprintable characters become visible in", () => {
  const scenario = JSON.stringify({
    name: EVIL,
    about: EVIL,
    steps: [
      { say: EVIL, memfd_create: { name: EVIL, flags: 0 }, as: "file" },
      { fsopen: EVIL, expect: "ENODEV" },
      { close: 99, say: EVIL },
    ],
  });

  test("the texts of a scenario", async () => {
    const file = inside("hostile.yaml", scenario);
    const ran = await clean(["run", "-v", file]);
    expect(ran.out + ran.err).toContain(VISIBLE);
    await clean(["diff", "-v", file, "--subjects", "model@6.12,model@7.3"]);
  });

  test("the problems of a scenario", async () => {
    const file = inside("problems.yaml", JSON.stringify({ name: 1, [EVIL]: 1, steps: [EVIL] }));
    const { code, err } = await clean(["run", file]);
    expect(code).toBe(2);
    expect(err).toContain(VISIBLE);
    await clean(["diff", file, "--subjects", "model,model@6.12"]);
  });

  test.each([
    ["run"],
    ["diff", "--subjects", "model@6.12,model@6.18"],
    ["inspect"],
    ["gen"],
    ["load"],
    ["policy"],
    ["translate", "--to", "lxd"],
    ["doctor"],
    ["doctor", "--from"],
    ["upstream", "build"],
    ["coverage"],
    ["fuzz", "merge"],
  ])("the name of a file: command %#", async (...words) => {
    await clean([...words, join(folder, "missing")]);
    const file = inside("text", `${EVIL}\n`);
    const { code } = await clean([...words, file]);
    expect(code).not.toBe(0);
  });

  test.each([
    [[EVIL]],
    [[`--${EVIL}`]],
    [["run", `--${EVIL}`]],
    [["run", "x", "--subject", EVIL]],
    [["run", "x", "--subject", `upstream:${EVIL}`]],
    [["run", "x", "--release", EVIL]],
    [["diff", "x", "--subjects", `${EVIL},${EVIL}`]],
    [["fuzz", "--subjects", `model,${EVIL}`]],
    [["fuzz", "--subjects", "model,model@6.12", "--time", EVIL]],
    [["support", "--matrix", "--type", EVIL]],
    [["translate", "--to", EVIL]],
    [["doctor", "--container", EVIL]],
    [["upstream", "show", EVIL]],
    [["exec", "--delegate", `cmds=${EVIL}`, "--", "true"]],
    [["exec", "--delegate", "cmds=any", "--", `/missing/${EVIL}`]],
  ])("the words of a command line: %#", async (words) => {
    expect((await clean(words)).code).not.toBe(0);
  });

  test("the names in an object", async (context) => {
    const bytes = readFileSync(compiled(context, "traffic")).toString("latin1");
    // The new names have the length of the old ones; U+202E and U+061C have 3 and 2 bytes.
    const names = { flows: "\u001b[2J\n", events: "\u00e2\u0080\u00ae\u0007\u00d8\u009c" };
    const renamed = Object.entries({ ...names, count: "\u001b]0;\u007f" }).reduce(
      (text, [from, to]) => text.replaceAll(`\0${from}\0`, `\0${to}\0`),
      bytes,
    );
    const object = inside("hostile.bpf.o", Buffer.from(renamed, "latin1"));
    const { code, out } = await clean(["inspect", "-v", object]);
    expect(code).toBe(0);
    expect(out).toContain("\\u001b[2J\\u000a");
    expect(out).toContain("\\u202e\\u0007\\u061c");
    expect((await clean(["load", "--dry-run", object])).out).toContain("\\u001b[2J");
    expect((await clean(["policy", object])).out).toContain("\\u001b[2J");
    await clean(["policy", object, "--for", "all"]);
    expect((await cli(["gen", object])).code).toBe(0);
    expectClean((await cli(["gen", object])).out);
    expect((await clean(["load", object, "--program", "x"])).err).toContain("\\u001b]0;\\u007f");
  });

  test("settings that are converted", async () => {
    const mount = `none /x bpf rw,delegate_cmds=map_create:${EVIL.replaceAll(/\s/g, "")} 0 0`;
    await clean(["translate", inside("mounts", mount), "--to", "lxd"]);
    const systemd = `[Service]\nBPFDelegateCommands=BPFMapCreate,\u001b[2J\u202e\n`;
    await clean(["translate", inside("x.service", systemd), "--to", "incus"]);
  });

  test("the report of another machine", async () => {
    const text = { kind: "systemd", name: EVIL };
    const report = {
      ...{ schema: "bpf-token/facts@1", pid: 1, program: EVIL, release: "6.18.0", uid: 0 },
      capabilities: Object.fromEntries(
        ["effective", "permitted", "inheritable", "bounding", "ambient"].map((set) => [set, "0"]),
      ),
      userns: { inode: 4026532177, initial: false },
      bpffs: [{ path: EVIL, device: "0:40", root: EVIL, onHost: false, delegates: {} }],
      ...{ unprivilegedBpfDisabled: 2, seccomp: 0, noNewPrivileges: true, manager: text },
      unknown: [{ fact: EVIL, why: EVIL }],
    };
    const { out } = await clean([
      "doctor",
      "--from",
      inside("report.json", JSON.stringify(report)),
    ]);
    expect(out).toContain("\\u001b[2J");
  });

  test("an archive of kernel source", async () => {
    const tree = join(folder, "tree", `linux-${EVIL}`, "kernel/bpf");
    mkdirSync(tree, { recursive: true });
    writeFileSync(join(tree, "other.c"), EVIL);
    const archive = join(folder, "source.tar");
    const made = spawnSync("tar", ["-cf", archive, "-C", join(folder, "tree"), "."]);
    expect(made.status).toBe(0);
    const { code } = await clean(["upstream", "build", archive]);
    expect(code).toBe(2);
    const patch = `From: ${EVIL}\nSubject: [PATCH 0/0] ${EVIL}\n---\n--- a/${EVIL}\n+++ b/${EVIL}\n`;
    await clean(["upstream", "build", inside("x.patch", patch)]);
    const again = { ...noFile(), "name-\u001b[2J\u202e.json": "{}" };
    mkdirSync(join(folder, "store"), { recursive: true });
    for (const [name, content] of Object.entries(again)) inside(`store/${name}`, content);
    const { err } = await clean(["upstream", "list"]);
    expect(err).toContain("name-\\u001b[2J\\u202e.json");
  });

  test("a corpus of random sequences", async () => {
    const corpus = join(folder, "corpus");
    mkdirSync(join(corpus, "inputs"), { recursive: true });
    writeFileSync(join(corpus, "report-1-of-1.json"), `{"seed":"${EVIL}"}`);
    const words = ["--subjects", "model@6.12,model@7.3", "--sequences", "20", "--corpus", corpus];
    await clean(["fuzz", ...words]);
  });

  test("the answers of a kernel", () => {
    const text: string[] = [];
    const out = new Output({ isTTY: true, columns: 80, write: (s) => text.push(s) });
    const paint = paintFor(out, {}, true);
    const event = { step: 0, task: EVIL, call: "read", text: EVIL, outcome: "answered", result: 0 };
    for (const output of [EVIL, `allowed_cmds:\t0x1\n${EVIL}:\t${EVIL}\n`]) {
      const how = { paint, width: 80, calls: true, names: 4 };
      for (const line of formatStep([{ ...event, output } as never], how)) out.line(line);
    }
    const context = { line: (t?: string) => out.line(t), out, paint, io: { stderr: out } };
    printRows(context as unknown as Context, "rows", [[EVIL, EVIL]]);
    const setup = { options: {}, capabilities: 0n };
    const state = { mount: `1 2 0:1 / ${EVIL} - bpf bpf rw,delegate_cmds=${EVIL}`, token: 0 };
    const ready = { program: EVIL, place: EVIL, setup, state } as never;
    printSetup(context as unknown as Context, ready);
    printSetup({ ...context, json: true } as unknown as Context, ready);
    expectClean(text.join(""));
    expect(text.join("")).toContain("\u001b[32m= 0\u001b[39m");
  });
});

/** A module of the store that is damaged. */
function noFile(): Readonly<Record<string, string>> {
  return { "name-damaged.json": JSON.stringify({ key: EVIL, source: EVIL }) };
}

test("a painted text keeps no control sequence of the text itself", () => {
  const text: string[] = [];
  const screen = { isTTY: true, write: (s: string) => text.push(s) };
  new Output(screen).line(paintFor(screen, {}, true)("bad", "a\u001b[32mb"));
  expect(text).toEqual(["\u001b[31ma\\u001b[32mb\u001b[39m\n"]);
});

test("only output.ts writes to a stream", () => {
  const source = fileURLToPath(new URL("../../src/", import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const writers = files.filter((file) => {
    if (!file.endsWith(".ts")) return false;
    const code = readFileSync(join(source, file), "utf8").replaceAll(/^\s*(\*|\/[/*]).*$/gm, "");
    // A socket of the NRI is no terminal, and neither is the transport of MCP, whose messages are JSON.
    const writes =
      /(?<!\bsocket)\.write\(|console\.|(?<!Transport\(process\.stdin, )process\.std(out|err)/;
    return writes.test(code);
  });
  // main.ts only hands the streams over.
  expect(writers.sort()).toEqual(["cli/main.ts", "cli/output.ts"]);
});
