// SPDX-License-Identifier: MIT

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands in HTML and XML, quotes included; what XML cannot hold is left out. */
export function escapeMarkup(text: string): string {
  return [...text]
    .filter((char) => char >= " " || "\t\n\r".includes(char))
    .map((char) => entities[char] ?? char)
    .join("");
}
