/** The reply to /status. */
import { nearestName } from '../../core/nearest-name.ts';
import type { AppStatus, EnvironmentStatus, StatusMatrix } from '../status.ts';
import { bounded } from './bounded.ts';
import { codeText, plainText, table } from './markdown.ts';

/** Most apps in one table; more are counted. */
const appsMax = 50;

const chips: Readonly<Record<EnvironmentStatus['state'], string>> = {
  empty: '⚪ empty',
  current: '🟢',
  promoting: '🔵',
  drifted: '🟠 drifted',
  unreachable: '🔴 unreachable',
};

/** What is current where: one app at length, or all of them in a table. */
export function renderStatusReply(matrix: StatusMatrix, app: string | undefined): string {
  if (app === undefined) return renderAll(matrix);
  const row = matrix.apps.find((one) => one.app === app);
  return row === undefined ? renderUnknown(matrix, app) : renderOne(row);
}

function renderAll({ apps, environments }: StatusMatrix): string {
  const shown = apps.slice(0, appsMax);
  const rows = shown.map((row) => [
    codeText(row.app),
    ...environments.map((name) => cellText(row.environments.find(({ environment }) => environment === name))),
  ]);
  const left = apps.length - shown.length;
  return bounded([
    '### What is current',
    apps.length === 0 ? 'There are no apps yet.' : table(['app', ...environments.map(plainText)], rows),
    left > 0 ? `… and ${left} more: \`/status APP\` shows one.` : '',
  ]);
}

function renderOne({ app, environments }: AppStatus): string {
  const rows = environments.map((cell) => [
    plainText(cell.environment),
    cellText(cell),
    cell.digest === undefined ? '' : codeText(cell.digest),
    cell.by === undefined ? '' : codeText(cell.by),
    cell.since ?? '',
  ]);
  return bounded([
    `### ${codeText(app)}`,
    table(['environment', 'current', 'digest', 'by', 'since'], rows),
    environments.flatMap(notesOf).join('\n'),
  ]);
}

function renderUnknown({ apps }: StatusMatrix, app: string): string {
  const names = apps.map((row) => row.app);
  const meant = nearestName(app, names);
  const hint =
    meant === undefined ? names.slice(0, appsMax).map(codeText).join(' ') : `Did you mean ${codeText(meant)}?`;
  return bounded([`### 🔴 there is no app ${codeText(app)}`, hint]);
}

function cellText(cell: EnvironmentStatus | undefined): string {
  if (cell === undefined) return '';
  const { version, digest, state, promotion, hold } = cell;
  const release = version ?? (digest === undefined ? undefined : digest.slice(digest.indexOf(':') + 1).slice(0, 12));
  const on = promotion === undefined ? '' : plainText(`${promotion.state} ${promotion.version ?? ''}`);
  return [chips[state], release === undefined ? '' : codeText(release), on, hold === undefined ? '' : '⏸ held']
    .filter((part) => part !== '')
    .join(' ');
}

function notesOf({ environment, hold, error, drift, promotion }: EnvironmentStatus): readonly string[] {
  const at = plainText(environment);
  return [
    ...(hold === undefined
      ? []
      : [`- ${at}: held by ${codeText(hold.by)} since ${hold.since}: ${plainText(hold.reason)}`]),
    ...(drift === undefined
      ? []
      : [`- ${at}: the tag names ${codeText(drift.found)}, not ${codeText(drift.expected)}`]),
    ...(error === undefined ? [] : [`- ${at}: ${codeText(error.code)} ${plainText(error.message)}`]),
    ...(promotion?.error === undefined
      ? []
      : [`- ${at}: ${codeText(promotion.error.code)} ${plainText(promotion.error.message)}`]),
  ];
}
