// SPDX-License-Identifier: MIT

/**
 * Rewrites code to pure ASCII. With a single other character, an engine stores the whole file with
 * two bytes per character and parses it more slowly, an embedded module included.
 *
 * Escapes are valid in strings, templates, names and regular expressions. A tagged template sees
 * the escape itself, so it must not contain such characters.
 */
export function ascii(code) {
  return code.replace(/[\u0080-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
