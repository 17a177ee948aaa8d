// SPDX-License-Identifier: MIT
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { loadAddon } from "../process/addon.js";

/** The requests to the interceptor: see native/interceptor/main.c. */
const Request = { watch: "W", end: "E" } as const;

const NUMBER_SIZE = 4;

/** The socket to the interceptor, which says 32-bit numbers. */
export class InterceptLine {
  readonly #fd: number;
  #socket: Socket | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Receives the listener, which comes at once, or `-errno`: ENOTCONN if the interceptor has ended. */
  listener(): number {
    return loadAddon().listen(this.#fd);
  }

  /** Waits for a call. Returns false if the interceptor has ended. */
  async watch(): Promise<boolean> {
    await this.#say(Request.watch);
    return (await this.#next()) !== undefined;
  }

  /** Ends the program and all that it started. */
  async endProgram(): Promise<void> {
    await this.#say(Request.end);
    while ((await this.#next()) !== undefined);
  }

  /** Closes the socket, which ends the interceptor and all processes of the program. */
  close(): void {
    if (this.#socket === undefined) closeSync(this.#fd);
    else this.#socket.destroy();
  }

  async #say(request: string): Promise<void> {
    this.#socket ??= await this.#open();
    this.#socket.write(request);
  }

  /** Loading sockets takes Node longer than a short program runs. */
  async #open(): Promise<Socket> {
    const { Socket } = await import("node:net");
    const socket = new Socket({ fd: this.#fd });
    socket.on("data", (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake?.();
    });
    // An interceptor that ended early resets the socket; its exit status has the reason.
    for (const event of ["error", "close"]) {
      socket.on(event, () => {
        this.#closed = true;
        this.#wake?.();
      });
    }
    return socket;
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
}
