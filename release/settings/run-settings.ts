/** The settings of access to registries, of the run itself, and of the promotion service. */
import { commandNames, type Setting } from './setting.ts';

export const accessSettings = [
  {
    name: 'registry-auth',
    kind: 'yaml',
    description: 'Credentials by registry, as YAML: ghcr.io: {username: …, password: …}, one registry a line.',
    commands: ['release', 'merge', 'tag'],
    group: 'access',
    isSecret: true,
  },
  {
    name: 'username',
    kind: 'text',
    description: 'User name for every registry of the images that has no credentials of its own.',
    commands: ['release', 'merge', 'tag'],
    group: 'access',
  },
  {
    name: 'password',
    kind: 'text',
    description: 'Password or token that belongs to username.',
    commands: ['release', 'merge', 'tag'],
    group: 'access',
    isSecret: true,
  },
  {
    name: 'token',
    kind: 'text',
    githubDefault: 'github.token',
    description:
      'Token of GitHub, for ghcr.io when no other credentials are given for it, and for replies to comments.',
    commands: ['release', 'merge', 'tag', 'chat'],
    group: 'access',
    isSecret: true,
  },
  {
    name: 'ca-file',
    kind: 'text',
    description: 'PEM file with certificate authorities to trust besides the system’s.',
    commands: commandNames,
    group: 'access',
  },
  {
    name: 'plain-http',
    kind: 'list',
    description: 'Registries that are spoken to without TLS; those on this machine always are.',
    commands: ['release', 'merge', 'tag'],
    group: 'access',
  },
] as const satisfies readonly Setting[];

export const runSettings = [
  {
    name: 'dry-run',
    kind: 'flag',
    default: 'false',
    description: 'Tells what would be done, and builds and writes nothing.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback'],
    group: 'run',
  },
  {
    name: 'summary',
    kind: 'flag',
    default: 'true',
    description: 'Writes a summary of what was built, moved and held.',
    commands: commandNames,
    group: 'run',
  },
] as const satisfies readonly Setting[];

export const serviceSettings = [
  {
    name: 'service-url',
    kind: 'text',
    description: 'Address of the promotion service.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'status', 'chat'],
    group: 'service',
  },
  {
    name: 'service-audience',
    kind: 'text',
    description: 'Audience of the identity token that is shown to the service; its address when absent.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'status', 'chat'],
    group: 'service',
  },
  {
    name: 'app',
    kind: 'text',
    description:
      'App to promote, roll back or look at; after a release the last word of the first image’s repository when absent.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'status'],
    group: 'service',
  },
  {
    name: 'environment',
    kind: 'text',
    description: 'Environment to promote to, roll back or look at.',
    commands: ['promote', 'rollback', 'status'],
    group: 'service',
  },
  {
    name: 'digest',
    kind: 'text',
    description: 'Digest of the image to promote, or of the one in the first of the images to tag.',
    commands: ['tag', 'promote'],
    group: 'service',
  },
  {
    name: 'to',
    kind: 'text',
    description:
      'What to roll back to: a version, a digest or a history number such as r12; the last good release when absent.',
    commands: ['rollback'],
    group: 'service',
  },
  {
    name: 'reason',
    kind: 'text',
    description: 'Why; others will read it, and a rollback needs it.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback'],
    group: 'service',
  },
  {
    name: 'wait',
    kind: 'flag',
    default: 'true',
    description: 'Waits until the promotion has ended.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'chat'],
    group: 'service',
  },
  {
    name: 'timeout',
    kind: 'duration',
    default: '10m',
    description: 'How long to wait, such as 90s or 10m; the promotion goes on afterwards.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'chat'],
    group: 'service',
  },
  {
    name: 'promote-to',
    kind: 'text',
    description: 'Environment that the version is promoted to after its release.',
    commands: ['release', 'merge', 'tag'],
    group: 'service',
  },
  {
    name: 'on-refusal',
    kind: 'choice',
    choices: ['fail', 'report'],
    default: 'fail',
    description: 'What becomes of the step when a policy refuses the promotion: it fails, or only tells every reason.',
    commands: ['release', 'merge', 'tag', 'promote', 'rollback', 'chat'],
    group: 'service',
  },
] as const satisfies readonly Setting[];
