// SPDX-License-Identifier: MIT
import type { JobName, Jobs, Question, Reply } from "./messages.js";

/**
 * A worker for one kind of work. While it is busy, only the newest question waits: older ones would
 * be answers that nobody sees.
 */
export class JobClient<Name extends JobName> {
  readonly #name: Name;
  readonly #onReply: (reply: Reply<Name>, input: Jobs[Name]["input"]) => void;
  #worker: Worker | undefined;
  #busy = false;
  #asked: Jobs[Name]["input"] | undefined;
  #waiting: readonly [Jobs[Name]["input"]] | undefined;
  #last = 0;

  /** @param onReply - gets each answer with the question that it belongs to. */
  constructor(name: Name, onReply: (reply: Reply<Name>, input: Jobs[Name]["input"]) => void) {
    this.#name = name;
    this.#onReply = onReply;
  }

  ask(input: Jobs[Name]["input"]): void {
    if (this.#busy) this.#waiting = [input];
    else this.#send(input);
  }

  /** Ends the worker and drops its questions; the next question starts a new worker. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#busy = false;
    this.#waiting = undefined;
  }

  #send(input: Jobs[Name]["input"]): void {
    this.#worker ??= this.#start();
    this.#busy = true;
    this.#asked = input;
    this.#worker.postMessage({
      id: ++this.#last,
      name: this.#name,
      input,
    } satisfies Question<Name>);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Reply<Name>>) => {
      if (this.#worker === worker) this.#receive(data);
    });
    worker.addEventListener("error", ({ message }) => {
      this.stop();
      this.#reply({ id: this.#last, crash: message || "the worker does not start" });
    });
    return worker;
  }

  #receive(reply: Reply<Name>): void {
    if (reply.partial) {
      if (this.#waiting === undefined) this.#reply(reply);
      return;
    }
    this.#busy = false;
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next === undefined) this.#reply(reply);
    else this.#send(next[0]);
  }

  #reply(reply: Reply<Name>): void {
    if (this.#asked !== undefined) this.#onReply(reply, this.#asked);
  }
}
