// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { bpffsIn, bpffsPlacesIn } from "../src/index.ts";

describe("mountinfo", () => {
  test("a BPF filesystem has its device, root and masks", () => {
    const line =
      "67 47 0:40 / /sys/fs/bpf rw,nosuid - bpf none rw,delegate_cmds=map_create:prog_load,delegate_maps=0x2";
    expect(bpffsIn(`22 1 8:1 / / rw - ext4 /dev/vda rw\n${line}\n`)).toEqual([
      {
        path: "/sys/fs/bpf",
        device: "0:40",
        root: "/",
        delegates: { delegate_cmds: "map_create:prog_load", delegate_maps: "0x2" },
      },
    ]);
  });

  test("the last mount at a path hides the others, also one of another type", () => {
    const host = "1 0 0:39 / /sys/fs/bpf rw - bpf bpf rw";
    const own = "2 1 0:40 / /sys/fs/bpf rw - bpf none rw,delegate_cmds=any";
    const hidden = "3 2 0:41 / /sys/fs/bpf rw - tmpfs none rw";
    expect(bpffsIn(`${host}\n${own}`).map(({ device }) => device)).toEqual(["0:40"]);
    expect(bpffsIn(`${host}\n${own}\n${hidden}`)).toEqual([]);
  });

  test("octal characters in paths are decoded", () => {
    expect(bpffsIn("1 0 0:40 / /a\\040b rw - bpf none rw")[0]?.path).toBe("/a b");
    const line = "1 0 0:40 /r\\134x\\011 /a\\04\\0401\\089 rw - bpf none rw";
    expect(bpffsIn(line)).toMatchObject([{ root: "/r\\x\t", path: "/a\\04 1\\089" }]);
  });

  test("the source of a mount, which anybody chooses, is no option", () => {
    const line = "1 0 0:40 / /bpf rw - bpf x,delegate_progs=any rw,delegate_maps=hash";
    expect(bpffsIn(line)[0]?.delegates).toEqual({ delegate_maps: "hash" });
    expect(bpffsIn("1 0 0:40 / /bpf rw - bpf x,delegate_progs=any")[0]?.delegates).toEqual({});
  });

  test.each(["-", "", "a\\040-\\040b"])("the source may be %j", (source) => {
    const line = `1 0 0:40 / /bpf rw - bpf ${source} rw,delegate_maps=hash`;
    expect(bpffsIn(line)[0]?.delegates).toEqual({ delegate_maps: "hash" });
  });

  test("every mount has its id, also one that another mount hides", () => {
    const lines =
      "1 0 0:39 / /b rw - bpf a rw\n2 1 0:40 / /b rw - tmpfs t rw\n3 0 0:39 / /c rw - bpf a rw";
    const seen = bpffsPlacesIn(lines).map(({ id, path, hidden }) => [id, path, hidden]);
    expect(seen).toEqual([
      [1, "/b", true],
      [3, "/c", false],
    ]);
  });

  test("a mask is a whole word of the options of the filesystem", () => {
    const line =
      "1 0 0:40 / /b rw,delegate_maps=any - bpf none rw,xdelegate_maps=any,delegate_cmds=,delegate_progs=xdp delegate_attachs=xdp";
    expect(bpffsIn(line)[0]?.delegates).toEqual({ delegate_progs: "xdp", delegate_attachs: "xdp" });
  });

  test("a line that is cut hides nothing, and a mount without a type hides", () => {
    const mount = "1 0 0:40 / /b rw - bpf none rw";
    expect(bpffsIn(`${mount}\n2 0 0:41`)).toHaveLength(1);
    expect(bpffsIn(`${mount}\n2 0 0:41 / /b rw`)).toEqual([]);
    expect(bpffsIn(`${mount}\n2 0 0:41 / /b rw - bpf`)).toEqual([]);
    expect(bpffsIn("1 0 0:40 / /b rw - ebpf none rw")).toEqual([]);
  });

  test.each(["", "\n\n", "1 2", " - bpf", "1 0 0:40", "1 0 0:40 /", "\0\u001b[31m - bpf none rw"])(
    "malformed text gives no filesystem: %j",
    (text) => expect(bpffsIn(text)).toEqual([]),
  );
});
