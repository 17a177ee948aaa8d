// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

const place = /@(\w+)@/g;
const licence = /^\/\* SPDX-License-Identifier: \S+ \*\/\n+/;

/**
 * The text of a C template without its licence line, with each `@name@` replaced by its value.
 *
 * @param {URL} url
 * @param {Readonly<Record<string, string | number>>} [values]
 * @returns {string}
 * @throws Error for a name without a value, and for a value that the template does not use
 */
export function fillTemplate(url, values = {}) {
  const template = readFileSync(url, "utf8").replace(licence, "").trimEnd();
  const names = new Set([...template.matchAll(place)].map((match) => match[1] ?? ""));
  const wrong = [
    ...[...names]
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => `no value for @${name}@`),
    ...Object.keys(values)
      .filter((name) => !names.has(name))
      .map((name) => `@${name}@ is not used`),
  ];
  if (wrong.length > 0) throw new Error(`${url.pathname}: ${wrong.join(", ")}`);
  return template.replace(place, (_, name) => String(values[name]));
}
