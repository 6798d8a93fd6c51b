/** Credentials that a build would take into the image: found before it is built. */
import { InputError } from '../../errors/errors.ts';
import type { BuilderName, BuildParts, BuildRequest } from '../builders/builder.ts';
import { findCredentials } from '../builders/context/find-credentials.ts';
import type { ReleaseWarning } from '../release-outcome.ts';

/** Files that are named; a context with more of them is a home directory. */
const namedMax = 5;

/**
 * The warning about files in the context that hold credentials and that no ignore file keeps out; undefined when there
 * are none.
 * @throws InputError BUILD_INPUT_INVALID for credentials of a cloud: a sign-in action writes them into the workspace, and
 * `COPY .` makes them part of what everybody can pull.
 */
export async function guardContext(
  builder: BuilderName,
  request: BuildRequest,
  { cwd, signal }: Pick<BuildParts, 'cwd' | 'signal'>,
): Promise<ReleaseWarning | undefined> {
  const found = await findCredentials(request, { cwd, builder, signal });
  const named = (paths: readonly string[]) =>
    paths.slice(0, namedMax).join(', ') + (paths.length > namedMax ? ` and ${paths.length - namedMax} more` : '');
  const clouds = found.filter(({ kind }) => kind === 'cloud').map(({ path }) => path);
  if (clouds.length > 0) {
    throw new InputError({
      code: 'BUILD_INPUT_INVALID',
      message: `credentials of a cloud lie in the build context: ${named(clouds)}`,
      wayOut:
        'write gha-creds-*.json and the like into .dockerignore, sign in after the build, or build another directory',
    });
  }
  const others = found.map(({ path }) => path);
  if (others.length === 0) return undefined;
  return {
    code: 'credentials-in-context',
    message: `files with credentials lie in the build context: ${named(others)}; write them into .dockerignore`,
  };
}
