// SPDX-License-Identifier: MIT

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML and XML, including quotes. Removes characters that XML does not allow. */
export function escapeMarkup(text: string): string {
  return [...text]
    .filter((char) => /[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(char))
    .map((char) => entities[char] ?? char)
    .join("");
}
