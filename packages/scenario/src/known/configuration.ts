// SPDX-License-Identifier: MIT

/**
 * Kernel configuration options that change the answers of a kernel.
 *
 * @example
 * ```ts
 * const all = configOptions.map((option) => `CONFIG_${option}=y`);
 * ```
 */
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
  /** The backend of the kernel: `native`, `guest:6.12`. */
  readonly backend: string;
  /** The release, as `uname -r` prints it. */
  readonly release: string;
  /** The options that the build lacks; undefined if unknown. */
  readonly without?: readonly ConfigOption[];
}

/** The kernels to which a known difference applies. All conditions must hold. */
export interface Applies {
  /** `native`, `guest` for every guest, or `bpf` for Linux's BPF subsystem; default any of them. */
  readonly backend?: "native" | "guest" | "bpf";
  /** The first stable release that differs. */
  readonly from?: string;
  /** The first later release that does not differ. */
  readonly before?: string;
  /** An option that the build lacks. */
  readonly without?: ConfigOption;
  /** A property of the machine or the build that the kernel does not show. */
  readonly property?: string;
}

const cloud: readonly ConfigOption[] = ["BPF_LIRC_MODE2"];

const uml: readonly ConfigOption[] = [
  "BPF_JIT",
  "BPF_LIRC_MODE2",
  "BPF_LSM",
  "DEBUG_INFO_BTF",
  "PERF_EVENTS",
  "XDP_SOCKETS",
];

/**
 * The missing options of Debian's packages: of the guests, and of the configuration of `bpf`. All
 * cloud kernels lack the same. Those of 6.19, 7.0 and 7.1 have no config file; their BTF shows it.
 */
function buildOf(backend: string): readonly ConfigOption[] | undefined {
  if (backend === "guest:uml") return uml;
  return /^(?:guest|bpf):/.test(backend) ? cloud : undefined;
}

/**
 * Describes the configuration of a kernel.
 *
 * @param kconfig - the text of `/proc/config.gz`, if the kernel has that file.
 * @example
 * ```ts
 * configurationOf({ backend: "guest:6.12", release: "6.12.118" }).without; // ["BPF_LIRC_MODE2"]
 * ```
 */
export function configurationOf(
  { backend, release }: Pick<KernelConfiguration, "backend" | "release">,
  kconfig?: string,
): KernelConfiguration {
  const without = kconfig === undefined ? buildOf(backend) : missingIn(kconfig);
  return without === undefined ? { backend, release } : { backend, release, without };
}

function missingIn(kconfig: string): readonly ConfigOption[] {
  const set = new Set(kconfig.match(/^CONFIG_\w+(?==[ym]$)/gm));
  return configOptions.filter((option) => !set.has(`CONFIG_${option}`));
}

/**
 * Returns whether a known difference applies to a kernel. `maybe`: it depends on a property of the kernel
 * that is unknown.
 *
 * @example
 * ```ts
 * appliesTo({ from: "6.18" }, { backend: "native", release: "6.12.4" }); // "no"
 * ```
 */
export function appliesTo(applies: Applies, kernel: KernelConfiguration): "yes" | "maybe" | "no" {
  const { backend, from, before, without, property } = applies;
  const [kind = ""] = kernel.backend.split(":");
  // Known differences are about real kernels only.
  if (!["native", "guest", "bpf"].includes(kind)) return "no";
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
