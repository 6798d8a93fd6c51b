/** The lines of an htpasswd file. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../errors/errors.ts';
import { parseHtpasswd } from '../../../registry/access/htpasswd-lines.ts';

const hash = (version: string, cost = '05') => `$2${version}$${cost}$${'A'.repeat(53)}`;

/** The number of the line that is refused. */
function refusedLine(text: string): unknown {
  try {
    parseHtpasswd(text, '/etc/users');
  } catch (error) {
    if (error instanceof InputError && error.code === 'HTPASSWD_INVALID') {
      expect(error.message).not.toContain('AAAA');
      return error.fields['line'];
    }
    throw error;
  }
  return undefined;
}

describe('a file of users', () => {
  test('has the bcrypt hashes of all three spellings, comments, empty lines and ends of lines of any kind', () => {
    const text = `# users\r\nada:${hash('y')}\r\n\n  grace:${hash('b', '12')}\nci@acme.example:${hash('a', '04')}`;
    expect([...parseHtpasswd(text, 'users').values()].map(({ name, cost }) => [name, cost])).toEqual([
      ['ada', 5],
      ['grace', 12],
      ['ci@acme.example', 4],
    ]);
  });

  test('has no hash that costs more than a second or two', () => {
    expect(parseHtpasswd(`ada:${hash('y', '14')}`, 'users').get('ada')?.cost).toBe(14);
  });

  test('may be empty: then nobody is in it', () => {
    expect(parseHtpasswd('', 'users').size).toBe(0);
  });

  const faulty: readonly (readonly [title: string, line: string])[] = [
    ['an MD5 hash', 'eve:$apr1$abcdefgh$AAAAAAAAAAAAAAAAAAAAAA'],
    ['a SHA-1 hash', 'eve:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['a SHA-512 hash', 'eve:$6$salt$AAAA'],
    ['a plain password', 'eve:AAAAAAAA'],
    ['no colon', 'eve'],
    ['no name', `:${hash('y')}`],
    ['a control character in the name', `e\u0007ve:${hash('y')}`],
    ['a bcrypt hash that is too short', `eve:${hash('y').slice(0, -1)}`],
    ['a bcrypt hash that goes on', `eve:${hash('y')}A`],
    ['more behind the hash', `eve:${hash('y')}:x`],
    ['the broken bcrypt of before 2011', `eve:$2x$05$${'A'.repeat(53)}`],
    ['a cost that is none', `eve:${hash('y', '03')}`],
    ['a cost that takes seconds', `eve:${hash('y', '15')}`],
    ['a cost that takes minutes', `eve:${hash('y', '20')}`],
    ['a cost that takes days', `eve:${hash('y', '31')}`],
    ['a user who is there already', `ada:${hash('b')}`],
    ['the name that nobody has', `Anonymous:${hash('y')}`],
  ];
  test.each(faulty)('with %s is refused with the number of the line', (_, line) => {
    expect(refusedLine(`ada:${hash('y')}\n\n${line}\n`)).toBe(3);
  });
});
