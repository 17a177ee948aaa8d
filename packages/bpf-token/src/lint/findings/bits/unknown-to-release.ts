// SPDX-License-Identifier: MIT
import { script } from "../../examples.js";
import { judged, type LintFinding } from "../../finding.js";

export const unknownToRelease: LintFinding = {
  id: "lint.unknown_to_release",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "The release of --release refuses a name that is newer.",
  bad: script(["delegate_attachs=xdp", "delegate_attachs=xdp:trace_uprobe_session"]),
  good: script(),
  loads: true,
  find: (found, context) =>
    context.release === undefined ? [] : judged("unknown_to_release")(found, context),
};
