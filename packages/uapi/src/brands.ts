// SPDX-License-Identifier: MIT

declare const brand: unique symbol;

/** A number of one world that must not be taken for one of another. Costs nothing at run time. */
export type Branded<T extends string> = number & {
  /** Only the compiler knows of it. */
  readonly [brand]: T;
};

/**
 * A file descriptor, by what it is open on: `Fd<"token">`.
 *
 * A descriptor has meaning only together with the task that it belongs to.
 */
export type Fd<K extends string = string> = Branded<"fd"> & {
  /** Never there: keeps descriptors of different kinds apart for the compiler. */
  readonly kind?: K;
};

/** A user id as the caller's user namespace sees it. Only comparable within one namespace. */
export type Uid = Branded<"uid">;

/** A user id of the first user namespace, the kernel's own: the same everywhere. */
export type Kuid = Branded<"kuid">;

/** A process id, in the PID namespace of the backend. */
export type Pid = Branded<"pid">;
