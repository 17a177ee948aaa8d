// SPDX-License-Identifier: MIT

/**
 * Parses and formats delegate masks and capabilities: the arguments of `bpf-token exec`, mount options,
 * the settings of systemd, LXD and Incus, and the masks in a token's fdinfo.
 *
 * @packageDocumentation
 */
export {
  type AxisInfo,
  axisNames,
  type DelegationAxis,
  delegationAxes,
  isDelegationAxis,
} from "./axes.js";
export { capabilityNames, parseCapabilities } from "./capabilities.js";
export { DelegationError } from "./error.js";
export { parseDelegation } from "./parse.js";
export { formatPolicy, type PolicyDialect, policyDialects } from "./policies.js";
export { parseTokenMasks, type TokenMask } from "./token-masks.js";
