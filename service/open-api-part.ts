/** The API as a part: HTTP over the one door, the event stream, readiness and metrics. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AccessRule } from '../core/access-rule.ts';
import { readProxyEnvironment } from '../core/proxy-environment.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import { type CurrentRules, fixedRules, followRules } from '../registry/access/current-rules.ts';
import { openEventFeed } from './events/open-event-feed.ts';
import { openHttp } from './http/open-http.ts';
import { identityEventLine } from './identity/identity-event-line.ts';
import { rulesEventLine } from './identity/rules-event-line.ts';
import { openBell } from './lanes/bell.ts';
import { loadConfig } from './load-config.ts';
import { type FoundationInit, openFoundation } from './open-foundation.ts';
import { openPromotions } from './open-promotions.ts';
import { writeLogLine } from './process/part-log.ts';
import type { OpenPart } from './process/run-part.ts';
import { stopAtStep } from './process/stop-at-step.ts';
import { openHealth } from './read-health.ts';

/** What the API needs beside the foundation's sources. */
export interface ApiPartInit extends FoundationInit {
  readonly version: string;
  readonly now: () => number;
  /** Random text of at least 128 bits, without colons. */
  readonly newId: () => string;
}

/** Opens the API and listens. */
export async function openApiPart(init: ApiPartInit): Promise<OpenPart> {
  const { settings, log, now, newId } = init;
  const foundation = await openFoundation('producer', init);
  const { access, config, connect, redis, redisShown, registries } = foundation;
  const bellRedis = connect('producer');
  const bell = openBell(bellRedis);
  // Its reads block longer than a producer's commands may take.
  const events = openEventFeed(redis, connect('worker'));
  let identity: Identity | undefined;
  const close = async () => {
    events.close();
    await identity?.close();
    await bell.close();
    bellRedis.disconnect();
    await foundation.close();
  };
  try {
    const metrics = new Registry();
    collectDefaultMetrics({ register: metrics });
    const onStep = stopAtStep(init.environment['REGISTRY_ACTION_STOP_AT']);
    const promotions = openPromotions({ redis, config, registries, bell, now, newId, onStep });
    const health = openHealth(redis);
    const rules = await rulesOf(config.access, init);
    if (config.issuers.length > 0) {
      identity = await openIdentity({
        issuers: config.issuers,
        rules: () => rules.list,
        proxy: readProxyEnvironment(init.environment),
        now,
        onEvent: (event) => writeLogLine(log, identityEventLine(event)),
      });
    }
    const parts = {
      ...{ promotions, access, events, health, metrics, log, redisShown },
      ...(identity === undefined ? {} : { identity }),
      rules,
    };
    const http = await openHttp(parts, { host: settings.host, version: init.version, now });
    const url = await http.listen(settings.apiPort);
    return {
      url,
      close: async () => {
        await http.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The rules, taken from the configuration file whenever it changes: the embedded registry has them from there, too. */
async function rulesOf(access: readonly AccessRule[], { settings, log }: ApiPartInit): Promise<CurrentRules> {
  const { configFile: path, embeddedRegistryUrl } = settings;
  if (path === undefined) return fixedRules(access);
  return await followRules({
    path,
    read: async () => (await loadConfig(path, embeddedRegistryUrl)).access,
    onEvent: (event) => writeLogLine(log, rulesEventLine(event)),
  });
}
