// SPDX-License-Identifier: MIT

/**
 * Delegate masks and capabilities as text: the words of `bpf-token exec`, mount options, the settings
 * of systemd, LXD and Incus, and the masks that the kernel prints for a token.
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
