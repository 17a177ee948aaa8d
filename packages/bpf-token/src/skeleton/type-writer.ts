// SPDX-License-Identifier: MIT
import { type Btf, type BtfType, fieldsOf, resolveType } from "@bpf-token/object";

/** Converts `flow_key` to the name of a TypeScript type, `FlowKey`. */
export function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`;
}

/** Formats a property name; quotes it if it is not a TypeScript identifier. */
export function property(name: string): string {
  // Written in another way, it would set the prototype.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Escapes a name for a comment. Object files are untrusted, so a name must not end the comment. */
export function remark(name: string): string {
  return name.replace(/[^\w.$ -]/g, "?");
}

/** The nesting depth at which the writer stops, because malformed BTF may be cyclic. */
const DEEPEST = 32;

/**
 * Writes BTF types as the TypeScript types that `valueCodec` of `@bpf-token/object` reads and writes.
 * Declares each named struct and enum once.
 */
export class TypeWriter {
  readonly #btf: Btf;
  readonly #taken: Set<string>;
  readonly #names = new Map<number, string>();
  readonly #declarations: string[] = [];

  /** @param taken - names that the module uses already. */
  constructor(btf: Btf, taken: readonly string[]) {
    this.#btf = btf;
    this.#taken = new Set(taken);
  }

  /** The declarations of all types that {@link TypeWriter.type} returned. */
  get declarations(): readonly string[] {
    return this.#declarations;
  }

  /** Returns a type expression; declares the named types in it. */
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

  /** The name of the outermost typedef of an anonymous type. */
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
    // Reserve the place first, so that the struct precedes the types of its members.
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
      // The codec returns a bigint for a bit-field of a 64-bit word, however few bits it has.
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
