// SPDX-License-Identifier: MIT

/** Reads numbers one after the other, little-endian. Addresses of programs fit a double. */
export class ByteReader {
  readonly #view: DataView;
  /** Where the bytes are in the memory of the program. */
  readonly address: number;
  at: number;

  constructor(bytes: Uint8Array, address = 0, at = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.address = address;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.#view.byteLength;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  i16(): number {
    return this.#view.getInt16(this.#skip(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** A number of 64 bits; one that is no address of a program is not exact. */
  u64(): number {
    return this.u32() + this.u32() * 2 ** 32;
  }

  i64(): number {
    return this.u32() + this.i32() * 2 ** 32;
  }

  /** LEB128, as DWARF has it. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale * 128;
    }
  }

  bytes(size: number): Uint8Array {
    const from = this.#skip(size);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, size);
  }

  /** A text that ends with a NUL. */
  text(): string {
    let text = "";
    for (let byte = this.u8(); byte !== 0; byte = this.u8()) text += String.fromCharCode(byte);
    return text;
  }

  /**
   * A pointer of .eh_frame; its encoding says how it is written, and from where it counts.
   *
   * @param data - the address from which pointers with DW_EH_PE_datarel count.
   */
  pointer(encoding: number, data = 0): number {
    const from = this.address + this.at;
    const value = this.#encoded(encoding & 0x0f);
    switch (encoding & 0x70) {
      case 0x00:
        return value;
      case 0x10:
        return from + value;
      case 0x30:
        return data + value;
      default:
        throw new RangeError(`unknown encoding ${encoding}`);
    }
  }

  #encoded(format: number): number {
    switch (format) {
      case 0x01:
        return this.uleb();
      case 0x02:
        return this.u16();
      case 0x03:
        return this.u32();
      case 0x00:
      case 0x04:
        return this.u64();
      case 0x09:
        return this.sleb();
      case 0x0a:
        return this.i16();
      case 0x0b:
        return this.i32();
      case 0x0c:
        return this.i64();
      default:
        throw new RangeError(`unknown encoding ${format}`);
    }
  }

  /** Moves on, and returns where it was. */
  #skip(size: number): number {
    const from = this.at;
    // As the reads of a DataView do.
    if (from + size > this.#view.byteLength) throw new RangeError("the bytes end early");
    this.at += size;
    return from;
  }
}
