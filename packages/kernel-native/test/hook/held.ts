// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { allowed, type FakeContainer, type HookRun, hook } from "./container.ts";

/** The letter of a process's state; empty if it is gone. */
export function stateOf(pid: number): string {
  try {
    return /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}

/** Whether a process has a context of a new filesystem. */
function hasContext(pid: number): boolean {
  try {
    const files = `/proc/${pid}/fd`;
    return readdirSync(files).some((fd) => readlinkSync(join(files, fd)).includes("fscontext"));
  } catch {
    return false;
  }
}

/** The only child of a process; 0 if there is none. */
function onlyChild(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  } catch {
    return 0;
  }
}

/**
 * A hook that is stopped while its process in the container has opened the mount point and waits for
 * the hook.
 */
export class HeldHook {
  /** Creating all of it takes long enough to stop the hook meanwhile. */
  static readonly path: string = `/deep${"/d".repeat(400)}`;
  readonly pid: number;
  /** The process in the container. */
  readonly inside: number;
  readonly #hook: ChildProcess;
  #stderr = "";

  private constructor(child: ChildProcess, inside: number) {
    this.#hook = child;
    this.pid = child.pid ?? 0;
    this.inside = inside;
    child.stderr?.on("data", (text) => (this.#stderr += String(text)));
  }

  static async start(box: FakeContainer): Promise<HeldHook> {
    box.writeConfig({ allow: allowed, path: HeldHook.path });
    for (let i = 0; i < 50; i++) {
      const held = await HeldHook.#try(box);
      if (held !== undefined) return held;
    }
    throw new Error("the hook was faster 50 times");
  }

  /** Returns undefined if the hook was faster. */
  static async #try(box: FakeContainer): Promise<HeldHook | undefined> {
    const top = join(box.root, "deep");
    const child = spawn(hook, ["--config", box.config], { stdio: ["pipe", "ignore", "pipe"] });
    const ended = once(child, "exit");
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    child.stdin.end(JSON.stringify(box.state()));
    while (!existsSync(top)) {
      if (isOver()) throw new Error("the hook ended before it created the mount point");
      await new Promise(setImmediate);
    }
    child.kill("SIGSTOP");
    const inside = isOver() ? 0 : onlyChild(child.pid ?? 0);
    while (!(hasContext(inside) && stateOf(inside) === "S") && !/^[ZX]?$/.test(stateOf(inside)))
      await new Promise(setImmediate);
    if (hasContext(inside)) return new HeldHook(child, inside);
    child.kill("SIGCONT");
    await ended;
    rmSync(top, { recursive: true });
    return undefined;
  }

  /** Lets the hook end. */
  async continue(): Promise<HookRun> {
    const ended = once(this.#hook, "close");
    this.#hook.kill("SIGCONT");
    const [status] = (await ended) as [number | null];
    return { status, stderr: this.#stderr };
  }
}
