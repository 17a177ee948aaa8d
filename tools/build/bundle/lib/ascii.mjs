// SPDX-License-Identifier: MIT

/**
 * The same code in ASCII. One other character makes an engine keep the whole file, an embedded module
 * included, with two bytes per character, and read it more slowly.
 *
 * An escape is good in strings, templates, names and regular expressions. A tagged template, which
 * would see it, must not have such characters.
 */
export function ascii(code) {
  return code.replace(/[\u0080-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
