// SPDX-License-Identifier: MIT
// Random damage to text and bytes.

/** Picks an element. */
export const pick = (random, list) => list[random(list.length)];

const rude = [
  "\0",
  "\u001b[2J",
  "\u202e",
  "\r",
  "\ufffd",
  "\u00e9",
  "\\",
  '"',
  "/*",
  "*/",
  "=",
  "> ",
];

/** Numbers at which counts and sizes are likely to fail. */
export const edges = [0, 1, -1, 2, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e20];

/** Changes some lines of a text: moves, repeats, removes, joins or damages them. */
export function mangleLines(random, text, most = 4) {
  const lines = text.split("\n");
  for (let n = random(most + 1); n > 0; n--) {
    const at = random(lines.length);
    switch (random(8)) {
      case 0:
        lines.splice(at, 1 + random(4));
        break;
      case 1:
        lines.splice(at, 0, ...lines.slice(at, at + 1 + random(6)));
        break;
      case 2:
        lines.splice(at, 0, lines[random(lines.length)] ?? "");
        break;
      case 3:
        lines[at] = `${lines[at] ?? ""}${pick(random, rude).repeat(1 + random(40))}`;
        break;
      case 4:
        lines[at] = (lines[at] ?? "").replace(/\d+/, () => String(pick(random, edges)));
        break;
      case 5:
        lines[at] = (lines[at] ?? "").slice(random(8));
        break;
      case 6:
        lines[at] = `${lines[at] ?? ""}${lines.splice(at + 1, 1)[0] ?? ""}`;
        break;
      default:
        lines[at] = (lines[at] ?? "").split("").reverse().join("");
    }
    if (lines.length === 0) lines.push("");
  }
  return lines.join("\n");
}

/** Changes some bytes, and may cut the end off. */
export function mangleBytes(random, bytes, most = 4) {
  const out = Buffer.from(bytes);
  for (let n = random(most + 1); n > 0 && out.length > 0; n--) {
    const at = random(out.length);
    if (random(2) === 0) out[at] = random(256);
    else out.copyWithin(at, random(out.length), random(out.length));
  }
  return random(8) === 0 ? out.subarray(0, random(out.length + 1)) : out;
}
