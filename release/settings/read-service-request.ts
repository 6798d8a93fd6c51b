/** From settings to what the promotion service is asked. */
import { InputError } from '../../errors/errors.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';
import { parseWrittenVersion } from './parse-written-version.ts';
import type { PromoteRequest, ServicePlace, ServiceRequest } from './service-request.ts';
import type { SettingValues } from './setting-values.ts';
import type { SettingName } from './settings.ts';

/**
 * What the service is asked by the command.
 * @throws InputError SETTING_INVALID listing all that is wrong with the settings, or when the command is another one's.
 */
export function readServiceRequest(values: SettingValues): ServiceRequest {
  const request = readRequest(values);
  values.faults.assertNone();
  return request;
}

/**
 * The promotion that is asked for after a release; undefined when none is. `released` names what was released; its digest
 * is known when it is. Adds to the faults.
 */
export function readPromotionAfter(
  values: SettingValues,
  released: { readonly app: string; readonly version: string | undefined },
): PromoteRequest | undefined {
  const environment = values.text('promote-to');
  if (environment === undefined) return undefined;
  const app = values.text('app') ?? released.app;
  return promotion(values, { app, environment, version: released.version, digest: undefined });
}

function readRequest(values: SettingValues): ServiceRequest {
  const { command } = values;
  switch (command) {
    case 'promote':
      return promotion(values, {
        app: required(values, 'app'),
        environment: required(values, 'environment'),
        version: readVersion(values),
        digest: readDigest(values),
      });
    case 'rollback':
      return {
        kind: 'rollback',
        service: readPlace(values),
        app: required(values, 'app'),
        environment: required(values, 'environment'),
        to: values.text('to'),
        reason: required(values, 'reason'),
        dryRun: values.flag('dry-run'),
        ...readWait(values),
      };
    case 'status':
      return {
        kind: 'status',
        service: readPlace(values),
        app: values.text('app'),
        environment: values.text('environment'),
      };
    case 'chat':
      return { kind: 'chat', service: readPlace(values), replyToken: values.text('token'), ...readWait(values) };
    case 'release':
    case 'merge':
    case 'tag':
      throw new InputError({ code: 'SETTING_INVALID', message: `the service is not asked by command: ${command}` });
  }
}

function promotion(
  values: SettingValues,
  named: Pick<PromoteRequest, 'app' | 'environment' | 'version' | 'digest'>,
): PromoteRequest {
  return {
    kind: 'promote',
    service: readPlace(values),
    ...named,
    reason: values.text('reason'),
    dryRun: values.flag('dry-run'),
    ...readWait(values),
  };
}

function readVersion(values: SettingValues): string | undefined {
  const value = values.text('version');
  if (value === undefined) return undefined;
  return values.faults.attempt({ setting: 'version', value }, () => parseWrittenVersion(value, '').text, undefined);
}

function readDigest(values: SettingValues): Digest | undefined {
  const value = values.text('digest');
  if (value === undefined) return undefined;
  return values.faults.attempt<Digest | undefined>({ setting: 'digest', value }, () => parseDigest(value), undefined);
}

function readWait(values: SettingValues) {
  return { wait: values.flag('wait'), timeoutMs: values.durationMs('timeout') };
}

function readPlace(values: SettingValues): ServicePlace {
  const value = required(values, 'service-url');
  if (value === '') return { url: '', audience: '' };
  const url = values.faults.attempt({ setting: 'service-url', value }, () => parseServiceUrl(value), '');
  return { url, audience: values.text('service-audience') ?? url };
}

function parseServiceUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new InputError({
      code: 'SETTING_INVALID',
      message: 'not the address of a service',
      wayOut: 'write it as https://promotions.example.com, without user name and query',
    });
  return url.href.replace(/\/+$/, '');
}

/** Empty, and a fault, when there is none. */
function required(values: SettingValues, setting: SettingName<'text'>): string {
  const text = values.text(setting);
  if (text !== undefined) return text;
  values.faults.add({ setting, value: undefined, message: 'missing', wayOut: `${values.command} needs it` });
  return '';
}
