/** Every error code there is: what it means, who must act, and the way out. docs/errors.md is made from it. */
import { buildCodes } from './build-codes.ts';
import { registryCodes } from './registry-codes.ts';
import { serviceCodes } from './service-codes.ts';

/** All codes, in files by what they are about. */
export const errorCatalogue = { ...buildCodes, ...registryCodes, ...serviceCodes } as const;

export type ErrorCode = keyof typeof errorCatalogue;
