/** The repositories of the embedded registry that the caller may pull from, page by page. */
import type { RegistryAdmin } from '../../api/client/registry-admin.ts';
import { catalogueSchema } from '../../api/registry/catalogue.ts';

/** All of them, in the registry's order. Spec: distribution-spec v1.1.1, "Listing Tags", whose paging the catalogue has. */
export async function fetchCatalogue(
  registry: RegistryAdmin,
  entriesPerPage: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const query = new URLSearchParams({ n: String(entriesPerPage), last: all.at(-1) ?? '' });
    const path = `/v2/_catalog?${query}`;
    const { repositories } = await registry.request({ method: 'GET', path, schema: catalogueSchema, signal });
    const last = repositories.at(-1);
    // Names only rise, so this ends.
    if (last === undefined || last <= (all.at(-1) ?? '')) return all;
    all.push(...repositories);
  }
}
