// SPDX-License-Identifier: MIT
import type { LintFinding } from "../finding.js";
import { any } from "./bits/any.js";
import { formerAll } from "./bits/former-all.js";
import { inertCommand } from "./bits/inert-command.js";
import { lacksCommand } from "./bits/lacks-command.js";
import { lacksTypes } from "./bits/lacks-types.js";
import { unknownToRelease } from "./bits/unknown-to-release.js";
import { objectLacks } from "./objects/object-lacks.js";
import { objectLoses } from "./objects/object-loses.js";
import { objectNeedless } from "./objects/object-needless.js";
import { capabilitiesMissing } from "./setup/capabilities-missing.js";
import { capabilitiesNeedless } from "./setup/capabilities-needless.js";
import { hostMount } from "./setup/host-mount.js";
import { hostNetwork } from "./setup/host-network.js";
import { lateOption } from "./setup/late-option.js";
import { mountNamespace } from "./setup/mount-namespace.js";
import { noHook } from "./setup/no-hook.js";
import { notEnabled } from "./setup/not-enabled.js";
import { privileged } from "./setup/privileged.js";
import { remount } from "./setup/remount.js";
import { seccomp } from "./setup/seccomp.js";
import { userNamespace } from "./setup/user-namespace.js";
import { tooMany } from "./too-many.js";
import { anyBesideNames } from "./values/any-beside-names.js";
import { commentInValue } from "./values/comment-in-value.js";
import { fullName } from "./values/full-name.js";
import { numberReplaces } from "./values/number-replaces.js";
import { numericMask } from "./values/numeric-mask.js";
import { octal } from "./values/octal.js";
import { quotes } from "./values/quotes.js";
import { repeated } from "./values/repeated.js";
import { separator } from "./values/separator.js";
import { shifted } from "./values/shifted.js";
import { template } from "./values/template.js";
import { unknownKey } from "./values/unknown-key.js";
import { unknownName } from "./values/unknown-name.js";
import { unknownOption } from "./values/unknown-option.js";

/**
 * Every mistake that `bpf-token lint` knows, by id.
 *
 * @example
 * ```ts
 * for (const { id, sentence } of lintFindings) console.log(id, sentence);
 * ```
 */
export const lintFindings: readonly LintFinding[] = [
  any,
  anyBesideNames,
  capabilitiesMissing,
  capabilitiesNeedless,
  commentInValue,
  formerAll,
  fullName,
  hostMount,
  lateOption,
  hostNetwork,
  inertCommand,
  lacksCommand,
  lacksTypes,
  mountNamespace,
  noHook,
  notEnabled,
  numberReplaces,
  numericMask,
  objectLacks,
  objectLoses,
  objectNeedless,
  octal,
  privileged,
  quotes,
  remount,
  repeated,
  seccomp,
  separator,
  shifted,
  template,
  tooMany,
  unknownKey,
  unknownName,
  unknownOption,
  unknownToRelease,
  userNamespace,
];
