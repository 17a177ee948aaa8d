// SPDX-License-Identifier: MIT
// What a process gets on the model, if a manager does what an example says.
import {
  axisNames,
  delegationMasks,
  type FoundDelegation,
  type RemarkId,
  readDelegations,
  readProgram,
} from "@bpf-token/delegation";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { dialectsIn } from "../../src/lint/fragments.ts";

/** The manager mounts nothing, or refuses to start the process, or a filter stops every call. */
const nothing: readonly RemarkId[] = [
  ...([
    "not_enabled",
    "privileged",
    "no_hook",
    "seccomp",
    "full_name",
    "late_option",
    "remount",
  ] as const),
];
const mountOfHost: readonly RemarkId[] = ["host_mount", "mount_namespace"];

/** Whether a loader without probes gets an XDP program with an array map through a token. */
export function loads(text: string): boolean {
  const settings = dialectsIn(text).flatMap((dialect) => readDelegations(text, dialect));
  const [found] = [...settings, ...readProgram(text)];
  if (found === undefined) return false;
  const scenario = parseScenario(scenarioOf(found));
  const kernel = createKernel();
  try {
    const { events } = run(kernel, scenario);
    return events.every(({ verdict }) => (verdict?.why ?? []).length === 0);
  } finally {
    kernel.close();
  }
}

const BPF =
  "bpf: PROG_LOAD\n    attr: { prog_type: XDP, expected_attach_type: XDP, insns: return_0, license: GPL, prog_flags: [TOKEN_FD], prog_token_fd: $token }";
const MAP =
  "bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1, map_flags: [TOKEN_FD], map_token_fd: $token }";

function scenarioOf(found: FoundDelegation): string {
  const has = (ids: readonly RemarkId[]): boolean =>
    found.remarks.some(({ id }) => ids.includes(id));
  const masks = delegationMasks(has(nothing) ? {} : found.delegation);
  const options = axisNames.map((axis) => `${axis}: 0x${masks[axis].toString(16)}`).join(", ");
  const isHosts = has(["user_namespace"]);
  const caps = found.capabilities ?? ["bpf", "net_admin", "perfmon"];
  // In the host's user namespace, the process that mounts is in it too.
  const mount = has(mountOfHost)
    ? `bpffs: { for: other, ${options} }`
    : `bpffs: { for: app, ${options} }`;
  const steps = [
    "fork: app",
    "fork: other",
    ...(isHosts ? [] : ["by: app\n    container: {}"]),
    ...(isHosts ? ["by: app\n    unshare: NEWNS"] : []),
    "by: other\n    unshare: NEWNS",
    `by: host\n    ${mount}\n    as: ${has(mountOfHost) ? "theirs" : "bpffs"}`,
    ...(has(mountOfHost) ? ["by: other\n    send: { to: app, fd: $theirs }\n    as: bpffs"] : []),
    `by: app\n    caps: { only: [${caps.join(", ").toUpperCase()}] }`,
    "by: app\n    bpf: TOKEN_CREATE\n    attr: { bpffs_fd: $bpffs }\n    as: token",
    `by: app\n    ${MAP}`,
    `by: app\n    ${BPF}`,
  ];
  return `name: example
tasks:
  host: root in the initial user namespace
  app: the process
  other: root on the host
steps:
${steps.map((step) => `  - ${step}`).join("\n")}
`;
}
