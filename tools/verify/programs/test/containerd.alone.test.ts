// SPDX-License-Identifier: MIT
// `bpf-token nri` with containerd of Debian stable and unstable, runc and crun: pods by CRI, as the kubelet runs them.
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../../../../packages/bpf-token/test/cli/run-cli.ts";
import { pageObject } from "../../docs/lib/kubernetes.ts";
import { fetchManagers } from "../lib/debian.mjs";
import { HOST_ID, type Outcome, type Pod, runPod } from "./managers/cri.ts";
import { Host, runtimePath, writeContainerdConfig } from "./managers/host.ts";
import { compileObject, IMAGE, writeImage, writeNetwork } from "./managers/image.ts";

const MINUTES_5 = 300_000;
const bin = fileURLToPath(
  new URL("../../../../packages/bpf-token/bin/bpf-token.js", import.meta.url),
);
const { metadata, spec } = pageObject("Pod");
/** The annotations of the page for each container of the pod. */
const asked = Object.fromEntries(
  Object.entries(metadata.annotations).map(([key, value]) => [
    key.replace(`.container.${spec.containers[0]?.name}`, ""),
    value,
  ]),
);
const native = probeNative();
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const missing = ["runc", "bpftool", "busybox", "nsenter"].filter(
  (name) => spawnSync(name, ["--help"]).error !== undefined,
);
const obstacle = native.ok ? missing.map((name) => `${name} is not installed`)[0] : native.why;

/** A running plugin and what it printed. */
interface Plugin {
  readonly process: ChildProcess;
  readonly lines: () => string;
  /** Waits until it has printed a text so many times. */
  readonly printed: (text: string, times?: number) => Promise<void>;
}

for (const [version, suite] of [
  ["1.7", "trixie"],
  ["2.1", "sid"],
] as const) {
  const wanted = obstacle === undefined || required;
  const programs = wanted ? await fetchManagers(suite) : undefined;
  const why = obstacle ?? (programs === undefined ? "it cannot be downloaded" : undefined);
  if (why === undefined || required) {
    const pods = (): void => testPods(version, programs);
    describe(`pods of containerd ${version}`, { timeout: MINUTES_5 }, pods);
  } else {
    test(`pods of containerd ${version}`, (context) => context.skip(`containerd: ${why}`));
  }
}

function testPods(version: "1.7" | "2.1", programs: string | undefined): void {
  let folder = "";
  let host: Host;
  let daemon: ChildProcess;
  let pods = 0;
  let places: readonly string[] = [];

  beforeAll(async () => {
    if (programs === undefined) throw new Error("containerd cannot be downloaded");
    folder = mkdtempSync(join(tmpdir(), "bpf-token-containerd-"));
    for (const name of ["store", "logs", "plugins"]) mkdirSync(join(folder, name));
    // Root of the containers writes to it.
    chownSync(join(folder, "logs"), HOST_ID, HOST_ID);
    chmodSync(folder, 0o755);
    places = [
      ...["--program", join(folder, "libexec/bpf-token-hook")],
      ...["--config", join(folder, "etc/hook.json")],
    ];
    const object = compileObject(folder);
    writeFileSync(join(folder, "allow"), pageObject("ConfigMap").data.allow ?? "");
    await install();
    const image = writeImage(folder, object);
    writeNetwork(folder);
    writeContainerdConfig(folder, version);
    host = await Host.start(folder, programs);
    daemon = await host.containerd(image);
  }, MINUTES_5);
  afterAll(async () => {
    await host?.stop();
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  async function install(): Promise<void> {
    const own = ["--allow", join(folder, "allow"), "--dir", join(folder, "hooks.d")];
    const runtime = ["--runtime", runtimePath(folder, version)];
    expect((await cli(["hook", "install", ...own, ...runtime, ...places, "--yes"])).code).toBe(0);
  }
  /** The cgroups of containers: runc names them as CRI does. */
  const cgroups = (): readonly string[] =>
    host
      .run(["find", "/sys/fs/cgroup", "-type", "d"])
      .stdout.split("\n")
      .filter((path) => /\/[0-9a-f]{64}$/.test(path));
  const command = (...options: readonly string[]): readonly string[] => {
    return [process.execPath, bin, "nri", ...places, ...options];
  };

  async function startPlugin(...options: readonly string[]): Promise<Plugin> {
    const child = host.spawn(command(...options));
    let text = "";
    let look = (): void => undefined;
    child.stderr?.on("data", (chunk) => {
      text += String(chunk);
      look();
    });
    const printed = (wanted: string, times = 1): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          if (text.split(wanted).length > times) resolve();
        };
        look();
      });
    await printed(`connected to containerd ${version}`);
    return { process: child, lines: () => text, printed };
  }

  /** Ends a program: nsenter, which the test has started, passes no signals on to it. */
  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    const ended = once(child, "exit");
    process.kill(Number(readFileSync(children, "utf8")), signal);
    await ended;
  }

  async function withPlugin(options: readonly string[], use: (one: Plugin) => Promise<void>) {
    const plugin = await startPlugin(...options);
    try {
      await use(plugin);
    } finally {
      await end(plugin.process, "SIGTERM");
    }
  }

  const run = (changes: Partial<Pod> = {}): Promise<Outcome> =>
    runPod(
      `pod-${pods++}`,
      {
        ...{ annotations: asked, userNamespace: !spec.hostUsers, handler: "runc" },
        command: [
          "/bin/sh",
          "-c",
          "exec >/out/output 2>&1; busybox grep /sys/fs/bpf /proc/self/mounts; exec bpftool prog load /count.bpf.o /sys/fs/bpf/count",
        ],
        ...changes,
      },
      {
        socket: host.outside("/run/containerd/containerd.sock"),
        ...{ image: IMAGE, logs: join(folder, "logs") },
      },
    );
  /** The container has its own bpffs, and libbpf loads the object. */
  const delegated = {
    ...{ code: 0, error: "" },
    output: expect.stringMatching(/^none \/sys\/fs\/bpf bpf .*delegate/),
  };
  /** It started, but nothing mounted a bpffs, so libbpf has no token. */
  const without = {
    ...{ code: 255, error: "" },
    output: expect.stringMatching(/^libbpf: [\s\S]*Couldn't load trivial/),
  };
  const changed = (axis: string, value: string): Partial<Pod> => ({
    annotations: { ...asked, [`bpf-token/delegate_${axis}`]: value },
  });
  const forContainer = (name: string): Partial<Pod> => ({
    annotations: Object.fromEntries(
      Object.entries(asked).map(([key, value]) => [`${key}.container.${name}`, value]),
    ),
  });

  test("without the plugin, a pod starts without a delegation", async () => {
    expect(await run()).toMatchObject(without);
  });

  test("without the plugin, the runtime of the page delegates", async () => {
    const start = (pod: Partial<Pod>): Promise<Outcome> => run({ handler: "bpf-token", ...pod });
    expect(await start({ annotations: metadata.annotations })).toMatchObject(delegated);
    expect(await start({ annotations: {} })).toMatchObject(without);
    expect((await start(changed("maps", "array:hash"))).error).toContain("does not permit 'hash'");
  });

  for (const handler of ["runc", "crun"]) {
    test(`the plugin and ${handler}: the pair, and every refusal`, async () => {
      const start = (pod: Partial<Pod> = {}): Promise<Outcome> => run({ handler, ...pod });
      // crun does not pass on what the hook prints.
      const refused = (text: string): object => ({
        error: expect.stringContaining(handler === "crun" ? "exit code: 1" : text),
      });
      await withPlugin([], async (plugin) => {
        expect(await start()).toMatchObject(delegated);
        const less = await start(changed("maps", "0x0"));
        expect(less.code).toBe(255);
        expect(less.output).toMatch(
          /delegate[\s\S]*map 'packets': failed to create: .*not permitted/,
        );
        expect(await start(changed("maps", "array:hash"))).toMatchObject(
          refused("does not permit 'hash' in maps"),
        );
        expect(await start({ userNamespace: false })).toMatchObject(
          refused("no user namespace of its own"),
        );
        expect(await start({ annotations: metadata.annotations })).toMatchObject(delegated);
        expect(await start(forContainer("other"))).toMatchObject(without);
        expect(plugin.lines().match(/added the hook/g)).toHaveLength(6);
        expect(await start({ annotations: {} })).toMatchObject(without);
        expect(await start({ annotations: { "other/key": "x".repeat(1 << 20) } })).toMatchObject(
          without,
        );
        expect(plugin.lines().match(/\n/g)).toHaveLength(7);
      });
    });
  }

  test("a pod with hostile annotations does not start, and others do", async () => {
    await withPlugin([], async () => {
      expect((await run(changed("maps", "arr\0ay"))).error).toMatch(/contains a NUL\. Fix/);
      expect((await run(changed("maps", "x".repeat(1 << 20)))).error).toMatch(/limit is 131072$/);
      expect((await run(changed("x\0", "array"))).error).toMatch(/contains a NUL/);
      expect((await run(changed("mops", "array"))).error).toMatch(/unknown annotation/);
      expect(await run()).toMatchObject(delegated);
    });
  });

  test("of two plugins, one adds the hook", async () => {
    await withPlugin([], () =>
      withPlugin([], async (second) => {
        expect(await run()).toMatchObject(delegated);
        await second.printed("\n", 2);
        expect(cgroups()).toEqual([]);
      }),
    );
  });

  test("after a restart of containerd, the plugin connects again", async () => {
    await withPlugin([], async (plugin) => {
      await end(daemon, "SIGKILL");
      await plugin.printed("trying again");
      daemon = await host.containerd();
      await plugin.printed("connected to containerd", 2);
      expect(await run()).toMatchObject(delegated);
    });
  });

  test("with --require, a pod waits for the hook", async () => {
    rmSync(join(folder, "libexec"), { recursive: true });
    await withPlugin(["--require"], async () => {
      expect((await run()).error).toMatch(/cannot be used \(ENOENT\), so the hook cannot run/);
      expect(await run({ annotations: {} })).toMatchObject(without);
      await install();
      expect(await run()).toMatchObject(delegated);
    });
  });

  test("containerd starts the plugin itself", async () => {
    const words = command().map((word) => `'${word}'`);
    const plugin = join(folder, "plugins/10-bpf-token");
    writeFileSync(plugin, `#!/bin/sh\nexec ${words.join(" ")}\n`, { mode: 0o755 });
    await end(daemon, "SIGKILL");
    daemon = await host.containerd();
    const log = readFileSync(join(folder, "containerd.log"), "utf8");
    expect(await run(), log).toMatchObject(delegated);
  });

  test("nothing is left behind", async () => {
    expect(cgroups()).toEqual([]);
    // runc 1.3 leaves the parent of its cgroups. A parent that others use cannot be removed.
    host.run(["find", "/sys/fs/cgroup", "-depth", "-name", "k8s.io", "-exec", "rmdir", "{}", "+"]);
    expect(host.run(["find", "/sys/fs/cgroup", "-name", "k8s.io"]).stdout).toBe("");
    await host.stop();
    const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const running = processes.filter((pid) => commandLine(pid).includes(folder));
    expect(running.map(commandLine)).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(folder);
  });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
