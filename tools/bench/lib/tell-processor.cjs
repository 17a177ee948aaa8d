// SPDX-License-Identifier: MIT
// Required by a process that is measured: tells on descriptor 3, at its end, how long it had a
// processor, in microseconds. Others who use the machine make a process wait, but not work.
const { writeSync } = require("node:fs");

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  writeSync(3, String(user + system));
});
