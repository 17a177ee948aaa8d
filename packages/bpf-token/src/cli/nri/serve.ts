// SPDX-License-Identifier: MIT
import { statSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../usage.js";
import { PluginSession, type PluginSettings } from "./plugin.js";

/** How the plugin reaches the runtime. */
export interface ServeOptions extends PluginSettings {
  /** The socket of NRI; a number is the socket that the runtime passes to a plugin which it starts. */
  readonly socket: string | number;
  readonly name: string;
  readonly index: string;
  /** Ends the plugin. */
  readonly signal: AbortSignal;
  /** How long to wait before the next attempt, and for the runtime's configuration. */
  readonly times?: { readonly retry: number; readonly configure: number };
}

const usual = { retry: 2000, configure: 10_000 };
/** Bytes of answers that wait. The longest answer is smaller. */
const MOST_WAITING = 1 << 20;

/**
 * Serves a runtime until the signal. It connects again after the runtime stopped, unless the runtime
 * has started the plugin.
 *
 * @returns the number of containers that got the hook.
 */
export async function servePlugin(options: ServeOptions): Promise<number> {
  const { socket, signal, log, times = usual } = options;
  const passed = typeof socket === "number";
  const again = passed ? "" : `; trying again every ${times.retry / 1000} s`;
  let last = "";
  let sum = 0;
  while (!signal.aborted) {
    const { why, served, added } = await connectOnce(options);
    sum += added;
    if (signal.aborted) break;
    if (served || why !== last) log(`${why}${again}`);
    last = why;
    if (passed) break;
    await sleep(times.retry, undefined, { signal }).catch(() => undefined);
  }
  return sum;
}

/** How a connection ended. */
interface Ended {
  readonly why: string;
  /** Whether the runtime had accepted the plugin. */
  readonly served: boolean;
  readonly added: number;
}

async function connectOnce(options: ServeOptions): Promise<Ended> {
  const { socket: from } = options;
  if (typeof from === "number") return serve(passedSocket(from), options);
  const owner = statSync(from, { throwIfNoEntry: false });
  const mine = [0, process.geteuid?.()];
  if (owner !== undefined && !(owner.isSocket() && mine.includes(owner.uid))) {
    const what = owner.isSocket() ? `belongs to uid ${owner.uid}, not to root` : "is no socket";
    return { why: `${from} ${what}`, served: false, added: 0 };
  }
  return serve(new Socket().connect(from), options);
}

/** @throws UsageError if the runtime has not passed a socket. */
function passedSocket(fd: number): Socket {
  try {
    return new Socket({ fd });
  } catch {
    throw new UsageError(`nri: the file descriptor ${fd} of NRI_PLUGIN_SOCKET is no socket`, "");
  }
}

function serve(socket: Socket, options: ServeOptions): Promise<Ended> {
  const { socket: from, name, index, signal, log, program, times = usual } = options;
  const session = new PluginSession(options, (bytes) => socket.write(bytes));
  return new Promise((resolve) => {
    let why = "the runtime closed the connection";
    const end = (reason: string): void => {
      why = reason;
      socket.destroy();
    };
    const late = setTimeout(
      end,
      times.configure,
      "the runtime did not configure the plugin, so it has another version of NRI. Fix: containerd 1.7 or newer",
    );
    const stop = (): void => end("stopped");
    signal.addEventListener("abort", stop);
    const register = (): void => session.register(name, index);
    if (typeof from === "number") register();
    else socket.once("connect", register);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      why = describe(error, from);
    });
    socket.on("data", (chunk) => {
      const before = session.runtime;
      try {
        session.receive(chunk);
      } catch (error) {
        end(error instanceof Error ? error.message : String(error));
      }
      if (socket.writableLength > MOST_WAITING) end("the runtime reads no answers");
      if (session.runtime === before) return;
      clearTimeout(late);
      log(`connected to ${session.runtime}; containers with annotations get ${program}`);
    });
    socket.once("close", () => {
      clearTimeout(late);
      signal.removeEventListener("abort", stop);
      resolve({ why, served: session.runtime !== undefined, added: session.added });
    });
  });
}

function describe({ code = "", message }: NodeJS.ErrnoException, from: string | number): string {
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return `${from} has no server (${code}): the runtime does not run, or its NRI is disabled. Fix for containerd 1.7: disable = false in [plugins."io.containerd.nri.v1.nri"]`;
  }
  return `the connection failed (${code === "" ? message : code})`;
}
