// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { candidatesIn, readSome, replaceSame } from "../../src/cli/commands/lint/walk.ts";
import { cli, type Result } from "./run-cli.ts";

/** A folder with files; their names may have folders. */
function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const place = mkdtempSync(join(tmpdir(), "bpf-token-lint-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  }
  return place;
}

const bad = "options=delegate_cmds=prog_load,map_create\n";

interface Json {
  readonly files: number;
  readonly fixed: number;
  readonly findings: readonly {
    id: string;
    severity: string;
    path: string;
    line: number;
    column: number;
  }[];
}
const json = async (words: readonly string[]): Promise<Json> =>
  JSON.parse((await cli(["lint", ...words, "--json"])).out) as Json;
/** The places of findings, without the folder. */
const places = async (place: string, ...words: readonly string[]): Promise<readonly string[]> =>
  (await json([place, ...words])).findings.map(
    ({ path, line, column, id }) => `${path.slice(place.length + 1)}:${line}:${column} ${id}`,
  );

test("each dialect of a repository, with exact places", async () => {
  const place = folder({
    "a/agent.service": "[Service]\n# BPFDelegateMaps=any\nBPFDelegateMaps=BPFMapTypeHahs\n",
    "b/run.sh": `#!/bin/sh\n# note\n  mount -t bpf -o delegate_cmds=prog_load,delegate_maps=hash:0x4 none /b\n`,
    "c/pod.yml":
      'kind: Pod\nmetadata:\n  annotations:\n    a/delegate_maps: "hash:BPF_MAP_TYPE_ARRAY"\nspec:\n  hostUsers: false\n',
    "d/README.md": `# Text\n\nwrite \`delegate_maps=hahs\`\n\n\`\`\`sh\nincus config set c security.bpffs.delegate_cmds=map_creat\n\`\`\`\n\n\`\`\`ts\nconst bad = "delegate_maps=hahs";\n\`\`\`\n`,
    "e/app.container": "[Container]\nAnnotation=a/delegate_cmds=any\n",
    Dockerfile: "RUN systemd-run -p BPFDelegateCommands=any -p BPFDelegateMap=any x\n",
    "main.ts": bad,
    "f/empty.json": "{",
  });
  expect(await places(place)).toEqual([
    ...["Dockerfile:1:40 lint.not_enabled", "Dockerfile:1:62 lint.unknown_key"],
    "a/agent.service:3:17 lint.unknown_name",
    "b/run.sh:3:3 lint.host_mount",
    ...["b/run.sh:3:62 lint.lacks_command", "b/run.sh:3:62 lint.number_replaces"],
    "c/pod.yml:4:23 lint.capabilities_missing",
    "c/pod.yml:4:23 lint.lacks_command",
    "c/pod.yml:4:28 lint.full_name",
    "d/README.md:3:22 lint.unknown_name",
    "d/README.md:6:49 lint.unknown_name",
    "e/app.container:2:28 lint.capabilities_missing",
    ...["e/app.container:2:28 lint.lacks_types", "e/app.container:2:28 lint.lacks_types"],
    "e/app.container:2:28 lint.user_namespace",
  ]);
});

test("text, with places that an editor knows, and exit codes", async () => {
  const place = folder({ "run.sh": bad });
  const { code, out, err } = await cli(["lint", place]);
  expect([code, err]).toEqual([1, ""]);
  expect(out.split("\n")[0]).toBe(`${place}/run.sh:1:32: error [lint.separator]`);
  expect(out).toContain("1 file with a delegation");
  expect(out).toContain(
    "  the kernel ignores 'map_create', because a comma ends an option; write\n  'delegate_cmds=prog_load:map_create'",
  );
  expect(await cli(["lint", folder({ "x.sh": "echo\n" })])).toEqual({
    ...{ code: 0, err: "" },
    out: "0 errors, 0 warnings, 0 notes in 0 files with a delegation\n",
  });
});

test("--fix writes what is beyond doubt, and keeps the rest of the file", async () => {
  const rest = "\r\nä # comment\n";
  const place = folder({ "run.sh": `o=delegate_maps=BPF_MAP_TYPE_HASH:010${rest}` });
  const { fixed } = await json([place, "--fix"]);
  expect(fixed).toBe(2);
  expect(readFileSync(join(place, "run.sh"), "utf8")).toBe(`o=delegate_maps=hash:0x8${rest}`);
});

test("--fix changes no file that is not UTF-8", async () => {
  const text = Buffer.concat([Buffer.from([0xff]), Buffer.from(`\n${bad}`)]);
  const place = folder({ "run.sh": text });
  expect((await json([place, "--fix"])).fixed).toBe(0);
  expect(readFileSync(join(place, "run.sh")).equals(text)).toBe(true);
});

test("--fix writes only into the file that was read", () => {
  const place = folder({ "run.sh": bad, "other.sh": "else\n" });
  const path = join(place, "run.sh");
  rmSync(path);
  symlinkSync(join(place, "other.sh"), path);
  expect(replaceSame({ path, named: true }, Buffer.from(bad), "fixed\n")).toBe(false);
  expect(readFileSync(join(place, "other.sh"), "utf8")).toBe("else\n");
  writeFileSync(path, bad);
  expect(replaceSame({ path, named: true }, Buffer.from(bad), "fixed\n")).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("fixed\n");
});

test("a link that replaces a file of a folder is neither read nor written", () => {
  const place = folder({ "repo/run.sh": bad, "host.sh": bad });
  const path = join(place, "repo/run.sh");
  for (const { path: found, named } of candidatesIn([join(place, "repo")], {
    ...{ exclude: [], folder: place },
  })) {
    expect([found, named]).toEqual([path, undefined]);
    rmSync(path);
    symlinkSync(join(place, "host.sh"), path);
  }
  expect(readSome({ path })).toBeUndefined();
  expect(replaceSame({ path }, Buffer.from(bad), "fixed\n")).toBe(false);
  expect(readFileSync(join(place, "host.sh"), "utf8")).toBe(bad);
  expect(readSome({ path, named: true })?.toString()).toBe(bad);
  expect(replaceSame({ path, named: true }, Buffer.from(bad), "fixed\n")).toBe(true);
  expect(readFileSync(join(place, "host.sh"), "utf8")).toBe("fixed\n");
});

test("a link that replaces a folder of the repository is not followed", () => {
  const place = folder({ "repo/sub/run.sh": bad, "host/run.sh": bad });
  const [file] = candidatesIn([join(place, "repo")], { exclude: [], folder: place });
  if (file === undefined) throw new Error("no file was found");
  expect(readSome(file)?.toString()).toBe(bad);
  rmSync(join(place, "repo/sub"), { recursive: true });
  symlinkSync(join(place, "host"), join(place, "repo/sub"));
  expect(readSome(file)).toBeUndefined();
  expect(replaceSame(file, Buffer.from(bad), "fixed\n")).toBe(false);
  expect(readFileSync(join(place, "host/run.sh"), "utf8")).toBe(bad);
  symlinkSync(join(place, "host"), join(place, "link"));
  const [through] = candidatesIn([join(place, "link")], { exclude: [], folder: place });
  expect(through !== undefined && readSome(through)?.toString()).toBe(bad);
});

test("--fix keeps a file for which the disk has no space", (context) => {
  if (process.geteuid?.() !== 0) context.skip("only root can mount a small disk");
  const place = folder({ "disk/x": "" });
  const disk = join(place, "disk");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "none", disk]);
  onTestFinished(() => void execFileSync("umount", [disk]));
  const path = join(disk, "run.sh");
  const before = bad + " ".repeat(4000);
  writeFileSync(path, before);
  expect(replaceSame({ path }, Buffer.from(before), `fixed${" ".repeat(5000)}`)).toBe(false);
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("only a document of ours is skipped, and a baseline must be one", async () => {
  const place = folder({
    "page.md":
      '"schema": "bpf-token/x"\n\n```sh\nmount -o delegate_cmds=prog_load,map_create\n```\n',
    "own.json":
      '{\n  "schema": "bpf-token/lint@1",\n  "text": "delegate_cmds=prog_load,map_create"\n}\n',
    "known.json": '{ "schema": "bpf-token/lint-baseline@1", "findings": [null] }\n',
  });
  expect((await places(place)).map((one) => one.split(":")[0])).toContain("page.md");
  expect(await places(join(place, "own.json"))).toEqual([]);
  const { code, err } = await cli(["lint", place, "--baseline", join(place, "known.json")]);
  expect([code, err]).toEqual([2, expect.stringContaining("is no baseline")]);
});

test("formats for code scanning services and for GitHub", async () => {
  const place = folder({ "a,b%.sh": bad });
  const { runs } = JSON.parse((await cli(["lint", place, "--format", "sarif"])).out);
  expect(runs[0].tool.driver.rules[0]).toMatchObject({
    ...{ id: "lint.separator", properties: { page: "docs/lint-findings.html#lintseparator" } },
  });
  expect(runs[0].results[0]).toMatchObject({
    ...{ ruleId: "lint.separator", ruleIndex: 0, level: "error" },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: expect.stringMatching(/a,b%25\.sh$/) },
          region: { startLine: 1, startColumn: 32, charLength: 11 },
        },
      },
    ],
  });
  const { out } = await cli(["lint", place, "--format", "github"]);
  expect(out).toMatch(/^::error file=[^,]*a%2Cb%25\.sh,line=1,col=32,title=lint\.separator::/);
});

test("a comment before a command of several lines skips its mount", async () => {
  const options = "delegate_cmds=map_create,delegate_maps=hash";
  const mount = `sudo mount -t bpf b /b \\\n  -o ro \\\n  -o ${options}\n`;
  expect(await places(folder({ "run.sh": mount }))).toEqual(["run.sh:1:6 lint.host_mount"]);
  const comment = "# bpf-token: ignore[lint.host_mount]\n";
  expect(await places(folder({ "run.sh": comment + mount }))).toEqual([]);
});

test("comments, the configuration and a baseline leave findings out", async () => {
  const ignored = `# bpf-token: ignore[lint.any, lint.separator]\n${bad}`;
  const place = folder({
    ...{ "a.sh": ignored, "b.sh": `# bpf-token: ignore-file\n\n\n${bad}`, "c.sh": bad },
    "d.md": `<!-- bpf-token: ignore -->\n<!-- more -->\n\`\`\`\n\n${bad}\`\`\`\n\n\`\`\`\n${bad}\`\`\`\n`,
    "config.json": '{"ignore": ["lint.separator"]}',
  });
  const all = ["c.sh:1:32 lint.separator", "d.md:9:32 lint.separator"];
  expect(await places(place)).toEqual(all);
  const config = ["--config", join(place, "config.json")];
  expect(await places(place, ...config)).toEqual([]);
  writeFileSync(join(place, "config.json"), '{"exclude": ["d.md"]}');
  expect(await places(place, ...config)).toEqual(all.slice(0, 1));
  const baseline = join(place, "baseline");
  expect((await cli(["lint", place, "--write-baseline", baseline])).code).toBe(0);
  writeFileSync(join(place, "c.sh"), `\n${bad}${bad}`);
  expect(await places(place, "--baseline", baseline)).toEqual(["c.sh:3:32 lint.separator"]);
});

test(".gitignore, symbolic links, binary and large files", async () => {
  const place = folder({
    ...{ ".gitignore": "/out\n*.conf\n!keep.conf\n", "out/a.sh": bad, "a.conf": bad },
    ...{ "keep.conf": bad, "sub/.gitignore": "b.sh\n", "sub/b.sh": bad, "sub/c.sh": bad },
    ...{ ".git/config": bad, "node_modules/x/a.sh": bad, "nul.sh": `\0${bad}` },
    "large.sh": bad + " ".repeat(5 << 20),
  });
  symlinkSync(place, join(place, "loop"));
  symlinkSync("/dev/zero", join(place, "zero.sh"));
  const files = new Set((await places(place)).map((line) => line.split(":", 1)[0]));
  expect([...files]).toEqual(["keep.conf", "sub/c.sh"]);
  const named = await cli(["lint", join(place, "zero.sh")]);
  expect([named.code, named.err]).toEqual([2, expect.stringContaining("no regular file")]);
  const sub = await json([join(place, "sub")]);
  expect(sub.files).toBe(1);
});

test("of a .gitignore, a thousand patterns count", async () => {
  const patterns = Array.from({ length: 1000 }, (_, i) => `# x\n\nx${i}*a*b.sh\n`).join("");
  const place = folder({ "a.sh": bad, ".gitignore": `${patterns}a.sh\n` });
  expect((await json([place])).files).toBe(1);
  writeFileSync(join(place, ".gitignore"), `${patterns.replace("x0*a*b", "a")}`);
  expect((await json([place])).files).toBe(0);
});

test("a .gitignore above the folder counts, up to that of the repository", async () => {
  const place = folder({
    ...{ ".gitignore": "b.sh\n", "repo/.git/config": "", "repo/.gitignore": "/sub/a.sh\n" },
    ...{ "repo/sub/a.sh": bad, "repo/sub/b.sh": bad, "repo/sub/fstab": bad, "repo/sub/x.js": bad },
  });
  const paths = (await json([join(place, "repo/sub")])).findings.map(({ path }) => path);
  expect(paths).toEqual([join(place, "repo/sub/b.sh"), join(place, "repo/sub/fstab")]);
});

test("a pattern that takes minutes is no rule", async () => {
  const name = `${"a".repeat(200)}.sh`;
  const place = folder({ ".gitignore": `${"*a".repeat(30)}b\n`, [name]: bad });
  expect((await json([place])).files).toBe(1);
});

test("a name with control characters cannot write to the terminal", async () => {
  const place = folder({ "\u001b[2J\n::error::.sh": bad });
  const all = await Promise.all(
    ["text", "github", "json", "sarif"].map((format) => cli(["lint", place, "--format", format])),
  );
  for (const { out } of all) expect(out).not.toContain("\u001b");
  expect(all[1]?.out.split("\n").filter((line) => line.startsWith("::"))).toHaveLength(1);
});

test("a name or a word cannot write a command of a CI service", async () => {
  const place = folder({
    "a.service": `[Service]\nBPFDelegateMaps=${"x".repeat(66)} ::error::y ##vso[task.setvariable]z\n`,
    "::warning ::b/c.sh": bad,
    "javascript:d?#.sh": bad,
  });
  const here = process.cwd();
  process.chdir(place);
  onTestFinished(() => process.chdir(here));
  const { out } = await cli(["lint"]);
  expect(out).toContain("\\u003a:warning ::b/c.sh:1:32: error");
  expect(out).not.toMatch(/^\s*::/m);
  expect(out).not.toContain("##vso[");
  const written = JSON.parse((await cli(["lint", "--json"])).out) as Json;
  expect(JSON.stringify(written)).toContain("##vso[task");
  const { runs } = JSON.parse((await cli(["lint", "--format", "sarif"])).out);
  const uris = runs[0].results.map(
    (one: { locations: readonly { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
      one.locations[0]?.physicalLocation.artifactLocation.uri,
  );
  expect(new Set(uris)).toContain("./javascript:d%3F%23.sh");
  const github = (await cli(["lint", "--format", "github"])).out.trimEnd().split("\n");
  expect(github.every((line) => /^::(error|warning|notice) file=/.test(line))).toBe(true);
});

test("a baseline of a long line stays small", async () => {
  const line = `delegate_maps=hash${",array".repeat(100_000)}`;
  const place = folder({ "run.sh": line });
  const baseline = join(place, "baseline");
  expect((await cli(["lint", place, "--write-baseline", baseline])).code).toBe(0);
  expect(statSync(baseline).size).toBeLessThan(2 << 20);
  const { findings } = await json([join(place, "run.sh"), "--baseline", baseline]);
  expect(findings).toEqual([]);
});

test("--persona and --release", async () => {
  const text =
    "options=delegate_cmds=map_create,delegate_maps=any,delegate_attachs=trace_uprobe_session\n";
  const place = folder({ "run.sh": text });
  expect(await places(place)).toEqual([]);
  expect(await places(place, "--persona", "auditor")).toEqual(["run.sh:1:48 lint.any"]);
  expect(await places(place, "--release", "6.12")).toEqual(["run.sh:1:69 lint.unknown_to_release"]);
});

test.each<[readonly string[], string]>([
  [["/nowhere/x"], "cannot read '/nowhere/x': it does not exist"],
  [["--format", "xml"], "unknown format 'xml'"],
  [["--persona", "auditr"], "did you mean 'auditor'?"],
  [["-", "x"], "give '-' or PATHs"],
  [["-", "--fix"], "--fix needs a PATH"],
  [["--config", "/nowhere/x"], "the file does not exist"],
])("%j is a usage error", async (words, message) => {
  const { code, err } = await cli(["lint", ...words]);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});

test.each([
  ["[]", "is no JSON object"],
  ["{", "is no JSON"],
  ['{"ignored": []}', "unknown key 'ignored'"],
  ['{"ignore": "lint.any"}', "'ignore' must be a list of strings"],
  ['{"ignore": ["lint.anny"]}', "no finding has the id 'lint.anny'"],
])("the configuration %s", async (text, message) => {
  const place = folder({ config: text });
  const run = (option: string): Promise<Result> =>
    cli(["lint", place, option, join(place, "config")]);
  expect(await run("--config")).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  expect((await run("--baseline")).code).toBe(2);
});

test("the files of this repository have no mistake", async () => {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const config = ["--config", join(root, ".bpf-token-lint.json")];
  const { files, findings } = await json([root, ...config]);
  expect(files).toBeGreaterThan(15);
  expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
});

test("--diff shows every fix, and --fix=all writes it", async () => {
  const text = "a\noptions=delegate_maps=arry:BPF_MAP_TYPE_HASH\nb\n";
  const fixed = "a\noptions=delegate_maps=array:hash\nb\n";
  const place = folder({ "run.sh": text });
  const path = join(place, "run.sh");
  const { code, out } = await cli(["lint", place, "--diff"]);
  expect([code, readFileSync(path, "utf8")]).toEqual([1, text]);
  expect(out.split("\n").slice(0, 5)).toEqual([
    ...[`--- ${path}`, `+++ ${path}`, "@@ -2 +2 @@"],
    ...["-options=delegate_maps=arry:BPF_MAP_TYPE_HASH", "+options=delegate_maps=array:hash"],
  ]);
  const patch = join(place, "patch");
  writeFileSync(patch, out.slice(0, out.indexOf(`${path}:`)));
  execFileSync("git", ["apply", "-p0", "--unidiff-zero", "--unsafe-paths", patch], { cwd: "/" });
  expect(readFileSync(path, "utf8")).toBe(fixed);
  writeFileSync(path, text);
  expect((await json([place, "--fix"])).fixed).toBe(1);
  expect((await json([place, "--fix=all"])).fixed).toBe(1);
  expect(readFileSync(path, "utf8")).toBe(fixed);
});

test.each([
  [["--fix", "--diff"], "lint: give one of --fix, --fix=all and --diff"],
  [["--diff", "--json"], "lint: --diff prints text; --json has the fix of each finding"],
  [["-", "--fix=all"], "lint: --fix=all needs a PATH, not '-'"],
  [["--fix=some"], "lint: option '--fix' does not take an argument"],
  [["--loader", "libbpf"], "lint: --loader needs --objects"],
  [["--objects", "none/*.o"], "lint: --objects 'none/*.o' matches no file"],
  [["--objects", "x.o", "--loader", "lbbpf"], "unknown loader 'lbbpf'"],
])("lint %j: %s", async (words, message) => {
  const place = folder({ "x.o": "" });
  const given = words.map((word) => (word === "x.o" ? join(place, word) : word));
  const { code, out, err } = await cli(["lint", ...given]);
  expect([code, err || out]).toEqual([2, expect.stringContaining(message)]);
});
