/** What a runner of GitHub Actions knows of the source, and those of Gitea and Forgejo, which speak like it. */
import type { SourceRef } from '../../core/source-ref.ts';
import { type Environment, firstSet, readCommit, readNumber, readTime } from './environment.ts';
import { type EventPayload, eventPayload } from './event-payload.ts';
import { plainSource } from './source-address.ts';
import type { OwnRegistry, Surroundings } from './surroundings.ts';

/** What an event is about. */
interface EventSubject {
  readonly ref: SourceRef;
  readonly commit: string | undefined;
  readonly committedAt?: number | undefined;
  /** Repository the commit comes from, where it may be another one; undefined when it has been deleted. */
  readonly isForeign: boolean;
}

const gitHub = 'https://github.com';
/** Its runs see neither the secrets of the repository nor a token that may write. */
const dependabot = 'dependabot[bot]';

/**
 * Commit, ref and asker by the environment and the payload of the event. The commit of a pull request is its head: the
 * merge that is checked out is of no branch and will be gone. `now` is when a scheduled run is taken to have begun.
 */
export function githubSurroundings(env: Environment, event: unknown, now: number): Surroundings {
  const payload = eventPayload(event);
  const server = (firstSet(env, 'GITHUB_SERVER_URL') ?? gitHub).replace(/\/+$/, '');
  const repository = firstSet(env, 'GITHUB_REPOSITORY');
  const actor = firstSet(env, 'GITHUB_ACTOR') ?? payload.text('sender.login');
  const subject = readSubject(firstSet(env, 'GITHUB_EVENT_NAME') ?? '', env, payload, now);
  return {
    system: 'github',
    commit: subject.commit,
    source: repository === undefined ? undefined : plainSource(`${server}/${repository}`),
    committedAt: subject.committedAt,
    ref: subject.ref,
    isForeign: subject.isForeign || actor === dependabot,
    runUrl: repository === undefined ? undefined : runUrl(`${server}/${repository}`, env),
    actor,
    ownRegistry: ownRegistry(server, actor ?? 'x-access-token', env),
  };
}

function readSubject(name: string, env: Environment, payload: EventPayload, now: number): EventSubject {
  const own = {
    ref: readGitRef(env, payload),
    commit: readCommit(firstSet(env, 'GITHUB_SHA')),
    isForeign: false,
  };
  switch (name) {
    case 'schedule':
      return own.ref.kind === 'branch' ? { ...own, ref: { kind: 'schedule', branch: own.ref.name, at: now } } : own;
    case 'release': {
      const tag = payload.text('release.tag_name');
      return tag === undefined ? own : { ...own, ref: { kind: 'tag', name: tag } };
    }
    case 'merge_group':
      return { ...own, ...headCommit(payload, 'merge_group.head_commit'), ref: { kind: 'none' } };
    case 'workflow_run':
      return readWorkflowRun(payload);
    case 'issue_comment':
      return readComment(own, payload);
    default:
      return payload.has('pull_request') ? readPullRequest(payload) : readPush(own, payload);
  }
}

/** Of a tag with a message of its own the payload names the tag's object first, and the commit in `head_commit`. */
function readPush(own: EventSubject, payload: EventPayload): EventSubject {
  return { ...own, ...headCommit(payload, 'head_commit') };
}

function readPullRequest(payload: EventPayload): EventSubject {
  const number = payload.number('pull_request.number') ?? payload.number('number');
  return {
    ref: number === undefined ? { kind: 'none' } : { kind: 'pull-request', number },
    commit: readCommit(payload.text('pull_request.head.sha')),
    isForeign: isFromElsewhere(payload.text('pull_request.head.repo.full_name'), payload, 'pull_request.base.repo'),
  };
}

/** The run that ended, not this one: this one has the secrets, whoever caused that one. */
function readWorkflowRun(payload: EventPayload): EventSubject {
  return {
    ref: workflowRunRef(payload),
    commit: readCommit(payload.text('workflow_run.head_sha')),
    committedAt: readTime(payload.text('workflow_run.head_commit.timestamp')),
    isForeign: isFromElsewhere(payload.text('workflow_run.head_repository.full_name'), payload, 'repository'),
  };
}

function workflowRunRef(payload: EventPayload): SourceRef {
  const event = payload.text('workflow_run.event') ?? '';
  const name = payload.text('workflow_run.head_branch');
  if (event.startsWith('pull_request')) {
    const number = payload.number('workflow_run.pull_requests.0.number'); // empty for a fork's
    return number === undefined ? { kind: 'none' } : { kind: 'pull-request', number };
  }
  if (name === undefined) return { kind: 'none' };
  if (event === 'release') return { kind: 'tag', name };
  return branchOf(name, payload);
}

/** Anybody may comment; the commit of a pull request is not in the payload, and the branch's own is another. */
function readComment(own: EventSubject, payload: EventPayload): EventSubject {
  const association = payload.text('comment.author_association') ?? '';
  const isForeign = !['OWNER', 'MEMBER', 'COLLABORATOR'].includes(association);
  const number = payload.number('issue.number');
  if (!payload.has('issue.pull_request') || number === undefined) return { ...own, isForeign };
  return { ref: { kind: 'pull-request', number }, commit: undefined, isForeign };
}

function headCommit(payload: EventPayload, path: string) {
  const commit = readCommit(payload.text(`${path}.id`));
  return commit === undefined ? {} : { commit, committedAt: readTime(payload.text(`${path}.timestamp`)) };
}

function isFromElsewhere(from: string | undefined, payload: EventPayload, home: string): boolean {
  return from === undefined || from !== payload.text(`${home}.full_name`);
}

function readGitRef(env: Environment, payload: EventPayload): SourceRef {
  const [, kind, name] = /^refs\/(heads|tags|pull)\/(.+)$/s.exec(firstSet(env, 'GITHUB_REF') ?? '') ?? [];
  if (name === undefined) return { kind: 'none' };
  if (kind === 'heads') return branchOf(name, payload);
  if (kind === 'tags') return { kind: 'tag', name };
  const number = readNumber(name.split('/')[0]);
  return number === undefined ? { kind: 'none' } : { kind: 'pull-request', number };
}

function branchOf(name: string, payload: EventPayload): SourceRef {
  return { kind: 'branch', name, isDefault: name === payload.text('repository.default_branch') };
}

function isForgejoOrGitea(env: Environment): boolean {
  return firstSet(env, 'GITEA_ACTIONS', 'FORGEJO_ACTIONS') !== undefined;
}

function runUrl(repositoryUrl: string, env: Environment): string | undefined {
  // Gitea and Forgejo count the runs of each repository, and their pages go by that number.
  const id = firstSet(env, isForgejoOrGitea(env) ? 'GITHUB_RUN_NUMBER' : 'GITHUB_RUN_ID');
  return id === undefined ? undefined : `${repositoryUrl}/actions/runs/${id}`;
}

/** The token of a server must not be shown to the registry of another. */
function ownRegistry(server: string, username: string, env: Environment): OwnRegistry | undefined {
  const host = URL.parse(server)?.host;
  if (host === undefined || host === '') return undefined;
  if (server === gitHub) return { registry: 'ghcr.io', username };
  return { registry: isForgejoOrGitea(env) ? host : `containers.${host}`, username };
}
