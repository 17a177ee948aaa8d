// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let file = "";
beforeAll(() => {
  file = join(mkdtempSync(join(tmpdir(), "bpf-token-compat-")), "delegation");
});
afterAll(() => rmSync(join(file, ".."), { recursive: true }));

describe("support --compat", () => {
  test("prints what a program type needs, and since when", async () => {
    const { code, out } = await cli(["support", "--compat", "--type", "BPF_PROG_TYPE_XDP"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^program type xdp with a token\n {2}Linux +since 6\.9\n/);
    expect(out).toContain("prog.load.net_admin");
    expect(out).toContain("named BPFProgTypeXdp");
    expect(out).not.toContain("attach type");
  });

  test("prints a change of Linux and of libbpf", async () => {
    const { out } = await cli(["support", "--compat", "--type", "btf_get_fd_by_id"]);
    expect(out).toMatch(/Linux +since 6\.15/);
    expect(out).toMatch(/libbpf +since 1\.6/);
  });

  test("a command without a token is a no", async () => {
    const { out } = await cli(["support", "--compat", "--type", "map_get_fd_by_id"]);
    expect(out).toMatch(/Linux +no; takes no token; needs CAP_SYS_ADMIN in the initial user/);
  });

  test("without --type prints all that a token covers", async () => {
    const { out } = await cli(["support", "--compat"]);
    expect(out).toMatch(/^ {2}rhash +since 7\.2$/m);
    expect(out).not.toContain("obj_pin");
  });

  test("an unknown name is one line, with the nearest one", async () => {
    const { code, err } = await cli(["support", "--compat", "--type", "rhahs"]);
    expect(code).toBe(2);
    expect(err).toContain("type 'rhahs'; did you mean 'rhash'?");
  });
});

describe("support --changes --delegation", () => {
  const changes = async (text: string, range = "6.18:7.3") => {
    writeFileSync(file, text);
    return cli(["support", "--changes", range, "--delegation", file]);
  };

  test("a mask of all bits is no longer any, and any gains types", async () => {
    const { code, out } = await changes("cmds=map_create,maps=0x3ffffffff");
    expect(code).toBe(0);
    expect(out).toContain("delegate_maps does not delegate the new insn_array, rhash");
    expect(out).toContain("delegate_maps is any in 6.18, and only a list of names in 7.3");
    expect(out).not.toMatch(/^ {2}PL-/m);
    const any = await changes("cmds=map_create,maps=any", "7.3:6.18");
    expect(any.out).toContain("delegate_maps also delegates insn_array, rhash");
    expect(any.out).toContain("map RHASH: never: EINVAL in 6.18; CAP_BPF, or CAP_SYS_ADMIN in 7.3");
  });

  test("BTF by id is answered otherwise since 6.15", async () => {
    const { out } = await changes("cmds=btf_get_fd_by_id", "6.12:6.15");
    expect(out).toContain("btf BTF_GET_FD_BY_ID: never: EINVAL in 6.12; CAP_SYS_ADMIN in 6.15");
    const none = await changes("cmds=map_create", "6.12:6.15");
    expect(none.out).toMatch(/answers otherwise\n {2}nothing\n/);
  });

  test("names the delegated attach types of a program", async () => {
    const { out } = await changes("cmds=prog_load,progs=xdp,attachs=xdp:xdp_devmap", "v10-03:v10");
    expect(out).toMatch(
      /^ {2}prog XDP with xdp_devmap, xdp: takes no token in v10-03; CAP_BPF \+\n {4}CAP_NET_ADMIN, or/m,
    );
    expect(out).not.toContain("prog KPROBE");
  });

  test("needs --changes, and a delegation", async () => {
    const alone = await cli(["support", "--delegation", file]);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("--delegation needs")]);
    const wrong = await changes("cmds=map_craete");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("map_craete")]);
  });
});
