/** The summary of a status: what is current in each environment. */
import type { EnvironmentStatus, StatusMatrix } from '../../api/status.ts';
import { boundedSummary, quoted } from './bounded.ts';
import { code, digestCode, plainText, table } from './markdown.ts';

/** Markdown that fits into the summary of a job: a row for each app, a column for each environment. */
export function renderStatusSummary(matrix: StatusMatrix): string {
  return boundedSummary((take) => {
    const { first, left } = take(matrix.apps);
    const rows = first.map(({ app, environments }) => [
      code(app),
      ...matrix.environments.map((name) => cell(environments.find(({ environment }) => environment === name))),
    ]);
    const rest = left === 0 ? [] : [`… and ${left} more apps.`];
    const head = ['app', ...matrix.environments.map(plainText)];
    const body = rows.length === 0 ? 'No app has been released yet.' : table(head, rows);
    return `${['## What is current', body, ...rest].join('\n\n')}\n\n`;
  });
}

function cell(status: EnvironmentStatus | undefined): string {
  if (status === undefined || status.state === 'empty') return '';
  const release = [status.version && `**${plainText(status.version)}**`, status.digest && digestCode(status.digest)];
  const notes = [
    status.state === 'current' ? undefined : plainText(status.state),
    status.hold && `held by ${plainText(status.hold.by)}: ${plainText(quoted(status.hold.reason))}`,
    status.promotion && `${plainText(status.promotion.kind)} ${plainText(status.promotion.state)}`,
    status.error && `${code(status.error.code)} ${plainText(quoted(status.error.message))}`,
  ];
  return [release.filter(Boolean).join(' '), ...notes].filter(Boolean).join('<br>');
}
