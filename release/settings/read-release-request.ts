/** From settings and surroundings to what a release is asked to do. */
import { InputError } from '../../errors/errors.ts';
import { formatReference } from '../../oci/spec/reference.ts';
import type { NamedValue } from '../builders/builder.ts';
import type { ImagePlace, ReleaseRequest, Revision } from '../release-request.ts';
import type { RunGit } from '../surroundings/run-git.ts';
import type { Surroundings } from '../surroundings/surroundings.ts';
import { imageLabels, revisionLabel } from './image-labels.ts';
import { mergePlaces, parseImage } from './parse-images.ts';
import { noticeReadableArgs, readBuild } from './read-build.ts';
import { readCredentials } from './read-credentials.ts';
import { readLadderPolicy } from './read-ladder-policy.ts';
import { readReadyImage } from './read-ready-image.ts';
import { readRevision } from './read-revision.ts';
import { readPromotionAfter } from './read-service-request.ts';
import { readSubject } from './read-subject.ts';
import type { ReadFile } from './read-version-file.ts';
import type { RegistryCredentials } from './registry-auth.ts';
import type { PromoteRequest } from './service-request.ts';
import type { CommandName } from './setting.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingValues } from './setting-values.ts';

/** A release, a merge or the tagging of an image that is there, and what belongs to it. */
export interface ReadRelease {
  readonly request: ReleaseRequest;
  /** At most one for a registry; those of the container tools on this machine are not among them. */
  readonly credentials: readonly RegistryCredentials[];
  /** What is asked of the promotion service afterwards. */
  readonly promotion: PromoteRequest | undefined;
  /** To be told; those of the settings are among them. */
  readonly notices: readonly SettingNotice[];
}

/** How the source is looked at. */
export interface SourceAccess {
  readonly readFile: ReadFile;
  /** Tells the time of commits; without it that of another commit than the run is about stays unknown. */
  readonly runGit?: RunGit;
}

/**
 * What a release, merge or tag is asked to do.
 * @throws InputError SETTING_INVALID listing all that is wrong with the settings.
 */
export async function readReleaseRequest(
  values: SettingValues,
  around: Surroundings,
  source: SourceAccess,
): Promise<ReadRelease> {
  if (!isReleasing(values.command)) throw notReleasing(values.command);
  const images = readImages(values);
  const { revision, notices } = await readRevision(values, around, source.runGit);
  const ladder = readLadderPolicy(values);
  const { ref } = around;
  const named = await readSubject(values, { ref, commit: revision.commit, policy: ladder, readFile: source.readFile });
  const written = { labels: values.pairs('labels'), annotations: values.pairs('annotations') };
  const access = readCredentials(values, around, images);
  const [home] = images;
  const build = readBuild(values, {
    ...readReadyImage(values, home),
    ...imageLabels(named.subject, revision, written),
    createdAt: revision.committedAt,
    localName: home && formatReference({ ...placeOf(home), ...(named.tag === undefined ? {} : { tag: named.tag }) }),
  });
  const isWithheld = around.isForeign && !access.isWritten && values.flag('push');
  const push = values.flag('push') && !isWithheld;
  const version = named.subject.kind === 'version' ? named.subject.version.text : undefined;
  const promotion =
    push && home !== undefined ? readPromotionAfter(values, { app: lastWord(home), version }) : undefined;
  values.faults.assertNone();
  return {
    request: {
      images,
      subject: values.flag('by-digest') ? { kind: 'ref', tags: [] } : named.subject,
      revision,
      policy: {
        ladder,
        onExisting: values.choice('on-existing'),
        isProtected: values.flag('protected'),
        partial: values.choice('partial'),
      },
      build,
      effects: { push, load: values.flag('load'), dryRun: values.flag('dry-run') },
    },
    credentials: access.credentials,
    promotion,
    notices: [
      ...values.notices,
      ...(isWithheld ? [pushWithheld] : []),
      ...notices,
      ...named.notices,
      ...noticeReadableArgs(values),
      ...noticeReplacedRevision(build.labels, revision),
    ],
  };
}

function readImages(values: SettingValues): readonly ImagePlace[] {
  const required = readPlaces(values, 'images');
  if (!values.isGiven('images'))
    values.faults.add({
      setting: 'images',
      value: undefined,
      message: 'missing',
      wayOut: 'name at least one repository, such as ghcr.io/owner/app',
    });
  return mergePlaces([...required, ...readPlaces(values, 'optional-images')]);
}

function readPlaces(values: SettingValues, setting: 'images' | 'optional-images'): readonly ImagePlace[] {
  return values
    .list(setting)
    .flatMap((value) => values.faults.attempt({ setting, value }, () => [parseImage(value, setting === 'images')], []));
}

const pushWithheld: SettingNotice = {
  code: 'push-withheld',
  message: 'the image is built and not pushed: who asked for it has no access to the credentials of the registries',
};

function noticeReplacedRevision(labels: readonly NamedValue[], { commit }: Revision): readonly SettingNotice[] {
  const label = labels.find(({ name }) => name === revisionLabel)?.value;
  if (label === undefined || commit === undefined || label === commit) return [];
  const message = `the label ${revisionLabel} says ${label}: another run of commit ${commit} will not know its image`;
  return [{ code: 'revision-label-replaced', message }];
}

function placeOf({ registry, repository }: ImagePlace) {
  return { registry, repository };
}

function lastWord({ repository }: ImagePlace): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function isReleasing(command: CommandName): boolean {
  return command === 'release' || command === 'merge' || command === 'tag';
}

function notReleasing(command: CommandName): InputError {
  return new InputError({ code: 'SETTING_INVALID', message: `nothing is released by command: ${command}` });
}
