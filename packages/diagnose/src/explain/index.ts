// SPDX-License-Identifier: MIT
export { type CauseId, causeText, findingIds, findingText, ownCauses } from "./cause.js";
export type { CauseKind, CauseText } from "./causes/text.js";
export { explainErrno, type RefusedCall } from "./errno.js";
export type { Candidate, EvidenceLine, ExcludedCause, Explanation } from "./explanation.js";
export { type ExplainOptions, explainText, TextExplainer } from "./text-explainer.js";
