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
    .filter((char) => char >= " " || "\t\n\r".includes(char))
    .map((char) => entities[char] ?? char)
    .join("");
}
