import type { GitCall } from './call.ts'
import { LOG_FORMAT, parseLog, parsePatchIds, toCommit } from './commits.ts'
import { isHash, isTreePath } from './refs.ts'
import type { Commit, GitOutcome } from './types.ts'

/** Commits of one answer whose patch is computed; older ones of a longer list are told apart by their hash. */
const PATCHED = 1000
/** Patches of huge commits take long; without them the answer is still right, only less sure of rebased copies. */
const PATCH_DEADLINE_MS = 8000

const PLAIN = ['-z', '--no-show-signature', '--no-color', '--no-decorate', '--no-mailmap', '--topo-order']
/** Diff settings that no configuration may change, so that a patch keeps its id. */
const PATCH = ['-p', '-U3', '--no-ext-diff', '--no-textconv', '--no-color', '--no-renames', '--full-index']
const PREFIXES = ['--src-prefix=a/', '--dst-prefix=b/', '--diff-algorithm=myers', '--ignore-submodules=none']

const unknownCommit = (hash: string): GitOutcome<never> => ({
  kind: 'broken',
  code: 'missing-object',
  why: `"${hash.slice(0, 64)}" is not a commit's hash`,
  fix: 'The next fetch reads the branch anew.',
})

export function createHistory(call: GitCall) {
  async function log(repo: string, range: string, limit: number): Promise<GitOutcome<Commit[]>> {
    const count = Math.max(1, Math.floor(limit))
    const what = ['--end-of-options', range, '--']
    const [plain, patches] = await Promise.all([
      call(repo, ['log', ...PLAIN, '--no-patch', LOG_FORMAT, '-n', `${count}`, ...what], { place: { repo } }),
      call(
        repo,
        ['log', ...PLAIN.slice(1), ...PATCH, ...PREFIXES, '-n', `${Math.min(count, PATCHED)}`, ...what],
        { place: { repo }, into: ['patch-id', '--stable'], deadlineMs: PATCH_DEADLINE_MS },
      ),
    ])
    if (plain.kind !== 'ok') return plain
    const ids = patches.kind === 'ok' ? parsePatchIds(patches.value) : undefined
    const logged = parseLog(plain.value)
    const commits = logged.map((one, at) => toCommit(one, at < PATCHED ? ids : undefined))
    return { kind: 'ok', value: commits.reverse() }
  }

  async function commitsBetween(repo: string, from: string, to: string, limit: number) {
    if (!isHash(from)) return unknownCommit(from)
    if (!isHash(to)) return unknownCommit(to)
    const range = `${from}..${to}`
    const commits = await log(repo, range, limit)
    if (commits.kind !== 'ok') return commits
    if (commits.value.length < limit) return withTotal(commits.value, commits.value.length)
    const count = await call(repo, ['rev-list', '--count', '--end-of-options', range, '--'], {
      place: { repo },
    })
    return count.kind === 'ok' ? withTotal(commits.value, Number(count.value.toString())) : count
  }

  async function recent(repo: string, to: string, limit: number): Promise<GitOutcome<Commit[]>> {
    return isHash(to) ? log(repo, to, limit) : unknownCommit(to)
  }

  async function touchedBetween(repo: string, from: string, to: string, path: string) {
    if (!isHash(from) || !isHash(to)) return unknownCommit(isHash(from) ? to : from)
    if (!isTreePath(path)) return { kind: 'ok', value: false } as const
    const found = await call(
      repo,
      ['rev-list', '--full-history', '-n', '1', '--end-of-options', `${from}..${to}`, '--', path],
      { place: { repo } },
    )
    return found.kind === 'ok' ? ({ kind: 'ok', value: found.value.length > 0 } as const) : found
  }

  return { commitsBetween, recent, touchedBetween }
}

const withTotal = (commits: Commit[], total: number) => ({ kind: 'ok', value: { commits, total } }) as const
