/** The policy of the tag ladder, from the settings that decide about tags. Adds to the faults. */
import { defaultLadderPolicy, type LadderPolicy, parseLadderPolicy } from '../../core/ladder-policy.ts';
import { defaultNaming, parseTagNaming, type TagNaming } from '../../core/tag-naming.ts';
import { parseWrittenVersion } from './parse-written-version.ts';
import type { SettingValues } from './setting-values.ts';

/** Where a setting cannot be taken, the default stands in its place until the faults are told. */
export function readLadderPolicy(values: SettingValues): LadderPolicy {
  const { faults } = values;
  const naming = readNaming(values);
  const rungs = values.list('rungs');
  const latest = values.text('latest') ?? 'auto';
  return {
    naming,
    rungs: faults.attempt(
      { setting: 'rungs', value: rungs.join(', ') },
      () => parseLadderPolicy({ rungs }).rungs,
      defaultLadderPolicy.rungs,
    ),
    zeroMajor: values.flag('zero-major'),
    latest: faults.attempt(
      { setting: 'latest', value: latest },
      () => parseLadderPolicy({ latest }).latest,
      defaultLadderPolicy.latest,
    ),
    channels: {
      includeStable: values.flag('channel-includes-stable'),
      reserved: values.list('reserved-channels'),
    },
    yanked: values.list('yanked').flatMap((value) => {
      const parse = () => [parseWrittenVersion(value, naming.component).text];
      return faults.attempt({ setting: 'yanked', value }, parse, []);
    }),
    holds: values.list('holds').flatMap((value) => {
      const parse = () => parseLadderPolicy({ naming, holds: [value] }).holds;
      return faults.attempt({ setting: 'holds', value }, parse, []);
    }),
  };
}

function readNaming(values: SettingValues): TagNaming {
  const { faults } = values;
  const component = normalComponent(values.text('component') ?? '');
  const variant = values.text('variant') ?? '';
  const parts = [
    faults.attempt({ setting: 'component', value: component }, () => parseTagNaming({ component }), defaultNaming),
    faults.attempt({ setting: 'variant', value: variant }, () => parseTagNaming({ variant }), defaultNaming),
  ] as const;
  const variants = values.list('variants').filter((value) => {
    const parse = () => parseTagNaming({ variants: [value] }).variants.length > 0;
    return faults.attempt({ setting: 'variants', value }, parse, false);
  });
  return parseTagNaming({
    component: parts[0].component,
    variant: parts[1].variant,
    variants,
    tagPrefix: values.choice('tag-prefix') === 'v' ? 'v' : '',
    buildMetadata: values.choice('build-metadata'),
  });
}

/** `api`, `api/` and `api@` are `api-` in tags of images. */
function normalComponent(written: string): string {
  if (written === '') return '';
  const component = written.replace(/[/@]$/, '-');
  return /[._-]$/.test(component) ? component : `${component}-`;
}
