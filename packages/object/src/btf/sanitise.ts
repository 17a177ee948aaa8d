// SPDX-License-Identifier: MIT
import type { Btf } from "./btf.js";
import { BtfEditor } from "./editor.js";
import { BtfLinkage, type BtfType } from "./types.js";

/** The BTF kinds and encodings that a kernel accepts. Input of {@link sanitiseBtf}. */
export interface BtfFeatures {
  /** FUNC and FUNC_PROTO. Since Linux 5.0. */
  readonly func: boolean;
  /** VAR and DATASEC. Since Linux 5.2. */
  readonly datasec: boolean;
  /** Functions with global linkage. Since Linux 5.6. */
  readonly globalFunc: boolean;
  /** FLOAT. Since Linux 5.13. */
  readonly float: boolean;
  /** DECL_TAG. Since Linux 5.16. */
  readonly declTag: boolean;
  /** TYPE_TAG. Since Linux 5.17. */
  readonly typeTag: boolean;
  /** ENUM64, and signed enums. Since Linux 6.0. */
  readonly enum64: boolean;
  /** Section names that begin with a question mark. Since Linux 6.9. */
  readonly questionMark: boolean;
  /** A layout section. Since Linux 7.1. */
  readonly layout: boolean;
}

/**
 * The features of a kernel that accepts all of BTF.
 *
 * @example
 * ```ts
 * const before60 = { ...allBtfFeatures, enum64: false, questionMark: false, layout: false };
 * ```
 */
export const allBtfFeatures: BtfFeatures = {
  func: true,
  datasec: true,
  globalFunc: true,
  float: true,
  declTag: true,
  typeTag: true,
  enum64: true,
  questionMark: true,
  layout: true,
};

/**
 * Rewrites BTF for an older kernel: replaces each unsupported type by a supported one of the same
 * length, so that all type ids stay the same, and removes an unsupported layout section.
 *
 * @returns `btf` itself if the kernel supports everything.
 * @example
 * ```ts
 * const raw = sanitiseBtf(object.btf, { ...allBtfFeatures, typeTag: false }).raw;
 * ```
 */
export function sanitiseBtf(btf: Btf, features: BtfFeatures): Btf {
  if (Object.values(features).every(Boolean)) return btf;
  const sanitiser = new Sanitiser(btf, features);
  if (!features.layout) sanitiser.editor.dropLayout();
  for (let id = btf.firstId; id < btf.endId; id++) sanitiser.type(id, btf.type(id));
  return sanitiser.editor.finish();
}

class Sanitiser {
  readonly editor: BtfEditor;
  readonly #has: BtfFeatures;
  #placeholder = 0;

  constructor(btf: Btf, features: BtfFeatures) {
    this.editor = new BtfEditor(btf);
    this.#has = features;
  }

  type(id: number, type: BtfType): void {
    const has = this.#has;
    switch (type.kind) {
      case "VAR":
        if (!has.datasec) this.#toInt(id);
        break;
      case "DECL_TAG":
        if (!has.declTag) this.#toInt(id);
        break;
      case "DATASEC":
        this.#datasec(id, type);
        break;
      case "FUNC_PROTO":
        if (!has.func) this.#toEnum(id, type.params.length);
        break;
      case "FUNC":
        if (!has.func) this.editor.setKind(id, "TYPEDEF", 0);
        else if (!has.globalFunc) this.editor.setKind(id, "FUNC", BtfLinkage.STATIC);
        break;
      case "FLOAT":
        if (!has.float) this.#unnamed(id, "STRUCT");
        break;
      case "TYPE_TAG":
        if (!has.typeTag) this.#unnamed(id, "CONST");
        break;
      case "ENUM":
        if (!has.enum64) this.editor.setKind(id, "ENUM", type.values.length);
        break;
      case "ENUM64":
        if (!has.enum64) this.#toUnion(id, type.values.length);
        break;
    }
  }

  /** One byte: a larger integer could exceed the variable that it replaces. */
  #toInt(id: number): void {
    this.editor.setKind(id, "INT", 0);
    this.editor.setWord(id, 1);
    this.editor.setTail(id, 0, 8);
  }

  #toEnum(id: number, count: number): void {
    this.editor.setKind(id, "ENUM", count);
    this.editor.setWord(id, 4);
  }

  #unnamed(id: number, kind: "STRUCT" | "CONST"): void {
    this.editor.setName(id, 0);
    this.editor.setKind(id, kind, 0);
  }

  /** Becomes a struct with the variables as members; struct names must not contain dots. */
  #datasec(id: number, { vars, name }: BtfType & { kind: "DATASEC" }): void {
    const nameOffset = this.editor.nameOffset(id);
    if (this.#has.datasec) {
      if (this.#has.questionMark || !name.startsWith("?")) return;
      this.editor.patchString(nameOffset, (char) => (char === "?" ? "_" : char));
      return;
    }
    this.editor.patchString(nameOffset, (char) => (char === "." || char === "?" ? "_" : char));
    this.editor.setKind(id, "STRUCT", vars.length);
    for (const [i, { type, offset }] of vars.entries()) {
      this.editor.setTail(id, 3 * i, this.editor.nameOffset(type));
      this.editor.setTail(id, 3 * i + 1, type);
      this.editor.setTail(id, 3 * i + 2, offset * 8);
    }
  }

  /** Becomes a union whose members have the enumerators' names and one common type. */
  #toUnion(id: number, count: number): void {
    if (this.#placeholder === 0) {
      const name = this.editor.addString("enum64_placeholder");
      this.#placeholder = this.editor.addType(name, "INT", 0, 1, 8);
    }
    this.editor.setKind(id, "UNION", count);
    for (let i = 0; i < count; i++) {
      this.editor.setTail(id, 3 * i + 1, this.#placeholder);
      this.editor.setTail(id, 3 * i + 2, 0);
    }
  }
}
