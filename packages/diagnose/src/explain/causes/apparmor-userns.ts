// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Ubuntu restricts the user namespaces of unprivileged programs. */
export type AppArmorUsernsCauseId = "explain.apparmor_userns";

/** The texts of {@link AppArmorUsernsCauseId}. */
export const apparmorUsernsCauses: Readonly<Record<AppArmorUsernsCauseId, CauseText>> = {
  "explain.apparmor_userns": {
    kind: "policy",
    cause:
      "AppArmor (Ubuntu 23.10 or newer) restricts user namespaces of unprivileged programs: their capabilities have no effect",
    decides: "sysctl kernel.apparmor_restrict_unprivileged_userns: 1 is the default of Ubuntu",
    fix: [
      "add an AppArmor profile with `userns,` for the program",
      "or set kernel.apparmor_restrict_unprivileged_userns=0",
    ],
  },
};
