// SPDX-License-Identifier: MIT
import { type LintFinding, remarked } from "../../finding.js";

const call = (words: string): string => `  fsconfig(fs, ${words}, 0);\n`;
const create = call("FSCONFIG_CMD_CREATE, NULL, NULL");
const masks = ["cmds", "maps", "progs", "attachs"]
  .map((axis) => call(`FSCONFIG_SET_STRING, "delegate_${axis}", "any"`))
  .join("");
const program = (body: string): string => `static void configure(int fs)\n{\n${body}}\n`;

export const lateOption: LintFinding = {
  id: "lint.late_option",
  severity: "error",
  confidence: "certain",
  persona: "everyone",
  sentence: "A mask that fsconfig() sets after FSCONFIG_CMD_CREATE fails with EBUSY.",
  bad: { file: "configure.c", text: program(create + masks) },
  good: { file: "configure.c", text: program(masks + create) },
  find: remarked("late_option"),
};
