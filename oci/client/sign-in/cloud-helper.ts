/** Credentials for the registries of clouds, from the programs that their makers publish for it. */
import { InputError } from '../../../errors/errors.ts';
import { findCredentialHelper, runCredentialHelper } from './credential-helper.ts';
import type { CredentialSource } from './credentials.ts';

/** Amazon Elastic Container Registry, Google Artifact Registry, Azure Container Registry. */
export type CloudRegistry = 'ecr' | 'gar' | 'acr';

interface CloudHelp {
  /** What stands after `docker-credential-` in the names of the programs, the best first. */
  readonly helpers: readonly string[];
  /** What else can be done without one. */
  readonly otherwise: string;
}

const cloudHelp: Readonly<Record<CloudRegistry, CloudHelp>> = {
  ecr: {
    helpers: ['ecr-login'],
    otherwise:
      'keep the output of `aws ecr get-login-password` in a file, and write { username: AWS, password: { file: … } }',
  },
  gar: {
    helpers: ['gcloud', 'gcr'],
    otherwise:
      'write { username: oauth2accesstoken, password: { file: … } } for an access token, or the user name _json_key for ' +
      'the key of a service account',
  },
  acr: {
    helpers: ['acr-env', 'acr'],
    otherwise:
      'write { entraToken: { file: … } } for an access token of Microsoft Entra, or the name and password of a token',
  },
};

/**
 * What the cloud's helper knows of the registry; asked each time, since what it knows ends after some hours.
 * @throws InputError CREDENTIALS_INVALID when no helper is installed, or it knows nothing or fails.
 */
export function cloudCredentials(cloud: CloudRegistry, helperPath: string): CredentialSource {
  const { helpers, otherwise } = cloudHelp[cloud];
  return async (host, { signal } = {}) => {
    for (const name of helpers) {
      if ((await findCredentialHelper(name, helperPath)) === undefined) continue;
      const credentials = await runCredentialHelper({ name, helperPath, host, signal });
      if (credentials !== undefined) return credentials;
      throw invalid(`credential helper knows nothing of ${host}: docker-credential-${name}`, otherwise);
    }
    const programs = helpers.map((name) => `docker-credential-${name}`).join(' or ');
    throw invalid(`no credential helper for ${host}: ${programs} is not installed`, `install it, or ${otherwise}`);
  };
}

function invalid(message: string, wayOut: string): InputError {
  return new InputError({ code: 'CREDENTIALS_INVALID', message, wayOut });
}
