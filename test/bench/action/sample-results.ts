/** Results in which every aim is reached, to be spoilt by tests. */
import type { Spread } from '../spread.ts';
import type { ActionResults, ReleaseStanding } from './action-results.ts';
import { fullSizes } from './action-sizes.ts';

/** Five times that are all the same. */
export function always(ms: number): Spread {
  return { count: 5, p50: ms, p95: ms };
}

function standing(contestant: ReleaseStanding['contestant'], buildMs: number, pushMs: number): ReleaseStanding {
  return {
    contestant,
    wallMs: always(buildMs + pushMs),
    buildMs: always(buildMs),
    pushMs: always(pushMs),
    programsMs: always(pushMs / 2),
    requests: { 'HEAD blob': 2, 'PUT manifest': 5 },
    connections: 3,
    sentBytes: 50_000_000,
  };
}

/** The results. */
export const sampleResults: ActionResults = {
  versions: { docker: '20.10.24', buildah: '1.28.2' },
  storage: 'tmpfs',
  sizes: fullSizes,
  bundle: { 'github.cjs': 560_000, 'index.cjs': 1_110_000 },
  nodeMs: always(40),
  starts: [
    { door: 'bundle', builder: 'docker', untilBuildMs: always(300) },
    { door: 'command', builder: 'buildah', untilBuildMs: always(400) },
  ],
  releases: [
    standing('docker', 2000, 3000),
    standing('ours-docker', 2100, 2000),
    standing('buildah', 1000, 2500),
    standing('ours-buildah', 1000, 1500),
    standing('ours-none', 0, 1200),
  ],
  overheads: [
    { builder: 'docker', aloneMs: always(11_000), oursMs: always(11_300), oursBuildMs: always(11_050), ratio: 1.027 },
    { builder: 'buildah', aloneMs: always(10_400), oursMs: always(10_800), oursBuildMs: always(10_400), ratio: 1.038 },
  ],
};
