// SPDX-License-Identifier: MIT

declare const brand: unique symbol;

/**
 * A number that the compiler keeps apart from numbers of other kinds: the base of {@link Fd},
 * {@link Uid}, {@link Kuid} and {@link Pid}. At run time it is a plain
 * number.
 */
export type Branded<T extends string> = number & {
  /** Exists only for the compiler. */
  readonly [brand]: T;
};

/**
 * A file descriptor, typed by what it refers to: `Fd<"token">`. A file descriptor is valid only in
 * the task that owns it.
 */
export type Fd<K extends string = string> = Branded<"fd"> & {
  /** Never set: the compiler uses it to tell file descriptors apart by kind. */
  readonly kind?: K;
};

/** A user id in the caller's user namespace. Compare two of them only within one namespace. */
export type Uid = Branded<"uid">;

/** A user id in the initial user namespace, as the kernel stores it. */
export type Kuid = Branded<"kuid">;

/** A process id in the PID namespace of the backend, as system calls return it. */
export type Pid = Branded<"pid">;
