// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { describeNative } from "./native.ts";
import { useProgramFolder } from "./program-folder.ts";
import { cli, type Result } from "./run-cli.ts";

const NAME = `bpf-token-audit-${process.pid}`;

/** A container of the test: capabilities, delegation, and what its program does. */
interface Container {
  readonly caps: string;
  readonly delegate: string;
  readonly does?: "token" | "unmount" | "maps";
}

const narrow: Container = { caps: "bpf", delegate: "cmds=map_create,maps=array" };
const programs = "cmds=map_create:prog_load,maps=array,progs=socket_filter,attachs=any";
const containers: readonly Container[] = [
  ...Array.from({ length: 4 }, () => narrow),
  { ...narrow, does: "token" },
  { caps: "bpf,perfmon", delegate: programs },
  { caps: "bpf", delegate: "cmds=map_create,maps=any" },
  { caps: "bpf,net_admin", delegate: "cmds=prog_load,progs=xdp,attachs=xdp" },
  { ...narrow, caps: "bpf,sys_admin", does: "unmount" },
  { caps: "bpf", delegate: "cmds=map_create:prog_load,maps=array:hash,progs=xdp", does: "maps" },
];
/** Only findings that change the exit code. */
const expected: Readonly<Record<number, readonly string[]>> = {
  5: ["audit.kernel_memory", "audit.any"],
  6: ["audit.any"],
  7: ["audit.host_network"],
  8: ["audit.unmounted"],
  9: ["audit.idle"],
};

interface Document {
  readonly delegations: readonly {
    readonly who: string;
    readonly first: { readonly pid: number };
    readonly tokens: { readonly open: number; readonly unmounted: number };
    readonly use?: object;
    readonly findings: readonly { readonly id: string; readonly severity: string }[];
  }[];
}

/** Where the machine has cgroup2. */
function cgroups(): string {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.find((line) => line.includes(" - cgroup2 "))?.split(" ")[4] ?? "";
}

const until = async (done: () => boolean): Promise<void> => {
  for (let i = 0; i < 1200 && !done(); i++) await new Promise((wake) => setTimeout(wake, 100));
  expect(done()).toBe(true);
};

describeNative("audit of ten containers", ["cc", "setpriv"], () => {
  const { compile, file } = useProgramFolder();
  const ends: Promise<Result>[] = [];
  const pids: number[] = [];
  const folder = (i: number): string => join(cgroups(), `${NAME}-${i}.service`);

  async function start(i: number, { caps, delegate, does }: Container): Promise<void> {
    const output = file(`output-${i}`);
    const shell = ["sh", "-c", 'exec "$1" $2 >"$3"', "sh", file("holds"), does ?? "", output];
    const words = ["exec", "--caps", caps, "--delegate", delegate, "--", ...shell];
    ends.push(cli(words, {}, { PATH: process.env.PATH ?? "" }));
    await until(() => existsSync(output) && readFileSync(output, "utf8").endsWith("\n"));
    const pid = Number(readFileSync(output, "utf8"));
    pids.push(pid);
    mkdirSync(folder(i));
    writeFileSync(join(folder(i), "cgroup.procs"), String(pid));
  }

  beforeAll(async () => {
    // Each container is a command in this process, which listens to its signals.
    process.setMaxListeners(20);
    compile("holds");
    for (const [i, container] of containers.entries()) await start(i, container);
  }, 600_000);
  afterAll(async () => {
    for (const pid of pids) process.kill(pid);
    await Promise.all(ends);
    for (let i = 0; i < pids.length; i++) rmdirSync(folder(i));
  }, 60_000);

  test("names each, finds the wide ones and the token, and leaves nothing", async () => {
    const state = () => [
      readFileSync("/proc/self/mountinfo", "utf8"),
      readdirSync("/proc/self/fd"),
    ];
    const before = state();
    const { code, out } = await cli(["audit", "--json"]);
    expect(state()).toEqual(before);
    expect(code).toBe(1);
    const { delegations } = JSON.parse(out) as Document;
    const own = delegations
      .filter(({ who }) => who.startsWith(NAME))
      .sort((a, b) => a.who.localeCompare(b.who, "en", { numeric: true }));
    const seen = own.map(({ who, first, tokens, findings }) => [
      ...[who, first.pid, tokens.open, tokens.unmounted],
      findings.filter(({ severity }) => severity !== "note").map(({ id }) => id),
    ]);
    const wanted = containers.map(({ does }, i) => [
      ...[`${NAME}-${i}.service`, pids[i], does === undefined ? 0 : 1, does === "unmount" ? 1 : 0],
      expected[i] ?? [],
    ]);
    expect(seen).toEqual(wanted);
  });

  test("follows their calls, and prints the part that suffices", { timeout: 120_000 }, async () => {
    const { code, out } = await cli(["audit", "--trace", "5", "--json"]);
    expect(code).toBe(1);
    const { delegations } = JSON.parse(out) as Document;
    const uses = new Map(delegations.map(({ who, use }) => [who, use]));
    expect(uses.get(`${NAME}-9.service`)).toMatchObject({
      ...{ seconds: 5, traced: 1, calls: 1, proven: true },
      used: { cmds: ["map_create"], maps: ["array"] },
    });
    expect(uses.get(`${NAME}-0.service`)).toMatchObject({ traced: 1, calls: 0, used: {} });
    const row = delegations.find(({ who }) => who === `${NAME}-9.service`);
    expect(row?.findings.find(({ id }) => id === "audit.unused")).toMatchObject({
      severity: "note",
      cause:
        "in 5 s its calls did not use prog_load in delegate_cmds, hash in delegate_maps, xdp in delegate_progs",
      fix: [
        "BPFDelegateCommands=BPFMapCreate",
        "BPFDelegateMaps=BPFMapTypeArray",
        "remove delegate_progs",
        expect.stringMatching(/^first see its calls from its start: bpf-token trace/),
      ],
    });
    expect(
      delegations.flatMap(({ findings }) => findings).filter(({ id }) => id === "audit.unused")
        .length,
    ).toBe(1);
  });

  test("prints a line for each change", { timeout: 120_000 }, async () => {
    const { folder: bundle, program } = await bundleProgram();
    onTestFinished(() => rmSync(bundle, { recursive: true }));
    const watch = spawn(process.execPath, [program, "audit", "--watch", "1"], { stdio: "pipe" });
    const ended = new Promise((done) => watch.on("close", done));
    let out = "";
    watch.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    await until(() => out.includes(`${NAME}-9.service`));
    const i = containers.length;
    await start(i, { caps: "bpf", delegate: "cmds=map_create,maps=any" });
    const who = `${NAME}-${i}.service`;
    await until(() =>
      out.includes(` new     ${who}: delegate_cmds=map_create delegate_maps=any; `),
    );
    process.kill(pids.pop() ?? 0);
    await until(() => out.includes(` gone    ${who}\n`));
    rmdirSync(folder(i));
    watch.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(out).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d new +${who}: .*; warning \\[audit\\.any\\]$`, "m"),
    );
  });

  test("prints the worst first, in 80 columns", async () => {
    const { out } = await cli(["audit"]);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^\d+ of \d+ delegations need a change/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain(`${NAME}-5.service`);
  });

  describe("as a user without rights", () => {
    test("says what it could not see", async () => {
      const { folder: bundle, program } = await bundleProgram();
      onTestFinished(() => rmSync(bundle, { recursive: true }));
      spawnSync("chmod", ["-R", "a+rX", bundle]);
      const user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const words = [...user, process.execPath, program, "audit"];
      const { status, stdout } = spawnSync("setpriv", words, { encoding: "utf8" });
      expect(status).toBe(3);
      expect(stdout).toMatch(/^found no delegation and no open token, but could read only \d+ /);
      expect(stdout.replaceAll("\n", " ")).toMatch(
        /not seen: \d+ of \d+ processes, first \d+ \(this user may not read their namespaces; run it as root\)/,
      );
    });
  });
});

test.each([
  ...["0", "3601", "1.5", "x", ""].map((text) => ["--trace", text] as const),
  ["--watch", "0"] as const,
])("refuses %s '%s'", async (option, text) => {
  const { code, err } = await cli(["audit", option, text]);
  expect(code).toBe(2);
  expect(err).toContain(`audit: ${option} needs a number of seconds from 1 to 3600`);
});

test("refuses arguments, and two formats", async () => {
  expect((await cli(["audit", "x"])).err).toContain("audit: unexpected argument");
  for (const pair of ["--json --sarif", "--watch 1 --sarif", "--trace 1 --watch 1"]) {
    const { code, out, err } = await cli(["audit", ...pair.split(" ")]);
    expect([code, out + err]).toEqual([2, expect.stringContaining("give only one of")]);
  }
});
