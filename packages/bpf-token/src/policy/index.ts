// SPDX-License-Identifier: MIT

/**
 * Computes the least policy for BPF objects and a loader, with a reason for each bit.
 *
 * @packageDocumentation
 */
export { policyBadge } from "./badge.js";
export { checkPolicy, type PolicyCheck } from "./check.js";
export { type ManagerFix, managerFix } from "./fix.js";
export { type LoaderInfo, type PolicyLoader, policyLoaders } from "./loaders.js";
export {
  type Policy,
  type PolicyObject,
  type PolicyOptions,
  type PolicyReason,
  policyOf,
} from "./policy.js";
export { reachOf } from "./reach.js";
export { policyOfCalls, type RecordedPolicyOptions } from "./recorded.js";
export { policySettings } from "./settings.js";
