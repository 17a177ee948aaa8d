// SPDX-License-Identifier: MIT
// Patches, mails and mailboxes.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { base, TOKEN } from "./base.mjs";
import { edges, mangleBytes, mangleLines, pick } from "./mangle.mjs";

function blobName(text) {
  const bytes = Buffer.from(text);
  const head = `blob ${bytes.length}\0`;
  return createHash("sha1").update(head).update(bytes).digest("hex");
}

/** A patch that creates a file. */
function created(text, path) {
  const lines = text.split("\n").slice(0, -1);
  const name = blobName(text).slice(0, 12);
  return [
    `diff --git a/${path} b/${path}`,
    "new file mode 100644",
    `index ${"0".repeat(12)}..${name}`,
    "--- /dev/null",
    `+++ b/${path}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map((line) => `+${line}`),
    "",
  ].join("\n");
}

/** A patch that changes a line of the file. */
function changed(random, text, path) {
  const lines = text.split("\n").slice(0, -1);
  const at = random(lines.length);
  const from = Math.max(0, at - 3);
  const hunk = lines.slice(from, at + 4);
  const start = `${from + 1},${hunk.length}`;
  const body = hunk.flatMap((line, i) =>
    i === at - from ? [`-${line}`, `+${line} /* changed */`] : [` ${line}`],
  );
  const names = random(2) === 0 ? [`index ${blobName(text).slice(0, 7)}..1234567 100644`] : [];
  return [
    `diff --git a/${path} b/${path}`,
    ...names,
    `@@ -${start} +${start} @@`,
    ...body,
    "",
  ].join("\n");
}

function quotedPrintable(text) {
  return text
    .replace(
      /[=\t]/g,
      (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .split("\n")
    .map((line) => line.replace(/(.{70})(?=.)/g, "$1=\n"))
    .join("\n");
}

/** What mail programs and archives do to a patch. */
const wrappings = [
  (text) => text,
  (text) => text,
  (text) => `From 0123 Mon Sep 17 00:00:00 2001\nSubject: [PATCH]\n\n---\n${text}-- \n2.43.0\n`,
  (text) => `Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n${quotedPrintable(text)}`,
  (text) => `Content-Transfer-Encoding: base64\n\n${Buffer.from(text).toString("base64")}`,
  (text) => text.replace(/^/gm, "> "),
  (text, random) => text.replace(/^/gm, "> ".repeat(1 + random(9))),
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => `<html><pre>${text.replaceAll("<", "&lt;")}</pre></html>`,
];

/** Lines that mean something in a patch. */
const special = [
  "\\ No newline at end of file",
  "rename from kernel/bpf/token.c",
  "rename to ../../../etc/passwd",
  "deleted file mode 120000",
  "GIT binary patch\nliteral 4\nLc${MZ000310ssI2\n",
  "--- a/kernel/bpf/token.c",
  "diff --git a/kernel/bpf/token.c b/kernel/bpf/token.c",
  "@@ -1 +1 @@",
  "@@ -0,0 +1,99999999 @@",
  "Content-Transfer-Encoding: quoted-printable",
  "index 0000000..0000000",
];

/** Large texts, in which something is linear or is not. */
function large(random, text) {
  const n = 2000 + random(100_000);
  switch (random(6)) {
    case 0:
      return `${text}${"+".repeat(20 * n)}\n`;
    case 1:
      return `${text}${"@@ -1 +1 @@\n".repeat(n)}`;
    case 2:
      return `${text}${"> ".repeat(n)}\n`;
    case 3:
      return `Content-Transfer-Encoding: quoted-printable\n${text}${"=3D=\n".repeat(n)}`;
    case 4:
      return `${`diff --git a/${TOKEN} b/${TOKEN}\n`.repeat(n / 20)}${text}`;
    default:
      return `${text}${"=".repeat(20 * n)}\n${`> diff --git a/x b/x\n`.repeat(n / 8)}`;
  }
}

/** Writes a damaged patch. */
export function patch(random, { folder }) {
  const path =
    random(12) === 0 ? pick(random, ["../../etc/passwd", "/dev/null", "kernel/bpf"]) : TOKEN;
  let text = created(base[TOKEN], path);
  for (let n = random(3); n > 0; n--) text += changed(random, base[TOKEN], path);
  if (random(4) === 0) text = text.replace(/@@ .* @@/, () => hunkHeader(random));
  const lines = text.split("\n");
  for (let n = random(3); n > 0; n--) lines.splice(random(lines.length), 0, pick(random, special));
  text = mangleLines(random, lines.join("\n"));
  text = pick(random, wrappings)(text, random);
  if (random(10) === 0) text = large(random, text);
  if (random(3) === 0) text = mangleLines(random, text);
  const bytes = random(4) === 0 ? mangleBytes(random, Buffer.from(text), 12) : Buffer.from(text);
  const place = join(folder, pick(random, ["a.patch", "a.mbox", "a", "a\u001b[2J.txt"]));
  writeFileSync(place, bytes);
  return { place, what: `${bytes.length} bytes` };
}

function hunkHeader(random) {
  const number = () => String(pick(random, edges));
  return `@@ -${number()},${number()} +${number()},${number()} @@`;
}
