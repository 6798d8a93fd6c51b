/** A git repository with something to release, as GitHub would have it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface SourceRepository {
  readonly path: string;
  /** Commits the files and what was there; answers the commit. */
  commit(files: Readonly<Record<string, string>>): string;
  /** Points the tag at the commit that is checked out. */
  tag(name: string): void;
  checkout(ref: string): void;
  /** What each tag names. */
  tags(): ReadonlyMap<string, string>;
}

/** A repository of acme/app in a new directory, with an empty main branch. */
export function openSourceRepository(path: string): SourceRepository {
  mkdirSync(path);
  const identity = ['-c', 'user.name=ann', '-c', 'user.email=ann@localhost'];
  const git = (...words: readonly string[]) =>
    execFileSync('git', [...identity, ...words], { cwd: path, encoding: 'utf8', stdio: 'pipe' }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/acme/app');
  return {
    path,
    commit(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', Object.keys(files).join(', '));
      return git('rev-parse', 'HEAD');
    },
    tag: (name) => void git('tag', '--force', name),
    tags() {
      const lines = git('for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/tags').split('\n');
      return new Map(lines.map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
    },
    checkout: (ref) => void git('checkout', '--quiet', ref),
  };
}
