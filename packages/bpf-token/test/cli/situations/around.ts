// SPDX-License-Identifier: MIT
// Situations in which something else than bpf() and its tokens decides.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { any, commandOf, contained, type Situation } from "./situation.ts";

const recorder = fileURLToPath(
  new URL(
    `../../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`,
    import.meta.url,
  ),
);
const nobody = ["setpriv", "--reuid", "1000", "--clear-groups"];
const lockdown =
  'mount -t securityfs none /sys/kernel/security && exec "$0" -o "$2" -- "$1" helper';
/** The mode of lockdown, in brackets. */
function lockdownMode(): string {
  const script = 'mount -t securityfs none "$0" && cat "$0/lockdown"';
  const words = ["-m", "sh", "-c", script, "/sys/kernel/security"];
  return spawnSync("unshare", words, { encoding: "utf8" }).stdout;
}

const strace = ["strace", "-f", "-v", "-s", "65536"];

export const around: readonly Situation[] = [
  {
    number: 38,
    what: "a seccomp filter answers EPERM",
    id: "trace.seccomp",
    inLog: "doctor.seccomp",
    says: /seccomp profile of the container/,
    by: "doctor",
    run: ({ program, folder }) =>
      contained(any, "setpriv", "--seccomp-filter", `${folder}/filter`, program, "hash"),
    fixed: ({ program }) => contained(any, program, "hash"),
  },
  {
    number: 39,
    what: "libbpf names RLIMIT_MEMLOCK, but a permission is missing",
    id: "prog.load.sysctl",
    says: /CAP_BPF, or a token that allows it, is missing/,
    by: "explain",
    run: ({ loader, folder }) => ["unshare", "-Ur", loader, `${folder}/count.bpf.o`],
    fixed: ({ loader, folder }) => contained(any, loader, `${folder}/count.bpf.o`),
  },
  {
    number: 41,
    what: "lockdown removes a helper",
    id: "doctor.lockdown",
    says: /without lockdown, so without Secure Boot/,
    by: "trace",
    run: ({ program, folder }) => [
      ...["unshare", "-m", "sh", "-c", lockdown, recorder, program, `${folder}/recording`],
    ],
    unless: () =>
      /\[(?:integrity|confidentiality)\]/.test(lockdownMode()) ? undefined : "lockdown is off",
  },
  {
    number: 43,
    what: "an unprivileged user, as unprivileged_bpf_disabled is",
    id: "map.create.sysctl",
    says: /CAP_BPF in the initial user namespace/,
    by: "doctor",
    run: ({ program }) => [...nobody, "--inh-caps=-all", program, "plain"],
    fixed: ({ program }) => [
      ...[...nobody, "--inh-caps=-all,+bpf", "--ambient-caps=-all,+bpf", program, "plain"],
    ],
  },
  {
    number: 44,
    what: "raising RLIMIT_MEMLOCK needs a capability on the host",
    id: "explain.rlimit_refused",
    says: /from Linux 5\.11 on bpf\(\) does not use the limit/,
    by: "explain",
    run: () => ["sh", "-c", "uname -sr; unshare -Ur prlimit --memlock=unlimited true"],
    // The limit does not matter: the map is created.
    fixed: ({ program }) => contained(any, "prlimit", "--memlock=1", program, "hash"),
  },
  {
    number: 45,
    what: "a container delegates to a container in it",
    id: "option.delegate.capable",
    says: /CAP_SYS_ADMIN in the initial user namespace/,
    by: "doctor",
    run: ({ program }) => contained(any, ...commandOf(contained(any, program, "array"))),
    fixed: ({ program }) => contained(any, program, "array"),
  },
  {
    number: 46,
    what: "strace does not know the names of tokens",
    id: "token.dropped.map",
    says: /add the map type to delegate_maps/,
    by: "explain",
    run: ({ program }) => contained({ ...any, delegate_maps: "array" }, ...strace, program, "hash"),
    fixed: ({ program }) => contained({ ...any, delegate_maps: "array:hash" }, program, "hash"),
  },
];
