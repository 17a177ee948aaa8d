// SPDX-License-Identifier: MIT
import type { Dialect } from "@bpf-token/delegation";
import type { PolicyCheck } from "../../policy/check.js";
import type { Policy, PolicyReason } from "../../policy/policy.js";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";

/** What each dialect needs besides its settings. */
export const dialectNotes: Readonly<Record<Dialect, readonly string[]>> = {
  kernel: [
    "The options belong on a new bpffs that is opened in the container's user namespace; a remount changes nothing.",
  ],
  systemd: ["The settings need systemd 258 or newer, which ignores names that it does not know."],
  lxd: [
    "The keys need LXD 5.21.4 LTS or 6.4, and an unprivileged container. They were compared with its documentation, not run.",
  ],
  incus: ["The keys need Incus 6.18 or newer, and an unprivileged container."],
  oci: [
    "No OCI runtime reads these annotations by itself: bpf-token-hook must be installed (bpf-token hook install).",
  ],
  podman: [
    "Podman must run as root, with bpf-token-hook installed (bpf-token hook install). --userns=auto needs a line for 'containers' in /etc/subuid and /etc/subgid.",
  ],
  docker: [
    "Docker must run as root with userns-remap, and with the wrapper of its runtime (bpf-token hook install --runtime). Not run with the daemon of Docker.",
  ],
  k8s: [
    "Kubernetes does not read these annotations by itself: bpf-token-hook must be installed on the node. Not run on a cluster.",
  ],
  hook: ["These are the contents of /etc/bpf-token/hook.json."],
  exec: [],
};

/** Formats a policy for people; `task` is what it permits, such as `to load x.o`. The caller prints the command of `exec` after it. */
export function policyLines(
  task: string,
  policy: Policy,
  release: string | undefined,
  paint: Paint,
  width: number,
): readonly string[] {
  const on = release === undefined ? "" : ` on Linux ${release}`;
  const title = `The least delegation for ${policy.loader}${on} ${task}:`;
  return [
    ...wrap(title, width).map((line) => paint("strong", line)),
    ...policy.reasons.flatMap((reason) => reasonLines(reason, paint, width)),
    ...sectionLines("Versions:", policy.versions, paint, width),
    ...sectionLines("What it permits on the host:", policy.reach, paint, width),
    ...sectionLines("What the verifier requires:", policy.proof, paint, width),
    ...sectionLines("What it does not cover:", policy.open, paint, width),
    ...sectionLines(`Unknown to Linux ${release ?? ""}:`, policy.unknown, paint, width),
    "",
    paint("strong", "To try it on this machine (--for prints other settings):"),
  ];
}

/** The masks and capabilities in the tables of `policy`. */
export const axisWords: Readonly<Record<PolicyReason["axis"], string>> = {
  cmds: "cmd",
  maps: "map",
  progs: "prog",
  attachs: "attach",
  caps: "cap",
};

/** The number of reasons that are printed for a bit. */
const MOST = 3;

function reasonLines(reason: PolicyReason, paint: Paint, width: number): readonly string[] {
  const { axis, name, because, without } = reason;
  const more = because.length > MOST ? `, and ${because.length - MOST} more` : "";
  const indented = (text: string): readonly string[] =>
    wrap(text, width - 8).map((line) => `        ${line}`);
  return [
    `  ${axisWords[axis].padEnd(6)} ${name}`,
    ...indented(`why: ${because.slice(0, MOST).join("; ")}${more}`),
    ...indented(`without: ${without}`).map((line) => paint("quiet", line)),
  ];
}

function sectionLines(
  title: string,
  texts: readonly string[],
  paint: Paint,
  width: number,
): readonly string[] {
  if (texts.length === 0) return [];
  const lines = texts.flatMap((text) => {
    const [first = "", ...rest] = wrap(text, width - 4);
    return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
  });
  return ["", paint("strong", title), ...lines];
}

/** Formats what to know about a policy that is printed as settings. */
export function noteLines(
  { versions, reach, proof, open, unknown }: Policy,
  notes: readonly string[],
  width: number,
): readonly string[] {
  const lacking = unknown.map((what) => `The release does not know ${what}.`);
  return [
    ...lacking,
    ...notes,
    ...versions,
    ...reach.map((one) => `On the host: ${one}`),
    ...proof,
    ...open,
  ].flatMap((text) => {
    const [first = "", ...rest] = wrap(text, width - 13);
    return [`bpf-token: ${first}`, ...rest.map((line) => `           ${line}`)];
  });
}

/** Formats the comparison of settings with a policy. */
export function checkLines(
  check: PolicyCheck & {
    readonly file: string;
    readonly dialect: string;
    readonly notes: readonly string[];
  },
  paint: Paint,
  width: number,
): readonly string[] {
  const { file, dialect, missing, superfluous, notes } = check;
  const fine = missing.length + superfluous.length === 0;
  const exact = notes.length === 0 ? "has exactly the policy" : "has exactly the masks";
  const lost = (reason: PolicyReason): string =>
    `${axisWords[reason.axis]} ${reason.name}: without it, ${reason.without}`;
  return [
    ...wrap(`${file} (${dialect}): ${fine ? exact : "differs"}`, width),
    ...sectionLines("Missing:", missing.map(lost), paint, width),
    ...sectionLines("Superfluous:", superfluous, paint, width),
    ...sectionLines("Notes:", notes, paint, width),
  ];
}
