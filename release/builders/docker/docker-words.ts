/** The command line of a build by docker. */
import { formatPlatform } from '../../../oci/spec/platform.ts';
import type { BuildRequest } from '../builder.ts';
import type { BuildContext } from '../request/build-context.ts';

/** What is decided about a build beside what was asked for. */
export interface DockerPlan {
  readonly context: BuildContext;
  /** What follows each `--secret`. */
  readonly mounts: readonly string[];
  /** What the daemon is to call the image. */
  readonly name: string;
}

/** The words behind `docker`. No secret is among them. */
export function dockerWords(request: BuildRequest, { context, mounts, name }: DockerPlan): readonly string[] {
  const { target, platforms, cache } = request;
  return [
    ...['build', '--tag', name],
    ...(context.file === undefined ? [] : ['--file', context.file]),
    ...(target === undefined ? [] : ['--target', target]),
    ...platforms.flatMap((platform) => ['--platform', formatPlatform(platform)]),
    ...request.buildArgs.flatMap((argument) => ['--build-arg', `${argument.name}=${argument.value}`]),
    ...mounts.flatMap((mount) => ['--secret', mount]),
    ...request.ssh.flatMap((agent) => ['--ssh', agent]),
    ...request.labels.flatMap((label) => ['--label', `${label.name}=${label.value}`]),
    ...cache.from.flatMap((entry) => ['--cache-from', entry]),
    ...(cache.isOff ? ['--no-cache'] : []),
    ...(cache.pull ? ['--pull'] : []),
    context.place,
  ];
}
