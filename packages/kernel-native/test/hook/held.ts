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
    const top = join(box.root, "deep");
    for (;;) {
      const child = spawn(hook, ["--config", box.config], { stdio: ["pipe", "ignore", "pipe"] });
      const { pid = 0 } = child;
      child.stdin.end(JSON.stringify(box.state()));
      while (!existsSync(top)) await new Promise(setImmediate);
      child.kill("SIGSTOP");
      const children = existsSync(`/proc/${pid}`)
        ? readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
        : "";
      const inside = Number(children.split(" ")[0]);
      while (stateOf(inside) === "R" || stateOf(inside) === "D" || !hasContext(inside)) {
        if (/^[ZX]?$/.test(stateOf(inside))) break;
        await new Promise(setImmediate);
      }
      if (hasContext(inside)) return new HeldHook(child, inside);
      // The hook was faster: once more.
      child.kill("SIGCONT");
      await once(child, "exit");
      rmSync(top, { recursive: true });
    }
  }

  /** Lets the hook end. */
  async continue(): Promise<HookRun> {
    const ended = once(this.#hook, "close");
    this.#hook.kill("SIGCONT");
    const [status] = (await ended) as [number | null];
    return { status, stderr: this.#stderr };
  }
}
