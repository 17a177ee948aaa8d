// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** A replacement for upstream token.c, which never creates tokens. */
const noTokens = readFileSync(
  new URL("../../../upstream/test/no-tokens.c", import.meta.url),
  "utf8",
);

let folder = "";
let mine = "";
const story = `name: no token is made here
steps:
  - fork: app
  - bpffs: { for: app, cmds: any }
    by: app
    as: fs
  - bpf: { cmd: TOKEN_CREATE, attr: { bpffs_fd: $fs } }
    by: app
    expect: ENOLINK
`;

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const upstream = (...words: string[]): Promise<Result> =>
  cli(["upstream", ...words], {}, { BPF_TOKEN_UPSTREAM: join(folder, "store") });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-upstream-cli-"));
  mine = file("mine.c", noTokens);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a token.c of the user", () => {
  test("is built, listed, shown, run and removed", { timeout: 600_000 }, async () => {
    expect((await upstream("list")).out).toContain("there are no modules");
    const built = await upstream("build", mine, "--as", "6.12", "--name", "mine");
    expect(built).toMatchObject({ code: 0, err: "" });
    expect(built.out).toMatch(/^upstream:mine, Linux 6\.12: \d+ bytes\n {2}kernel\/bpf\/token\.c/);
    const again = await upstream("build", mine, "--as", "6.12", "--name", "mine");
    expect(again.out).toContain("already built");
    expect((await upstream("list")).out).toMatch(/^mine +Linux 6\.12 +token\.c +\S+mine\.c\n$/);
    const shown = await upstream("show", "mine");
    expect(shown.out).toContain("unknown source text");
    expect(shown.out).toMatch(/calls \d+ functions of the stub kernel: .*capable/);
    const json = JSON.parse((await upstream("show", "mine", "--json")).out) as object;
    expect(json).toMatchObject({ name: "mine", current: true, origin: { release: "6.12" } });

    const run = (subject: string) =>
      cli(
        ["run", "--subject", subject, file("scenario.yaml", story)],
        {},
        {
          BPF_TOKEN_UPSTREAM: join(folder, "store"),
        },
      );
    const passed = await run("upstream:mine@6.12");
    expect(passed.out).toContain("1 passed, 0 failed on upstream source 'mine' as Linux 6.12");
    expect((await run("model@6.12")).code).toBe(1);
    const other = await run("upstream:mine@6.18");
    expect(other).toMatchObject({ code: 3 });
    expect(other.err).toContain("was compiled for 6.12, not for 6.18");

    expect((await upstream("remove", "mine")).code).toBe(0);
    const gone = await run("upstream:mine");
    expect(gone.code).toBe(3);
    expect(gone.err).toContain("build it with 'bpf-token upstream build SOURCE --name mine'");
  });

  test("source that does not compile is a finding, with file and line", {
    timeout: 600_000,
  }, async () => {
    const wrong = file("wrong.c", noTokens.replace("-ENOLINK;", "tomorrow();"));
    const { code, err } = await upstream("build", wrong, "--as", "6.12");
    expect(code).toBe(1);
    expect(err).toMatch(
      /kernel\/bpf\/token\.c:\d+:\d+: error: call to undeclared function 'tomorrow'/,
    );
    expect(err).toContain("the stub kernel has no tomorrow");
  });
});

describe("invalid input", () => {
  test("reports a missing SOURCE, other text, an unknown module and a missing compiler", async () => {
    expect(await upstream("build", join(folder, "nowhere"))).toMatchObject({ code: 2 });
    const poem = await upstream("build", file("poem.txt", "Roses are red\n"));
    expect(poem.err).toContain("is neither a patch nor the source of kernel/bpf/token.c");
    expect((await upstream("show", "nobody")).err).toContain("no upstream module 'nobody'");
    const none = await upstream("build", mine, "--as", "6.12", "--compiler", "no-such-clang");
    expect(none).toMatchObject({ code: 3 });
    expect(none.err).toContain("no-such-clang cannot be run");
  });

  test("reports usage errors", async () => {
    expect((await upstream()).err).toContain("the action is missing: build, list, show or remove");
    expect((await upstream("biuld", mine)).err).toContain("did you mean 'build'?");
    expect((await upstream("build")).err).toContain("needs exactly one SOURCE");
    expect((await upstream("build", mine)).err).toContain("give one with --as");
    expect((await upstream("build", mine, "--as", "6.8")).err).toContain("6.8 has no BPF tokens");
    const named = await upstream("build", mine, "--as", "6.12", "--name", "a/b");
    expect(named).toMatchObject({ code: 2 });
    expect(named.err).toContain("'a/b' is not a valid name");
  });
});
