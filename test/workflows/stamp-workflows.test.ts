/** Which version of the Action the callable workflows use. */
import { expect, test } from 'vitest';
import { ownAction, stampWorkflow } from '../../scripts/stamp-workflows.ts';

test('the Action is used in the version that is given, wherever it is used', () => {
  const steps = (version: string) => `- uses: ${ownAction}@${version}\n- id: image\n  uses: ${ownAction}@${version}\n`;
  expect(stampWorkflow(steps('v1.2.3'), '1.3.0-rc.1')).toBe(steps('v1.3.0-rc.1'));
  expect(stampWorkflow(steps('v1.3.0-rc.1'), '1.3.0')).toBe(steps('v1.3.0'));
});

test('other Actions, and workflows, stay as they are', () => {
  const text = `- uses: actions/checkout@v7\n  uses: ${ownAction}/.github/workflows/release.yml@v1\n# ${ownAction}@v1\n`;
  expect(stampWorkflow(text, '1.3.0')).toBe(text);
});
