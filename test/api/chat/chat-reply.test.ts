/** Replies in comments: what they say, and that text of others does nothing in them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  renderChangeReply,
  renderFaultReply,
  renderHelpReply,
  renderProblemReply,
  renderUnsupportedReply,
} from '../../../api/chat/chat-reply.ts';
import { codeBlock, codeText, plainText } from '../../../api/chat/markdown.ts';
import { renderStatusReply } from '../../../api/chat/status-reply.ts';
import { promotionStates } from '../../../api/promotion.ts';
import { chatUsage } from '../../../core/chat-command.ts';
import { readChat } from '../../../core/read-chat.ts';
import { busyMatrix, cell, matrixOf, planView, promotionView } from '../../cli/sample-views.ts';

const refusals = [
  {
    code: 'DIGEST_QUARANTINED',
    message: 'sha256:2b2b2b is quarantined by @ann, see #12',
    wayOut: 'release a new version',
  },
  { code: 'AUTOMATION_HELD', message: 'held | by <b>ops</b>', wayOut: 'promote by hand' },
];

function change(plan: Parameters<typeof planView>[0] = {}, promotion?: Parameters<typeof promotionView>[0]): string {
  return renderChangeReply({
    plan: planView(plan),
    promotion: promotion === undefined ? undefined : promotionView(promotion),
    dryRun: false,
  });
}

/** The lines of the reply that are commands of a chat. */
function commandsIn(reply: string): readonly string[] {
  return reply.split('\n').filter((line) => line.startsWith('/'));
}

describe('a reply', () => {
  const golden: readonly (readonly [name: string, reply: string])[] = [
    [
      'promoted',
      change(
        {},
        {
          state: 'promoted',
          number: 7,
          actor: 'github:acme/web by octocat (chat.yml, run 1.1)',
          reason: 'new checkout',
        },
      ),
    ],
    ['refused', change({ decision: { allowed: false, reasons: refusals } })],
    [
      'rolled-back',
      change(
        { kind: 'rollback', willHold: true, supersedes: ['p-8'] },
        { kind: 'rollback', state: 'promoted', number: 8 },
      ),
    ],
    [
      'failed',
      change(
        {},
        {
          state: 'failed',
          error: { code: 'REGISTRY_REFUSED', message: 'the registry answered 500', wayOut: 'try again' },
        },
      ),
    ],
    ['planned', renderChangeReply({ plan: planView(), promotion: undefined, dryRun: true })],
    ['status', renderStatusReply(busyMatrix, undefined)],
    ['status-of-app', renderStatusReply(busyMatrix, 'team/api')],
    [
      'problem',
      renderProblemReply({
        code: 'ACCESS_DENIED',
        message: 'github:acme/web may not promote: 2 reasons',
        wayOut: 'ask',
        reasons: refusals,
      }),
    ],
    ['help', renderHelpReply()],
  ];
  test.each(golden)('%s looks as kept; `vitest -u` writes it anew', async (name, reply) => {
    await expect(`${reply}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test('tells plan, both digests whole, and every reason with its code', () => {
    const plan = planView({
      planId: `sha256:${'0a1b2c3d4e5f'.padEnd(64, '7')}`,
      decision: { allowed: false, reasons: refusals },
    });
    const reply = renderChangeReply({ plan, promotion: undefined, dryRun: false });
    for (const text of [
      '`0a1b2c3d4e5f`',
      plan.from ?? '',
      plan.to,
      'DIGEST_QUARANTINED',
      'AUTOMATION_HELD',
      'refused',
    ]) {
      expect(reply).toContain(text);
    }
  });

  test.each(promotionStates)('has a chip for %s', (state) => {
    expect(change({}, { state }).split('\n')[0]).toMatch(/^### (🔵|🟢|🔴|⚪) \S+/u);
  });

  test('names next commands that are read as commands', () => {
    const replies = [
      change({ decision: { allowed: false, reasons: refusals } }),
      change({ toVersion: undefined, version: undefined }, { state: 'failed' }),
      change({}, { state: 'promoted' }),
      change({ fromVersion: undefined }, { state: 'promoted' }),
      change({ kind: 'rollback' }, { state: 'failed' }),
      change({}, { state: 'copying' }),
    ];
    for (const reply of replies) {
      const commands = commandsIn(reply);
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) expect(readChat(command).kind, command).toBe('command');
    }
  });

  test('offers no way back to where nothing was', () => {
    expect(
      commandsIn(
        change({ from: undefined, fromVersion: undefined, undo: 'nothing to go back to' }, { state: 'promoted' }),
      ),
    ).toEqual(['/status web']);
  });

  test('to what is no command says how it is written', () => {
    expect(renderFaultReply('unknown flag --nop; did you mean --noop?', chatUsage.promote)).toContain(
      chatUsage.promote,
    );
    expect(renderUnsupportedReply('approve')).toContain('`/approve`');
    for (const usage of Object.values(chatUsage)) expect(renderHelpReply()).toContain(usage);
  });

  test('to the status of an app that is not there names the one that was probably meant', () => {
    expect(renderStatusReply(busyMatrix, 'wbe')).toContain('Did you mean `web`?');
    expect(renderStatusReply(matrixOf({}), 'web')).toContain('there is no app');
    expect(renderStatusReply(matrixOf({}), undefined)).toContain('no apps');
  });

  test('always fits into a comment', () => {
    const many = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, at) => [`app-${at}`, [cell('dev'), cell('staging')]]),
    );
    const reasons = Array.from(
      { length: 1_000 },
      () => ({ ...refusals[0], message: '`'.repeat(2_000) }) as (typeof refusals)[number],
    );
    for (const reply of [
      renderStatusReply(matrixOf(many), undefined),
      change({ decision: { allowed: false, reasons } }),
      renderProblemReply({ code: 'X', message: 'y'.repeat(200_000), wayOut: 'z' }),
    ]) {
      expect(reply.length).toBeLessThan(65_536);
    }
  });
});

/** Texts with all that a comment could do something with. */
const piece = fc.constantFrom(
  ...[
    '@octocat',
    '@acme/team',
    '#12',
    'acme/web#12',
    'GH-7',
    'https://evil.example',
    'www.evil.example',
    'a@b.example',
  ],
  ...[
    '`',
    '```',
    '````js',
    '<img src=x>',
    '</details>',
    '<!--',
    '-->',
    '|',
    '\\',
    '\\`',
    '*a*',
    '_b_',
    '[x](y)',
    '![x](y)',
  ],
  ...[
    '\n',
    '\r\n',
    '\n\n# h',
    '\u2028',
    '- a',
    '1. b',
    '> q',
    '$x$',
    '~~z~~',
    '&amp;',
    '&#64;ann',
    '\u0007',
    '\u202e',
    ' ',
    'a',
  ],
);
const hostile = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));

describe('text of others', () => {
  test('notifies nobody, refers to nothing and is no markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = plainText(text);
        expect(shown).not.toMatch(/[\r\n<>\u2028]/);
        expect(shown).not.toMatch(/@[\w]/);
        expect(shown).not.toMatch(/#\d/);
        expect(shown).not.toMatch(/:\/\//);
        expect(shown).not.toMatch(/www\\?\./);
        // A sign without a backslash before it is none that Markdown reads; entities are those written here.
        expect(shown.replace(/\\./g, '').replace(/&(?:amp|lt|gt);/g, '')).not.toMatch(/[\\`*_{}[\]()#+.!|~^$=&"'-]/);
      }),
      { numRuns: 3_000 },
    );
  });

  test('stays within its code, in a table as well', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = codeText(text);
        const [, ticked, coded] = /^(?:`([\w.,:;/@+() …-]+)`|<code>((?:[\w ]|&#\d+;)+)<\/code>)?$/.exec(shown) ?? [];
        expect(shown === '' || ticked !== undefined || coded !== undefined, shown).toBe(true);
        const read = ticked ?? (coded ?? '').replace(/&#(\d+);/g, (_, point) => String.fromCodePoint(Number(point)));
        expect(read.replace(/[\s\ufffd]/g, '')).toBe(text.replace(/[\s\p{Cc}\u202e]/gu, ''));
      }),
      { numRuns: 3_000 },
    );
  });

  test('never closes the block that it stands in', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = codeBlock(text, 'json').split('\n');
        const fence = /^`+/.exec(lines[0] ?? '')?.[0] ?? '';
        expect(lines.at(-1)).toBe(fence);
        for (const line of lines.slice(1, -1)) expect(line).not.toContain(fence);
      }),
      { numRuns: 2_000 },
    );
  });

  test('changes nothing of a reply but where it stands', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const reply = change(
          { decision: { allowed: false, reasons: [{ code: text, message: text, wayOut: text }] } },
          { state: 'failed', reason: text, actor: text, error: { code: 'X', message: text, wayOut: text } },
        );
        const blocks = reply.split(/\n(?=`{3,})/);
        const [prose = ''] = blocks;
        expect(prose.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(1);
        // Outside of code nothing is left to act.
        const bare = prose
          .replace(/\\./g, '')
          .replace(/<code>.*?<\/code>/g, '')
          .replace(/`[^`]*`/g, '');
        expect(bare).not.toMatch(/@\w|#\d|<(?!br>)/);
        expect(reply.split('\n').filter((line) => line === '</details>')).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
