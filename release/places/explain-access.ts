/** What to do about a registry that does not let us in, as far as its name tells. */
import { AccessError, type CodedError } from '../../errors/errors.ts';
import type { ImagePlace } from '../release-request.ts';
import { placeName } from './place-name.ts';

/** The same error, with a way out for this place where it is one of access. */
export function explainAccess(place: ImagePlace, error: CodedError): CodedError {
  if (!(error instanceof AccessError)) return error;
  const { code, message, signedIn, fields } = error;
  return new AccessError({ code, message, signedIn, fields, wayOut: wayOutAt(place, signedIn), cause: error });
}

function wayOutAt(place: ImagePlace, signedIn: boolean): string {
  if (place.registry !== 'ghcr.io') {
    return signedIn
      ? `let the account that was signed in push to ${placeName(place)}, or name another one`
      : `sign in to ${place.registry} with an account that may push to ${placeName(place)}`;
  }
  const [owner] = place.repository.split('/');
  return [
    'give the job `permissions: packages: write`, and see that it signs in with the token of the job',
    `the name begins with the owner in lower case, here ${owner}`,
    'a package that was first pushed from elsewhere has to admit the repository: package settings, Manage Actions access',
    'a package that is new belongs to whoever pushes it first, and the organisation has to allow that its members create packages',
  ].join('; ');
}
