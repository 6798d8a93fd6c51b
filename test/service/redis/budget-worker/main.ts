/**
 * A worker's part of a budget as a process: it asks a registry for a tag, again and again, until the budget that the
 * account of its files shares through Redis tells it to wait. One line of JSON says how often it asked.
 *
 * Arguments: URL of the Redis, URL of the registry. The files are those of its environment.
 */
import type { RegistryConfig } from '../../../../core/config.ts';
import { defaultEmbeddedConfig } from '../../../../core/embedded-config.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openRegistries } from '../../../../service/open-registries.ts';
import { connectRedis } from '../../../../service/redis/connection.ts';
import { openRequestBudget } from '../../../../service/redis/request-budget.ts';

/** A process that has just begun, on a busy machine, is itself slower than Redis may be. */
const redisMs = 10_000;

/** Ten at once, and then one a day. */
const rates = { 'manifest-read': { perSecond: 1 / 86_400, burst: 10 } };

const [redisUrl = '', url = ''] = process.argv.slice(2);
const redis = await connectRedis(redisUrl, 'producer', { timeoutMs: 10_000 });
let asked = 0;
const own: RegistryConfig = {
  ...{ name: 'own', url, auth: { kind: 'docker-config' } as const, caFile: undefined, clientCertificate: undefined },
  ...{ tokenService: undefined, storage: undefined },
};
const registries = await openRegistries(
  {
    registries: { own },
    apps: {},
    discover: undefined,
    environments: [],
    issuers: [],
    access: [],
    embedded: defaultEmbeddedConfig,
  },
  {
    environment: process.env,
    proxy: {},
    serviceToken: undefined,
    budgetOf: (registry, account) => {
      const sleep = async () => {
        process.stdout.write(`${JSON.stringify({ asked })}\n`);
        process.exit(0);
      };
      return openRequestBudget({ redis, registry, account, rates, redisMs, timing: { now: Date.now, sleep } });
    },
  },
);
const location = { registry: 'own', repository: parseRepositoryName('team/app') };
for (;;) {
  await registries.repository(location, 'production').resolve(parseTag('1.0.0'));
  asked += 1;
}
