/** Every output there is: its name, what it says, and which commands write it. */
import type { CommandName } from './setting.ts';

/** One output; its value is made in release/outputs/. */
export interface OutputEntry {
  /** In kebab-case. */
  readonly name: string;
  /** One sentence; empty text is written where it has no value. */
  readonly description: string;
  /** `lines`: one a line. */
  readonly format: 'text' | 'lines' | 'flag' | 'json';
  readonly commands: readonly CommandName[];
}

const releasing = ['release', 'merge', 'tag'] as const;

/** In the order of the page. */
export const outputs: readonly OutputEntry[] = [
  { name: 'digest', format: 'text', description: 'Digest of the image or index.', commands: releasing },
  {
    name: 'version',
    format: 'text',
    description: 'Version without v and component; empty for an image that is none.',
    commands: releasing,
  },
  {
    name: 'tags',
    format: 'lines',
    description: 'References of all tags that name the image now, in every registry, one a line.',
    commands: releasing,
  },
  {
    name: 'tag-names',
    format: 'lines',
    description: 'The tags alone, each once, one a line.',
    commands: releasing,
  },
  {
    name: 'moved',
    format: 'json',
    description: 'Tags that were created or moved: an array of {image, tag, from, to}.',
    commands: releasing,
  },
  {
    name: 'held',
    format: 'json',
    description: 'Floating tags that stayed where they are: an array of {image, tag, reason, at}.',
    commands: releasing,
  },
  {
    name: 'images',
    format: 'json',
    description: 'What became of each repository: an array of {image, ref, digest, status, error}.',
    commands: releasing,
  },
  {
    name: 'platforms',
    format: 'json',
    description: 'Digest by platform: an object such as {"linux/amd64": "sha256:…"}.',
    commands: releasing,
  },
  {
    name: 'reused',
    format: 'flag',
    description: 'Whether the version was published from this commit already, so that nothing was built.',
    commands: releasing,
  },
  {
    name: 'subjects',
    format: 'json',
    description: 'Subjects for actions/attest: an array of {name, digest}, one for each repository.',
    commands: releasing,
  },
  {
    name: 'metadata',
    format: 'json',
    description: 'All of the above and the commit, as one object.',
    commands: releasing,
  },
  {
    name: 'promotion-id',
    format: 'text',
    description: 'Id of the promotion; empty when nothing had to change.',
    commands: [...releasing, 'promote', 'rollback', 'chat'],
  },
  {
    name: 'promotion-state',
    format: 'text',
    description:
      'State of the promotion when the step ended: promoted, refused, failed or another word of its lifetime.',
    commands: [...releasing, 'promote', 'rollback', 'chat'],
  },
  {
    name: 'plan',
    format: 'json',
    description: 'The plan of the promotion, as the service answered it.',
    commands: ['promote', 'rollback', 'chat'],
  },
  {
    name: 'status',
    format: 'json',
    description: 'What is current in each environment, as the service answered it.',
    commands: ['status', 'chat'],
  },
];
