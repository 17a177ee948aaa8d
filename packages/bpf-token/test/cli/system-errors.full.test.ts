// SPDX-License-Identifier: MIT
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { describeNative, support } from "./native.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const noTokens = path("../../../upstream/test/no-tokens.c");
const scenario = path("../../scenarios/demo.yaml");

let folder = "";
let bundle = "";
let program = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-system-"));
  ({ folder: bundle, program } = await bundleProgram());
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(bundle, { recursive: true });
});

/** A finding or a reason in one line, without a stack. */
function expectReason(err: string, reason: RegExp | string): void {
  expect(err).toMatch(reason);
  expect(err).not.toMatch(/^ {4}at /m);
  expect(err.trimEnd().split("\n")).toHaveLength(1);
}

/** Runs the program as a process of a shell. */
function shell(script: string, options: object = {}): SpawnSyncReturns<string> {
  return spawnSync("sh", ["-c", script, "sh", process.execPath, program, scenario, folder], {
    encoding: "utf8",
    timeout: 200_000,
    ...options,
    env: { ...process.env, BPF_TOKEN_EXECUTOR: support.executor ?? "", NO_COLOR: "1" },
  });
}

describe("a full disk", () => {
  test("on standard output and error, which may also be closed", () => {
    const run = shell('"$1" "$2" run --json "$3" >/dev/full');
    expect([run.status, run.stderr]).toEqual([3, "bpf-token: cannot write: ENOSPC\n"]);
    expect(shell('"$1" "$2" run nowhere 2>/dev/full')).toMatchObject({ status: 2, stdout: "" });
    expect(shell('"$1" "$2" run --json "$3" >&-')).toMatchObject({ status: 0, stderr: "" });
    expect(shell('"$1" "$2" run nowhere 2>&-')).toMatchObject({ status: 2, stdout: "" });
    const piped = shell('{ "$1" "$2" demo --json; echo $? >&2; } | true');
    expect(piped.stderr).toBe("0\n");
  });
});

describeNative("a full tmpfs", ["unshare"], () => {
  const inTmpfs = (words: string): SpawnSyncReturns<string> => {
    const place = join(folder, "tmpfs");
    mkdirSync(place, { recursive: true });
    const mount = `mount -t tmpfs -o size=64k none "$4/tmpfs" && cd "$4/tmpfs"`;
    return shell(`exec unshare -m sh -c '${mount} && ${words}' sh "$@"`);
  };

  test("upstream build: the store", { timeout: 200_000 }, () => {
    writeFileSync(join(folder, "mine.c"), "");
    const build = `"$1" "$2" upstream build ${noTokens} --as 6.12`;
    const { status, stderr } = inTmpfs(`BPF_TOKEN_UPSTREAM=$PWD/store ${build}`);
    expect(status).toBe(3);
    expectReason(stderr, /store cannot be written: ENOSPC\. Fix: free some space there/);
  });

  test("upstream build: the folder of the compiler", { timeout: 200_000 }, () => {
    const fill = "dd if=/dev/zero of=x 2>/dev/null";
    const build = `"$1" "$2" upstream build ${noTokens} --as 6.12`;
    const { status, stderr } = inTmpfs(`${fill}; TMPDIR=$PWD BPF_TOKEN_UPSTREAM=/s ${build}`);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/No space left|ENOSPC/i);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test("fuzz: the corpus", { timeout: 200_000 }, () => {
    const words = "--subjects model@6.12,model@7.3 --sequences 20 --corpus corpus";
    const fill = "mkdir -p corpus/inputs && dd if=/dev/zero of=x 2>/dev/null";
    const { status, stderr } = inTmpfs(`${fill}; "$1" "$2" fuzz ${words}`);
    expect(status).toBe(3);
    expect(stderr).toMatch(/cannot write to 'corpus': ENOSPC/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

test("a missing TMPDIR is named", { timeout: 120_000 }, () => {
  const build = `"$1" "$2" upstream build ${noTokens} --as 6.12`;
  const { status, stderr } = shell(`TMPDIR=/nowhere BPF_TOKEN_UPSTREAM="$4/s" ${build}`);
  expect(status).toBe(3);
  expectReason(
    stderr,
    /no temporary folder can be created in \/nowhere \(ENOENT\)\. Fix: set TMPDIR/,
  );
});

describe("standard input", () => {
  test("may be a pipe", () => {
    const run = shell('echo delegate_progs=xdp | "$1" "$2" translate --to kernel');
    expect(run.stdout).toBe("delegate_progs=xdp\n");
    const report = shell(
      '"$1" "$2" doctor --bundle /dev/stdout --json | "$1" "$2" doctor --from -',
    );
    expect(report.stderr).toMatch(/^bpf-token: -: /);
  });

  test("is refused if it does not end or cannot be read", { timeout: 120_000 }, () => {
    const endless = shell('"$1" "$2" translate --to lxd </dev/zero');
    expect(endless.status).toBe(2);
    expectReason(endless.stderr, /cannot read standard input: it has more than 64 MiB/);
    const place = shell('"$1" "$2" translate --to lxd </');
    expect(place.status).toBe(1);
    expectReason(place.stderr, /^bpf-token: standard input: /);
  });
});

describeNative("few file descriptors", ["setpriv", "prlimit"], () => {
  /** Nobody may raise the limit again. */
  const limited = (n: number, words: string): SpawnSyncReturns<string> =>
    shell(
      `exec setpriv --bounding-set=-sys_resource prlimit --nofile=${n}:${n} "$1" "$2" ${words}`,
    );
  const limit = (n: number): string =>
    `the hard limit of file descriptors is ${n}, and it needs 4096`;

  test("64: the native backend names the limit, everything else works", () => {
    const support = limited(64, "support");
    expect([support.status, support.stderr]).toEqual([0, ""]);
    expect(support.stdout.replaceAll(/\s+/g, " ")).toContain(`no native ${limit(64)}`);
    const native = limited(64, 'run --backend native "$3"');
    expect(native.status).toBe(3);
    expectReason(native.stderr, `the native backend is not available: ${limit(64)}. Fix: raise it`);
    expect(limited(64, "demo")).toMatchObject({ status: 0, stderr: "" });
    expect(limited(64, "exec --delegate cmds=any -- true")).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  test.each([19, 20, 21, 22, 23, 24, 26, 28])("%i: no command blames something else", (n) => {
    for (const words of [
      "support",
      'run --backend native "$3"',
      "exec --delegate cmds=any -- true",
    ]) {
      const { stdout, stderr } = limited(n, words);
      // Before its first module, Node itself gives up.
      if (stderr.startsWith("node:internal") || /^\S*node\S*\[/.test(stderr)) continue;
      expect(`${stdout}${stderr}`).not.toMatch(/CAP_SYS_ADMIN, which|^ {4}at /m);
    }
  });
});
