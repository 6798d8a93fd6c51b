/** Commands in a chat or a comment: `/promote web 1.2.3 to production`. */
import type { Digest } from '../oci/spec/digest.ts';
import { quoteChatText } from './chat-words.ts';

/** What somebody asks for. An environment is always named: none is ever assumed. */
export type ChatCommand =
  | {
      readonly verb: 'promote';
      readonly app: string;
      /** Version or digest; neither: what is current in the environment before. */
      readonly version: string | undefined;
      readonly digest: Digest | undefined;
      readonly environment: string;
      readonly dryRun: boolean;
      readonly reason: string | undefined;
    }
  | {
      readonly verb: 'rollback';
      readonly app: string;
      readonly environment: string;
      /** Version, digest or history number (r12); undefined: the last good release. */
      readonly to: string | undefined;
      readonly dryRun: boolean;
      readonly reason: string;
    }
  | { readonly verb: 'status'; readonly app: string | undefined }
  | { readonly verb: 'help' };

/** A verb that is understood. */
export type ChatVerb = ChatCommand['verb'];

/** How each verb is written. */
export const chatUsage: Readonly<Record<ChatVerb, string>> = {
  promote: '/promote APP [VERSION|DIGEST] to ENVIRONMENT [--noop] [--reason WHY]',
  rollback: '/rollback APP ENVIRONMENT [to VERSION|rN|DIGEST] [--noop] WHY',
  status: '/status [APP]',
  help: '/help',
};

/** Verbs of the grammar that this version answers by saying that it has them not. */
export const unsupportedChatVerbs: readonly string[] = [
  ...['approve', 'cancel', 'diff', 'history', 'hold', 'lock', 'locks', 'reject', 'resume', 'retry', 'unlock', 'wcid'],
];

/** The command as a line that is read back as the same command. */
export function formatChatCommand(command: ChatCommand): string {
  const flags = 'dryRun' in command && command.dryRun ? ['--noop'] : [];
  switch (command.verb) {
    case 'promote': {
      const { app, version, digest, environment, reason } = command;
      const release = version ?? digest;
      const why = reason === undefined ? [] : ['--reason', quoteChatText(reason)];
      return ['/promote', app, ...(release === undefined ? [] : [release]), 'to', environment, ...flags, ...why].join(
        ' ',
      );
    }
    case 'rollback': {
      const { app, environment, to, reason } = command;
      // Unquoted it would stand before a target.
      const place = environment === 'to' ? quoteChatText(environment) : environment;
      const target = to === undefined ? [] : ['to', to];
      return ['/rollback', app, place, ...target, ...flags, quoteChatText(reason)].join(' ');
    }
    case 'status':
      return command.app === undefined ? '/status' : `/status ${command.app}`;
    case 'help':
      return '/help';
  }
}
