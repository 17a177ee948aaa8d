// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ownCauses } from "@bpf-token/diagnose";
import { checkTable, pageOf } from "@bpf-token/uapi";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { root } from "../../../lib/run.mjs";
import { siteFiles } from "../lib/files.mjs";
import { problemsOf } from "../lib/inspect.mjs";
import { renderPage } from "../lib/markdown.mjs";

let files = new Map<string, string>();
beforeAll(async () => {
  files = await siteFiles();
});

/** Writes files to a folder that exists until the test ends. */
function write(site: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-site-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of site) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

test("every link of the site has a target, and no page needs a network", () => {
  expect(problemsOf(write(files), ["api", "index.html"])).toEqual([]);
});

test("names a broken link, a missing anchor and a remote script", () => {
  const site = new Map([
    [
      "a.html",
      '<a href="no.html">x</a> <a href="b/c.html#there">x</a> <a href="b/c.html#no">x</a>',
    ],
    ["b/c.html", '<h1 id="there">x</h1><script src="https://example.org/a.js"></script>'],
  ]);
  expect(problemsOf(write(site)).sort()).toEqual([
    "a.html: b/c.html#no has no target",
    "a.html: no.html has no target",
    "b/c.html loads https://example.org/a.js",
  ]);
});

test("every check has a page with its errno and its fix", () => {
  const missing = checkTable().filter(({ id }) => !files.has(`checks/${id}.html`));
  expect(missing).toEqual([]);
  const page = files.get("checks/token.dropped.map.html");
  expect(page).toContain("BPFDelegateMaps=BPFMapTypeArray");
  expect(page).toContain("security.bpffs.delegate_maps=array");
  expect(files.get("checks/verify.leak.html")).toContain("AmbientCapabilities=CAP_BPF CAP_PERFMON");
  expect(files.get("checks/token.create.flags.html")).not.toContain("AmbientCapabilities");
});

/** The ids that `doctor` and `trace` write into findings, from their sources. */
function findingIds(): readonly string[] {
  const folder = `${root}packages/diagnose/src`;
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(`${folder}/${file}`, "utf8"));
  return [...sources.join().matchAll(/"((?:doctor|trace)\.[a-z_]+)"/g)].map(([, id = ""]) => id);
}

test("the page that the tools print for a cause exists", () => {
  const ids = [...Object.keys(ownCauses), ...findingIds()];
  const missing = ids.filter((id) => {
    const [path = "", anchor = ""] = pageOf(id).split("#");
    return !files.get(path)?.includes(`id="${anchor}"`);
  });
  expect(missing).toEqual([]);
  // The deepest place that prints it has 25 columns before it.
  const all = [...ids, ...checkTable().map(({ id }) => id)];
  expect(all.filter((id) => pageOf(id).length > 80 - 25)).toEqual([]);
  expect(ids).toEqual(expect.arrayContaining(["doctor.try", "explain.core", "trace.verifier"]));
});

test("the id of a check leads to its page", () => {
  expect(files.get("docs/eperm.html")).toContain(
    '<a href="../checks/token.dropped.map.html"><code>token.dropped.map</code></a>',
  );
});

test("no page has a script of its own", () => {
  const scripts = [...files].filter(
    ([path, text]) =>
      path.endsWith(".html") && /<script(?![^>]*\ssrc=)|\son\w+="|style="/.test(text),
  );
  expect(scripts.map(([path]) => path)).toEqual([]);
});

test("HTML in a page is text", () => {
  const html = renderPage(
    "# A\n\n<img src=x onerror=alert(1)> `<b>` [x](javascript:alert(1))\n",
    "docs/a.md",
    new Set(),
    new Map(),
  );
  expect(html).not.toMatch(/<img|<b>|href="javascript/);
  expect(html).toContain("&lt;img");
});

test("the page of a check opens the playground in a state that the check decides", () => {
  expect(files.get("checks/token.dropped.map.html")).toContain(
    'href="../index.html#situation=map-type"',
  );
  expect(files.get("checks/verify.leak.html")).not.toContain("#situation=");
});

test("every page says what it is about, and llms.txt names it", () => {
  const pages = [...files].filter(([path]) => path.endsWith(".html"));
  const silent = pages.filter(
    ([, text]) => !/<meta name="description" content="[^"]{5,250}">/.test(text),
  );
  expect(silent.map(([path]) => path)).toEqual([]);
  const overview = files.get("llms.txt");
  expect(overview).toContain("](docs/eperm.html): ");
  expect(overview).toContain("](checks/token.dropped.map.html): ");
});

test("an address without a page leads to the documentation", () => {
  expect(files.get("404.html")).toContain('href="docs/index.html"');
});

test("one page has a field for an error text, which needs the script", () => {
  const found = [...files].filter(([, text]) => text.includes('<form id="paste"'));
  expect(found.map(([path]) => path)).toEqual(["docs/eperm.html"]);
  expect(found[0]?.[1]).toContain('data-playground="../index.html" hidden');
});
