/** Commands in comments: the grammar, what is told of faults, and what is not a command at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChatCommand, formatChatCommand, unsupportedChatVerbs } from '../../core/chat-command.ts';
import { type ChatReading, readChat } from '../../core/read-chat.ts';
import { parseDigest } from '../../oci/spec/digest.ts';

const digest = parseDigest(`sha256:${'1a'.repeat(32)}`);

type Promote = ChatCommand & { readonly verb: 'promote' };
type Rollback = ChatCommand & { readonly verb: 'rollback' };

const promote: Promote = {
  verb: 'promote',
  app: 'web',
  version: undefined,
  digest: undefined,
  environment: 'production',
  dryRun: false,
  reason: undefined,
};
const rollback: Rollback = {
  verb: 'rollback',
  app: 'web',
  environment: 'production',
  to: undefined,
  dryRun: false,
  reason: 'it loses orders',
};

/** The command, or what the comment is instead. */
function commandIn(comment: string): ChatCommand | Exclude<ChatReading['kind'], 'command'> {
  const reading = readChat(comment);
  return reading.kind === 'command' ? reading.command : reading.kind;
}

function faultIn(comment: string): string {
  const reading = readChat(comment);
  return reading.kind === 'fault' ? reading.fault : reading.kind;
}

describe('/promote', () => {
  const lines: readonly (readonly [line: string, command: Partial<Promote>])[] = [
    ['/promote web to production', {}],
    ['/PROMOTE web to production', {}],
    ['/Promote web To production', {}],
    ['  /promote   web\tto  production  ', {}],
    ['/promote web 1.2.3 to production', { version: '1.2.3' }],
    ['/promote web v1.2.3 to production', { version: '1.2.3' }],
    ['/promote web 1.2.3-rc.1+b to production', { version: '1.2.3-rc.1+b' }],
    [`/promote web ${digest} to production`, { digest }],
    ['/promote team/web 1.2.3 to qa-2', { app: 'team/web', version: '1.2.3', environment: 'qa-2' }],
    ['/promote to to to', { app: 'to', environment: 'to' }],
    ['/promote "web" to "production"', {}],
    ['/promote web to production --noop', { dryRun: true }],
    ['/promote --dry-run web to production', { dryRun: true }],
    ['/promote web to production —noop', { dryRun: true }],
    ['/promote web to production --reason "it is fixed"', { reason: 'it is fixed' }],
    ['/promote web to production --reason="it is fixed"', { reason: 'it is fixed' }],
    ['/promote web to production --reason=fixed', { reason: 'fixed' }],
    ["/promote web to production --reason 'it is fixed'", { reason: 'it is fixed' }],
    ['/promote web to production --reason “it is fixed”', { reason: 'it is fixed' }],
    ['/promote web to production —reason it is fixed', { reason: 'it is fixed' }],
    ["/promote web to production --reason it's fixed, isn't it", { reason: "it's fixed, isn't it" }],
    ['/promote web to production --reason it is fixed --noop', { reason: 'it is fixed', dryRun: true }],
    ['/promote --reason "it is fixed" web to production', { reason: 'it is fixed' }],
    ['/promote web to production --reason "a \\"quoted\\" \\\\ word"', { reason: 'a "quoted" \\ word' }],
    ['/promote web to production --reason "--noop"', { reason: '--noop' }],
    ['/promote web to production --reason a -- b - c', { reason: 'a -- b - c' }],
  ];
  test.each(lines)('%s is understood', (line, command) => {
    expect(commandIn(line)).toEqual({ ...promote, ...command });
  });

  const faults: readonly (readonly [line: string, fault: RegExp])[] = [
    ['/promote', /name the app/],
    ['/promote web', /environment/],
    ['/promote web to', /environment/],
    ['/promote web production', /“to”/],
    ['/promote web 1.2.3', /environment/],
    ['/promote to production', /environment/],
    ['/promote web "to" production', /“to”/],
    ['/promote web latest to production', /not a version or digest: "latest"/],
    ['/promote web 1.2 to production', /not a version or digest/],
    ['/promote web sha256:1a1a1a to production', /not a whole digest/],
    ['/promote web 1.2.3 to production now', /"now" is one word too many/],
    ['/promote Web to production', /did you mean web\?/],
    ['/promote web to Production', /did you mean production\?/],
    ['/promote web; to production', /not the name of an app: "web;"/],
    ['/promote ../../etc to production', /not the name of an app/],
    [`/promote web to ${'x'.repeat(65)}`, /not the name of an environment/],
    ['/promote web to production --nop', /unknown flag --nop; did you mean --noop\?/],
    ['/promote web to production --raeson x', /did you mean --reason\?/],
    ['/promote web to production --force', /unknown flag --force; there are --noop and --reason/],
    ['/promote web to production --noop=yes', /--noop takes no value/],
    ['/promote web to production --noop --dry-run', /said twice/],
    ['/promote web to production --reason a --reason b', /said twice/],
    ['/promote web to production --reason', /write the reason/],
    ['/promote web to production --reason ""', /write the reason/],
    ['/promote web to production --reason --noop', /write the reason/],
    ['/promote web to production --reason fix to staging "', /quote/],
    ['/promote web to production --reason "open', /quote/],
    ['/promote web to production --reason "a"b', /quote/],
    ['/promote web --reason fix to production', /environment/],
    ['/promote web to production --reason a\u0007b', /do not print/],
    ['/promote web to production --reason \u202eevil', /do not print/],
    [`/promote web to production --reason ${'x'.repeat(2001)}`, /longer than 2000/],
    [`/promote web to production ${' '.repeat(5000)}--noop`, /longer than 5000/],
  ];
  test.each(faults)('%s is told what is wrong (case %#)', (line, fault) => {
    expect(faultIn(line)).toMatch(fault);
  });
});

describe('/rollback', () => {
  const lines: readonly (readonly [line: string, command: Partial<Rollback>])[] = [
    ['/rollback web production it loses orders', {}],
    ['/rollback web production "it loses orders"', {}],
    ['/rollback web production --reason "it loses orders"', {}],
    ['/rollback web production --reason it loses orders', {}],
    ['/rollback web production it loses orders --noop', { dryRun: true }],
    ['/rollback web production --noop it loses orders', { dryRun: true }],
    ['/rollback web production to 1.2.2 it loses orders', { to: '1.2.2' }],
    ['/rollback web production TO v1.2.2 it loses orders', { to: '1.2.2' }],
    ['/rollback web production to r12 it loses orders', { to: 'r12' }],
    ['/rollback web production to R12 it loses orders', { to: 'r12' }],
    [`/rollback web production to ${digest} it loses orders`, { to: digest }],
    ['/rollback web production "to stop losses"', { reason: 'to stop losses' }],
    ["/rollback web production it's losing 'orders'", { reason: "it's losing orders" }],
    ['/rollback web "to" bad', { environment: 'to', reason: 'bad' }],
    ['/rollback web production r12 was better', { reason: 'r12 was better' }],
  ];
  test.each(lines)('%s is understood', (line, command) => {
    expect(commandIn(line)).toEqual({ ...rollback, ...command });
  });

  const faults: readonly (readonly [line: string, fault: RegExp])[] = [
    ['/rollback', /name the app/],
    ['/rollback web', /name the environment/],
    ['/rollback web to 1.2.2 it loses orders', /name the environment/],
    ['/rollback web production', /say why/],
    ['/rollback web production ""', /say why/],
    ['/rollback web production "   "', /say why/],
    ['/rollback web production --noop', /say why/],
    ['/rollback web production to', /behind “to”/],
    ['/rollback web production to 1.2.2', /say why/],
    ['/rollback web production to 1.2.x it loses orders', /not a version, history number or digest: "1.2.x"/],
    ['/rollback web production to stop losses', /"stop"/],
    ['/rollback web production to rr2 x', /"rr2"/],
    ['/rollback web production broken --reason broken', /said twice/],
    ['/rollback web production bad --force', /unknown flag --force/],
    ['/rollback Web production bad', /did you mean web\?/],
  ];
  test.each(faults)('%s is told what is wrong', (line, fault) => {
    expect(faultIn(line)).toMatch(fault);
  });
});

describe('the other verbs', () => {
  test('/status takes one app or none', () => {
    expect(commandIn('/status')).toEqual({ verb: 'status', app: undefined });
    expect(commandIn('/status team/web')).toEqual({ verb: 'status', app: 'team/web' });
    expect(faultIn('/status web api')).toMatch(/one app/);
    expect(faultIn('/status --noop')).toMatch(/unknown flag --noop; there are none here/);
  });

  test('/help takes anything', () => {
    expect(commandIn('/help')).toEqual({ verb: 'help' });
    expect(commandIn('/HELP me "please')).toEqual({ verb: 'help' });
  });

  test.each(unsupportedChatVerbs)('/%s is known by name and not supported', (verb) => {
    expect(readChat(`/${verb} web production`)).toEqual({ kind: 'unsupported', verb });
    expect(readChat(`/${verb.toUpperCase()}`)).toEqual({ kind: 'unsupported', verb });
  });

  test('a mistyped verb is answered with the one that was probably meant', () => {
    expect(faultIn('/promte web to production')).toMatch(/did you mean \/promote\?/);
    expect(faultIn('/promoteweb to production')).toMatch(/did you mean \/promote\?/);
    expect(faultIn('/roll-back web production bad')).toMatch(/did you mean \/rollback\?/);
  });

  test.each(['/lgtm', '/ok-to-test', '/deploy web', '/cherry-pick 1.2', '/merge', '/retest', '/assign'])(
    '%s is somebody else’s',
    (line) => {
      expect(commandIn(line)).toBe('none');
    },
  );
});

describe('a comment', () => {
  const line = '/promote web to production';
  const own: readonly string[] = [
    line,
    `\n\n  ${line}\nsee #12`,
    `\r\n${line}\r\n`,
    `\`\`\`\n/rollback web dev x\n\`\`\`\n${line}`,
    `~~~sh\n/status\n\`\`\`\n~~~\n${line}`,
    `\`\`\`\`\n\`\`\`\n/status\n\`\`\`\`\n${line}`,
    `> /rollback web dev x\n\n${line}`,
    `> > deep\n> /status\n\n${line}`,
    `<!-- /rollback web dev x -->\n${line}`,
    `<!--\n/rollback web dev x\n-->${line}`,
    `    /rollback web dev x\n\n${line}`,
    `\t/rollback web dev x\n${line}`,
    `${line} <!-- hidden -->`,
    `   ${line}`,
  ];
  test.each(own)('is read at its first own line (case %#)', (comment) => {
    expect(commandIn(comment)).toEqual(promote);
  });

  const others: readonly string[] = [
    '',
    '\n \n',
    `please ${line}`,
    `Thanks!\n${line}`,
    `- ${line}`,
    `1. ${line}`,
    `\`${line}\``,
    `**${line}**`,
    `> ${line}`,
    `> quoted\n${line}`,
    `\`\`\`\n${line}\n\`\`\``,
    `\`\`\`\n${line}`,
    `~~~\n${line}\n\`\`\``,
    `\`\`\`\`\n${line}\n\`\`\``,
    `    ${line}`,
    `\t${line}`,
    `<!-- ${line} -->`,
    `<!--\n${line}\n`,
    `<pre>\n${line}\n</pre>`,
    `/ promote web to production`,
    `//promote web to production`,
    `/promote: web to production`,
    `/promote/web to production`,
    `\\/promote web to production`,
    `\u200b${line}`,
    '/2promote',
    '/',
  ];
  test.each(others)('is no command when it only shows one (case %#)', (comment) => {
    expect(commandIn(comment)).toBe('none');
  });
});

describe('the grammar', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9]{0,8}(?:[-/._][a-z0-9]{1,8}){0,2}$/);
  const environment = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:-[a-z0-9]{1,4})?$/), fc.constant('to'));
  const version = fc.stringMatching(/^(?:0|[1-9]\d{0,3})\.(?:0|[1-9]\d{0,3})\.(?:0|[1-9]\d{0,3})(?:-rc\.[1-9])?$/);
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => parseDigest(`sha256:${digits}`));
  const reason = fc
    .string({
      unit: fc.oneof(fc.constantFrom(...'"“”„\'\\-— =to`@<'), fc.string({ minLength: 1, maxLength: 1 })),
      maxLength: 40,
    })
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const command: fc.Arbitrary<ChatCommand> = fc.oneof(
    fc
      .record({
        verb: fc.constant('promote' as const),
        app: fc.oneof(name, fc.constant('to')),
        environment,
        dryRun: fc.boolean(),
        reason: maybe(reason),
        release: fc.oneof(
          fc.constant({ version: undefined, digest: undefined }),
          version.map((text) => ({ version: text, digest: undefined })),
          hex.map((text) => ({ version: undefined, digest: text })),
        ),
      })
      .map(({ release, ...rest }) => ({ ...rest, ...release })),
    fc.record({
      verb: fc.constant('rollback' as const),
      app: fc.oneof(name, fc.constant('to')),
      environment,
      to: maybe(fc.oneof(version, hex, fc.stringMatching(/^r[1-9]\d{0,5}$/))),
      dryRun: fc.boolean(),
      reason,
    }),
    fc.record({ verb: fc.constant('status' as const), app: maybe(name) }),
    fc.constant({ verb: 'help' as const }),
  );
  /** Lines that look like commands, and are mostly wrong. */
  const piece = fc.constantFrom(
    ...['/promote', '/rollback', '/status', '/help', '/approve', 'web', 'to', 'TO', 'production', 'dev', '1.2.3', 'r2'],
    ...[
      '--noop',
      '--reason',
      '--reason=',
      '—reason',
      '"',
      '"a b"',
      "'x'",
      '“y”',
      '\\',
      '--',
      '```',
      '>',
      '<!--',
      '-->',
    ],
    ...['\n', '\t', '    ', digest, 'Web', '--x', '\u0000'],
  );
  const nearly = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));

  test('reads every command back that it writes', () => {
    fc.assert(
      fc.property(command, (one) => {
        expect(readChat(formatChatCommand(one))).toEqual({ kind: 'command', command: one });
      }),
      { numRuns: 3_000 },
    );
  });

  test('reads any text without throwing, and what it reads can be written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly), (text) => {
        const reading = readChat(text);
        if (reading.kind === 'command') expect(readChat(formatChatCommand(reading.command))).toEqual(reading);
      }),
      { numRuns: 5_000 },
    );
  });

  test('never assumes an environment: the one it reads stands in the comment', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, command.map(formatChatCommand)), (text) => {
        const reading = readChat(text);
        if (reading.kind !== 'command' || !('environment' in reading.command)) return;
        expect(text.split(/[\s"“”']+/)).toContain(reading.command.environment);
      }),
      { numRuns: 3_000 },
    );
  });

  test('reads nothing that stands in code, in a quotation or hidden', () => {
    const wrap = fc.constantFrom<(line: string) => string>(
      (line) => `\`\`\`\n${line}\n\`\`\``,
      (line) => `~~~~ text\n${line}\n~~~~`,
      (line) => `> ${line}`,
      (line) => `>${line}\n${line}`,
      (line) => `    ${line}`,
      (line) => `<!-- ${line.replaceAll('-->', '')} -->`,
    );
    fc.assert(
      fc.property(command, wrap, (one, wrapped) => {
        expect(readChat(wrapped(formatChatCommand(one)))).toEqual({ kind: 'none' });
      }),
      { numRuns: 1_000 },
    );
  });
});
