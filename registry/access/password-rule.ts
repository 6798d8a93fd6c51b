/** What may be a password. scrypt takes any length, so the longest is a matter of work, not of what it could read. */
import { passwordBytesMax } from './password.ts';
import { looksLikeToken } from './token-secret.ts';

/** Fewest characters: shorter passwords are guessed, even at the pace that scrypt allows. */
export const passwordCharsMin = 12;

/** What is wrong with the password, without telling it; undefined when nothing is. */
export function passwordFault(password: string): string | undefined {
  if (looksLikeToken(password)) return 'it begins as a token does';
  if (/\p{Cc}/u.test(password)) return 'it has a control character, such as a line break';
  if ([...password].length < passwordCharsMin) return `it is shorter than ${passwordCharsMin} characters`;
  if (Buffer.byteLength(password) > passwordBytesMax) return `it is longer than ${passwordBytesMax} bytes`;
  return undefined;
}
