// SPDX-License-Identifier: MIT
import type { KconfigSpec, MapSpec } from "@bpf-token/object";
import { kernelBtf, read, type Steps } from "../calls/steps.js";
import { LoadError } from "./errors.js";
import type { Session } from "./session.js";

/** Values of `enum libbpf_tristate`. */
const tristate: Readonly<Record<string, bigint>> = { n: 0n, y: 1n, m: 2n };

/** Returns the values of all kernel config options that the object uses. */
export function* kconfigContents(session: Session, map: MapSpec): Steps<Uint8Array> {
  const contents = new Uint8Array(map.valueSize);
  const wanted = session.object.externs.filter((extern) => extern.kind === "kconfig");
  const inFile = wanted.some(({ name }) => name.startsWith("CONFIG_"));
  const config = inFile ? yield* configuration(session) : new Map<string, string>();
  for (const extern of wanted) {
    const virtual = yield* virtualOption(session, extern);
    const text = config?.get(extern.name);
    if (virtual !== undefined) putNumber(contents, extern, virtual);
    else if (text !== undefined) putOption(contents, extern, text);
    else if (!extern.weak) throw missing(extern, config !== undefined);
  }
  return contents;
}

function missing(extern: KconfigSpec, known: boolean): LoadError {
  const reason = known
    ? "the kernel config does not have this option"
    : "the kernel config was not found; pass it as the option kconfig";
  return new LoadError({ phase: "extern", subject: extern.name }, reason);
}

/** Returns values that libbpf treats as config options although no config contains them. */
function* virtualOption(session: Session, { name }: KconfigSpec): Steps<bigint | undefined> {
  if (name === "LINUX_KERNEL_VERSION") return BigInt(versionCode(session.options.kernelRelease));
  if (name !== "LINUX_HAS_BPF_COOKIE" && name !== "LINUX_HAS_SYSCALL_WRAPPER") return undefined;
  const btf = yield* kernelBtf();
  if (name === "LINUX_HAS_SYSCALL_WRAPPER") {
    return (btf?.id("__x64_sys_bpf", "FUNC") ?? btf?.id("__arm64_sys_bpf", "FUNC")) ? 1n : 0n;
  }
  const helpers = btf?.id("bpf_func_id", "ENUM");
  const type = helpers === undefined ? undefined : btf?.find(helpers);
  const has = (value: { readonly name: string }): boolean =>
    value.name === "BPF_FUNC_get_attach_cookie";
  return type?.kind === "ENUM" && type.values.some(has) ? 1n : 0n;
}

/** `KERNEL_VERSION(a, b, c)`, whose last part has only eight bits. */
export function versionCode(release: string): number {
  const [major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (major << 16) | (minor << 8) | Math.min(patch, 255);
}

/** Returns names and values as written in the config; `undefined` if there is none. */
function* configuration(session: Session): Steps<ReadonlyMap<string, string> | undefined> {
  const { kconfig, kernelRelease } = session.options;
  if (kconfig !== undefined) return parseConfig(kconfig);
  const file = yield* read(`/boot/config-${kernelRelease}`);
  if (typeof file !== "number") return parseConfig(new TextDecoder().decode(file));
  const packed = yield* read("/proc/config.gz");
  if (typeof packed === "number") return undefined;
  const plain = gunzipped(packed);
  return plain && parseConfig(new TextDecoder().decode(plain));
}

/** The part of `node:zlib` that is used. */
interface Zlib {
  gunzipSync(packed: Uint8Array): Uint8Array;
}

/**
 * Unpacks `/proc/config.gz` with the zlib of Node, Deno or Bun. Returns `undefined` in other hosts,
 * where no real kernel is reachable; there the caller passes the option `kconfig`.
 */
function gunzipped(packed: Uint8Array): Uint8Array | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): Zlib | undefined };
  };
  return process?.getBuiltinModule?.("node:zlib")?.gunzipSync(packed);
}

function parseConfig(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^(CONFIG_\w+)=(.*)$/gm);
  return new Map(Array.from(lines, ([, name = "", value = ""]) => [name, value]));
}

function putOption(contents: Uint8Array, extern: KconfigSpec, text: string): void {
  const state = tristate[text];
  if (state !== undefined) {
    putState(contents, extern, text, state);
  } else if (text.startsWith('"')) {
    if (extern.value !== "char[]") throw typeMismatch(extern, text);
    const bytes = new TextEncoder().encode(text.slice(1, -1));
    contents.set(bytes.subarray(0, extern.size - 1), extern.offset);
  } else {
    if (extern.value !== "int" && extern.value !== "char") throw typeMismatch(extern, text);
    putNumber(contents, extern, BigInt(text));
  }
}

function putState(contents: Uint8Array, extern: KconfigSpec, text: string, state: bigint): void {
  if (extern.value === "char") contents[extern.offset] = text.charCodeAt(0);
  else if (extern.value === "tristate") putNumber(contents, extern, state);
  else if (extern.value === "bool" && text !== "m") putNumber(contents, extern, state);
  else throw typeMismatch(extern, text);
}

function typeMismatch(extern: KconfigSpec, text: string): LoadError {
  const place = { phase: "extern", subject: extern.name } as const;
  return new LoadError(place, `its value ${text} does not fit the type ${extern.value}`);
}

function putNumber(contents: Uint8Array, extern: KconfigSpec, value: bigint): void {
  const bits = extern.size * 8;
  const kept = extern.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (kept !== value) throw typeMismatch(extern, `${value}`);
  for (let i = 0; i < extern.size; i++) {
    contents[extern.offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}
