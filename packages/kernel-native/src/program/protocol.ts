// SPDX-License-Identifier: MIT
import type { Duplex } from "node:stream";

/** The kinds of events of the interceptor: see native/interceptor/protocol.h. */
export const EventKind = { call: 1, installed: 2, released: 3, memory: 4, ended: 5 } as const;

/** The kinds of answers: see native/interceptor/protocol.h. */
export const AnswerKind = { host: 1, value: 2, memory: 3, file: 4, kill: 5 } as const;

/** Flags of an answer that installs a file. */
export const FileFlag = { cloexec: 1, memory: 2 } as const;

/** A message of the interceptor. */
export interface InterceptEvent {
  readonly kind: number;
  /** The thread that made the call. */
  readonly tid: number;
  /** Identifies the call. */
  readonly id: bigint;
  /** The number of the call on x86-64; -1 for a call of another architecture. */
  readonly nr: number;
  readonly value: number;
  readonly inode: bigint;
  readonly args: readonly bigint[];
}

/** An answer; missing numbers are 0. */
export interface InterceptAnswer {
  readonly kind: number;
  readonly flags?: number;
  readonly id: bigint;
  readonly value?: number | bigint;
  readonly size?: number;
}

const EVENT_SIZE = 88;
const ANSWER_SIZE = 32;

/** The socket to the interceptor. */
export class InterceptLine {
  readonly #socket: Duplex;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
      this.#wake?.();
    });
    // An interceptor that ended early resets the socket; its exit status has the reason.
    socket.on("error", () => this.#close());
    socket.on("close", () => this.#close());
  }

  /** Returns the next event; undefined when the interceptor has ended. */
  async next(): Promise<InterceptEvent | undefined> {
    while (this.#bytes.length < EVENT_SIZE) {
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#bytes;
    this.#bytes = bytes.subarray(EVENT_SIZE);
    return {
      kind: bytes.readUInt32LE(0),
      tid: bytes.readUInt32LE(4),
      id: bytes.readBigUInt64LE(8),
      nr: bytes.readInt32LE(16),
      value: Number(bytes.readBigInt64LE(24)),
      inode: bytes.readBigUInt64LE(32),
      args: [0, 1, 2, 3, 4, 5].map((i) => bytes.readBigUInt64LE(40 + 8 * i)),
    };
  }

  send({ kind, flags = 0, id, value = 0, size = 0 }: InterceptAnswer): void {
    const bytes = Buffer.alloc(ANSWER_SIZE);
    bytes.writeUInt32LE(kind, 0);
    bytes.writeUInt32LE(flags, 4);
    bytes.writeBigUInt64LE(id, 8);
    bytes.writeBigInt64LE(BigInt(value), 16);
    bytes.writeBigUInt64LE(BigInt(size), 24);
    this.#socket.write(bytes);
  }

  /** Closes the socket, which ends the program. */
  end(): void {
    this.#socket.destroy();
  }

  #close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}
