import { join } from 'node:path';
import { GuestkitError } from '../errors.ts';

/** What git prints is bounded by the size of the repository. */
const MAX_OUTPUT_BYTES = 256 * 2 ** 20;

/**
 * The absolute paths of the files that git sees as changed: in the working tree, in the index, untracked, and
 * in commits since the current branch left `ref`.
 * @throws GuestkitError `usage` where there is no repository, no git, or no such revision
 */
export function changedFiles(ref: string): Set<string> {
  const root = git(['rev-parse', '--show-toplevel']).replace(/\n$/, '');
  const revision = git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
    `there is no revision '${ref}'`,
  ).trim();
  const base = git(
    ['merge-base', revision, 'HEAD'],
    `'${ref}' and the current branch share no commit`,
  ).trim();
  // All at the top, so that the paths are relative to it whatever the settings say.
  const changed = git(['-C', root, 'diff', '--name-only', '--no-renames', '-z', base, '--']);
  const untracked = git(['-C', root, 'ls-files', '--others', '--exclude-standard', '--full-name', '-z']);
  const names = `${changed}${untracked}`.split('\0').filter((name) => name !== '');
  return new Set(names.map((name) => join(root, name)));
}

const NO_REPOSITORY = 'It needs git, and a folder that is in a repository with at least one commit.';
const NO_REVISION =
  'Name a commit, a branch or a tag; a shallow clone has few of them (git fetch --unshallow). Filters go before it: guestkit test uart --changed.';

/** @param silence what it means when git fails without a word */
function git(args: readonly string[], silence?: string): string {
  try {
    return process.getBuiltinModule('node:child_process').execFileSync('git', args, {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new GuestkitError('usage', `--changed: ${reason ?? silence ?? String(cause)}`, {
      hint: reason === undefined ? NO_REVISION : NO_REPOSITORY,
      cause,
    });
  }
}

/** `undefined` when git said nothing. */
function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && cause.code === 'ENOENT') return 'git is not installed';
  const [said = ''] = 'stderr' in cause ? String(cause.stderr).trim().split('\n', 1) : [];
  return said === '' ? undefined : `git says: ${said}`;
}
