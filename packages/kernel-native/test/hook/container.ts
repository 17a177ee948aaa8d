// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prebuilt } from "../../src/prebuilt.ts";

/** The built hook of this machine. */
export const hook: string = prebuilt(`linux-${process.arch}/bpf-token-hook`);

/** What the host of most tests permits. */
export const allowed = {
  cmds: ["map_create", "prog_load"],
  maps: ["array"],
  progs: ["xdp"],
  attachs: ["xdp"],
};

/** Annotations that ask for all of {@link allowed}. */
export const asked: Readonly<Record<string, string>> = {
  "bpf-token/delegate_cmds": "map_create:prog_load",
  "bpf-token/delegate_maps": "array",
  "bpf-token/delegate_progs": "xdp",
  "bpf-token/delegate_attachs": "xdp",
};

/** Capability sets of a container. */
export function capabilities(...names: readonly string[]): object {
  return { bounding: names, effective: names, permitted: names };
}

/**
 * The mounts of bpffs in our own mount namespace, which no hook may change. Other processes of the
 * machine may change the other mounts.
 */
export function hostMounts(): readonly string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => line.includes(" - bpf "));
}

/** The exit status of a hook and what it printed. */
export interface HookRun {
  readonly status: number | null;
  readonly stderr: string;
}

/**
 * A process in its own user and mount namespace, as a runtime has one when it calls `createRuntime`
 * hooks, with a bundle.
 */
export class FakeContainer {
  readonly folder: string;
  readonly root: string;
  readonly config: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, process: ChildProcess) {
    this.folder = folder;
    this.root = join(folder, "rootfs");
    this.config = join(folder, "hook.json");
    this.#process = process;
  }

  static async start(): Promise<FakeContainer> {
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-hook-"));
    mkdirSync(join(folder, "rootfs"));
    const flags = ["--user", "--mount", "--map-root-user", "--propagation", "slave"];
    const process = spawn("unshare", [...flags, "sh", "-c", "echo ready; exec sleep 3600"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { stdout } = process;
    if (stdout !== null) await once(stdout, "data");
    const container = new FakeContainer(folder, process);
    container.writeConfig({ allow: allowed });
    container.writeBundle({ root: { path: "rootfs" } });
    return container;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  writeConfig(config: unknown): void {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    writeFileSync(this.config, text, { mode: 0o644 });
  }

  writeBundle(config: object): void {
    const process = { capabilities: capabilities("CAP_BPF") };
    writeFileSync(join(this.folder, "config.json"), JSON.stringify({ process, ...config }));
  }

  state(changes: object = {}): object {
    return {
      ...{ ociVersion: "1.0.2", id: "one", status: "creating", pid: this.pid },
      ...{ bundle: this.folder, annotations: asked },
      ...changes,
    };
  }

  /** Runs the hook with a state: an object, or the text itself. */
  hook(state: object | string = this.state(), args: readonly string[] = []): HookRun {
    const input = typeof state === "string" ? state : JSON.stringify(state);
    const { status, stderr } = spawnSync(hook, ["--config", this.config, ...args], {
      input,
      encoding: "utf8",
    });
    return { status, stderr };
  }

  /** The mount points of bpffs that the container has, below its root, with their options. */
  mounts(): readonly string[] {
    return readFileSync(`/proc/${this.pid}/mountinfo`, "utf8")
      .split("\n")
      .filter((line) => line.includes(" - bpf "))
      .map((line) => line.split(" "))
      .filter((words) => words[4]?.startsWith(this.folder))
      .map((words) => `${words[4]?.slice(this.root.length)} ${words.at(-1)}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await ended;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}
