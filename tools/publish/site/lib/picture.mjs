// SPDX-License-Identifier: MIT
// @ts-check
// The picture of the playground as a file, for pages that show it as an image.
import { readFileSync } from "node:fs";
import { root } from "../../../lib/run.mjs";
import { escapeHtml } from "./markdown.mjs";

const sources = `${root}packages/playground/src/`;

/**
 * The parts of the playground that draw.
 *
 * @typedef {{ Drawing: Function, answerOf: Function, defaultState: object }} Parts
 */

/**
 * Loads the parts from their sources, which need Vite; the packages are built by then.
 *
 * @returns {Promise<Parts>}
 */
export async function loadParts() {
  const { runnerImport } = await import("vite");
  const files = ["ui/picture.tsx", "try/answer.ts", "state/try-state.ts"];
  const configFile = `${root}packages/playground/vite.config.ts`;
  const loaded = await Promise.all(
    files.map((file) => runnerImport(sources + file, { configFile, logLevel: "error" })),
  );
  return Object.assign({}, ...loaded.map(({ module }) => module));
}

/**
 * Draws the state with which the page starts. The picture has the colours of both themes.
 *
 * @param {Parts} parts
 * @returns {string} an SVG document
 */
export function drawPicture({ Drawing, answerOf, defaultState }) {
  const drawn = markup(Drawing({ now: defaultState, answer: answerOf(defaultState) }));
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawn) ?? [];
  const size = `xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`;
  const start = drawn.indexOf(">") + 1;
  return [
    drawn.slice(0, start).replace("<svg", `<svg ${size}`),
    "<!-- Written by tools/publish/site/playground.mjs; DO NOT EDIT. -->",
    `<style>\n${styles()}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>${drawn.slice(start)}`,
    "",
  ].join("\n");
}

/** The rules of the picture with the colours of the light theme, then with those of the dark one. */
function styles() {
  const rules = `${css("picture.css")}\n.page { fill: var(--paper) }`;
  const colours = [
    ...css("palette.css").matchAll(/(--[\w-]+):\s*(?:light-dark\(([^,]+), ([^)]+)\)|([^;]+));/g),
  ];
  const [light, dark] = [2, 3].map((theme) =>
    colours.reduce(
      (text, colour) => text.replaceAll(`var(${colour[1]})`, colour[theme] ?? colour[4] ?? ""),
      rules,
    ),
  );
  return `${light}\n@media (prefers-color-scheme: dark) {\n${dark}\n}\n`;
}

/** The rules of a file, one per line. @param {string} file */
function css(file) {
  return readFileSync(`${sources}ui/${file}`, "utf8")
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replaceAll("} ", "}\n")
    .trim();
}

/**
 * Formats what components without hooks return.
 *
 * @param {any} node
 * @returns {string}
 */
function markup(node) {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (Array.isArray(node)) return node.map(markup).join("");
  if (typeof node !== "object") return escapeHtml(String(node));
  const { type, props } = node;
  if (typeof type === "function") return markup(type(props));
  const { children, ...attributes } = props;
  const words = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${escapeHtml(String(value).trim())}"`,
  );
  const inside = markup(children);
  const line = ["svg", "g"].includes(type) ? "\n" : "";
  const end = type === "g" ? "\n" : "";
  if (inside === "") return `<${type}${words.join("")}/>`;
  return `<${type}${words.join("")}>${line}${inside}</${type}>${end}`;
}
