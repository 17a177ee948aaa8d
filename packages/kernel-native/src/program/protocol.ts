// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";

/** The requests to the interceptor: see native/interceptor/main.c. */
const Request = { watch: "W", end: "E" } as const;

const NUMBER_SIZE = 4;

/** The socket to the interceptor, which says 32-bit numbers. */
export class InterceptLine {
  readonly #socket: Duplex;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake?.();
    });
    // An interceptor that ended early resets the socket; its exit status has the reason.
    socket.on("error", () => this.#close());
    socket.on("close", () => this.#close());
  }

  /** Returns the number of the listener; undefined if the interceptor has ended. */
  listener(): Promise<number | undefined> {
    return this.#next();
  }

  /** Waits for a call. Returns false if the interceptor has ended. */
  async watch(): Promise<boolean> {
    this.#socket.write(Request.watch);
    return (await this.#next()) !== undefined;
  }

  /** Ends the program and all that it started. */
  async endProgram(): Promise<void> {
    this.#socket.write(Request.end);
    while ((await this.#next()) !== undefined);
  }

  /** Closes the socket, which ends the interceptor and all processes of the program. */
  close(): void {
    this.#socket.destroy();
  }

  async #next(): Promise<number | undefined> {
    while (this.#bytes.length < NUMBER_SIZE) {
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const number = this.#bytes.readInt32LE(0);
    this.#bytes = this.#bytes.subarray(NUMBER_SIZE);
    return number;
  }

  #close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}
