import { expect, test } from 'vitest';
import { reachableUrl } from '../../../service/supervisor/reachable-url.ts';

test.each([
  ['http://0.0.0.0:7420', 'http://127.0.0.1:7420'],
  ['http://[::]:7420/', 'http://[::1]:7420'],
  ['http://192.0.2.1:7420', 'http://192.0.2.1:7420'],
  ['http://127.0.0.1:7420', 'http://127.0.0.1:7420'],
])('a part that listens on %s is reached at %s', (listening, reached) => {
  expect(reachableUrl(listening)).toBe(reached);
});
