// SPDX-License-Identifier: GPL-2.0-only

/**
 * A thread for calls that may not end, with a time limit. Linux bounds a verification and a test run
 * only by their work, and JavaScript cannot interrupt a call of WebAssembly: only the end of its
 * thread does.
 */

/** What a {@link LimitedWorker} does with a thread. */
export interface WorkerThread {
  post(message: unknown): void;
  terminate(): void;
}

/** What a thread reports. */
export interface WorkerListener {
  message(data: unknown): void;
  /** The thread could not start, or ended. */
  failed(error: Error): void;
}

/** Starts a thread whose code calls {@link serveRequests}. */
export type StartWorker = (listener: WorkerListener) => WorkerThread;

/** The side of a thread: `self` in a browser's worker, `parentPort` of `node:worker_threads`. */
export interface WorkerPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * A request did not continue within the time limit, and its thread was terminated.
 *
 * @example
 * ```ts
 * try {
 *   for await (const result of worker.run(request)) console.log(result);
 * } catch (error) {
 *   if (error instanceof TimeLimitError) console.error(error.message);
 * }
 * ```
 */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError" as const;
  /** The limit in milliseconds. */
  readonly limit: number;

  constructor(limit: number) {
    super(`the kernel did not answer within ${limit / 1000} s`);
    this.limit = limit;
  }
}

/**
 * A request threw an error in its thread.
 *
 * @example
 * ```ts
 * try {
 *   for await (const result of worker.run(request)) console.log(result);
 * } catch (error) {
 *   if (error instanceof WorkerError) console.error(error.thrown, error.message);
 * }
 * ```
 */
export class WorkerError extends Error {
  override readonly name = "WorkerError" as const;
  /** The name of the error that the thread threw: `BpfModuleError`. */
  readonly thrown: string;

  constructor(thrown: string, message: string) {
    super(message);
    this.thrown = thrown;
  }
}

/** The limit of a {@link LimitedWorker} in milliseconds. */
const LIMIT_MS = 10_000;
/** A thread that has not answered yet loads its code and boots a kernel. */
const START_MS = 60_000;

type Message =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly name: string; readonly message: string };

/** The messages of one thread in order. */
class Inbox implements WorkerListener {
  readonly #queue: (Message | Error)[] = [];
  #wake: (() => void) | undefined;

  message(data: unknown): void {
    this.#queue.push(data as Message);
    this.#wake?.();
  }

  failed(error: Error): void {
    this.#queue.push(error);
    this.#wake?.();
  }

  /** Returns the next message, or undefined if there is none in time. */
  async next(milliseconds: number): Promise<Message | Error | undefined> {
    if (this.#queue.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    return this.#queue.shift();
  }
}

/**
 * Makes requests in a thread. Each result of a request must come within the limit. Otherwise the
 * thread is terminated, and the next request starts a new one.
 *
 * @example
 * ```ts
 * const worker = new LimitedWorker(nodeWorker(new URL("./worker.js", import.meta.url)), 5000);
 * for await (const result of worker.run({ kernel: { module, btf, release: "7.3" } }))
 *   console.log(result);
 * worker.close();
 * ```
 */
export class LimitedWorker {
  readonly #start: StartWorker;
  readonly #limit: number;
  #started: { readonly thread: WorkerThread; readonly inbox: Inbox } | undefined;
  #busy = false;

  /**
   * @param limit - the time for one result in milliseconds; default 10 s. The first result of a new
   *   thread has at least a minute, because the thread loads its code first.
   */
  constructor(start: StartWorker, limit: number = LIMIT_MS) {
    if (!(limit > 0 && limit < 2 ** 31))
      throw new RangeError("LimitedWorker: limit must be a positive number of milliseconds");
    this.#start = start;
    this.#limit = limit;
  }

  /**
   * Makes a request and returns its results in order. One request runs at a time.
   *
   * @throws TimeLimitError if a result does not come in time; WorkerError if the request threw.
   */
  async *run(request: unknown): AsyncGenerator<unknown, void, void> {
    if (this.#busy) throw new RangeError("LimitedWorker: another request is running");
    this.#busy = true;
    const isNew = this.#started === undefined;
    let ended = false;
    try {
      const { thread, inbox } = this.#open();
      thread.post(request);
      for (let first = isNew; ; first = false) {
        const message = await inbox.next(first ? Math.max(this.#limit, START_MS) : this.#limit);
        if (message === undefined) throw new TimeLimitError(this.#limit);
        if (message instanceof Error) throw message;
        ended = message.kind !== "result";
        if (message.kind === "error") throw new WorkerError(message.name, message.message);
        if (message.kind === "done") return;
        yield message.value;
      }
    } finally {
      // Only the end of its thread interrupts a request.
      if (!ended) this.close();
      this.#busy = false;
    }
  }

  #open(): { readonly thread: WorkerThread; readonly inbox: Inbox } {
    if (this.#started === undefined) {
      const inbox = new Inbox();
      this.#started = { thread: this.#start(inbox), inbox };
    }
    return this.#started;
  }

  /** Terminates the thread. A later request starts a new one. */
  close(): void {
    this.#started?.thread.terminate();
    this.#started = undefined;
  }
}

/**
 * Answers requests in a thread.
 *
 * @param handle - returns the results of a request, one by one.
 * @example
 * ```ts
 * serveRequests(self, function* ({ kernel }) {
 *   yield createBpfKernel(kernel).release;
 * });
 * ```
 */
export function serveRequests<Request>(
  port: WorkerPort,
  handle: (request: Request) => Iterable<unknown>,
): void {
  port.onmessage = ({ data }) => {
    const post = (message: Message): void => port.postMessage(message);
    try {
      for (const value of handle(data as Request)) post({ kind: "result", value });
      post({ kind: "done" });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      post({ kind: "error", name, message });
    }
  };
}

/**
 * Starts a browser's worker, for a {@link LimitedWorker}.
 *
 * @param create - creates the worker. Bundlers find its module if the call stands in your code.
 * @example
 * ```ts
 * const start = webWorker(
 *   () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
 * );
 * const worker = new LimitedWorker(start);
 * ```
 */
export function webWorker(create: () => Worker): StartWorker {
  return (listener) => {
    const worker = create();
    worker.onmessage = ({ data }) => listener.message(data);
    worker.onerror = ({ message }) => listener.failed(new Error(message || "it did not load"));
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => worker.terminate(),
    };
  };
}
