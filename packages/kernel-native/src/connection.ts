// SPDX-License-Identifier: MIT
import { closeSync, readSync, writeSync } from "node:fs";
import { KernelLostError } from "@bpf-token/syscall";
import { errnoName } from "@bpf-token/uapi";
import { NativeUnavailableError } from "./errors.js";
import {
  helloLayout,
  Limit,
  MAGIC,
  Op,
  replyLayout,
  requestLayout,
  Status,
  VERSION,
} from "./generated/protocol.js";
import { Line } from "./line.js";
import type { Addon } from "./process/addon.js";

/** The executor's answer. The next request overwrites its payload. */
export interface Reply {
  readonly op: number;
  readonly status: number;
  readonly detail: number;
  readonly pid: number;
  readonly ret: number;
  readonly payload: Buffer;
}

/** A request without its payload. */
export interface Request {
  readonly op: number;
  readonly pid: number;
  readonly deadlineMs: number;
  readonly a?: number;
  readonly b?: number;
}

/** The executor's greeting. */
export interface Hello {
  readonly flags: number;
  readonly initPid: number;
}

const BUFFER = 64 * 1024;
const START_MS = 60_000;
const nothing = Buffer.alloc(0);

/**
 * A connection to one executor. It sends requests through one pipe and reads answers from another,
 * one at a time and synchronously.
 *
 * No other process holds our pipe ends, so each side sees when the other one is gone.
 */
export class Connection {
  /** Process id of the executor's guard, for debugging. */
  readonly executorPid: number;
  readonly hello: Hello;
  readonly #out: number;
  readonly #in: number;
  readonly #outBuffer: Buffer = Buffer.alloc(BUFFER);
  readonly #inBuffer: Buffer = Buffer.alloc(BUFFER);
  readonly #line: Line;
  /** Whether the executor has sent its greeting. */
  #ready = false;
  #open = true;
  #lost: string | undefined;

  /**
   * Starts an executor and waits until it is ready.
   *
   * @param args - arguments that select the executor's work. Default none: the running kernel.
   * @param startMs - milliseconds until the greeting must have arrived.
   * @param by - starts the program, see {@link Line}.
   * @throws NativeUnavailableError if it does not become ready.
   */
  constructor(
    executor: string,
    args: readonly string[] = [],
    startMs: number = START_MS,
    by?: Addon | "node",
  ) {
    const line = new Line(executor, args, startMs, by);
    this.#line = line;
    this.#out = line.out;
    this.#in = line.in;
    this.executorPid = line.pid;
    try {
      this.hello = this.#readHello();
    } catch (error) {
      this.#open = false;
      line.abandon();
      throw error;
    }
    line.ready();
    this.#ready = true;
  }

  /** Why the executor ended, if nobody asked it to. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /**
   * Sends a request and waits for the answer. The executor enforces the deadline.
   *
   * @param write - writes `size` bytes of payload at an offset.
   * @throws KernelLostError if the executor is gone.
   */
  ask(request: Request, size = 0, write?: (to: Buffer, at: number) => void): Reply {
    this.send(request, size, write);
    return this.receive();
  }

  /** Sends a request. Call {@link Connection.receive} before you send the next one. */
  send(request: Request, size = 0, write?: (to: Buffer, at: number) => void): void {
    if (this.#lost !== undefined) throw new KernelLostError(this.#lost);
    const total = requestLayout.size + size;
    const frame = total <= BUFFER ? this.#outBuffer : Buffer.allocUnsafe(total);
    writeRequest(frame, 0, request, size);
    write?.(frame, requestLayout.size);
    // If the pipe breaks during the write, the executor's last answer has the reason.
    this.#send(frame, total);
  }

  /** Receives the answer to the request that was sent. */
  receive(): Reply {
    const reply = this.#receive();
    if (reply.op === Op.LOST) throw this.#lose(reply.payload.toString());
    return reply;
  }

  /** Ends the executor and waits until it, its tasks and its cgroup are gone. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#out);
    try {
      while (readSync(this.#in, this.#inBuffer) > 0);
    } finally {
      closeSync(this.#in);
    }
    this.#line.reap();
  }

  #send(frame: Buffer, size: number): void {
    try {
      for (let at = 0; at < size; ) at += writeSync(this.#out, frame, at, size - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    }
  }

  #lose(reason: string): KernelLostError {
    this.#lost = reason;
    if (this.#ready) this.close();
    return new KernelLostError(reason);
  }

  /** Reads until the buffer has `size` bytes; it holds `have` already. It may read more. */
  #fill(buffer: Buffer, have: number, size: number): number {
    let at = have;
    while (at < size) {
      const n = this.#ready
        ? readSync(this.#in, buffer, at, buffer.length - at, null)
        : this.#line.readEarly(buffer, at);
      if (n === 0) throw this.#lose("the executor was killed");
      at += n;
    }
    return at;
  }

  #receive(): Reply {
    const head = this.#inBuffer;
    const have = this.#fill(head, 0, replyLayout.size);
    const length = head.readUInt32LE(replyLayout.length);
    if (length > Limit.PAYLOAD) throw this.#lose("the executor sent an invalid answer");
    const reply = readReply(head, 0);
    // The payload may overwrite the header.
    return { ...reply, payload: length === 0 ? nothing : this.#receivePayload(length, have) };
  }

  /** Reads the payload. The buffer holds `have` bytes: the header and the start of the payload. */
  #receivePayload(length: number, have: number): Buffer {
    const end = replyLayout.size + length;
    if (end <= BUFFER) {
      this.#fill(this.#inBuffer, have, end);
      return this.#inBuffer.subarray(replyLayout.size, end);
    }
    const payload = Buffer.allocUnsafe(length);
    this.#inBuffer.copy(payload, 0, replyLayout.size, have);
    this.#fill(payload, have - replyLayout.size, length);
    return payload;
  }

  #readHello(): Hello {
    const reply = this.#firstReply();
    const { payload } = reply;
    const magic = payload.length >= helloLayout.size && payload.readUInt32LE(helloLayout.magic);
    if (reply.op !== Op.HELLO || magic !== MAGIC) {
      throw new NativeUnavailableError("the program is not an executor of this project");
    }
    const version = payload.readUInt32LE(helloLayout.version);
    if (version !== VERSION) {
      throw new NativeUnavailableError(
        `the executor has protocol version ${version}, not ${VERSION}. Fix: rebuild the executor`,
      );
    }
    if (reply.status !== Status.OK) {
      const what = payload.toString("utf8", helloLayout.size);
      const name = errnoName(reply.ret) ?? `error ${-reply.ret}`;
      throw new NativeUnavailableError(`the executor could not ${what}: ${name}`);
    }
    return {
      flags: payload.readUInt32LE(helloLayout.flags),
      initPid: payload.readUInt32LE(helloLayout.initPid),
    };
  }

  #firstReply(): Reply {
    try {
      return this.receive();
    } catch (cause) {
      if (!(cause instanceof KernelLostError)) throw cause;
      throw new NativeUnavailableError(`it ended at once: ${cause.reason}`, { cause });
    }
  }
}

/** Writes the header of a request with `size` bytes of payload. */
export function writeRequest(to: Buffer, at: number, request: Request, size: number): void {
  to.writeUInt32LE(size, at + requestLayout.length);
  to.writeUInt32LE(request.op, at + requestLayout.op);
  to.writeUInt32LE(request.pid, at + requestLayout.pid);
  to.writeUInt32LE(request.deadlineMs, at + requestLayout.deadlineMs);
  to.writeUInt32LE((request.a ?? 0) >>> 0, at + requestLayout.a);
  to.writeUInt32LE((request.b ?? 0) >>> 0, at + requestLayout.b);
}

/** Reads an answer from memory that contains all of it. */
export function readReply(from: Buffer, at: number): Reply {
  const start = at + replyLayout.size;
  const payload = from.subarray(start, start + from.readUInt32LE(at + replyLayout.length));
  return {
    op: from.readUInt32LE(at + replyLayout.op),
    status: from.readUInt32LE(at + replyLayout.status),
    detail: from.readUInt32LE(at + replyLayout.detail),
    pid: from.readUInt32LE(at + replyLayout.pid),
    // Return values of the system calls in the table are far below 2^53.
    ret: Number(from.readBigInt64LE(at + replyLayout.ret)),
    payload,
  };
}

/** Maximum size in bytes of the payload after a header. */
export const maxPayload: number = Limit.PAYLOAD;
