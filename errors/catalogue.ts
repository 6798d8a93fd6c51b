/** Every error code there is: what it means, who must act, and the way out. docs/errors.md is made from it. */
import { registryCodes } from './registry-codes.ts';
import { serviceCodes } from './service-codes.ts';

/** All codes, in two files by what they are about. */
export const errorCatalogue = { ...registryCodes, ...serviceCodes } as const;

export type ErrorCode = keyof typeof errorCatalogue;
