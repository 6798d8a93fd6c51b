/** What is built, and how, from the settings of the build. Adds to the faults. */
import { type Platform, parsePlatformText } from '../../oci/spec/platform.ts';
import type { BuildRequest, BuildSecret } from '../builders/builder.ts';
import type { ImageLabels } from './image-labels.ts';
import type { ReadyChoice } from './read-ready-image.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingValues } from './setting-values.ts';

/** What is known of the image before it is built. */
export interface BuildParts extends ReadyChoice, ImageLabels {
  readonly createdAt: number | undefined;
  /** The name the builder's own storage would know it by. */
  readonly localName: string | undefined;
}

/** The build. */
export function readBuild(values: SettingValues, parts: BuildParts): BuildRequest {
  return {
    builder: parts.builder,
    builderInstance: values.text('builder-instance'),
    context: values.text('context') ?? '.',
    file: values.text('file'),
    target: values.text('target'),
    platforms: readPlatforms(values),
    buildArgs: values.pairs('build-args'),
    secrets: readSecrets(values),
    ssh: values.list('ssh'),
    labels: parts.labels,
    annotations: parts.annotations,
    cache: {
      from: values.list('cache-from'),
      to: values.list('cache-to'),
      isOff: values.flag('no-cache'),
      pull: values.flag('pull'),
    },
    attestations: {
      provenance: values.text('provenance'),
      sbom: values.text('sbom'),
      placement: values.choice('attestations'),
    },
    ready: parts.ready,
    createdAt: parts.createdAt,
    loadAs: values.flag('load') ? parts.localName : undefined,
  };
}

/** A word for each build argument that is called like a secret: anybody can read it from the image. */
export function noticeReadableArgs(values: SettingValues): readonly SettingNotice[] {
  return values
    .pairs('build-args')
    .filter(
      ({ name, value }) =>
        value !== '' && /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|PRIVATE_KEY)S?$/i.test(name),
    )
    .map(({ name }) => ({
      code: 'build-arg-readable',
      message: `the build argument ${name} can be read from the image; a secret belongs under secrets`,
    }));
}

function readPlatforms(values: SettingValues): readonly Platform[] {
  return [...new Set(values.list('platforms'))].flatMap((value) =>
    values.faults.attempt({ setting: 'platforms', value }, () => [parsePlatformText(value)], []),
  );
}

function readSecrets(values: SettingValues): readonly BuildSecret[] {
  const secrets: readonly BuildSecret[] = [
    ...values.pairs('secrets').map(({ name, value }) => ({ id: name, kind: 'value' as const, value })),
    ...values.pairs('secret-envs').map(({ name, value }) => ({ id: name, kind: 'env' as const, variable: value })),
    ...values.pairs('secret-files').map(({ name, value }) => ({ id: name, kind: 'file' as const, path: value })),
  ];
  const ids = secrets.map(({ id }) => id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index)))
    addSecretFault(values, `the id ${id} is given twice`, 'give each secret an id of its own');
  for (const id of ids.filter((one) => !/^[\w.-]+$/.test(one)))
    addSecretFault(
      values,
      `not the id of a secret, ${id.length} characters long`,
      'write letters, digits, dots, dashes; put a value of several lines in double quotes',
    );
  return secrets;
}

/** Without the value: a line of a secret may stand where an id should. */
function addSecretFault(values: SettingValues, message: string, wayOut: string): void {
  values.faults.add({ setting: 'secrets', value: undefined, message, wayOut });
}
