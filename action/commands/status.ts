/** `command: status`: what is current in each environment. */
import type { StatusMatrix } from '../../api/status.ts';
import { NotFoundError } from '../../errors/errors.ts';
import type { StatusRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import { openService } from '../service/service-connection.ts';
import { renderStatusSummary } from '../summary/status-summary.ts';

/**
 * The status of what the request names, after it is told.
 * @throws NotFoundError APP_UNKNOWN, ENVIRONMENT_UNKNOWN.
 */
export async function status(
  runner: Runner,
  request: StatusRequest,
  how: { readonly summary: boolean },
): Promise<StatusMatrix> {
  const client = openService(runner, request.service);
  try {
    const matrix = narrow(await client.status(runner.signal), request);
    runner.output('status', JSON.stringify(matrix));
    for (const line of statusLines(matrix)) runner.say(line);
    if (how.summary) await runner.summarize(renderStatusSummary(matrix));
    return matrix;
  } finally {
    await client.close();
  }
}

function narrow(matrix: StatusMatrix, { app, environment }: StatusRequest): StatusMatrix {
  const apps = matrix.apps.filter((row) => app === undefined || row.app === app);
  const environments = matrix.environments.filter((name) => environment === undefined || name === environment);
  if (app !== undefined && apps.length === 0) {
    throw new NotFoundError({ code: 'APP_UNKNOWN', message: `unknown app: ${app}` });
  }
  if (environment !== undefined && environments.length === 0) {
    throw new NotFoundError({ code: 'ENVIRONMENT_UNKNOWN', message: `unknown environment: ${environment}` });
  }
  const kept = apps.map((row) => ({
    ...row,
    environments: row.environments.filter((cell) => environments.includes(cell.environment)),
  }));
  return { ...matrix, apps: kept, environments };
}

/** `web in production: 1.0.0 02acf232cc95, held by admin`. */
function statusLines(matrix: StatusMatrix): readonly string[] {
  return matrix.apps.flatMap(({ app, environments }) =>
    environments.map(({ environment, version, digest, state, hold }) => {
      const release = [version, digest?.split(':')[1]?.slice(0, 12)].filter((part) => part !== undefined).join(' ');
      const notes = [
        ...(state === 'current' || release === '' ? [] : [state]),
        ...(hold ? [`held by ${hold.by}`] : []),
      ];
      return `${app} in ${environment}: ${[release || state, ...notes].join(', ')}`;
    }),
  );
}
