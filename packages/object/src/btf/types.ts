// SPDX-License-Identifier: MIT

/** The kinds of BTF types, indexed by their number in the format. */
export const btfKinds = [
  "VOID",
  "INT",
  "PTR",
  "ARRAY",
  "STRUCT",
  "UNION",
  "ENUM",
  "FWD",
  "TYPEDEF",
  "VOLATILE",
  "CONST",
  "RESTRICT",
  "FUNC",
  "FUNC_PROTO",
  "VAR",
  "DATASEC",
  "FLOAT",
  "DECL_TAG",
  "TYPE_TAG",
  "ENUM64",
] as const;

/** The kind of a BTF type. See {@link BtfType}. */
export type BtfKind = (typeof btfKinds)[number];

/**
 * The number of each BTF kind.
 *
 * @example
 * ```ts
 * BtfKindNumber.STRUCT; // 4
 * ```
 */
export const BtfKindNumber: Readonly<Record<BtfKind, number>> = Object.fromEntries(
  btfKinds.map((kind, number) => [kind, number]),
) as Record<BtfKind, number>;

/** A member of a struct or union. */
export interface BtfMember {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** Width of a bit field in bits, 0 for other members. */
  readonly bitSize: number;
}

/** An enumerator of an enum. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** A parameter of a function prototype. */
export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** An entry of a DATASEC. */
export interface BtfSectionVariable {
  /** Type id of the VAR, or of the FUNC for a kernel function. */
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** The type `void`, as in `void *`. Its id is 0. */
export interface BtfVoid {
  readonly kind: "VOID";
  readonly name: "";
}

/** An integer, character or boolean type. */
export interface BtfInt {
  readonly kind: "INT";
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  /** Offset of the lowest bit; 0 except for old-style bit fields. */
  readonly bitOffset: number;
  readonly bits: number;
}

/** A pointer or a qualifier of another type. */
export interface BtfReference {
  readonly kind: "PTR" | "CONST" | "VOLATILE" | "RESTRICT";
  readonly name: string;
  readonly type: number;
}

/** A typedef, or a type with a tag. */
export interface BtfNamedReference {
  readonly kind: "TYPEDEF" | "TYPE_TAG";
  readonly name: string;
  readonly type: number;
  /** Of type tags: stands for any attribute, not for `btf_type_tag`. */
  readonly flag: boolean;
}

/** An array type. */
export interface BtfArray {
  readonly kind: "ARRAY";
  readonly name: string;
  readonly elementType: number;
  readonly indexType: number;
  readonly count: number;
}

/** A struct or a union. */
export interface BtfComposite {
  readonly kind: "STRUCT" | "UNION";
  readonly name: string;
  readonly size: number;
  /** Whether member offsets include the width of bit fields. */
  readonly flag: boolean;
  readonly members: readonly BtfMember[];
}

/** An enum with 32-bit or 64-bit values. */
export interface BtfEnum {
  readonly kind: "ENUM" | "ENUM64";
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumerator[];
}

/** A forward declaration of a struct or union. */
export interface BtfForward {
  readonly kind: "FWD";
  readonly name: string;
  readonly union: boolean;
}

/**
 * The linkage of functions and variables: `BTF_FUNC_STATIC`, `BTF_VAR_STATIC` and so on.
 *
 * @example
 * ```ts
 * const isGlobal = func.linkage === BtfLinkage.GLOBAL;
 * ```
 */
export const BtfLinkage = { STATIC: 0, GLOBAL: 1, EXTERN: 2 } as const;

/** A function. */
export interface BtfFunc {
  readonly kind: "FUNC";
  readonly name: string;
  /** Type id of its FUNC_PROTO. */
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

/** A function prototype. */
export interface BtfFuncProto {
  readonly kind: "FUNC_PROTO";
  readonly name: string;
  readonly returnType: number;
  readonly params: readonly BtfParameter[];
}

/** A variable. */
export interface BtfVar {
  readonly kind: "VAR";
  readonly name: string;
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

/** A section of variables. */
export interface BtfDatasec {
  readonly kind: "DATASEC";
  readonly name: string;
  readonly size: number;
  readonly vars: readonly BtfSectionVariable[];
}

/** A floating-point type. */
export interface BtfFloat {
  readonly kind: "FLOAT";
  readonly name: string;
  readonly size: number;
}

/** A `btf_decl_tag` attribute. */
export interface BtfDeclTag {
  readonly kind: "DECL_TAG";
  readonly name: string;
  readonly type: number;
  /** Index of the member or parameter with the tag; -1 if the whole declaration has it. */
  readonly component: number;
  readonly flag: boolean;
}

/** A decoded BTF type, as {@link Btf.type} returns it. References to other types are type ids. */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfReference
  | BtfNamedReference
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag;
