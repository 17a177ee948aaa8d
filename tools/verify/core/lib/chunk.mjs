// SPDX-License-Identifier: MIT

/** Marks the start of each kernel in a recording; `MAGIC` of replay.c. */
const MAGIC = 0x54504352;
/** `RECORD_SEGMENT` of replay.c. */
const SEGMENT = 4;

/** Words and bytes, little endian, all aligned to four bytes. */
export class Chunk {
  #bytes = new Uint8Array(16 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;

  /** Starts with a magic number, space for the length, and a name. */
  constructor(name) {
    this.u32(MAGIC, 0);
    this.data(new TextEncoder().encode(name));
  }

  u32(...numbers) {
    this.#room(4 * numbers.length);
    for (const number of numbers) {
      this.#view.setUint32(this.#used, number, true);
      this.#used += 4;
    }
  }

  /** Bytes whose number the reader knows, padded to a multiple of four. */
  raw(bytes) {
    const size = (bytes.length + 3) & ~3;
    this.#room(size);
    this.#bytes.set(bytes, this.#used);
    this.#bytes.fill(0, this.#used + bytes.length, this.#used + size);
    this.#used += size;
  }

  /** Bytes after their number. */
  data(bytes) {
    this.u32(bytes.length);
    this.raw(bytes);
  }

  segment(at, size) {
    this.u32(SEGMENT, at, size);
  }

  bytes() {
    this.#view.setUint32(4, this.#used, true);
    return this.#bytes.slice(0, this.#used);
  }

  #room(size) {
    if (this.#used + size <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used + size));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
