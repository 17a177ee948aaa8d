// SPDX-License-Identifier: MIT
import { type Btf, type BtfType, fieldsOf, resolveType } from "@bpf-token/object";

/** `flow_key` as TypeScript names types: `FlowKey`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

/** A name as a property: quoted where it is none of TypeScript's. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** A name within a comment, which it cannot end: what an object says is not ours. */
export function remark(name: string): string {
  return name.replace(/[^\w.$ -]/g, "?");
}

/** Deeper than that no type of any program goes. */
const DEEPEST = 32;

/**
 * Types of an object in TypeScript, as `valueCodec` of `@bpf-token/object` reads and writes them.
 * Named structs and enums are declared once each.
 */
export class TypeWriter {
  readonly #btf: Btf;
  readonly #taken: Set<string>;
  readonly #names = new Map<number, string>();
  readonly #declarations: string[] = [];

  /** @param taken - names that are used for something else. */
  constructor(btf: Btf, taken: readonly string[]) {
    this.#btf = btf;
    this.#taken = new Set(taken);
  }

  /** All that was needed for the types that were asked for. */
  get declarations(): readonly string[] {
    return this.#declarations;
  }

  /** A type, as it is written where it is used. */
  type(start: number, depth = 0): string {
    const { id, type } = resolveType(this.#btf, start);
    if (depth > DEEPEST) return "unknown";
    switch (type.kind) {
      case "INT":
        if (type.bool || (type.bits === 1 && type.size === 1)) return "boolean";
        return type.size === 16 ? "bigint" : word(type.size);
      case "ENUM":
      case "ENUM64":
        this.#declareEnum(id, type.name || this.#alias(start));
        return word(type.size);
      case "PTR":
        return "bigint";
      case "FLOAT":
        return type.size === 4 || type.size === 8 ? "number" : "Uint8Array";
      case "ARRAY":
        return this.#array(type.elementType, depth);
      case "STRUCT":
      case "UNION":
        return this.#composite(start, id, depth);
      case "VAR":
        return this.type(type.type, depth + 1);
      default:
        return "Uint8Array";
    }
  }

  #array(element: number, depth: number): string {
    const { type } = resolveType(this.#btf, element);
    if (type.kind === "INT" && type.size === 1) {
      if (type.name === "char") return "string";
      if (!type.bool && !type.signed) return "Uint8Array";
    }
    return `readonly ${this.type(element, depth + 1)}[]`.replace(
      /^readonly (readonly .*)\[\]$/,
      "readonly ($1)[]",
    );
  }

  /** The name of the outermost typedef of something that has none itself. */
  #alias(start: number): string {
    let at = start;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const type: BtfType = this.#btf.type(at);
      if (type.kind === "TYPEDEF") return type.name;
      if (!("type" in type) || type.kind === "VAR") return "";
      at = type.type;
    }
    return "";
  }

  #composite(start: number, id: number, depth: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const own = this.#btf.name(id) || this.#alias(start);
    if (own === "") return `{ ${this.#members(id, depth).join(" ")} }`;
    const name = this.#claim(id, own);
    // The place is taken first: what a struct needs stands after it.
    const place = this.#declarations.push("") - 1;
    const members = this.#members(id, depth).map((line) => `  ${line}\n`);
    const kind = this.#btf.kind(id) === "UNION" ? "union" : "struct";
    this.#declarations[place] =
      `/** \`${kind} ${remark(own)}\` */\nexport interface ${name} {\n${members.join("")}}\n`;
    return name;
  }

  #members(id: number, depth: number): readonly string[] {
    const fields = new Map(fieldsOf(this.#btf, id).map((field) => [field.name, field]));
    return [...fields.values()].map(({ name, type, bits }) => {
      const declared = this.type(type, depth + 1);
      // Of a 64-bit word with only some bits in use the codec makes a bigint all the same.
      const note = bits === undefined ? "" : ` // ${bits.count} bits`;
      return `readonly ${property(name)}: ${declared};${depth === 0 ? note : ""}`;
    });
  }

  #declareEnum(id: number, own: string): void {
    const type = this.#btf.type(id);
    if (own === "" || this.#names.has(id) || (type.kind !== "ENUM" && type.kind !== "ENUM64"))
      return;
    const name = this.#claim(id, own);
    const suffix = type.size > 4 ? "n" : "";
    const values = type.values.map((one) => `  ${property(one.name)}: ${one.value}${suffix},\n`);
    this.#declarations.push(
      `/** \`enum ${remark(own)}\` */\nexport const ${name} = {\n${values.join("")}} as const;\n`,
    );
  }

  #claim(id: number, own: string): string {
    const plain = pascal(own);
    let name = plain;
    for (let n = 2; this.#taken.has(name); n++) name = `${plain}${n}`;
    this.#taken.add(name);
    this.#names.set(id, name);
    return name;
  }
}

function word(size: number): string {
  if (size === 8) return "bigint";
  return size === 1 || size === 2 || size === 4 ? "number" : "Uint8Array";
}
