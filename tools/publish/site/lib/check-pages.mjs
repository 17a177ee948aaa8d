// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { causeText } from "@bpf-token/diagnose";
import { checkTable, pageOf } from "@bpf-token/uapi";
import { readCheckExamples, releasesOf } from "../../../gen/uapi/checks-page.mjs";
import { root } from "../../../lib/run.mjs";
import { slug } from "../../../lib/slug.mjs";
import { addressOf, between } from "./addresses.mjs";
import { escapeHtml } from "./markdown.mjs";
import { settingsFor } from "./settings.mjs";

/** @typedef {import("@bpf-token/uapi").CheckInfo} CheckInfo */

/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(root + path, "utf8"));

/**
 * A page for each check: the cause, the fix, the settings of container managers, and the rules.
 *
 * @returns {import("./files.mjs").SitePage[]}
 */
export function checkPages() {
  const examples = readCheckExamples(`${root}docs/spec/check-examples.json`);
  const changes = json("docs/spec/differences.json");
  const situations = json("packages/playground/situations.json");
  /** @type {Map<string, import("../../../gen/uapi/checks-page.mjs").Rule>} */
  const rules = new Map(
    json("docs/spec/rules.json").map((/** @type {{ id: string }} */ rule) => [rule.id, rule]),
  );
  return checkTable().map((check) => ({
    path: pageOf(check.id),
    title: check.id,
    html: [
      `<h1><code>${check.id}</code></h1>`,
      `<p class="cause">${escapeHtml(sentence(check.sentence))}</p>`,
      facts(check, releasesOf(check, rules, changes)),
      tryIt(check, situations),
      fixes(check),
      ruleList(check, rules),
      scenario(check, examples.get(check.id)),
    ].join("\n"),
  }));
}

/** @param {string} clause */
const sentence = (clause) => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** @param {CheckInfo} check @param {string} releases */
function facts(check, releases) {
  const answer =
    check.errno ??
    "none: the call continues with fewer permissions, and a later check can refuse it";
  /** @type {[string, string][]} */
  const rows = [
    ["Errno", escapeHtml(answer)],
    [
      "Kernel function",
      `<code>${escapeHtml(check.func)}()</code> in <code>${escapeHtml(check.file)}</code>`,
    ],
    ["Releases", escapeHtml(releases === "" ? "every release of the model" : releases)],
    ["What shows it", codes(causeText(check.id).decides)],
  ];
  return `<dl>${rows.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join("\n")}</dl>`;
}

/**
 * A link to the playground in a state in which the check decides.
 *
 * @param {CheckInfo} check @param {Readonly<Record<string, string>>} situations
 */
function tryIt({ id }, situations) {
  const situation = situations[id];
  if (situation === undefined) return "";
  const to = between(pageOf(id), `index.html#situation=${situation}`);
  return `<p><a href="${to}">Open in the playground</a>: a call that this check decides.</p>`;
}

/** Escapes a text and marks its code. @param {string} text */
const codes = (text) => escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");

/** @param {CheckInfo} check */
function fixes(check) {
  const fix = causeText(check.id).fix.map((text) => `<p>${codes(sentence(text))}</p>`);
  const { about, setting, settings } = settingsFor(check.id) ?? {
    ...{ about: "", setting: "" },
    settings: [],
  };
  const lines = settings.map(
    ({ manager, lines }) =>
      `<h3 id="${slug(manager)}">${escapeHtml(manager)}</h3>\n<pre><code>${escapeHtml(
        lines.join("\n"),
      )}</code></pre>`,
  );
  const intro = `<p>Complete settings for ${about} with an array map, loaded by libbpf. This check asks for ${setting}.
<code>bpf-token policy OBJECT --for all</code> prints those of an object.</p>`;
  return [
    '<h2 id="fix">What to change</h2>',
    ...fix,
    ...(lines.length > 0 ? [intro] : []),
    ...lines,
  ].join("\n");
}

/** @param {CheckInfo} check @param {Map<string, import("../../../gen/uapi/checks-page.mjs").Rule>} rules */
function ruleList(check, rules) {
  const spec = between(pageOf(check.id), addressOf("docs/spec/semantics.md"));
  const items = check.rules.map((id) => {
    const rule = rules.get(id);
    return `<li><a href="${spec}#${slug(
      rule?.section ?? "",
    )}">${id}</a>: ${codes(rule?.text ?? "")}</li>`;
  });
  return `<h2 id="rules">Rules</h2>\n<ul>${items.join("\n")}</ul>`;
}

/** @param {CheckInfo} check @param {string | undefined} file */
function scenario(check, file) {
  if (file === undefined) return "";
  const path = `packages/conformance/scenarios/${file}`;
  const to = between(pageOf(check.id), addressOf(path));
  return `<h2 id="scenario">Try it</h2>
<p>The scenario <a href="${to}">${escapeHtml(file)}</a> triggers this check:</p>
<pre><code>npx bpf-token run ${escapeHtml(path)} -v</code></pre>`;
}
