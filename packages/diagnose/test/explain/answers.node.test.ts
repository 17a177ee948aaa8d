// SPDX-License-Identifier: MIT
// The whole answer to each case: a change of a rule or a weight shows every answer that it changes.
// `npx vitest run --project node FILE -u` writes the files; read their difference.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findRule } from "../../src/explain/rules/index.ts";
import { explainText, type Facts } from "../../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "../facts.ts";
import { answerText, idsText } from "./answer-text.ts";
import { type Case, cases } from "./cases.ts";

const folder = new URL("./cases/", import.meta.url);
const names = readdirSync(folder).map((name) => name.replace(".json", ""));
const casesIn = (name: string): readonly Case[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

test.each(names)("the answers to %s", async (name) => {
  const answers = casesIn(name).map((one) => `${one.name}\n${answerText(explainText(one.text))}`);
  await expect(answers.join("")).toMatchFileSnapshot(`./answers/${name}.txt`);
});

const initial = { inode: 4026531837, initial: true };
const any = ["cmds", "maps", "progs", "attachs"].map((axis) => [`delegate_${axis}`, "any"]);
const delegates = Object.fromEntries(any);
/** What a report says, by a name for it. */
const reports: Readonly<Record<string, Facts>> = {
  "root of the host": withCapabilities("1ffffffffff", { userns: initial }),
  "a user of the host": withCapabilities("0", { userns: initial, unprivilegedBpfDisabled: 0 }),
  "CAP_BPF on the host": withCapabilities(BPF, { userns: initial, lockdown: "integrity" }),
  "a container with a filter": container({
    ...{ seccomp: 2, lsms: ["capability", "apparmor"], lockdown: "none", btf: true },
  }),
  "a container that delegates all": withCapabilities(BPF_NET_ADMIN, {
    bpffs: [{ ...bpffs, delegates }],
    lsms: ["selinux"],
  }),
  "a container without a BPF filesystem": withCapabilities("0", { bpffs: [] }),
  "a container with that of the host": container({
    bpffs: [{ ...bpffs, onHost: true, delegates: {} }],
  }),
  "an old kernel": container({ release: "5.10.0-28-amd64", bpffs: [] }),
};

test.each(Object.entries(reports))("the answers for %s", async (name, facts) => {
  const some = cases.filter((_, i) => i % 7 === 0);
  const answers = some.map((one) => `${one.name}: ${idsText(explainText(one.text, { facts }))}\n`);
  await expect(answers.join("")).toMatchFileSnapshot(
    `./answers/for ${name}.txt`.replaceAll(" ", "-"),
  );
});

/** The rule for a text: the strength, the causes, and the first one in the words of the text. */
function ruleText(text: string): string {
  const found = findRule(text);
  if (found === undefined) return "none";
  const { causes, strength, says, onlyForBpf } = found.rule;
  const own = says === undefined ? "" : `: ${says(found.match)}`;
  return `${onlyForBpf === true ? "for BPF " : ""}${strength} ${causes.join(" ")}${own}`;
}

test("each wording that a rule knows, one per line", async () => {
  const file = new URL("./answers/wordings.txt", import.meta.url);
  const texts = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const answers = texts.map((line) => {
    const [text = ""] = line.split(" => ");
    return `${text} => ${ruleText(text)}\n`;
  });
  expect(answers.length).toBeGreaterThan(1000);
  await expect(answers.join("")).toMatchFileSnapshot("./answers/wordings.txt");
});
