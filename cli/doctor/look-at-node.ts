/** Whether this Node.js is new enough. */
import { type Finding, fine, problem } from './finding.ts';

/** First major version that runs TypeScript as it is written and has all we use. */
export const nodeMajorMin = 24;

/** The finding on a version such as 24.21.0. */
export function lookAtNode(version: string): Finding {
  const isEnough = Number.parseInt(version, 10) >= nodeMajorMin;
  return isEnough ? fine('node', version) : problem('node', 'NODE_TOO_OLD', `Node.js ${version} is too old`);
}
