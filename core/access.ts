/** Who may do what: the one table of roles, used by the embedded registry and by the service. */

/** What can be done. `push` includes writing tags; `administer` is tokens, users and everything else. */
export type Verb = 'read' | 'pull' | 'push' | 'delete' | 'promote' | 'rollback' | 'administer';

/** The roles there are, from least to most powerful. */
export const roles = ['viewer', 'pusher', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

const verbsOf: Readonly<Record<Role, readonly Verb[]>> = {
  viewer: ['read', 'pull'],
  pusher: ['read', 'pull', 'push'],
  operator: ['read', 'pull', 'push', 'promote', 'rollback'],
  admin: ['read', 'pull', 'push', 'delete', 'promote', 'rollback', 'administer'],
};

/** The authenticated person or workload that caused something. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
}

/** Whether the role includes the verb. */
export function roleMay(role: Role, verb: Verb): boolean {
  return verbsOf[role].includes(verb);
}
