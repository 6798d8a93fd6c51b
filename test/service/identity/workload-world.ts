/** An API that believes a local issuer, with rules as a configuration would have them. */
import type { InjectOptions } from 'fastify';
import { parseConfig } from '../../../api/config.ts';
import { openIdentity } from '../../../identity/identity.ts';
import type { HttpParts } from '../../../service/http/open-http.ts';
import { type LocalIssuer, openLocalIssuer, testAudience } from '../../identity/local-issuer.ts';
import { type Answer, type HttpBench, openHttpBench, startOfTime } from '../http/http-bench.ts';

export interface WorkloadWorld {
  readonly bench: HttpBench;
  readonly issuer: LocalIssuer;
  /** Sends a request with the token. */
  callWith(token: string, request: InjectOptions): Promise<Answer>;
  /** Sends a request as a run in acme/web whose token has these claims. */
  callAs(claims: Readonly<Record<string, unknown>>, request: InjectOptions): Promise<Answer>;
  /** Lets time pass for the API and its identities; tokens are made for the beginning. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

/** Rules for acme/web: its main branch may promote everywhere, its tags to staging alone; acme/ops may only read. */
export const sampleRules = `
  - who: { repository: acme/web, repositoryId: 456789, ownerId: 123456, ref: refs/heads/main, environment: production,
           workflow: .github/workflows/promote.yml@refs/heads/main, runner: github-hosted }
    may: [promote, rollback]
    in: [staging, production]
    apps: [web]
  - who: { repository: acme/web, repositoryId: 456789, ownerId: 123456, ref: refs/tags/v* }
    may: [promote]
    in: [staging]
  - { who: { repository: acme/ops, repositoryId: 777, ownerId: 123456 }, may: [read] }
`;

/** Opens the world; whoever opens it closes it. */
export async function openWorkloadWorld(
  rules: string = sampleRules,
  parts: Partial<Pick<HttpParts, 'promotions'>> = {},
): Promise<WorkloadWorld> {
  const issuer = await openLocalIssuer();
  const { issuers, access } = parseConfig(configText(issuer.url, rules), 'world.yaml');
  let passedMs = 0;
  const now = () => startOfTime + passedMs;
  const identity = await openIdentity({ issuers, rules: () => access, proxy: {}, now, onEvent: () => {} });
  const bench = await openHttpBench({ now }, { identity, ...parts });
  const callWith = (token: string, request: InjectOptions) =>
    bench.call('nobody', { ...request, headers: { authorization: `Bearer ${token}`, ...request.headers } });
  return {
    bench,
    issuer,
    callWith,
    callAs: async (claims, request) => callWith(await issuer.token(claims), request),
    pass: (seconds) => {
      passedMs += seconds * 1000;
    },
    close: async () => {
      await bench.close();
      await identity.close();
      await issuer.close();
    },
  };
}

function configText(issuer: string, rules: string): string {
  return `
registries: { hub: { url: localhost:1 } }
apps: { web: { repository: acme/web }, team/api: { repository: acme/api } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  staging: { registry: hub, repository: "staging/{app}", from: dev }
  production: { registry: hub, repository: "production/{app}", from: staging }
identity: { issuers: { github: { issuer: "${issuer}", audience: "${testAudience}" } } }
access:${rules}`;
}
