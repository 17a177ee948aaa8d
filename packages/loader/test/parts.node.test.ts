// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseObject } from "@bpf-token/object";
import { bpf } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { Collection, type LoadOptions, type PlannedCall, plan, withToken } from "../src/index.ts";
import { fixture } from "./compile.ts";
import { refusal } from "./container.ts";
import { backends, useKernels } from "./kernels.ts";

const open = useKernels();
const kconfig = 'CONFIG_HZ=250\nCONFIG_BPF=y\nCONFIG_DEFAULT_HOSTNAME="some name"\n';
const options: LoadOptions = { env: {}, kconfig };
const any = { cmds: "any", maps: "any", progs: "any", attachs: "any" } as const;

test("reads the config of the running kernel, if there is one", async (context) => {
  const kernel = open(context, "native");
  if (!existsSync("/proc/config.gz")) context.skip("this kernel does not show its configuration");
  const file = fixture(context, "parts");
  const { externs, maps } = parseObject(file);
  const size = maps.find(({ name }) => name.endsWith(".kconfig"))?.valueSize ?? 0;
  const hz = externs.find(({ name }) => name === "CONFIG_HZ");
  const said = /^CONFIG_HZ=(\d+)$/m.exec(gunzipSync(readFileSync("/proc/config.gz")).toString());
  await withToken({ kernel, ...any }, (task) => {
    const loaded = Collection.load(task, file, { env: {} });
    const { fd } = loaded.map(".kconfig").fd;
    const value = new Uint8Array(size);
    bpf(task, "MAP_LOOKUP_ELEM", { map_fd: fd, key: new Uint8Array(4), value });
    const at = hz?.kind === "kconfig" ? hz.offset : -1;
    expect(new DataView(value.buffer).getUint32(at, true)).toBe(Number(said?.[1]));
    loaded.close();
  });
});

describe.each(backends)("on %s", (backend) => {
  test("puts maps and programs into maps, and opens pinned maps", async (context) => {
    const kernel = open(context, backend);
    const object = fixture(context, "parts");
    await withToken({ kernel, ...any }, (task) => {
      const first = Collection.load(task, object, options);
      const ids = (name: string) => first.map(name).info().id;
      const outer = first.map("outer");
      expect([outer.get(0), outer.get(1), outer.get(3)]).toEqual([
        undefined,
        ...[ids("first"), ids("second")],
      ]);
      expect(first.map("programs").get(1)).toBe(first.program("called").info().id);
      first.map("kept").set(1, 100);
      const second = Collection.load(task, object, options);
      expect(second.map("kept").get(1)).toBe(100);
      expect(second.map("kept").info().id).toBe(ids("kept"));
      first.close();
      second.close();
    });
  });

  test("refuses a pinned map that differs, and leaves no fd open", async (context) => {
    const kernel = open(context, backend);
    const spec = parseObject(fixture(context, "parts"));
    const other = {
      ...spec,
      maps: spec.maps.map((map) => (map.name === "kept" ? { ...map, valueSize: 8 } : map)),
    };
    await withToken({ kernel, ...any }, (task) => {
      Collection.load(task, spec, options).close();
      const before = kernel.openFds(task).length;
      const error = refusal(task, other, options);
      expect(error.message).toBe(
        "pin kept: /sys/fs/bpf/kept is already pinned, but differs from the object's map: value size is 4 instead of 8; unpin it, or set another pinRoot",
      );
      expect(kernel.openFds(task)).toHaveLength(before);
    });
  });

  test("an error names the path where pinning failed", (context) => {
    const kernel = open(context, backend);
    const error = refusal(kernel.init, fixture(context, "parts"), {
      ...options,
      pinRoot: "/tmp/nowhere",
    });
    expect(error.phase).toBe("pin");
    expect(error.message).toContain("/tmp/nowhere/kept: bpf(BPF_OBJ_PIN): ENOENT");
    expect(error.message).toContain("check that a BPF filesystem is mounted at /tmp/nowhere");
  });

  test("uses maps that the caller passes, and does not close them", async (context) => {
    const kernel = open(context, backend);
    const spec = parseObject(fixture(context, "parts"));
    await withToken({ kernel, ...any }, (task) => {
      const first = Collection.load(task, spec, options);
      const kept = first.map("first");
      kept.set(0, 77);
      const second = Collection.load(task, spec, { ...options, maps: { first: kept.fd } });
      expect(second.map("first").get(0)).toBe(77);
      second.close();
      expect(kept.get(0)).toBe(77);
      first.close();
    });
  });
});

/** Returns what a load would put into the map `.kconfig`. */
function optionsOf(object: Uint8Array, release: string): DataView {
  const { calls } = plan(object, { release, kconfig });
  const isUpdate = ({ cmd, subject }: PlannedCall): boolean =>
    cmd === "MAP_UPDATE_ELEM" && subject === ".kconfig";
  const bytes = calls.find(isUpdate)?.attr.value as Uint8Array;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

test("sets kernel config options, and weak missing ones to 0", (context) => {
  const file = fixture(context, "parts");
  const object = parseObject(file);
  const view = optionsOf(file, "6.12.118-1-amd64");
  const at = new Map(
    object.externs.flatMap((one) => (one.kind === "kconfig" ? [[one.name, one.offset]] : [])),
  );
  const place = (name: string): number => at.get(name) ?? -1;
  expect(view.getUint32(place("LINUX_KERNEL_VERSION"), true)).toBe((6 << 16) | (12 << 8) | 118);
  expect(view.getUint32(place("CONFIG_HZ"), true)).toBe(250);
  expect(view.getUint8(place("CONFIG_BPF"))).toBe(1);
  expect(view.getUint32(place("CONFIG_NO_SUCH_OPTION"), true)).toBe(0);
  const name = new Uint8Array(view.buffer, view.byteOffset + place("CONFIG_DEFAULT_HOSTNAME"), 8);
  expect(new TextDecoder().decode(name)).toBe("some na\0");
});

test("an error names a config option that is missing or does not fit", (context) => {
  const object = fixture(context, "parts");
  const why = (text?: string) =>
    plan(object, text === undefined ? {} : { kconfig: text }).failure?.message;
  expect(why("")).toBe("extern CONFIG_HZ: the kernel config does not have this option");
  expect(why()).toContain("pass it as the option kconfig");
  expect(why("CONFIG_HZ=y\n")).toBe("extern CONFIG_HZ: its value y does not fit the type int");
  expect(why("CONFIG_HZ=1\nCONFIG_BPF=m\n")).toContain("extern CONFIG_BPF: its value m");
  expect(why("CONFIG_HZ=0x1ffffffff\n")).toContain("extern CONFIG_HZ: its value 8589934591");
});
