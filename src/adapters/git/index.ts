import { createBranches } from './branch.ts'
import { createCall } from './call.ts'
import { showFile } from './contents.ts'
import { branchFolders, commonDir, localPath, repoAt, trackingFolders } from './folders.ts'
import { createHistory } from './history.ts'
import { cursorRef, isBranchName, isHash, tipRef } from './refs.ts'
import { createRunner } from './run.ts'
import { createShapes } from './shape.ts'
import type { Git, GitOptions, GitOutcome } from './types.ts'

export { isBranchName, isHash, isTreePath } from './refs.ts'
export type { Commit, Git, GitOutcome, GitTrouble } from './types.ts'

/** The only door to git. Never throws for what git does; see docs/decisions/0006-git-handoff-cursor.md. */
export function createGit(options: GitOptions = {}): Git {
  const runner = createRunner()
  const call = createCall(runner, options)
  const shapes = createShapes(call)
  const branches = createBranches(call, shapes)
  const history = createHistory(call)

  async function fetch(repo: string, remote: string, branch: string): Promise<GitOutcome<string>> {
    if (!isBranchName(branch)) return branches.tracked(repo, remote, branch)
    const shape = await shapes.withRemote(repo, remote)
    if (shape.kind !== 'ok') return shape
    const ref = tipRef(remote, branch)
    const fetched = await call(repo, [...FETCH, '--end-of-options', remote, `+refs/heads/${branch}:${ref}`], {
      place: { repo, remote, branch },
      ownSshCommand: shape.value.ownSshCommand,
    })
    if (fetched.kind === 'ok') return resolve(repo, ref)
    if (fetched.kind === 'broken') {
      branches.forget(repo, remote)
      shapes.forget(repo)
    }
    return fetched
  }

  async function resolve(repo: string, ref: string): Promise<GitOutcome<string>> {
    const found = await call(repo, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
      place: { repo },
    })
    if (found.kind !== 'ok') return found
    const hash = found.value.toString('utf8').trim()
    return isHash(hash)
      ? { kind: 'ok', value: hash }
      : { kind: 'retry', why: `git named no commit for ${ref}` }
  }

  async function pin(
    repo: string,
    remote: string,
    branch: string,
    hash: string,
  ): Promise<GitOutcome<undefined>> {
    if (!isBranchName(branch) || !isBranchName(remote) || !isHash(hash))
      return {
        kind: 'broken',
        code: 'config',
        why: 'nothing to pin',
        fix: 'Name a remote, a branch and a commit.',
      }
    const done = await call(repo, ['update-ref', '--no-deref', cursorRef(remote, branch), hash], {
      place: { repo },
    })
    return done.kind === 'ok' ? { kind: 'ok', value: undefined } : done
  }

  async function pinned(
    repo: string,
    remote: string,
    branch: string,
  ): Promise<GitOutcome<string | undefined>> {
    if (!isBranchName(branch) || !isBranchName(remote)) return { kind: 'ok', value: undefined }
    const format = '--format=%(objectname)'
    const found = await call(repo, ['for-each-ref', format, cursorRef(remote, branch)], { place: { repo } })
    if (found.kind !== 'ok') return found
    const hash = found.value.toString('utf8').trim()
    return { kind: 'ok', value: isHash(hash) ? hash : undefined }
  }

  async function show(repo: string, commit: string, path: string): Promise<GitOutcome<string | undefined>> {
    const shape = await shapes.of(repo)
    return shape.kind === 'ok' ? showFile(call, repo, shape.value.prefix, commit, path) : shape
  }

  async function refFolders(
    repo: string,
    remote: string,
    agentClones: readonly string[] = [],
  ): Promise<string[]> {
    const shape = await shapes.of(repo)
    const url = shape.kind === 'ok' ? shape.value.urls.get(remote) : undefined
    // A relative address counts from the top of the work tree; only that one costs a process.
    const top = url === undefined || /^(?:\/|file:)/.test(url) ? repo : await topOf(repo)
    const path = url === undefined ? undefined : localPath(url, top)
    const bare = path === undefined ? undefined : ((await repoAt(path)) ?? (await repoAt(`${path}.git`)))
    const folders = new Set(bare === undefined ? [] : await branchFolders(bare))
    const clones = await Promise.all([repo, ...agentClones].map(commonDir))
    for (const clone of new Set(clones))
      if (clone !== undefined) for (const folder of await trackingFolders(clone)) folders.add(folder)
    return [...folders]
  }

  async function topOf(repo: string): Promise<string> {
    const top = await call(repo, ['rev-parse', '--show-toplevel'], { place: { repo } })
    return top.kind === 'ok' ? top.value.toString('utf8').replace(/\n$/, '') : repo
  }

  return {
    trackedBranch: branches.tracked,
    fetch,
    ...history,
    pin,
    pinned,
    show,
    refFolders,
    close: runner.close,
  }
}

/** Into our private ref and nowhere else: no FETCH_HEAD, no remote-tracking refs (`--refmap=`), no tags, no pruning. */
const FETCH = [
  'fetch',
  '--quiet',
  '--no-write-fetch-head',
  '--no-tags',
  '--no-prune',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--refmap=',
]
