// SPDX-License-Identifier: MIT
// The headers that the kernel's own build would generate.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Converts jiffies; the values are those of kernel/time/timeconst.bc for HZ=100. */
const timeconst = {
  ...{
    HZ_TO_MSEC_MUL32: "U64_C(0xA0000000)",
    HZ_TO_MSEC_ADJ32: "U64_C(0x0)",
    HZ_TO_MSEC_SHR32: 28,
  },
  ...{ MSEC_TO_HZ_MUL32: "U64_C(0xCCCCCCCD)", MSEC_TO_HZ_ADJ32: "U64_C(0x733333333)" },
  ...{ MSEC_TO_HZ_SHR32: 35, HZ_TO_MSEC_NUM: 10, HZ_TO_MSEC_DEN: 1, MSEC_TO_HZ_NUM: 1 },
  ...{ MSEC_TO_HZ_DEN: 10, HZ_TO_USEC_NUM: 10000, HZ_TO_USEC_DEN: 1, USEC_TO_HZ_NUM: 1 },
  ...{ USEC_TO_HZ_DEN: 10000, HZ_TO_NSEC_NUM: 10000000, HZ_TO_NSEC_DEN: 1, NSEC_TO_HZ_NUM: 1 },
  NSEC_TO_HZ_DEN: 10000000,
};

function defines(values) {
  return Object.entries(values)
    .map(([name, value]) => `#define ${name} ${value}\n`)
    .join("");
}

/** The options of the module: those of the machine, and the named ones of the distribution. */
export function optionsOf(recipe, config) {
  const named = recipe.distribution.flatMap((name) => {
    const value = config.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const all = new Map([...named, ...recipe.machine]);
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of include/generated/autoconf.h, as Kconfig writes it. */
export function autoconf(options) {
  const lines = [...options].map(([name, value]) => {
    if (value === "y") return `#define ${name} 1\n`;
    return value === "m" ? `#define ${name}_MODULE 1\n` : `#define ${name} ${value}\n`;
  });
  return lines.join("");
}

function versionHeader([version, level, sub]) {
  return `${defines({
    LINUX_VERSION_CODE: version * 65536 + level * 256 + Math.min(sub, 255),
    LINUX_VERSION_MAJOR: version,
    LINUX_VERSION_PATCHLEVEL: level,
    LINUX_VERSION_SUBLEVEL: sub,
  })}#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n`;
}

/** Writes the headers to the folder `gen`. `options` is the result of {@link optionsOf}. */
export function generateHeaders(folder, recipe, options, version) {
  const write = (path, text) => {
    const file = join(folder, "gen", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (const name of recipe.asmGeneric) write(`asm/${name}`, `#include <asm-generic/${name}>\n`);
  write("generated/autoconf.h", autoconf(options));
  write("generated/timeconst.h", defines(timeconst));
  write("generated/asm-offsets.h", "");
  write("generated/rq-offsets.h", "#define RQ_nr_pinned 0\n");
  write("generated/utsrelease.h", `#define UTS_RELEASE "${version.join(".")}"\n`);
  write("generated/uapi/linux/version.h", versionHeader(version));
}

/** Writes generated/bounds.h from the compiled kernel/bounds.c. */
export async function generateBounds(run, folder, programs, flags) {
  await run(
    programs.clang,
    [...flags, "-S", "linux/kernel/bounds.c", "-o", "gen/bounds.s"],
    "bounds.c",
  );
  const marks = readFileSync(join(folder, "gen/bounds.s"), "utf8").matchAll(
    /\.ascii\s*"->(\w+) [$#]*(\S+) [^"]*"/g,
  );
  const values = Object.fromEntries([...marks].map(([, name, value]) => [name, value]));
  const text = defines({ NR_CPUS_BITS: 0, ...values });
  writeFileSync(join(folder, "gen/generated/bounds.h"), text);
}
