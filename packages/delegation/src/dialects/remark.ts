// SPDX-License-Identifier: MIT
import type { DelegationAxis } from "../axes.js";

/** The kinds of {@link Remark}. */
export type RemarkId =
  | "any_beside_names"
  | "comment_in_value"
  | "full_name"
  | "host_mount"
  | "late_option"
  | "mount_namespace"
  | "no_hook"
  | "not_enabled"
  | "number_replaces"
  | "octal"
  | "privileged"
  | "quotes"
  | "remount"
  | "repeated"
  | "seccomp"
  | "separator"
  | "shifted"
  | "template"
  | "unknown_key"
  | "unknown_name"
  | "unknown_option"
  | "user_namespace";

/** What a manager or the kernel ignores, refuses, or reads otherwise than it seems. */
export interface Remark {
  readonly id: RemarkId;
  /** The cause, and what to write. */
  readonly text: string;
  /** The position of the first character that it is about. */
  readonly at: number;
  /** The position after the last character. */
  readonly end: number;
  /** What to write in place of these characters. */
  readonly fix?: string;
  /** The word delegates nothing, or stops the whole. */
  readonly fatal?: boolean;
  /** The mask that the word belongs to. */
  readonly axis?: DelegationAxis;
}
