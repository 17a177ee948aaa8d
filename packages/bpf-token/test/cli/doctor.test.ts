// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Diagnosis, parseFacts } from "@bpf-token/diagnose";
import { parseObject } from "@bpf-token/object";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { LoadReport } from "../../src/cli/commands/load/report.ts";
import { runCollector } from "../../src/cli/input/collector.ts";
import { makeTrial } from "../../src/cli/input/trial.ts";
import { policyOf } from "../../src/policy/index.ts";
import { bundleProgram } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { describeNative, support } from "./native.ts";
import { cli } from "./run-cli.ts";

declare module "vitest" {
  export interface ProvidedContext {
    full: boolean;
  }
}

/** A report of a container in a systemd unit, as `--bundle --full` writes it. */
const report = {
  schema: "bpf-token/facts@1",
  pid: 4711,
  program: "agent",
  release: "6.18.44",
  uid: 0,
  capabilities: {
    effective: "0000008000001000",
    permitted: "0000008000001000",
    inheritable: "0",
    bounding: "0",
    ambient: "0",
  },
  userns: { inode: 4026532177, initial: false },
  bpffs: [
    {
      path: "/sys/fs/bpf",
      device: "0:40",
      root: "/",
      onHost: false,
      delegates: {
        delegate_cmds: "map_create:prog_load:btf_load",
        delegate_maps: "hash",
        delegate_progs: "xdp:socket_filter:cgroup_sock",
        delegate_attachs: "xdp:cgroup_inet_ingress:cgroup_inet_sock_create",
      },
    },
  ],
  unprivilegedBpfDisabled: 2,
  seccomp: 0,
  noNewPrivileges: true,
  manager: { kind: "systemd", name: "agent.service" },
  unknown: [],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a report, with other fields, and returns its path. */
function file(more: object = {}): string {
  const path = join(folder, "report.json");
  writeFileSync(path, JSON.stringify({ ...report, ...more }));
  return path;
}

describe("doctor --from", () => {
  test("names the mask, the evidence and the setting of the unit", async (context) => {
    const object = compiled(context, "count");
    const { code, out, err } = await cli(["doctor", "--from", file(), object]);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(
      out.replaceAll(basename(object), "count.bpf.o"),
    ).toBe(`agent (pid 4711) cannot load count.bpf.o: 1 reason
   token:    /sys/fs/bpf
             delegate_cmds=map_create:prog_load:btf_load
             delegate_maps=hash
             delegate_progs=xdp:socket_filter:cgroup_sock
             delegate_attachs=xdp:cgroup_inet_ingress:cgroup_inet_sock_create

1. error [token.dropped.map]
   cause:    count.bpf.o: the token lacks map type array, so the kernel ignores
             it
   evidence: mountinfo: /sys/fs/bpf: delegate_maps=hash
             array: map packets
   fix:      BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray
   more:     bpf-token explain token.dropped.map

judged as Linux 6.18
`);
  });

  test.for([
    ["systemd", "systemd", "/etc/systemd/system/web.d/override.conf"],
    ["lxc", "incus", "incus config set web KEY=VALUE"],
    ["docker", "docker", "docker run"],
    ["podman", "podman", "podman run"],
    ["kubernetes", "k8s", "add it to the pod"],
    [undefined, "kernel", "no container manager was found"],
  ])(
    "--fix prints complete settings for %s on standard output",
    async ([kind, dialect = "", place], context) => {
      const more = kind === undefined ? { manager: undefined } : { manager: { kind, name: "web" } };
      const path = file(more);
      const object = compiled(context, "count");
      const { code, out, err } = await cli(["doctor", "--from", path, object, "--fix"]);
      expect(code).toBe(1);
      expect(err).toContain("error [token.dropped.map]");
      expect(err.replaceAll(/\s+/g, " ")).toContain(place);
      const policy = await cli([
        "policy",
        object,
        "--no-prove",
        "--release",
        "6.18",
        "--for",
        dialect,
      ]);
      expect(out).toBe(policy.out);
    },
  );

  test.for([
    ["systemd", "a;id;.service", "/etc/systemd/system/UNIT.d/override.conf"],
    ["systemd", "$(id).service", "systemctl restart UNIT"],
    ["lxc", "-x", "incus config set NAME KEY=VALUE"],
    ["lxc", "a b", "incus config set NAME KEY=VALUE"],
  ])(
    "--fix puts no name of %s into a command that a shell would read: %s",
    async (row, context) => {
      const [kind, name, place] = row;
      const args = [
        "--from",
        file({ manager: { kind, name } }),
        compiled(context, "count"),
        "--fix",
      ];
      const { err } = await cli(["doctor", ...args]);
      expect(err.replaceAll(/\s+/g, " ")).toContain(place);
      expect(err.slice(err.lastIndexOf("fix: "))).not.toContain(name);
    },
  );

  test("is fine without an object, and prints JSON", async () => {
    const { code, out } = await cli(["doctor", "--from", file(), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: "bpf-token/doctor@1",
      ok: true,
      release: "6.18",
      token: { path: "/sys/fs/bpf" },
      findings: [],
    });
  });

  test("prints SARIF with a rule for each id", async () => {
    const delegates = { delegate_cmds: "prog_load:obj_get", delegate_progs: "xdp" };
    const bpffs = [{ ...report.bpffs[0], delegates }];
    const { code, out } = await cli(["doctor", "--from", file({ bpffs }), "--sarif"]);
    const { version, runs } = JSON.parse(out) as {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string; help: { text: string } }[] } };
        results: { ruleId: string; ruleIndex: number; level: string; message: { text: string } }[];
      }[];
    };
    expect([code, version, runs.length]).toEqual([0, "2.1.0", 1]);
    const { tool, results = [] } = runs[0] ?? {};
    expect(results.map(({ level }) => level)).toEqual(["warning", "note"]);
    for (const { ruleId, ruleIndex } of results) {
      expect(tool?.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(tool?.driver.rules[ruleIndex]?.help.text).toMatch(
        /^see (?:checks|docs)\/\S+ in the site of bpf-token$/,
      );
    }
  });

  test("judges as another release", async () => {
    const { out } = await cli(["doctor", "--from", file(), "--release", "6.12"]);
    expect(out).toContain("judged as Linux 6.12\n");
  });

  test("control characters of a report reach no terminal", async () => {
    const { out } = await cli(["doctor", "--from", file({ program: "a\u001b[31m\u202e\n" })]);
    expect(out).toContain("a\\u001b[31m\\u202e (pid 4711)");
    expect(out.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  });

  test.each([{}, { delegates: {} }, { onHost: true }])(
    "the name of a mount point writes no line of its own, %j",
    async (more) => {
      const path = `/mnt/${"x".repeat(70)} fix: run\u00a0this\u2003now`;
      const mount = { path, root: path, device: "0:40", onHost: false, ...more };
      const delegates = { delegate_cmds: "map_create" };
      for (const root of ["/", path]) {
        const bpffs = [{ delegates, ...mount, root }];
        const { out } = await cli(["doctor", "--from", file({ bpffs })]);
        expect(out).toContain("\\u0020fix:\\u0020run\\u00a0this\\u2003now");
        expect(out).not.toMatch(/^\s*fix: run/m);
      }
    },
  );
});

test("--bundle writes a report without names, which --from judges alike", async () => {
  const path = join(folder, "bundle.json");
  const { code } = await cli(["doctor", "--from", file(), "--bundle", path]);
  expect(code).toBe(0);
  expect(readFileSync(path, "utf8")).not.toContain("agent");
  const { out } = await cli(["doctor", "--from", path]);
  expect(out).toMatch(/^program \(pid 4711\) can create a token from \/sys\/fs\/bpf\n/);
  const full = await cli(["doctor", "--from", file(), "--bundle", path, "--full"]);
  expect(full.code).toBe(0);
  expect(readFileSync(path, "utf8")).toContain("agent.service");
});

test.each<[readonly string[], number, string]>([
  [["--pid", "1", "--from", "x"], 2, "give only one of --pid, --from"],
  [["--pid", "abc"], 2, "--pid needs the number of a process, got 'abc'"],
  [["--pid", "0"], 2, "--pid needs the number of a process"],
  [["--full"], 2, "--full needs --bundle"],
  [["--fix"], 2, "--fix needs an OBJECT"],
  [["--fix", "x.o", "--sarif"], 2, "give only one of --fix, --json, --sarif"],
  [["--seccomp"], 2, "--seccomp needs --pid or --container"],
  [["--try", "--from", "x"], 2, "--try needs a running process"],
  [["--from", "/nowhere.json"], 2, "cannot read '/nowhere.json'"],
  [["--pid", "4194304000"], 3, "there is no"],
  [["--release", "9.9"], 2, "Linux 9.9 is newer than every modelled release"],
  [["/nowhere.o"], 2, "cannot read '/nowhere.o'"],
])("doctor %j", async (words, code, message) => {
  const result = await cli(["doctor", ...words]);
  expect(result.code).toBe(code);
  expect(result.err).toContain(message);
});

test.each([
  ["head -c 150000000 /dev/zero", "doctor: bpf-token-collect printed more than 128 MiB"],
  ["kill -9 $$", "doctor: bpf-token-collect failed: SIGKILL"],
])("doctor --seccomp names a program that fails: %s", (script, message) => {
  const folder = mkdtempSync(join(tmpdir(), "collector-"));
  try {
    const fake = join(folder, "fake");
    writeFileSync(fake, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    expect(() => runCollector(fake, 1)).toThrow(message);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("doctor --seccomp says that there is no such process, or no bpf-token-collect", async () => {
  const place = `../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`;
  const isBuilt = existsSync(new URL(place, import.meta.url));
  const { code, err } = await cli(["doctor", "--seccomp", "--pid", "4194303"]);
  const why = isBuilt ? "there is no process 4194303, or it has exited" : "is not available";
  expect([code, err]).toEqual([3, expect.stringContaining(why)]);
});

test("doctor prints JSON or SARIF, not both", async () => {
  const { code, out } = await cli(["doctor", "--json", "--sarif"]);
  expect([code, out]).toEqual([2, expect.stringContaining("give only one of --json, --sarif")]);
});

test.each([
  ["{", "the report is not JSON"],
  ["{}", 'schema: expected "bpf-token/facts@1"'],
  [JSON.stringify({ ...report, release: "next" }), "give a release with --release"],
])("a malformed report is a finding: %s", async (text, message) => {
  const path = join(folder, "bad.json");
  writeFileSync(path, text);
  const { code, err } = await cli(["doctor", "--from", path]);
  expect(code).toBe(1);
  expect(err).toContain(message);
});

describeNative("doctor in a container of its own", ["clang-19"], () => {
  let program = "";
  let bundle = "";
  beforeAll(async () => {
    ({ folder: bundle, program } = await bundleProgram());
  });
  afterAll(() => rmSync(bundle, { recursive: true }));
  const addon = fileURLToPath(
    new URL(
      `../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token.node`,
      import.meta.url,
    ),
  );
  const env = {
    ...process.env,
    BPF_TOKEN_EXECUTOR: support.executor ?? "",
    BPF_TOKEN_ADDON: addon,
  };
  const run = (words: readonly string[]): string =>
    spawnSync(process.execPath, [program, ...words], { encoding: "utf8", env, timeout: 600_000 })
      .stdout;

  test("agrees with the kernel about each bit of the policy", {
    timeout: 600_000,
  }, async (context) => {
    const object = compiled(context, "traffic");
    const { out } = await cli(["inspect", object, "--for", "exec", "--loader", "bpf-token"]);
    const exact = out.trim().replace("bpf-token ", "").replace(" COMMAND", "").split(" ");
    const delegation = exact.find((word) => word.startsWith("cmds=")) ?? "";
    const caps = exact[exact.indexOf("--caps") + 1] ?? "";
    const less = (list: string, separator: string, name: string): string =>
      list
        .split(separator)
        .filter((one) => one !== name)
        .join(separator);
    const variants = [
      { name: "nothing", words: exact },
      ...delegation.split(",").flatMap((part) => {
        const [axis = "", all = ""] = part.split("=");
        return all.split(":").map((name) => {
          const rest = less(all, ":", name);
          const masks = delegation
            .split(",")
            .flatMap((one) => (one !== part ? [one] : rest === "" ? [] : [`${axis}=${rest}`]))
            .join(",");
          return { name, words: exact.map((word) => (word === delegation ? masks : word)) };
        });
      }),
      ...caps.split(",").map((name) => ({
        name: `CAP_${name.toUpperCase()}`,
        words: exact.map((word) => (word === caps ? less(caps, ",", name) : word)),
      })),
    ];
    expect(variants.length).toBe(12);
    for (const { name, words } of inject("full") ? variants : variants.slice(0, 4)) {
      const inside = [...words, process.execPath, program];
      const loaded = JSON.parse(run([...inside, "load", object, "--json"])) as LoadReport;
      const found = JSON.parse(
        run([...inside, "doctor", object, "--loader", "plain", "--json"]),
      ) as Diagnosis;
      expect([name, found.ok]).toEqual([name, loaded.loaded]);
      if (name === "nothing") continue;
      const serious = found.findings.filter(({ id }) => id !== "doctor.lockdown");
      expect(serious[0]?.cause).toContain(name);
    }
  });

  /** Runs `work` while a process sleeps in a container. */
  async function beside<T>(
    words: readonly string[],
    work: (pid: number) => T | Promise<T>,
    first = ":",
  ): Promise<T> {
    const inside = ["exec", ...words, "--", "sh", "-c", `${first}; echo $$; exec sleep 60`];
    const child = spawn(process.execPath, [program, ...inside], { env });
    try {
      const pid = await new Promise<number>((resolve, reject) => {
        child.stdout.on("data", (text: Buffer) => resolve(Number(String(text))));
        child.on("error", reject);
        child.on("close", (code) => reject(new Error(`exec ended with ${code}`)));
      });
      return await work(pid);
    } finally {
      child.removeAllListeners("close");
      child.kill("SIGTERM");
    }
  }

  test("--try asks the kernel, for another process and for itself", async (context) => {
    const object = compiled(context, "count");
    const rest = "cmds=any;progs=any;attachs=any";
    const rows: readonly (readonly [string, string, string, string])[] = [
      [`${rest};maps=any`, "bpf,net_admin", "ok", "ok"],
      [`${rest};maps=any`, "net_admin", "EPERM", "EPERM"],
      [`${rest};maps=hash`, "all", "ok", "EPERM"],
      [`${rest};maps=any`, "bpf", "ok", "EPERM"],
    ];
    for (const [delegate, caps, token, load] of rows) {
      const words = ["--delegate", delegate, "--caps", caps];
      const doctor = ["doctor", "--try", "--json", "--loader", "plain", object];
      const outside = await beside(words, (pid) => run([...doctor, "--pid", String(pid)]));
      const inside = run(["exec", ...words, "--", process.execPath, program, ...doctor]);
      for (const text of [outside, inside]) {
        const { trial = [], findings } = JSON.parse(text) as Diagnosis;
        const answers = trial.map(({ kernel, predicted }) => [kernel, predicted]);
        expect([delegate, caps, answers]).toEqual([
          delegate,
          caps,
          [
            [token, token],
            [load, load === "ok" ? "ok" : "refused"],
          ],
        ]);
        // The kernel confirms the prediction, so no finding is about the trial.
        expect(findings.filter(({ id }) => id === "doctor.try")).toEqual([]);
      }
    }
  });

  test("policy, doctor and load name CAP_PERFMON, which only the verifier requires", async (context) => {
    const triple = process.arch === "x64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
    const object = `/usr/lib/${triple}/bpf/xdpfilt_alw_all.o`;
    if (!existsSync(object)) return context.skip("the objects of xdp-tools are not installed");
    const named = (text: string): readonly string[] => [...new Set(text.match(/CAP_[A-Z_]+/g))];
    const { capabilities } = policyOf([{ file: "x", object: parseObject(readFileSync(object)) }], {
      loader: "bpf-token",
      release: "6.18",
    });
    expect(capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
    const any = "cmds=any;maps=any;progs=any;attachs=any";
    const words = ["--delegate", any, "--caps", "bpf,net_admin"];
    const doctor = ["doctor", object, "--try", "--json", "--loader", "plain"];
    const outside = await beside(words, (pid) => run([...doctor, "--pid", String(pid)]));
    const { findings, trial = [] } = JSON.parse(outside) as Diagnosis;
    const errors = findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ id, fix }) => [id, named(fix.join())])).toEqual([
      ["verify.leak", ["CAP_PERFMON"]],
    ]);
    expect(trial.map(({ kernel, predicted }) => [kernel, predicted])).toEqual([
      ["ok", "ok"],
      ["EACCES", "refused"],
    ]);
    const inside = ["exec", ...words, "--", process.execPath, program];
    const { error } = JSON.parse(run([...inside, "load", object, "--json"])) as LoadReport;
    expect(error?.missing.map(({ add }) => add)).toEqual(["CAP_PERFMON"]);
    expect(error?.log).not.toBe("");
    const more = ["exec", "--delegate", any, "--caps", capabilities.join(), "--"];
    const again = run([...more, process.execPath, program, "load", object, "--json"]);
    expect((JSON.parse(again) as LoadReport).loaded).toBe(true);
  });

  test("--try takes the first 64 BPF filesystems of a container that has more", async () => {
    const one = "mkdir /mnt/$i; mount --bind /sys/fs/bpf /mnt/$i";
    const mounts = `mount -t tmpfs none /mnt; for i in $(seq 69); do ${one}; done`;
    const words = ["--delegate", "cmds=any", "--caps", "all"];
    const doctor = [program, "doctor", "--try", "--json", "--pid"];
    await beside(
      words,
      (pid) => {
        const { stdout, stderr } = spawnSync(process.execPath, [...doctor, String(pid)], {
          ...{ encoding: "utf8", env },
        });
        expect(stderr).toContain("--try uses the first 64 of 70 BPF filesystems");
        const { trial = [] } = JSON.parse(stdout) as Diagnosis;
        expect(trial.map(({ kernel }) => kernel)).toEqual(Array(64).fill("ok"));
      },
      mounts,
    );
  });

  test("--seccomp reads a container with megabytes of BPF filesystems", async () => {
    const name = `'${'"'.repeat(200)}'`;
    const deep = `d=/mnt; for i in $(seq 18); do d=$d/${name}; mkdir "$d"; done`;
    const one = 'mkdir "$d/$i"; mount --bind /sys/fs/bpf "$d/$i"';
    const mounts = `mount -t tmpfs none /mnt; ${deep}; for i in $(seq 250); do ${one}; done`;
    await beside(
      ["--delegate", "cmds=any", "--caps", "all"],
      (pid) => {
        const place = `../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`;
        const collector = fileURLToPath(new URL(place, import.meta.url));
        expect(runCollector(collector, pid).bpffs.length).toBe(251);
      },
      mounts,
    );
  });

  test("--try skips a BPF filesystem whose path is too long to open", async () => {
    const long = `/${"x".repeat(200_000)}`;
    await beside(["--delegate", "cmds=any", "--caps", "all"], async (pid) => {
      const bpffs = [long, "/sys/fs/bpf"].map((path) => ({ ...report.bpffs[0], path }));
      const facts = parseFacts(JSON.stringify({ ...report, pid, bpffs }));
      expect(await makeTrial(facts, new Map())).toEqual([
        { path: long, answer: "ENAMETOOLONG" },
        { path: "/sys/fs/bpf", answer: "ok" },
      ]);
    });
  });

  test("--try cannot act for a process that is gone", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, "doctor", "--try", "--pid", "4194303"],
      {
        encoding: "utf8",
        env,
      },
    );
    expect([status, stderr]).toEqual([3, expect.stringContaining("there is no process 4194303")]);
  });
});
