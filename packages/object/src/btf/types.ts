// SPDX-License-Identifier: MIT

/**
 * The kinds of BTF types, indexed by their number in the format.
 *
 * @example
 * ```ts
 * btfKinds[4]; // "STRUCT"
 * ```
 */
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
  /** Type id of the member. */
  readonly type: number;
  /** Offset in the struct, in bits. */
  readonly bitOffset: number;
  /** Width of a bit field in bits, 0 for other members. */
  readonly bitSize: number;
}

/** An enumerator of an enum. */
export interface BtfEnumerator {
  /** The enumerator's name. */
  readonly name: string;
  /** The enumerator's value. */
  readonly value: bigint;
}

/** A parameter of a function prototype. */
export interface BtfParameter {
  /** The parameter's name; empty for unnamed parameters. */
  readonly name: string;
  /** Type id of the parameter; 0 for `...`. */
  readonly type: number;
}

/** An entry of a DATASEC. */
export interface BtfSectionVariable {
  /** Type id of the VAR, or of the FUNC for a kernel function. */
  readonly type: number;
  /** Offset in the section, in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
}

/** The type `void`, as in `void *`. Its id is 0. */
export interface BtfVoid {
  /** The kind of this type. */
  readonly kind: "VOID";
  /** Always empty. */
  readonly name: "";
}

/** An integer, character or boolean type. */
export interface BtfInt {
  /** The kind of this type. */
  readonly kind: "INT";
  /** The C name, such as `unsigned int`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Whether the integer is signed. */
  readonly signed: boolean;
  /** Whether BTF marks it as a character type. */
  readonly char: boolean;
  /** Whether it is a boolean. */
  readonly bool: boolean;
  /** Offset of the lowest bit; 0 except for old-style bit fields. */
  readonly bitOffset: number;
  /** The number of value bits. */
  readonly bits: number;
}

/** A pointer or a qualifier of another type. */
export interface BtfReference {
  /** The kind of this type. */
  readonly kind: "PTR" | "CONST" | "VOLATILE" | "RESTRICT";
  /** Always empty. */
  readonly name: string;
  /** Type id of the target. */
  readonly type: number;
}

/** A typedef, or a type with a tag. */
export interface BtfNamedReference {
  /** The kind of this type. */
  readonly kind: "TYPEDEF" | "TYPE_TAG";
  /** The typedef's name, or the text of the tag. */
  readonly name: string;
  /** Type id of the target. */
  readonly type: number;
  /** Of type tags: stands for any attribute, not for `btf_type_tag`. */
  readonly flag: boolean;
}

/** An array type. */
export interface BtfArray {
  /** The kind of this type. */
  readonly kind: "ARRAY";
  /** Always empty. */
  readonly name: string;
  /** Type id of the elements. */
  readonly elementType: number;
  /** Type id of the index. */
  readonly indexType: number;
  /** The number of elements; 0 for a flexible array. */
  readonly count: number;
}

/** A struct or a union. */
export interface BtfComposite {
  /** The kind of this type. */
  readonly kind: "STRUCT" | "UNION";
  /** The name; empty for an anonymous type. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Whether member offsets include the width of bit fields. */
  readonly flag: boolean;
  /** The members, in order. */
  readonly members: readonly BtfMember[];
}

/** An enum with 32-bit or 64-bit values. */
export interface BtfEnum {
  /** The kind of this type. */
  readonly kind: "ENUM" | "ENUM64";
  /** The name; empty for an anonymous type. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Whether the values are signed. */
  readonly signed: boolean;
  /** The enumerators, in order. */
  readonly values: readonly BtfEnumerator[];
}

/** A forward declaration of a struct or union. */
export interface BtfForward {
  /** The kind of this type. */
  readonly kind: "FWD";
  /** The name; empty for an anonymous type. */
  readonly name: string;
  /** Whether it declares a union; otherwise a struct. */
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
  /** The kind of this type. */
  readonly kind: "FUNC";
  /** The function's name. */
  readonly name: string;
  /** Type id of its FUNC_PROTO. */
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

/** A function prototype. */
export interface BtfFuncProto {
  /** The kind of this type. */
  readonly kind: "FUNC_PROTO";
  /** Always empty. */
  readonly name: string;
  /** Type id of the result; 0 for `void`. */
  readonly returnType: number;
  /** The parameters, in order. */
  readonly params: readonly BtfParameter[];
}

/** A variable. */
export interface BtfVar {
  /** The kind of this type. */
  readonly kind: "VAR";
  /** The variable's name. */
  readonly name: string;
  /** Type id of the variable's type. */
  readonly type: number;
  /** One of {@link BtfLinkage}. */
  readonly linkage: number;
}

/** A section of variables. */
export interface BtfDatasec {
  /** The kind of this type. */
  readonly kind: "DATASEC";
  /** The section's name, such as `.bss`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** The variables of the section. */
  readonly vars: readonly BtfSectionVariable[];
}

/** A floating-point type. */
export interface BtfFloat {
  /** The kind of this type. */
  readonly kind: "FLOAT";
  /** The C name, such as `double`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
}

/** A `btf_decl_tag` attribute. */
export interface BtfDeclTag {
  /** The kind of this type. */
  readonly kind: "DECL_TAG";
  /** The text of the tag. */
  readonly name: string;
  /** Type id of the declaration with the tag. */
  readonly type: number;
  /** Index of the member or parameter with the tag; -1 if the whole declaration has it. */
  readonly component: number;
  /** Stands for any attribute, not for `btf_decl_tag`. */
  readonly flag: boolean;
}

/**
 * A type of a kind that this package does not know. BTF can contain one only if its layout section
 * has the size of that kind. Since Linux 7.1.
 */
export interface BtfUnknown {
  /** The kind of this type. */
  readonly kind: "UNKNOWN";
  /** The name; empty for an anonymous type. */
  readonly name: string;
  /** The number of the kind in the format. */
  readonly number: number;
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
  | BtfDeclTag
  | BtfUnknown;
