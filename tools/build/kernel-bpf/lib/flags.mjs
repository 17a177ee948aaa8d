// SPDX-License-Identifier: MIT
// The flags of the compiler, as the kernel's build has them where they change the code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const include = [
  "glue/include",
  "gen",
  "linux/include",
  "linux/include/uapi",
  "gen/generated/uapi",
];
const first = [
  "linux/include/linux/compiler-version.h",
  "linux/include/linux/kconfig.h",
  "linux/include/linux/compiler_types.h",
  "glue/include/initcall.h",
];
const features = ["-mbulk-memory", "-msign-ext", "-mnontrapping-fptoint"];

/** long has 64 bits, as on x86-64; the module is lowered to 32-bit addresses after the link. */
export const target = ["--target=wasm64", "-O2", ...features];

/** Only the work folder and clang's own headers are visible to an #include. */
export function onlyFolder(folder, resources) {
  const roots = [folder, join(resources, "include")].map((path) => {
    return { type: "directory-remap", name: path, "external-contents": path };
  });
  const overlay = { version: 0, "use-external-names": false, fallthrough: false, roots };
  writeFileSync(join(folder, "files.json"), JSON.stringify(overlay));
  return "-ivfsoverlayfiles.json";
}

/** The flags for every source of the kernel and for our C. */
export function kernelFlags(overlay) {
  return [
    ...target,
    overlay,
    ...["-std=gnu11", "-nostdinc", "-ffreestanding", "-fms-extensions", "-fno-strict-aliasing"],
    ...["-fno-strict-overflow", "-fshort-wchar", "-funsigned-char", "-fno-crash-diagnostics"],
    ...["-Wno-everything", "-Werror=implicit-function-declaration", "-Werror=int-conversion"],
    ...["-ffile-prefix-map=linux/=", "-D__KERNEL__", "-D__DISABLE_EXPORTS"],
    "-D__builtin_return_address(x)=((void*)0)",
    ...include.map((path) => `-I${path}`),
    ...first.flatMap((path) => ["-include", path]),
  ];
}

/** What linker scripts define in vmlinux: pointers that the host sets at boot. */
const sections = [
  "-D__start_BTF=*wasm_start_btf",
  "-D__stop_BTF=*wasm_stop_btf",
  "-D__start__bpf_raw_tp=*wasm_start_rtp",
  "-D__stop__bpf_raw_tp=*wasm_stop_rtp",
];

/**
 * What a verification spends its time in, and a source whose assertions -Oz does not remove. All else
 * is small rather than fast.
 */
const fast =
  /^(fs\/proc\/array\.c|lib\/(bsearch|find_bit|sort|string|vsprintf)\.c|glue\/(?!attach|compiled)|kernel\/bpf\/(backtrack|btf|cfg|cnum|core|liveness|log|states|tnum|verifier)\.c)/;

/** The name of a source in symbols: `kernel_bpf_token`. */
export function tagOf(path) {
  return path.replace(/\.c$/, "").replaceAll("/", "_");
}

/** The additional flags of one source of the kernel. */
export function sourceFlags(path) {
  const tag = tagOf(path);
  const names = ["KBUILD_MODNAME", "KBUILD_BASENAME", "KBUILD_MODFILE", "BTF_TAG"];
  return [
    ...sections,
    ...names.map((name) => `-D${name}="${tag}"`),
    `-Ilinux/${path.replace(/\/[^/]*$/, "")}`,
    // The verifier inlines per-CPU access on x86-64 only.
    ...(path === "kernel/bpf/verifier.c" ? ["-DCONFIG_X86_64=1"] : []),
    ...(path === "kernel/bpf/cpumap.c" ? ["-include", "glue/include/many-cpus.h"] : []),
    // Our function of the same name registers none of this file's tables; see fs.c.
    ...(path === "kernel/sysctl.c" ? ["-Dsysctl_init_bases=unused_sysctl_init_bases"] : []),
    ...["-ffunction-sections", "-fdata-sections"],
    ...(fast.test(path) ? [] : ["-Oz"]),
  ];
}

/** The additional flags of one file of core-c/kernel-bpf. */
export function glueFlags(name) {
  return sourceFlags(`glue/${name}`).filter((flag) => !/_(BTF|raw_tp)=|^-Ilinux/.test(flag));
}
