// SPDX-License-Identifier: MIT
// `policy --baseline`: a need that grew is named with the program and the line of its source.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

type Needs = Record<string, string[]>;

/** Writes the needs of an object, changes them, and returns a function that compares. */
async function baselineOf(
  context: TestContext,
  name: string,
  change: (needs: Needs) => void = () => undefined,
) {
  const object = compiled(context, name);
  const file = join(dirname(object), "needs.json");
  const written = await cli(["policy", object, "--write-baseline", file]);
  expect([written.code, written.out]).toEqual([0, ""]);
  expect(written.err).toContain(`wrote the needs of 1 object to ${file}`);
  const json = JSON.parse(readFileSync(file, "utf8"));
  change(json.objects[object]);
  writeFileSync(file, JSON.stringify(json));
  const compare = (...more: string[]) => cli(["policy", object, "--baseline", file, ...more]);
  return { object, file, compare };
}

test("the same needs are no finding, and the file has no reasons", async (context) => {
  const { object, file, compare } = await baselineOf(context, "perfmon");
  const { code, out } = await compare();
  expect([code, out]).toEqual([0, `the object needs what ${file} has\n`]);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    schema: "bpf-token/needs@1",
    loader: "libbpf",
    objects: {
      [object]: {
        cmds: ["prog_load", "btf_load"],
        maps: [],
        progs: ["socket_filter", "xdp", "cgroup_sock"],
        attachs: ["cgroup_inet_ingress", "cgroup_inet_sock_create", "xdp"],
        caps: ["bpf", "net_admin", "perfmon"],
      },
    },
  });
});

test("a need that grew has its program and line; one that went is no error", async (context) => {
  const { object, file, compare } = await baselineOf(context, "perfmon", (needs) => {
    needs.caps = ["bpf", "net_admin"];
    needs.maps = ["hash"];
  });
  const { code, out } = await compare();
  const text = out.replace(/\s+/g, " ");
  expect(code).toBe(1);
  const [, change] = text.split(`${object} needs more than ${file}: `);
  expect(change).toMatch(/^cap perfmon why: program compare, instruction 0 \(.*\.bpf\.c:8\)/);
  expect(text).toContain(`${object} needs less than ${file}: map hash`);
  const json = await compare("--json");
  expect([json.code, JSON.parse(json.out)]).toMatchObject([
    1,
    {
      schema: "bpf-token/policy-baseline@1",
      more: [
        { object, axis: "caps", name: "perfmon", because: [expect.stringContaining("compare")] },
      ],
      less: [{ object, axis: "maps", name: "hash" }],
    },
  ]);
  const less = await baselineOf(context, "perfmon", (needs) => void needs.maps?.push("hash"));
  const shrunk = await less.compare();
  expect(shrunk.code).toBe(0);
  expect(shrunk.out).toContain("Fix: take it away");
});

test("an object that the baseline lacks needs all of it more", async (context) => {
  const { file } = await baselineOf(context, "perfmon");
  const other = compiled(context, "count");
  const { code, out } = await cli(["policy", other, "--baseline", file]);
  expect(code).toBe(1);
  for (const word of ["cmd    map_create", "map    array", "cap    net_admin"]) {
    expect(out).toContain(word);
  }
  expect(out).not.toContain("needs less");
});

test("--markdown is a comment; no name of the repository leaves its cell", async (context) => {
  const { object, file, compare } = await baselineOf(context, "perfmon", (needs) => {
    needs.caps = ["bpf", "net_admin"];
    needs.maps = ["a|b`c\n# d"];
  });
  const { code, out } = await compare("--markdown");
  expect(code).toBe(1);
  const lines = out.split("\n");
  expect(lines[0]).toBe(`**The objects need more than \`${file}\`:**`);
  expect(lines[2]).toBe("| object | needs | why |");
  expect(lines[4]).toMatch(/^\| `.*perfmon\.bpf\.o` \| cap `perfmon` \| `program compare, .*` \|$/);
  expect(lines).toContain(`| \`${object}\` | map \`a b c\\u000a# d\` |`);
  const same = await baselineOf(context, "perfmon");
  expect((await same.compare("--markdown")).out).toBe(
    `The objects need what \`${same.file}\` has.\n`,
  );
});

test.each([
  ["no JSON", "{ cut"],
  ["another schema", '{"schema":"bpf-token/needs@2","loader":"libbpf","objects":{}}'],
  [
    "a need that is no list",
    '{"schema":"bpf-token/needs@1","loader":"libbpf","objects":{"a":{"cmds":1}}}',
  ],
  ["null", "null"],
] as const)("a file that is no baseline: %s", async (_, text) => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-baseline-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "needs.json");
  writeFileSync(file, text);
  const { code, err } = await cli(["policy", "x.bpf.o", "--baseline", file]);
  expect([code, err]).toEqual([
    2,
    `bpf-token: policy: ${file}: is no baseline; write one with --write-baseline\n`,
  ]);
});

test("what a baseline cannot be combined with", async (context) => {
  const { object, file, compare } = await baselineOf(context, "count");
  for (const [words, reason] of [
    [["--try"], "a baseline is not for --try"],
    [["--for", "systemd"], "a baseline is not for --for"],
    [["--write-baseline", "x"], "give --baseline or --write-baseline, not both"],
    [["--loader", "libxdp"], "needs.json is for --loader libbpf, not libxdp"],
  ] as const) {
    const { code, err } = await compare(...words);
    expect([code, err.includes(reason)], err).toEqual([2, true]);
  }
  const none = await cli(["policy", "--baseline", file]);
  expect(none.err).toContain("a baseline needs at least one OBJECT");
  const alone = await cli(["policy", object, "--markdown"]);
  expect(alone.err).toContain("--markdown needs --baseline");
  const missing = await cli(["policy", object, "--baseline", join(dirname(file), "none.json")]);
  expect([missing.code, missing.err.includes("none.json")]).toEqual([2, true]);
});
