// SPDX-License-Identifier: MIT
// `lint --objects`: a delegation is compared with what objects need.
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

interface Finding {
  readonly id: string;
  readonly text: string;
  readonly column: number;
}

async function lint(path: string, ...words: readonly string[]): Promise<readonly Finding[]> {
  const { out } = await cli(["lint", path, "--json", ...words]);
  const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
  return findings.filter(({ id }) => id.startsWith("lint.object_"));
}

test("the printed policy has no finding, and one bit less is named with its reason", async (context) => {
  const object = compiled(context, "count");
  const unit = join(dirname(object), "agent.service");
  const settings = (await cli(["policy", object, "--for", "systemd", "--no-prove"])).out;
  writeFileSync(unit, settings);
  const objects = ["--objects", join(dirname(object), "*.o")];
  const auditor = ["--persona", "auditor"];
  expect(await lint(unit, ...objects, ...auditor)).toEqual([]);
  writeFileSync(unit, settings.replace(/(BPFDelegatePrograms=.*)BPFProgTypeSocketFilter,?/, "$1"));
  const [first, ...more] = await lint(unit, ...objects);
  expect([first?.id, more]).toEqual(["lint.object_lacks", []]);
  expect(first?.text).toMatch(
    /^the program type socket_filter is missing: without it, .* \(needed for: libbpf /,
  );
  expect(await lint(unit)).toEqual([]);
  expect(await lint(unit, ...objects, "--loader", "bpf-token")).toEqual([]);
  writeFileSync(
    unit,
    settings.replace(
      "BPFDelegateMaps=",
      "BPFDelegateMaps=BPFMapTypeLru,".replace("Lru", "LruHash"),
    ),
  );
  expect(await lint(unit, ...objects)).toEqual([]);
  expect((await lint(unit, ...objects, ...auditor)).map(({ id, text }) => `${id} ${text}`)).toEqual(
    ["lint.object_needless the objects do not need maps lru_hash"],
  );
});

test("a pattern follows no loop of links, and reads an object that a link names", async (context) => {
  const object = compiled(context, "count");
  const folder = dirname(object);
  for (const name of ["a", "b"]) symlinkSync(".", join(folder, name));
  symlinkSync(object, join(folder, "linked.obj"));
  const script = join(folder, "run.sh");
  writeFileSync(script, "o=delegate_cmds=map_create:prog_load,delegate_maps=stack\n");
  const found = await lint(script, "--objects", join(folder, "**/*.obj"));
  expect(found.map(({ id }) => id)).toContain("lint.object_lacks");
});

test("a pattern finds objects in folders, and what a template fills in is not missing", async (context) => {
  const object = compiled(context, "count");
  const folder = dirname(object);
  execFileSync("mkdir", ["-p", join(folder, "a/b")]);
  execFileSync("mv", [object, join(folder, "a/b/x.bpf.o")]);
  const script = join(folder, "run.sh");
  writeFileSync(script, "o=delegate_cmds=map_create:prog_load,delegate_maps=$MAPS\n");
  expect(await lint(script, "--objects", join(folder, "**/*.bpf.o"))).toEqual([]);
  writeFileSync(script, "o=delegate_cmds=map_create:prog_load,delegate_maps=stack\n");
  const found = await lint(script, "--objects", join(folder, "**/x.*"));
  expect(found.map(({ id }) => id)).toContain("lint.object_lacks");
});
