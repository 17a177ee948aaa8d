// SPDX-License-Identifier: MIT

/** Options of a kernel's build that decide what it answers. */
export const configOptions = [
  "BPF_JIT",
  "BPF_LIRC_MODE2",
  "BPF_LSM",
  "DEBUG_INFO_BTF",
  "PERF_EVENTS",
  "XDP_SOCKETS",
] as const;

/** One of {@link configOptions}. */
export type ConfigOption = (typeof configOptions)[number];

/** A real kernel that is compared with the model of its release. */
export interface KernelConfiguration {
  /** How the kernel is reached: `native`, `guest:6.12`. */
  readonly backend: string;
  /** As `uname -r` has it. */
  readonly release: string;
  /** The options that its build does not have; undefined where nobody knows. */
  readonly without?: readonly ConfigOption[];
}

/** The kernels that a known difference is about. All conditions must hold. */
export interface Applies {
  /** `native`, or `guest` for every guest; default any real kernel. */
  readonly backend?: "native" | "guest";
  /** The first stable release that differs. */
  readonly from?: string;
  /** The first release that does not differ any more. */
  readonly before?: string;
  /** An option that the kernel's build does not have. */
  readonly without?: ConfigOption;
  /** A property of a machine or a build that cannot be read from the kernel. */
  readonly property?: string;
}

const cloud: readonly ConfigOption[] = ["BPF_LIRC_MODE2"];

/**
 * The guests' builds by name. Debian's cloud kernels have the same options from 6.12 to 7.3; those of
 * 6.19, 7.0 and 7.1 come without a config, and their BTF says so.
 */
const guestBuilds: Readonly<Record<string, readonly ConfigOption[]>> = {
  "guest:6.12": cloud,
  "guest:6.18": cloud,
  "guest:6.19": cloud,
  "guest:7.0": cloud,
  "guest:7.1": cloud,
  "guest:7.2": cloud,
  "guest:7.3": cloud,
  "guest:uml": [
    "BPF_JIT",
    "BPF_LIRC_MODE2",
    "BPF_LSM",
    "DEBUG_INFO_BTF",
    "PERF_EVENTS",
    "XDP_SOCKETS",
  ],
};

/**
 * Describes a kernel.
 *
 * @param kconfig - the text of `/proc/config.gz`, where the kernel has one.
 */
export function configurationOf(
  { backend, release }: Pick<KernelConfiguration, "backend" | "release">,
  kconfig?: string,
): KernelConfiguration {
  const without = kconfig === undefined ? guestBuilds[backend] : missingIn(kconfig);
  return without === undefined ? { backend, release } : { backend, release, without };
}

function missingIn(kconfig: string): readonly ConfigOption[] {
  const set = new Set(kconfig.match(/^CONFIG_\w+(?==[ym]$)/gm));
  return configOptions.filter((option) => !set.has(`CONFIG_${option}`));
}

/**
 * Whether a known difference is about a kernel. `maybe` if that depends on something that nobody
 * knows of this kernel.
 */
export function appliesTo(applies: Applies, kernel: KernelConfiguration): "yes" | "maybe" | "no" {
  const { backend, from, before, without, property } = applies;
  const [kind = ""] = kernel.backend.split(":");
  // Models differ from each other for other reasons.
  if (!["native", "guest"].includes(kind)) return "no";
  if (backend !== undefined && backend !== kind) return "no";
  if (from !== undefined && isOlder(kernel.release, from)) return "no";
  if (before !== undefined && !isOlder(kernel.release, before)) return "no";
  if (without !== undefined && kernel.without?.includes(without) === false) return "no";
  const unknown = without !== undefined && kernel.without === undefined;
  return unknown || property !== undefined ? "maybe" : "yes";
}

function isOlder(release: string, other: string): boolean {
  const [a, b] = [release, other].map((text) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  const at = [0, 1, 2].find((i) => (a?.[i] ?? 0) !== (b?.[i] ?? 0));
  return at !== undefined && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}
