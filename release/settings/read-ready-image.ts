/** The image that a run takes instead of building one. Adds to the faults. */
import type { BuilderName, ReadyImage, RunSettings } from '../builders/builder.ts';
import type { ImagePlace } from '../release-request.ts';
import { parsePinned, parseReadyImage } from './parse-ready-image.ts';
import type { SettingValues } from './setting-values.ts';
import type { SettingName } from './settings.ts';

/** What builds, and what it takes. */
export interface ReadyChoice {
  readonly builder: BuilderName | 'auto';
  readonly ready: ReadyImage | undefined;
}

/** `none` where something is there already; what makes no sense together is a fault. */
export function readReadyImage(values: SettingValues, home: ImagePlace | undefined): ReadyChoice {
  switch (values.command) {
    case 'merge':
      return { builder: 'none', ready: readMerge(values, home) };
    case 'tag':
      return { builder: 'none', ready: readTagged(values, home) };
    default:
      return readSource(values);
  }
}

function readMerge(values: SettingValues, home: ImagePlace | undefined): ReadyImage {
  const sources = values.list('sources');
  if (sources.length === 0) addMissing(values, 'sources', 'name the digests of the images to merge, one a line');
  const references = sources.flatMap((value) =>
    values.faults.attempt({ setting: 'sources', value }, () => [parsePinned(value, home)], []),
  );
  return { kind: 'merge', references: [...new Set(references)] };
}

function readTagged(values: SettingValues, home: ImagePlace | undefined): ReadyImage | undefined {
  const [source, digest] = [values.text('source'), values.text('digest')];
  if (source !== undefined && digest !== undefined)
    addExcess(values, 'digest', 'name the image once: by source or digest');
  if (source !== undefined) return parseSource(values, source);
  if (digest === undefined) {
    addMissing(values, 'digest', 'name the image to tag: its digest in the first of the images, or a source');
    return undefined;
  }
  const parse = (): ReadyImage => ({ kind: 'digest', reference: parsePinned(digest, home) });
  return values.faults.attempt<ReadyImage | undefined>({ setting: 'digest', value: digest }, parse, undefined);
}

function readSource(values: SettingValues): ReadyChoice {
  const builder = values.choice('builder');
  const source = values.text('source');
  const ready = source === undefined ? undefined : parseSource(values, source);
  if (source === undefined && builder === 'none')
    addMissing(values, 'source', 'builder none builds nothing: name the image, or choose another builder');
  if (source !== undefined && builder !== 'none' && builder !== 'auto')
    addExcess(values, 'source', `${builder} builds from context: leave out source, or set builder to none`);
  if (ready?.kind !== 'directory') addUnusedRun(values);
  return { builder: source === undefined ? builder : 'none', ready };
}

function parseSource(values: SettingValues, value: string): ReadyImage | undefined {
  const parse = (): ReadyImage => parseReadyImage(value, readRun(values));
  return values.faults.attempt<ReadyImage | undefined>({ setting: 'source', value }, parse, undefined);
}

function readRun(values: SettingValues): RunSettings {
  return {
    entrypoint: values.list('entrypoint'),
    cmd: values.list('cmd'),
    workdir: values.text('workdir'),
    user: values.text('user'),
    env: values.pairs('env'),
    ports: values.list('ports').filter((value) => isPort(values, value)),
  };
}

function isPort(values: SettingValues, value: string): boolean {
  const [, port] = /^(\d{1,5})(?:\/(?:tcp|udp))?$/.exec(value) ?? [];
  const isValid = Number(port) >= 1 && Number(port) <= 65_535;
  if (!isValid)
    values.faults.add({
      setting: 'ports',
      value,
      message: 'not a port',
      wayOut: 'write it as 8080, 8080/tcp or 53/udp',
    });
  return isValid;
}

const runSettingNames = ['entrypoint', 'cmd', 'workdir', 'user', 'env', 'ports'] as const;

function addUnusedRun(values: SettingValues): void {
  for (const name of runSettingNames)
    if (values.isGiven(name)) addExcess(values, name, 'it is for plain files: name them with source: dir:directory');
}

function addMissing(values: SettingValues, setting: SettingName, wayOut: string): void {
  values.faults.add({ setting, value: undefined, message: 'missing', wayOut });
}

function addExcess(values: SettingValues, setting: SettingName, wayOut: string): void {
  values.faults.add({ setting, value: undefined, message: 'not to be used here', wayOut });
}
