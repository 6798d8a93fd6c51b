/** Templates of repository names: `staging/{app}`, `{repository}`. `locate` of core/environment.ts fills them in. */
import { isRepositoryName } from '../oci/spec/repository-name.ts';

/** Why the text is no template, or undefined when it is one. */
export function templateFault(template: string): string | undefined {
  const filled = template.replaceAll(/\{(?:app|repository)\}/g, 'a');
  const unknown = /\{[^{}]*\}?/.exec(filled)?.[0];
  if (unknown !== undefined) return `unknown placeholder ${unknown}; there are {app} and {repository}`;
  if (isRepositoryName(filled)) return undefined;
  return 'write a repository, such as staging/{app}: lower-case letters, digits and separators, without a host';
}
