// SPDX-License-Identifier: MIT
import { type DelegationAxis, delegationAxes } from "@bpf-token/delegation";
import { AttachType, type KernelRelease, releaseCode } from "@bpf-token/uapi";
import type { BpffsFact, Facts } from "../facts.js";
import { allows, maskOf, wordsOf } from "./axes.js";
import type { Finding } from "./finding.js";
import { mountText } from "./mount-text.js";
import { maskSettings } from "./settings.js";

/** Commands that use a token: rules MC-10, PL-04, BL-03 and CG-03. */
const commands = { map_create: 0, prog_load: 5, btf_load: 18, btf_get_fd_by_id: 19 } as const;
type Command = keyof typeof commands;

const isCommand = (word: string): word is Command => Object.hasOwn(commands, word);

/** Findings about masks that contradict each other, or have no effect, whatever the object is. */
export function maskFindings(
  facts: Facts,
  mount: BpffsFact,
  release: KernelRelease,
): readonly Finding[] {
  return [...contradictions(facts, mount), ...idleCommands(mount, release)];
}

function contradictions({ manager }: Facts, mount: BpffsFact): readonly Finding[] {
  const { delegates } = mount;
  const has = (name: Command): boolean => allows(delegates, "cmds", commands[name]);
  const warning = (id: string, cause: string, fix: readonly string[]): Finding => {
    return {
      id,
      severity: "warning",
      confidence: "certain",
      cause,
      evidence: [mountText(mount)],
      fix,
    };
  };
  const pairs: readonly (readonly [DelegationAxis, Command])[] = [
    ["maps", "map_create"],
    ["progs", "prog_load"],
  ];
  const found = pairs
    .filter(([axis, command]) => wordsOf(delegates, axis).length > 0 && !has(command))
    .map(([axis, command]) =>
      warning(
        "token.dropped.cmd",
        `the delegation has ${delegationAxes[axis].what}s but not ${command}, so they have no effect`,
        maskSettings(manager, {
          cmds: maskOf(delegates, "cmds") | (1n << BigInt(commands[command])),
        }),
      ),
    );
  if (!has("prog_load") || wordsOf(delegates, "attachs").length > 0) return found;
  const cause =
    "no attach type is delegated, so no program can be loaded; programs without one need cgroup_inet_ingress";
  const fix = maskSettings(manager, {
    attachs: 1n << BigInt(AttachType.CGROUP_INET_INGRESS),
  });
  return [...found, warning("token.dropped.attach", cause, fix)];
}

function idleCommands(mount: BpffsFact, release: KernelRelease): readonly Finding[] {
  const idle = wordsOf(mount.delegates, "cmds").filter((word) => {
    if (word === "any" || /^(?:0x|\d)/.test(word)) return false;
    return !isCommand(word) || (word === "btf_get_fd_by_id" && isBefore615(release));
  });
  if (idle.length === 0) return [];
  const [verb, what] = idle.length === 1 ? ["has", "the command does"] : ["have", "they do"];
  return [
    {
      id: "doctor.idle_command",
      severity: "note",
      confidence: "certain",
      cause: `${idle.join(", ")} in delegate_cmds ${verb} no effect: ${what} not use a token`,
      evidence: [mountText(mount)],
      fix: [],
    },
  ];
}

/** Whether BTF_GET_FD_BY_ID does not take a token yet: it does since Linux 6.15. */
const isBefore615 = (release: KernelRelease): boolean => releaseCode(release) < releaseCode("6.15");
