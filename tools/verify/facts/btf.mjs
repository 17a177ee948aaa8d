// SPDX-License-Identifier: MIT
// @ts-check

/**
 * @typedef {{ name: string, type: number, bit: number, width: number }} BtfMember
 * @typedef {{ name: string, value: bigint }} BtfValue
 * @typedef {{ kind: number, name: string, size: number, ref: number, members: BtfMember[],
 *   values: BtfValue[], count: number }} BtfType
 */

const MAGIC = 0xeb9f;
const INT = 1;
const ARRAY = 3;
const STRUCT = 4;
const UNION = 5;
const ENUM = 6;
const TYPEDEF = 8;
const FUNC_PROTO = 13;
const VAR = 14;
const DATASEC = 15;
const DECL_TAG = 17;
const ENUM64 = 19;
/** Kinds that only refer to another type: typedef, volatile, const, restrict, type tag. */
const through = new Set([TYPEDEF, 9, 10, 11, 18]);

/** The BTF of a kernel, as far as the facts are compared with it. */
export class Btf {
  /** @type {BtfType[]} */
  #types = [];
  /** @type {Map<string, BtfType>} */
  #named = new Map();

  /**
   * @param {Uint8Array} bytes - the content of /sys/kernel/btf/vmlinux
   * @throws Error for bytes that are not BTF of this byte order
   */
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 24 || view.getUint16(0, true) !== MAGIC) {
      throw new Error("not BTF, or of another byte order");
    }
    const header = view.getUint32(4, true);
    const [typeOff, typeLen, strOff, strLen] = [8, 12, 16, 20].map((o) => view.getUint32(o, true));
    const types = header + Number(typeOff);
    const strings = header + Number(strOff);
    if (types + Number(typeLen) > bytes.length || strings + Number(strLen) > bytes.length) {
      throw new Error("the BTF is cut off");
    }
    this.#read(new Reader(view, types, types + Number(typeLen), strings));
  }

  /** @param {Reader} reader */
  #read(reader) {
    this.#types.push({ kind: 0, name: "void", size: 0, ref: 0, members: [], values: [], count: 0 });
    while (!reader.atEnd) {
      const type = reader.type();
      this.#types.push(type);
      const tag = tagOf(type.kind);
      if (tag !== "" && type.name !== "") this.#named.set(`${tag} ${type.name}`, type);
    }
  }

  /**
   * @param {string} tag - `struct open_how`, `union bpf_attr`, `enum bpf_cmd`
   * @returns {BtfType | undefined}
   */
  find(tag) {
    return this.#named.get(tag);
  }

  /** Every enumerator of every enum; of several with the same name, the first. */
  enumerators() {
    /** @type {Map<string, bigint>} */
    const all = new Map();
    for (const t of this.#types) {
      for (const v of t.values) if (!all.has(v.name)) all.set(v.name, v.value);
    }
    return all;
  }

  /** @param {number} id @returns {BtfType} without typedefs and qualifiers */
  resolve(id) {
    let type = this.#types[id];
    // A longer chain is a cycle.
    for (let i = 0; i < 64 && type !== undefined && through.has(type.kind); i++) {
      type = this.#types[type.ref];
    }
    if (type === undefined) throw new Error(`BTF refers to type ${id}, which does not exist`);
    return type;
  }

  /** @param {number} id @returns {number} bytes */
  sizeOf(id) {
    const type = this.resolve(id);
    if (type.kind === ARRAY) return type.count * this.sizeOf(type.ref);
    return type.kind === 2 ? 8 : type.size;
  }

  /** @param {BtfType} type */
  static isComposite(type) {
    return type.kind === STRUCT || type.kind === UNION;
  }

  /**
   * The fields of a structure including those of anonymous members. Named members also yield
   * `member.field`.
   *
   * @param {BtfType} type
   * @returns {Map<string, { bit: number, size: number, width: number }>} width 0: not a bit field
   */
  fields(type) {
    /** @type {Map<string, { bit: number, size: number, width: number }>} */
    const found = new Map();
    const walk = (
      /** @type {BtfType} */ of,
      /** @type {string} */ prefix,
      /** @type {number} */ at,
    ) => {
      for (const m of of.members) {
        const inner = this.resolve(m.type);
        const name = m.name === "" ? "" : `${prefix}${m.name}`;
        if (name !== "" && !found.has(name)) {
          found.set(name, { bit: at + m.bit, size: this.sizeOf(m.type), width: m.width });
        }
        if (Btf.isComposite(inner)) walk(inner, name === "" ? prefix : `${name}.`, at + m.bit);
      }
    };
    walk(type, "", 0);
    return found;
  }
}

/** @param {number} kind */
function tagOf(kind) {
  if (kind === STRUCT) return "struct";
  if (kind === UNION) return "union";
  return kind === ENUM || kind === ENUM64 ? "enum" : "";
}

class Reader {
  /** @param {DataView} view @param {number} at @param {number} end @param {number} strings */
  constructor(view, at, end, strings) {
    this.view = view;
    this.at = at;
    this.end = end;
    this.strings = strings;
  }

  get atEnd() {
    return this.at >= this.end;
  }

  u32() {
    const value = this.view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** @param {number} offset */
  string(offset) {
    let end = this.strings + offset;
    while (this.view.getUint8(end) !== 0) end++;
    const from = this.view.byteOffset + this.strings + offset;
    const bytes = new Uint8Array(this.view.buffer, from, end - this.strings - offset);
    return new TextDecoder().decode(bytes);
  }

  /** @returns {BtfType} */
  type() {
    const name = this.string(this.u32());
    const info = this.u32();
    const sizeOrRef = this.u32();
    const kind = (info >>> 24) & 0x1f;
    const [vlen, flag] = [info & 0xffff, info >>> 31 === 1];
    const sized = [INT, STRUCT, UNION, ENUM, ENUM64, DATASEC, 16].includes(kind);
    /** @type {BtfType} */
    const type = {
      kind,
      name,
      size: sized ? sizeOrRef : 0,
      ref: sized ? 0 : sizeOrRef,
      members: [],
      values: [],
      count: 0,
    };
    this.#tail(type, vlen, flag);
    return type;
  }

  /** @param {BtfType} type @param {number} vlen @param {boolean} flag */
  #tail(type, vlen, flag) {
    const { kind } = type;
    if (kind === INT || kind === VAR || kind === DECL_TAG) this.at += 4;
    else if (kind === ARRAY) {
      type.ref = this.u32();
      this.at += 4;
      type.count = this.u32();
    } else if (kind === FUNC_PROTO) this.at += 8 * vlen;
    else if (kind === DATASEC) this.at += 12 * vlen;
    else if (kind === STRUCT || kind === UNION) {
      for (let i = 0; i < vlen; i++) type.members.push(this.#member(flag));
    } else if (kind === ENUM || kind === ENUM64) {
      for (let i = 0; i < vlen; i++) type.values.push(this.#value(kind === ENUM64, flag));
    }
  }

  /** @param {boolean} flag - offsets hold the width of bit fields in their high byte @returns {BtfMember} */
  #member(flag) {
    const name = this.string(this.u32());
    const type = this.u32();
    const offset = this.u32();
    return flag
      ? { name, type, bit: offset & 0xffffff, width: offset >>> 24 }
      : { name, type, bit: offset, width: 0 };
  }

  /** @param {boolean} wide @param {boolean} signed @returns {BtfValue} */
  #value(wide, signed) {
    const name = this.string(this.u32());
    const low = BigInt(this.u32());
    const value = wide ? low | (BigInt(this.u32()) << 32n) : low;
    return { name, value: signed ? BigInt.asIntN(wide ? 64 : 32, value) : value };
  }
}
