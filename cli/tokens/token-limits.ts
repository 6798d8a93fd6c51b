/** What a token is limited to, in words. */
import type { TokenRequest } from '../../api/token.ts';
import { printable } from '../render/width.ts';

/** Where it holds and until when; nothing for what is not limited. */
export function limitsOf({ repositories, expiresAt }: Pick<TokenRequest, 'repositories' | 'expiresAt'>): string[] {
  return [
    ...(repositories === undefined ? [] : [`in ${repositories.map(printable).join(' ')}`]),
    ...(expiresAt === undefined ? [] : [`until ${expiresAt.slice(0, 16).replace('T', ' ')} UTC`]),
  ];
}
