// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultRelease } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

const scenario = (name: string): string =>
  fileURLToPath(new URL(`../../../conformance/scenarios/${name}.yaml`, import.meta.url));
const changed = scenario("token-create-init");
const same = scenario("userns-owner");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-diff-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const diff = (...words: string[]): Promise<Result> =>
  cli(["diff", ...words], {}, { BPF_TOKEN_UPSTREAM: join(folder, "store") });

describe("diff of two releases", () => {
  test("prints the subjects, then each scenario, then the sum", async () => {
    const { code, out } = await diff(same, changed, "--subjects", "model@v10,model@6.12");
    expect(code).toBe(0);
    expect(out).toMatch(/^model@v10 : model@6\.12\n {2}compared: two releases of the model;/);
    expect(out).toMatch(/^expected +\S*token-create-init\.yaml/m);
    expect(out).toMatch(/rules that differ: .*TC-09/);
    expect(out).toMatch(
      /\n\d agree, \d differ as expected between the releases, 0 differ unexpectedly\n$/,
    );
    expect(out).not.toContain("BPF_TOKEN_CREATE, {");
  });

  test("--verbose prints expected differences call by call", async () => {
    const { out } = await diff(changed, "-v", "--subjects", "model@v10,model@6.12");
    expect(out).toMatch(/bpf\(BPF_TOKEN_CREATE, \{bpffs_fd: \d+\}/);
    expect(out).toMatch(/model@6\.12 +EOPNOTSUPP +token\.create\.init_ns/);
  });

  test("--json, --junit and --html", async () => {
    const [junit, html] = [join(folder, "report.xml"), join(folder, "report.html")];
    const words = ["--json", "--junit", junit, "--html", html];
    const { out } = await diff(changed, ...words, "--subjects", "model@v10,model");
    const report = JSON.parse(out) as {
      subjects: object[];
      scenarios: { differences: object[] }[];
    };
    expect(report).toMatchObject({
      subjects: [{ name: "model@v10" }, { name: `model@${defaultRelease}` }],
      scenarios: [{ file: changed, unexpected: false }],
    });
    expect(report.scenarios[0]?.differences.length).toBeGreaterThan(0);
    expect(readFileSync(junit, "utf8")).toContain('tests="1" failures="0"');
    expect(readFileSync(html, "utf8")).toMatch(/^<!doctype html>/);
  });
});

describe("diff with upstream source", { timeout: 600_000 }, () => {
  const text = fileURLToPath(new URL("../../../upstream/test/no-tokens.c", import.meta.url));
  const line = readFileSync(text, "utf8").split("\n").indexOf("\treturn -ENOLINK;") + 1;
  const place = `token.c:${line} in bpf_token_create()`;

  test("names the refusing line and the check, in every format", async () => {
    const words = ["upstream", "build", text, "--as", "6.12", "--name", "mine"];
    const store = { BPF_TOKEN_UPSTREAM: join(folder, "store") };
    expect(await cli(words, {}, store)).toMatchObject({ code: 0 });
    const story = join(folder, "scenario.yaml");
    writeFileSync(
      story,
      `name: asked for a token
steps:
  - bpf: { cmd: TOKEN_CREATE, attr: { bpffs_fd: 77 } }
  - bpf: { cmd: MAP_CREATE, attr: { map_type: 99 } }
`,
    );
    const [junit, html] = [join(folder, "places.xml"), join(folder, "places.html")];
    const subjects = ["--subjects", "model@6.12,upstream:mine"];
    const { code, out } = await diff(story, ...subjects, "--junit", junit, "--html", html);
    expect(code).toBe(1);
    expect(out).toMatch(/model@6\.12 +EBADF {2}token\.create\.fd\n/);
    expect(out).toContain(`upstream:mine@6.12  ENOLINK  ${place}\n`);
    expect(readFileSync(junit, "utf8")).toContain(
      `step 1, model@6.12: EBADF by token.create.fd\nstep 1, upstream:mine@6.12: ENOLINK by ${place}`,
    );
    expect(readFileSync(html, "utf8")).toContain(place);
    const { scenarios } = JSON.parse((await diff(story, ...subjects, "--json")).out) as {
      scenarios: { places: Record<string, string>[] }[];
    };
    expect(scenarios[0]?.places).toEqual([{}, { 0: place }]);
  });
});

describe("bad input", () => {
  test("is reported with a fix", async () => {
    expect((await diff()).err).toContain("diff: FILE is missing");
    expect((await diff(same)).err).toContain("--subjects needs at least two kernels");
    expect((await diff(same, "--subjects", "model")).code).toBe(2);
    const typo = await diff(same, "--subjects", "model,modle");
    expect(typo.err).toContain("unknown subject 'modle'; did you mean 'model'?");
    const release = await diff(same, "--subjects", "model,model@7.31");
    expect(release.err).toContain("Linux 7.31 is newer than every modelled release; give 7.3");
    const none = await diff(same, "--subjects", "model,upstream:none");
    expect(none).toMatchObject({ code: 3 });
    expect(none.err).toContain("no upstream module 'none'");
    const words = ["--subjects", "model@6.9,model", "--html", join(folder, "no/such/place.html")];
    const unwritten = await diff(same, ...words);
    expect(unwritten).toMatchObject({ code: 3 });
    expect(unwritten.err).toMatch(
      /cannot write '.*place\.html': no such file or directory \(ENOENT\)\n/,
    );
  });

  test("an unmodelled call: its answer is unknown, and the other scenarios run", async () => {
    const file = join(folder, "unmodelled.yaml");
    writeFileSync(
      file,
      "name: x\nsteps:\n  - mount: { source: x, target: /mnt, filesystemtype: ext4 }\n",
    );
    const { code, out } = await diff(file, same, "--subjects", "model@6.12,model@7.3");
    expect(code).toBe(3);
    expect(out).toContain("unknown  model@6.12: ");
    expect(out).toContain("userns-owner.yaml");
  });
});
