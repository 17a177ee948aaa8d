// SPDX-License-Identifier: MIT

/** The kinds of BTF types, by the number that the format gives them. */
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

/** A kind of BTF type. */
export type BtfKind = (typeof btfKinds)[number];

/** The number of each kind. */
export const BtfKindNumber: Readonly<Record<BtfKind, number>> = Object.fromEntries(
  btfKinds.map((kind, number) => [kind, number]),
) as Record<BtfKind, number>;

/** A member of a structure or union. */
export interface BtfMember {
  /** Empty for an anonymous structure within. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** Width of a bit field, 0 for what is none. */
  readonly bitSize: number;
}

/** A name of an enum with its value. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** A parameter of a function. */
export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** A variable in a section. */
export interface BtfSectionVariable {
  /** The VAR, or for a function that the kernel has the FUNC. */
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** No type: what a `void *` points to. Its id is 0. */
export interface BtfVoid {
  readonly kind: "VOID";
  readonly name: "";
}

export interface BtfInt {
  readonly kind: "INT";
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  /** Where its bits start, 0 but for old bit fields. */
  readonly bitOffset: number;
  readonly bits: number;
}

/** What only points to another type or qualifies it. */
export interface BtfReference {
  readonly kind: "PTR" | "CONST" | "VOLATILE" | "RESTRICT";
  readonly name: string;
  readonly type: number;
}

/** Another type under a name of its own, or with a tag. */
export interface BtfNamedReference {
  readonly kind: "TYPEDEF" | "TYPE_TAG";
  readonly name: string;
  readonly type: number;
  /** Only of tags: stands for any attribute, not for `btf_type_tag`. */
  readonly flag: boolean;
}

export interface BtfArray {
  readonly kind: "ARRAY";
  readonly name: string;
  readonly elementType: number;
  readonly indexType: number;
  readonly count: number;
}

export interface BtfComposite {
  readonly kind: "STRUCT" | "UNION";
  readonly name: string;
  readonly size: number;
  /** Whether members say the width of bit fields. */
  readonly flag: boolean;
  readonly members: readonly BtfMember[];
}

export interface BtfEnum {
  readonly kind: "ENUM" | "ENUM64";
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumerator[];
}

export interface BtfForward {
  readonly kind: "FWD";
  readonly name: string;
  readonly union: boolean;
}

/** `BTF_FUNC_STATIC`, `BTF_VAR_STATIC` and so on. */
export const BtfLinkage = { STATIC: 0, GLOBAL: 1, EXTERN: 2 } as const;

export interface BtfFunc {
  readonly kind: "FUNC";
  readonly name: string;
  /** Its FUNC_PROTO. */
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

export interface BtfFuncProto {
  readonly kind: "FUNC_PROTO";
  readonly name: string;
  readonly returnType: number;
  readonly params: readonly BtfParameter[];
}

export interface BtfVar {
  readonly kind: "VAR";
  readonly name: string;
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

export interface BtfDatasec {
  readonly kind: "DATASEC";
  readonly name: string;
  readonly size: number;
  readonly vars: readonly BtfSectionVariable[];
}

export interface BtfFloat {
  readonly kind: "FLOAT";
  readonly name: string;
  readonly size: number;
}

export interface BtfDeclTag {
  readonly kind: "DECL_TAG";
  readonly name: string;
  readonly type: number;
  /** Index of the member or parameter that has the tag, -1 for the whole. */
  readonly component: number;
  readonly flag: boolean;
}

/** A type of BTF, decoded. References to other types are their ids. */
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
