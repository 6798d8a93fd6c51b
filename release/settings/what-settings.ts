/** The settings that say what is released, and where to. */
import { commandNames, type Setting } from './setting.ts';

export const whatSettings = [
  {
    name: 'command',
    kind: 'choice',
    choices: commandNames,
    default: 'release',
    description:
      'What to do: build and release an image, merge the images of a matrix build into one, tag an image that is ' +
      'there, or ask the promotion service to promote, roll back, tell its status or follow a comment.',
    commands: commandNames,
    group: 'what',
  },
  {
    name: 'images',
    kind: 'list',
    description:
      'Repositories the image goes to, one a line, as registry/repository without a tag: the first is pushed to, the ' +
      'others are copied to.',
    commands: ['release', 'merge', 'tag'],
    group: 'what',
  },
  {
    name: 'optional-images',
    kind: 'list',
    description: 'Repositories the image goes to besides, whose failure leaves the release partly done, not failed.',
    commands: ['release', 'merge', 'tag'],
    group: 'what',
  },
  {
    name: 'version',
    kind: 'text',
    description:
      'Version, as 1.2.3, v1.2.3, api-v1.2.3, api/v1.2.3 or refs/tags/v1.2.3; a release takes the git tag when nothing ' +
      'is written, a promotion what is current in the environment before.',
    commands: ['release', 'merge', 'tag', 'promote'],
    group: 'what',
  },
  {
    name: 'version-file',
    kind: 'text',
    description:
      'File that has the version: package.json, Chart.yaml, Cargo.toml, pyproject.toml or a text file; #key after its ' +
      'name reads another key, as in Chart.yaml#appVersion.',
    commands: ['release', 'merge', 'tag'],
    group: 'what',
  },
  {
    name: 'component',
    kind: 'text',
    description:
      'Component that is released where several share a repository: api reads the git tags api-v1.2.3 and api/v1.2.3, ' +
      'and writes the tags api-1.2.3 and api-latest.',
    commands: ['release', 'merge', 'tag'],
    group: 'what',
  },
  {
    name: 'revision',
    kind: 'text',
    description: 'Commit the image is made from, in full, where another one is checked out than the run is about.',
    commands: ['release', 'merge', 'tag'],
    group: 'what',
  },
] as const satisfies readonly Setting[];
