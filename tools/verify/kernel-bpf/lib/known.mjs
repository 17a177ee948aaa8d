// SPDX-License-Identifier: MIT
// Differences between the module and a real kernel that remain. A comparison fails on every other one.

const reasons = [
  {
    line: /^different verdict: .*: module accepted, guest refused \(.*ENOENT/,
    reason:
      "the BTF has a function that the compiler removed from the kernel; the module accepts it",
  },
];

/** Lines of these kinds have their reason in the line, or are no difference of the two kernels. */
const explained = ["not modelled", "does not run", "not compared", "unexpected value on both"];

/** Why the difference in this line remains, or undefined. */
export function reasonOf(line) {
  return reasons.find((one) => one.line.test(line))?.reason;
}

/** The lines without a known reason. */
export function unexplained(lines) {
  return lines.filter((line) => {
    return !explained.some((kind) => line.startsWith(`${kind}: `)) && reasonOf(line) === undefined;
  });
}
