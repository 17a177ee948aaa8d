// SPDX-License-Identifier: MIT

/** CPU time of this process in milliseconds, which depends less than time on other programs. */
export function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
