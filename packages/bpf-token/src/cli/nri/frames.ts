// SPDX-License-Identifier: MIT
import { WireError } from "./wire.js";

// NRI has two ttrpc connections in one socket. Each frame of the socket has the number of its connection
// and a part of that connection's bytes; these are ttrpc messages, which frames can split anywhere.

/** The connection on which the runtime calls the plugin. */
export const PLUGIN = 1;
/** The connection on which the plugin calls the runtime. */
export const RUNTIME = 2;

/** Types of a ttrpc message. */
export const REQUEST = 1;
export const RESPONSE = 2;

/** A ttrpc message on one of the connections. */
export interface TtrpcMessage {
  readonly connection: number;
  readonly stream: number;
  readonly type: number;
  readonly payload: Uint8Array;
}

const FRAME_HEADER = 8;
const MESSAGE_HEADER = 10;
/** ttrpc's limit for one message. */
const MESSAGE_MOST = 4 << 20;
/** The most that Go's implementation puts into one frame. */
const FRAME_MOST = 1 << 24;
/** Go's reader refuses a frame that is longer than its buffer. */
const FRAME_SENT = 4096;

/** Bytes that arrived and are not complete, in one buffer: a frame can have a single byte, or none. */
class Bytes {
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #makeRoom(more: number): void {
    const kept = this.#buffer.subarray(this.#start, this.#end);
    const room = Buffer.alloc(Math.max(2 * kept.length, kept.length + more));
    room.set(kept);
    this.#buffer = room;
    this.#start = 0;
    this.#end = kept.length;
  }

  /** A copy of the first bytes, which stay. */
  peek(size: number): Buffer | undefined {
    if (this.size < size) return undefined;
    return Buffer.from(this.#buffer.subarray(this.#start, this.#start + size));
  }

  take(size: number): Buffer | undefined {
    const taken = this.peek(size);
    if (taken === undefined) return undefined;
    this.#start += size;
    // The longest message does not hold its memory afterwards.
    if (this.size === 0) {
      this.#buffer = Buffer.alloc(0);
      this.#start = this.#end = 0;
    }
    return taken;
  }
}

/** Splits what arrives on the socket into messages. It keeps at most one incomplete frame and message. */
export class FrameReader {
  readonly #trunk = new Bytes();
  readonly #connections = new Map([
    [PLUGIN, new Bytes()],
    [RUNTIME, new Bytes()],
  ]);

  /**
   * Returns the messages that are complete with this chunk.
   *
   * @throws WireError for a length beyond the limits; the connection is then unusable.
   */
  *read(chunk: Uint8Array): Generator<TtrpcMessage> {
    this.#trunk.push(chunk);
    for (;;) {
      const header = this.#trunk.peek(FRAME_HEADER);
      if (header === undefined) return;
      const size = header.readUInt32BE(4);
      if (size > FRAME_MOST) throw tooLong("frame", size, FRAME_MOST);
      if (this.#trunk.size < FRAME_HEADER + size) return;
      this.#trunk.take(FRAME_HEADER);
      const frame = this.#trunk.take(size);
      const connection = header.readUInt32BE(0);
      const bytes = this.#connections.get(connection);
      // Later versions may have more connections.
      if (frame === undefined || bytes === undefined) continue;
      bytes.push(frame);
      yield* messagesOf(connection, bytes);
    }
  }
}

function* messagesOf(connection: number, bytes: Bytes): Generator<TtrpcMessage> {
  for (;;) {
    const header = bytes.peek(MESSAGE_HEADER);
    if (header === undefined) return;
    const size = header.readUInt32BE(0);
    if (size > MESSAGE_MOST) throw tooLong("message", size, MESSAGE_MOST);
    if (bytes.size < MESSAGE_HEADER + size) return;
    bytes.take(MESSAGE_HEADER);
    const payload = bytes.take(size) ?? new Uint8Array();
    yield { connection, stream: header.readUInt32BE(4), type: header.readUInt8(8), payload };
  }
}

function tooLong(what: string, size: number, most: number): WireError {
  return new WireError(`the runtime sent a ${what} of ${size} bytes; the limit is ${most}`);
}

/** Encodes a message as frames. */
export function encodeMessage({ connection, stream, type, payload }: TtrpcMessage): Buffer {
  const header = Buffer.alloc(MESSAGE_HEADER);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(stream, 4);
  header.writeUInt8(type, 8);
  const message = Buffer.concat([header, payload]);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += FRAME_SENT) {
    const part = message.subarray(at, at + FRAME_SENT);
    const frame = Buffer.alloc(FRAME_HEADER);
    frame.writeUInt32BE(connection, 0);
    frame.writeUInt32BE(part.length, 4);
    parts.push(frame, part);
  }
  return Buffer.concat(parts);
}
