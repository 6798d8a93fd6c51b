/** What the programs of a step find in their environment, and what they do not. */
import { expect, test } from 'vitest';
import { childEnvironment } from '../../../release/access/child-environment.ts';

test.each([
  'INPUT_PASSWORD',
  'INPUT_BUILD-ARGS',
  'STATE_directory',
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
])('%s is not passed on', (name) => {
  expect(childEnvironment({ [name]: 'x', PATH: '/bin' }, {})).toEqual({ PATH: '/bin' });
});

test.each(['PATH', 'HOME', 'DOCKER_HOST', 'GITHUB_SHA', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL', 'HTTPS_PROXY'])(
  '%s is passed on: builders, their caches and git need it',
  (name) => {
    expect(childEnvironment({ [name]: 'x' }, {})).toEqual({ [name]: 'x' });
  },
);

test('what is given goes before what is there', () => {
  const env = { DOCKER_CONFIG: '/elsewhere', PATH: '/bin' };
  expect(childEnvironment(env, { DOCKER_CONFIG: '/own' })).toEqual({ DOCKER_CONFIG: '/own', PATH: '/bin' });
});
