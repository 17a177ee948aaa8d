// SPDX-License-Identifier: MIT
import type { Question, Reply } from "./messages.js";
import type { TryState } from "./state/try-state.js";

/**
 * The worker with the model. While the worker is busy, only the newest state waits: older ones would
 * be answers that nobody sees.
 */
export class ModelClient {
  readonly #onReply: (reply: Reply) => void;
  #worker: Worker | undefined;
  #busy = false;
  #waiting: TryState | undefined;
  #last = 0;

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  ask(state: TryState): void {
    if (this.#busy) this.#waiting = state;
    else this.#send(state);
  }

  /** Ends the worker; the next question starts a new one. */
  restart(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#busy = false;
  }

  #send(state: TryState): void {
    this.#worker ??= this.#start();
    this.#busy = true;
    this.#worker.postMessage({ id: ++this.#last, state } satisfies Question);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => this.#receive(data));
    worker.addEventListener("error", ({ message }) => {
      this.restart();
      this.#onReply({ id: this.#last, crash: message || "the worker does not start" });
    });
    return worker;
  }

  #receive(reply: Reply): void {
    this.#busy = false;
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next === undefined) this.#onReply(reply);
    else this.#send(next);
  }
}
