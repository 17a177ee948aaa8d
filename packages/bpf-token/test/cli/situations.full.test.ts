// SPDX-License-Identifier: MIT
// Situations of real users, staged on the running kernel. The numbers are those of situations.test.ts
// in @bpf-token/diagnose, which has all of them from logs and bundles.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnosis } from "@bpf-token/diagnose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNative, support } from "./native.ts";
import { cli } from "./run-cli.ts";

let folder = "";
let program = "";

const ALL = "0xffffffffffffffff";
const array = ["delegate_cmds=map_create", "delegate_maps=array"];
const any = ["cmds", "maps", "progs", "attachs"].map((axis) => `delegate_${axis}=any`);
/** Runs a command with a BPF filesystem that has these options. */
const delegated = (caps: string, options: readonly string[], ...command: readonly string[]) => [
  // The executor reports failures on file descriptor 3.
  ...["sh", "-c", 'exec "$@" 3>/dev/null', "sh", support.executor ?? ""],
  ...["delegate", "/sys/fs/bpf", caps, "0", ...options, "--", ...command],
];
const hash = "bpftool map create /nowhere type hash key 4 value 4 entries 1 name m".split(" ");
const nobody = ["setpriv", "--reuid", "1000", "--clear-groups", "--inh-caps=-all"];
const overmount = 'mount -t tmpfs none /sys/fs/bpf && exec "$0" type';

/** Number, what happens, the first id that doctor prints, and the command. */
const situations: readonly (readonly [number, string, string, () => readonly string[]])[] = [
  [
    1,
    "a BPF filesystem is mounted inside a container",
    "bpffs.fill.capable",
    () => ["unshare", "-Urm", "mount", "-t", "bpf", "bpf", "/sys/fs/bpf"],
  ],
  [
    2,
    "the container has the BPF filesystem of the host",
    "token.create.userns",
    () => ["unshare", "-Urm", program, "type"],
  ],
  [18, "root of the host creates a token", "token.create.init_ns", () => [program, "type"]],
  [
    19,
    "the BPF filesystem delegates nothing",
    "token.create.delegation",
    () => delegated(ALL, [], program, "type"),
  ],
  [
    20,
    "another filesystem is mounted over it",
    "token.create.root",
    () => delegated(ALL, array, "sh", "-c", overmount, program),
  ],
  [
    21,
    "the process lacks CAP_BPF",
    "token.create.capable",
    () => delegated("0x1000", array, program, "type"),
  ],
  [
    22,
    "the process is in a nested user namespace",
    "token.create.userns",
    () => delegated(ALL, array, "unshare", "-U", program, "type"),
  ],
  [
    23,
    "the loader gives the token without its flag",
    "trace.token_without_flag",
    () => delegated(ALL, array, program, "flag"),
  ],
  [
    24,
    "CAP_BPF of a user namespace, without a token",
    "map.create.sysctl",
    () => ["unshare", "-Ur", ...hash],
  ],
  [
    30,
    "the mask lacks the type",
    "token.dropped.map",
    () => delegated(ALL, array, program, "type"),
  ],
  [
    33,
    "programs are listed in a container",
    "bpf.admin",
    () => delegated(ALL, any, "bpftool", "prog", "show"),
  ],
  [
    38,
    "a seccomp filter answers EPERM",
    "trace.seccomp",
    () => delegated(ALL, any, "setpriv", "--seccomp-filter", join(folder, "filter"), ...hash),
  ],
  [
    43,
    "an unprivileged user, as unprivileged_bpf_disabled is",
    "map.create.sysctl",
    () => [...nobody, ...hash],
  ],
];

/** A filter that answers EPERM to bpf(2): four instructions of classic BPF. */
function filter(): Uint8Array {
  const insns = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, process.arch === "x64" ? 321 : 280],
    [0x06, 0, 0, 0x50001],
    [0x06, 0, 0, 0x7fff0000],
  ] as const;
  const bytes = Buffer.alloc(8 * insns.length);
  insns.forEach(([code, yes, no, k], i) => {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(yes, 8 * i + 2);
    bytes.writeUInt8(no, 8 * i + 3);
    bytes.writeUInt32LE(k, 8 * i + 4);
  });
  return bytes;
}

test("docs/doctor.md lists the situations that are staged", () => {
  const page = readFileSync(new URL("../../../../docs/doctor.md", import.meta.url), "utf8");
  const rows = situations.map(([number, what, id]) => `| ${number} | ${what} | \`${id}\` |`);
  const listed = page.split("\n").filter((line) => /^\| \d+ \| .* \| `[\w.]+` \|$/.test(line));
  expect(listed).toEqual(rows);
});

describeNative("real", ["cc", "bpftool", "setpriv", "unshare"], () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "situations-"));
    const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const build = path("../../../../tools/build/native/build.mjs");
    spawnSync(process.execPath, [build, "--quiet", "recorder", process.arch]);
    program = join(folder, "refused");
    const source = path("../fixtures/refused.c");
    const made = spawnSync("cc", ["-static", "-O1", "-o", program, source], { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    writeFileSync(join(folder, "filter"), filter());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(situations)("real: situation %d: %s", async (_, __, id, command) => {
    const env = { PATH: process.env.PATH ?? "" };
    const { code, err } = await cli(["doctor", "--json", "--", ...command()], {}, env);
    const { findings } = JSON.parse(err) as Diagnosis;
    expect([code, findings[0]?.id, findings[0]?.severity]).toEqual([1, id, "error"]);
    expect(findings[0]?.fix.length).toBeGreaterThan(0);
  });
});
