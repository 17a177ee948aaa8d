// SPDX-License-Identifier: MIT
import { constants } from "node:os";
import { errnoName } from "@bpf-token/uapi/names";
import { NativeUnavailableError } from "../errors.js";
import { nativeProgram } from "../native-program.js";
import { type Addon, loadAddon } from "../process/addon.js";
import { environment, strings } from "../start/by-addon.js";
import { InterceptLine } from "./protocol.js";

/** Signals to this process that end the interceptor, and with it the program. */
const passedOn: readonly string[] = ["SIGTERM", "SIGHUP"];

/** A wait for the end of the interceptor, whose socket is closed already. */
const WAIT_MS = 1;

/** The program `bpf-token-intercept`, which runs the program whose calls are answered. */
export class Interceptor {
  readonly pid: number;
  readonly line: InterceptLine;
  readonly #addon: Addon;
  #running = true;

  /**
   * Starts it, on the standard files of this process.
   *
   * @throws NativeUnavailableError if it is not built or does not run here.
   */
  constructor(command: readonly string[], variables: Readonly<Record<string, string | undefined>>) {
    this.#addon = loadAddon();
    const end = new Int32Array(1);
    this.pid = this.#addon.spawn(
      strings([nativeProgram("bpf-token-intercept"), "--fd", "3", "--", ...command]),
      environment(variables),
      new Uint8Array(end.buffer),
    );
    if (this.pid < 0) {
      const why = errnoName(this.pid) ?? `${this.pid}`;
      throw new NativeUnavailableError(`the interceptor cannot be started: ${why}`);
    }
    this.line = new InterceptLine(end[0] ?? -1);
  }

  /**
   * Passes signals on to the interceptor. The terminal sends SIGINT and SIGQUIT to the program too,
   * which decides what they do.
   *
   * @returns a function that ends this.
   */
  passSignals(): () => void {
    const listeners = [...passedOn, "SIGINT", "SIGQUIT"].map((signal) => {
      const listener = (): void => {
        if (passedOn.includes(signal) && this.#running) process.kill(this.pid, signal);
      };
      process.on(signal, listener);
      return () => process.off(signal, listener);
    });
    return () => {
      for (const stop of listeners) stop();
    };
  }

  /**
   * Waits for its end.
   *
   * @returns the exit status of the program.
   * @throws NativeUnavailableError if a signal ended it that this process did not pass on.
   */
  async status(): Promise<number> {
    const status = new Int32Array(1);
    const bytes = new Uint8Array(status.buffer);
    while (this.#addon.reap(this.pid, bytes) === 0) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    this.#running = false;
    const [ended = 0] = status;
    const number = ended & 0x7f;
    if (number === 0) return (ended >> 8) & 0xff;
    const [signal = ""] = Object.entries(constants.signals).find(([, n]) => n === number) ?? [];
    if (passedOn.includes(signal)) return 128 + number;
    throw new NativeUnavailableError(`${signal} ended the interceptor, and with it the program`);
  }
}
