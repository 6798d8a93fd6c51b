/** The settings that name images which are there already, or files that become one without a builder. */
import type { Setting } from './setting.ts';

export const readySettings = [
  {
    name: 'source',
    kind: 'text',
    description:
      'Image that is there already: oci:directory, oci:directory:tag or oci:directory@digest for an image layout, ' +
      'docker-archive:file or docker-archive:file:tag, registry/repository@digest, or dir:directory for plain files.',
    commands: ['release', 'tag'],
    group: 'ready',
  },
  {
    name: 'sources',
    kind: 'list',
    description:
      'Images that are merged into one index, as digests in the first of the images or as registry/repository@digest.',
    commands: ['merge'],
    group: 'ready',
  },
  {
    name: 'entrypoint',
    kind: 'words',
    description: 'Entry point of an image of plain files (dir:): a JSON array, or words with space between them.',
    commands: ['release'],
    group: 'ready',
  },
  {
    name: 'cmd',
    kind: 'words',
    description: 'Arguments of the entry point of an image of plain files, written like it.',
    commands: ['release'],
    group: 'ready',
  },
  {
    name: 'workdir',
    kind: 'text',
    description: 'Working directory of an image of plain files.',
    commands: ['release'],
    group: 'ready',
  },
  {
    name: 'user',
    kind: 'text',
    description: 'User that an image of plain files runs as, such as 65532:65532.',
    commands: ['release'],
    group: 'ready',
  },
  {
    name: 'env',
    kind: 'pairs',
    description: 'Environment variables of an image of plain files, NAME=value, one a line.',
    commands: ['release'],
    group: 'ready',
  },
  {
    name: 'ports',
    kind: 'list',
    description: 'Ports that an image of plain files listens on, such as 8080 or 53/udp.',
    commands: ['release'],
    group: 'ready',
  },
] as const satisfies readonly Setting[];
