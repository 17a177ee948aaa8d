// SPDX-License-Identifier: GPL-2.0-only
import {
  bpf,
  capabilityMask,
  createMap,
  createSuperblock,
  createToken,
  delegateBpffs,
  fdinfo,
  fsmount,
  fsopen,
  loadBtf,
  loadProgram,
  type OwnedFd,
  openRoot,
  raw,
  setOption,
  type Task,
  tokenInfo,
  traced,
  unshare,
  writeFile,
  writeIdMaps,
} from "@bpf-token/syscall";
import { afterEach, describe, expect, test } from "vitest";
import { createKernel, type WasmKernel } from "../src/index.ts";

const open: WasmKernel[] = [];
function boot(): WasmKernel {
  const kernel = createKernel({ release: "6.18" });
  open.push(kernel);
  return kernel;
}
afterEach(() => {
  for (const kernel of open.splice(0)) kernel.close();
});

const array = { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 } as const;
const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

function container(kernel: WasmKernel): { readonly app: Task; readonly bpffs: OwnedFd<"dir"> } {
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  return { app, bpffs: delegateBpffs(app, kernel.init, { cmds: "any", maps: "any" }) };
}

/** Callers without TypeScript, or with values of JSON, pass anything. */
const any = (value: unknown): never => value as never;

function expectTypeError(act: () => unknown, message: string | RegExp): void {
  expect(act).toThrow(TypeError);
  expect(act).toThrow(message);
}

describe("file descriptors of another kernel", () => {
  test("are refused by every wrapper, before a call", () => {
    const one = container(boot());
    const other = boot().init.fork();
    const token = createToken(one.app, one.bpffs);
    const context = fsopen(one.app);
    const calls: Record<string, () => unknown> = {
      "createToken: bpffs": () => createToken(other, one.bpffs),
      "createMap: token": () => createMap(other, { ...array, token }),
      "loadProgram: token": () => loadProgram(other, { type: "XDP", insns, token }),
      "loadBtf: token": () => loadBtf(other, new Uint8Array(24), { token }),
      "tokenInfo: token": () => tokenInfo(other, token),
      "fdinfo: fd": () => fdinfo(other, token),
      "setOption: context": () => setOption(other, context, "mode", "0700"),
      "createSuperblock: context": () => createSuperblock(other, context),
      "fsmount: context": () => fsmount(other, context),
      "openRoot: mount": () => openRoot(other, one.bpffs),
    };
    for (const [name, act] of Object.entries(calls)) {
      expectTypeError(act, `${name} belongs to another kernel than the task`);
    }
    expectTypeError(() => token.sendTo(other), "argument 'to' belongs to another kernel");
    expectTypeError(() => delegateBpffs(one.app, other, {}), "'to' belongs to another kernel");
    expect(open[1]?.openFds(other).map(({ kind }) => kind)).toEqual(["null", "null", "null"]);
  });

  test("of the same kernel are accepted from another task, and through traced()", () => {
    const kernel = boot();
    const { app, bpffs } = container(kernel);
    const token = createToken(app, bpffs);
    const child = app.fork();
    createMap(child, { ...array, token }).close();
    const observed = traced(kernel, () => {});
    expect(() => createMap(observed.init, { ...array, token })).not.toThrow(TypeError);
  });
});

describe("values of a wrong type or name are TypeErrors that name the field", () => {
  const task = (): Task => boot().init.fork();

  test.each([
    [
      { ...array, token: {} },
      "createMap: token must be a file descriptor (a number or an OwnedFd)",
    ],
    [{ ...array, token: null }, "createMap: token must be a file descriptor"],
    [{ ...array, token: "3" }, "createMap: token must be a file descriptor"],
    [{ ...array, token: 1.5 }, "createMap: token must be a file descriptor"],
    [{ ...array, type: "NOPE" }, "createMap: type: unknown name 'NOPE'"],
    [{ ...array, type: "ARAY" }, "createMap: type: unknown name 'ARAY'; did you mean 'ARRAY'?"],
    [{ ...array, type: "toString" }, "createMap: type: unknown name 'toString'"],
    [{ ...array, type: 2 }, "createMap: type must be a name, not 2"],
    [{ ...array, keysize: 4 }, "createMap: unknown option 'keysize'; did you mean 'keySize'?"],
    [{ type: "ARRAY", valueSize: 8, maxEntries: 1 }, "createMap: keySize must be an integer"],
    [{ ...array, valueSize: "8" }, "createMap: valueSize must be an integer, not '8'"],
    [{ ...array, name: "a\0b" }, "createMap: name contains a NUL character"],
    [{ ...array, name: 5 }, "createMap: name must be text, not 5"],
    ["ARRAY", "createMap: the options must be an object, not 'ARRAY'"],
    [null, "createMap: the options must be an object, not null"],
  ])("createMap %#", (options, message) => {
    expectTypeError(() => createMap(task(), any(options)), message);
  });

  test.each([
    [{ type: "NOPE", insns }, "loadProgram: type: unknown name 'NOPE'"],
    [{ type: "XDP", insns: [1] }, "loadProgram: insns must be bytes (Uint8Array), not a list"],
    [{ type: "XDP" }, "loadProgram: insns must be bytes (Uint8Array), not undefined"],
    [{ type: "XDP", insns, attach: "NOPE" }, "loadProgram: attach: unknown name 'NOPE'"],
    [{ type: "XDP", insns, license: "GPL\0" }, "loadProgram: license contains a NUL character"],
    [{ type: "XDP", insns, licence: "GPL" }, "unknown option 'licence'; did you mean 'license'?"],
    [{ type: "XDP", insns, token: {} }, "loadProgram: token must be a file descriptor"],
  ])("loadProgram %#", (options, message) => {
    expectTypeError(() => loadProgram(task(), any(options)), message);
  });

  test("the other wrappers", () => {
    const it = task();
    const calls: readonly (readonly [() => unknown, string])[] = [
      [() => createToken(it, any({})), "createToken: bpffs must be a file descriptor"],
      [() => loadBtf(it, any("x")), "loadBtf: data must be bytes (Uint8Array), not 'x'"],
      [() => loadBtf(it, new Uint8Array(1), any({ tokn: 1 })), "unknown option 'tokn'"],
      [() => tokenInfo(it, any(undefined)), "tokenInfo: token must be a file descriptor"],
      [() => bpf(it, any("NOPE"), any({})), "bpf: cmd: unknown name 'NOPE'"],
      [() => bpf(it, any("MAP_CRATE"), any({})), "did you mean 'MAP_CREATE'?"],
      [() => unshare(it, any("usr")), "unshare: kind: unknown name 'usr'"],
      [() => capabilityMask([any("BFP")]), "capability: unknown name 'BFP'"],
      [() => writeIdMaps(it, any({ uids: [] })), "writeIdMaps: unknown option 'uids'"],
      [() => fsopen(it, "bpf\0x"), "contains a NUL character"],
      [() => writeFile(it, "/proc/self/set\0groups", "deny"), "contains a NUL character"],
      [() => raw.openat(it, -100, "a\0b", 0, 0), "contains a NUL character"],
      [() => it.openNamespace(any("pid")), "unknown namespace kind 'pid'"],
    ];
    for (const [act, message] of calls) expectTypeError(act, message);
  });

  test("createKernel", () => {
    expectTypeError(() => createKernel(any("x")), "createKernel: the options must be an object");
    expectTypeError(() => createKernel(any(null)), "the options must be an object, not null");
    expectTypeError(
      () => createKernel(any({ relase: "6.12" })),
      "createKernel: unknown option 'relase'; did you mean 'release'?",
    );
    expectTypeError(() => createKernel(any({ module: {} })), "module must be a WebAssembly.Module");
  });
});
