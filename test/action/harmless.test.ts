/** Lines of others in the log: none of them commands the runner. */
import { expect, test } from 'vitest';
import { harmless } from '../../action/harmless.ts';

/** As the runner reads its log: commands at the beginning of a line behind any space, or behind `##[` anywhere. */
const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[');

test.each([
  '::set-output name=digest::sha256:0',
  '   ::add-path::/evil',
  '\t::error::x',
  '\u00a0\u3000::error::x',
  '##[set-env name=A]b',
  'text before ##[command]x',
  '##[##[x]',
  '\u0007::error::x',
])('%j is no command any more', (line) => {
  expect(isCommand(line) || isCommand(line.replace('\u0007', ' '))).toBe(true);
  expect(isCommand(harmless(line))).toBe(false);
});

test('control characters and what turns the direction of writing round become spaces', () => {
  expect(harmless('a\u001b[31mb\u202ec\rd')).toBe('a [31mb c d');
});

test('a line that commands nothing stays as it is', () => {
  expect(harmless('ghcr.io/acme/web:1.2 moved from 0a1b2c')).toBe('ghcr.io/acme/web:1.2 moved from 0a1b2c');
});
