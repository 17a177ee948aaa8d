// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findingText } from "@bpf-token/diagnose";
import { pageOf } from "@bpf-token/uapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditText } from "../../src/audit/texts.ts";
import { cli } from "./run-cli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a text and returns its path. */
function file(text: string): string {
  const path = join(folder, "log.txt");
  writeFileSync(path, text);
  return path;
}

test("explain prints the verdict, the line, what decides and the fix", async () => {
  const text = "noise\nlibbpf: failed to find valid kernel BTF\nmore noise\n";
  const { code, out, err } = await cli(["explain", file(text)]);
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(out).toMatch(/^not a token matter: the loader finds no BTF of the running kernel\n/);
  expect(out).toContain("1. likely [explain.btf_missing]\n");
  expect(out).toContain("   evidence: line 2: libbpf: failed to find valid kernel BTF\n");
  expect(out).toMatch(/^ {3}check: {4}ls \/sys\/kernel\/btf\/vmlinux/m);
  expect(out).toMatch(/^ {3}fix: {6}boot a kernel with CONFIG_DEBUG_INFO_BTF=y/m);
  expect(out).toContain("   more:     bpf-token explain explain.btf_missing\n");
});

test("explain ID prints what is known about a finding", async () => {
  const { code, out, err } = await cli(["explain", "token.dropped.map"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^token\.dropped\.map\n/);
  expect(out).toContain("   kernel:   bpf_token_allow_map_type() of kernel/bpf/token.c\n");
  expect(out).toMatch(/^ {3}fix: /m);
  const tool = await cli(["explain", "trace.seccomp", "--json"]);
  expect(JSON.parse(tool.out)).toMatchObject({
    ...{ schema: "bpf-token/explain-id@1", id: "trace.seccomp", kind: "policy" },
    page: "docs/trace.html#traceseccomp",
  });
  const wrong = await cli(["explain", "token.droped.map"]);
  expect(wrong).toMatchObject({
    code: 2,
    err: expect.stringContaining(
      "no finding 'token.droped.map'; did you mean 'token.dropped.map'?",
    ),
  });
});

test("explain ID prints the examples of a finding of lint", async () => {
  const { code, out } = await cli(["explain", "lint.any_beside_names"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^lint\.any_beside_names\n {3}cause: {4}systemd knows 'any'/);
  expect(out).toContain("   severity: error, certain\n   wrong:    agent.service\n");
  expect(out.indexOf("   right:    agent.service\n             [Service]\n")).toBeGreaterThan(
    out.indexOf("   wrong: "),
  );
  const json = JSON.parse((await cli(["explain", "lint.any", "--json"])).out);
  expect(json).toMatchObject({
    schema: "bpf-token/explain-lint@1",
    id: "lint.any",
    severity: "note",
  });
  const audit = await cli(["explain", "audit.kernel_memory", "--json"]);
  expect(JSON.parse(audit.out)).toMatchObject({
    ...{ schema: "bpf-token/explain-id@1", id: "audit.kernel_memory" },
    page: "docs/audit.html#auditkernel_memory",
  });
  const unknown = await cli(["explain", "audit.kernel_memoy"]);
  expect([unknown.code, unknown.err.includes("did you mean 'audit.kernel_memory'?")]).toEqual([
    2,
    true,
  ]);
  const typo = await cli(["explain", "lint.anny"]);
  expect([typo.code, typo.err.includes("did you mean 'lint.any'?")]).toEqual([2, true]);
});

test("explain ID knows each id in the sources of the tools, and docs have a section for it", () => {
  const sources = new URL("../../../", import.meta.url);
  const ids = new Set<string>();
  for (const folder of ["diagnose/src", "bpf-token/src"]) {
    for (const name of readdirSync(new URL(folder, sources), { recursive: true })) {
      if (!String(name).endsWith(".ts")) continue;
      const text = readFileSync(new URL(`${folder}/${name}`, sources), "utf8");
      for (const [, id = ""] of text.matchAll(/"((?:audit|doctor|explain|trace)\.[a-z_]+)"/g))
        ids.add(id);
    }
  }
  expect(ids.size).toBeGreaterThan(50);
  expect([...ids].filter((id) => (findingText(id) ?? auditText(id)) === undefined)).toEqual([]);
  const docs = ["audit", "doctor", "explain", "trace"].map((page) =>
    readFileSync(new URL(`../docs/${page}.md`, sources), "utf8"),
  );
  const missing = [...ids].filter((id) => !docs.some((page) => page.includes(`\n### ${id}\n`)));
  expect(missing).toEqual([]);
});

test("explain names the evidence of several causes once", async () => {
  const { out } = await cli(["explain", "EPERM", "--cmd", "map_create", "--type", "hash"]);
  expect(out.match(/bpf\(BPF_MAP_CREATE\): EPERM/g)).toHaveLength(1);
  expect(out.match(/^ {3}evidence: as for 1$/gm)?.length).toBeGreaterThan(3);
});

test("explain of an errno respects --token and --no-token", async () => {
  const ids = async (...words: readonly string[]): Promise<readonly string[]> => {
    const call = ["EPERM", "--cmd", "map_create", "--type", "hash", ...words, "--json"];
    const { out } = await cli(["explain", ...call]);
    const { candidates } = JSON.parse(out) as { candidates: { id: string; page: string }[] };
    for (const { id, page } of candidates) expect(page).toBe(pageOf(id));
    return candidates.map(({ id }) => id);
  };
  expect(await ids()).toContain("token.dropped.map");
  expect(await ids("--no-token")).not.toContain("token.dropped.map");
  expect(await ids("--no-token")).toContain("explain.no_token");
  expect(await ids("--token")).toEqual(
    expect.arrayContaining(["token.dropped.map", "doctor.seccomp", "doctor.lsm"]),
  );
  expect(await ids("--token")).not.toContain("explain.no_token");
});

test.each([
  [["EPERM", "--cmd", "map_create", "--type", "hsh"], "unknown map type HSH; did you mean HASH?"],
  [["EPERM", "--cmd", "prog_load", "--type", "nope"], "unknown program type NOPE"],
  [["EPERM", "--cmd", "prog_load", "--attach", "xdpp"], "unknown attach type XDPP; did you mean"],
])("explain refuses %j", async (words, message) => {
  const { code, err } = await cli(["explain", ...words]);
  expect(code).toBe(2);
  expect(err).toContain(`explain: ${message}`);
});

test("explain refuses a recording, and names the command for it", async () => {
  const { code, err } = await cli([
    "explain",
    file('{"schema":"bpf-token/trace@1","arch":"x64"}\n'),
  ]);
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^bpf-token: explain: '.*' is a recording; run: bpf-token trace --from /),
  ]);
});

test("explain of an errno prints JSON with a versioned schema", async () => {
  const words = ["EPERM", "--cmd", "map_create", "--type", "hash", "--token", "--json"];
  const { code, out } = await cli(["explain", ...words]);
  expect(code).toBe(1);
  const document = JSON.parse(out) as { candidates: { id: string }[] };
  expect(document).toMatchObject({ schema: "bpf-token/explain@1", token: "yes" });
  expect(document.candidates[0]?.id).toBe("token.dropped.map");
});

test.each([
  ["harmless messages", "libbpf: Kernel doesn't support BTF, skipping uploading it.\n", 0],
  ["an unknown text", "hello\n", 3],
  ["an empty file", "", 3],
])("explain exits with a code: %s", async (_, text, code) => {
  expect((await cli(["explain", file(text)])).code).toBe(code);
});

test("explain excludes causes by the release and by a report", async () => {
  const text = "map create: operation not permitted\n";
  const ids = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { out } = await cli(["explain", file(text), "--json", ...words]);
    return (JSON.parse(out) as { candidates: { id: string }[] }).candidates.map(({ id }) => id);
  };
  expect(await ids()).toContain("explain.memlock");
  expect(await ids("--release", "6.12")).not.toContain("explain.memlock");
  expect((await ids("--release", "5.4"))[0]).toBe("explain.memlock");
  const report = {
    schema: "bpf-token/facts@1",
    ...{ pid: 1, program: "a", release: "6.18.0", uid: 0, seccomp: 0, noNewPrivileges: false },
    capabilities: { effective: "0", permitted: "0", inheritable: "0", bounding: "0", ambient: "0" },
    ...{ userns: { inode: 1, initial: false }, bpffs: [], unknown: [] },
  };
  const path = join(folder, "report.json");
  writeFileSync(path, JSON.stringify(report));
  const found = await ids("--from", path);
  expect(found).not.toContain("doctor.seccomp");
  expect(found).not.toContain("explain.memlock");
});

test("explain has no colours with NO_COLOR, and prints no control characters", async () => {
  const text = "libbpf: \u001b[31mfailed to find valid kernel BTF\u0007\u202e\n";
  const terminal = { isTTY: true, columns: 80 };
  const plain = await cli(["explain", file(text)], terminal, { NO_COLOR: "1" });
  expect(plain.out.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  const coloured = await cli(["explain", file(text)], terminal, { TERM: "xterm" });
  expect(coloured.out).toContain("\u001b[");
});

test.each<[readonly string[], string]>([
  [["EPERM"], "an errno needs --cmd"],
  [["EPERM", "--cmd", "map_crate"], "unknown command MAP_CRATE; did you mean MAP_CREATE?"],
  [["EPREM", "--cmd", "map_create"], "unknown errno EPREM; did you mean EPERM?"],
  [["EPERM", "--cmd", "map_create", "--token", "--no-token"], "only one of --token, --no-token"],
  [["/nowhere.log"], "cannot read '/nowhere.log': the file does not exist"],
  [["/tmp"], "cannot read '/tmp': it is a directory"],
  [["a", "b"], "give one file"],
  [["x.log", "--cmd", "map_create"], "--cmd needs an errno"],
  [["x.log", "--release", "next"], "--release needs a kernel release such as 6.12, got 'next'"],
])("explain %j", async (words, message) => {
  const { code, err } = await cli(["explain", ...words]);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
