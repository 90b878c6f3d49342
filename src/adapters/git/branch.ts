import type { GitCall } from './call.ts'
import { firstWords } from './classify.ts'
import { isBranchName } from './refs.ts'
import type { createShapes } from './shape.ts'
import type { GitOutcome } from './types.ts'

/** Which branch of a remote is followed when the config names none. */
export function createBranches(call: GitCall, shapes: ReturnType<typeof createShapes>) {
  /** Answers of the remotes themselves, until a fetch finds the branch gone. */
  const heads = new Map<string, string>()
  const key = (repo: string, remote: string) => `${repo}\0${remote}`

  async function tracked(
    repo: string,
    remote: string,
    branch: string | undefined,
  ): Promise<GitOutcome<string>> {
    if (branch !== undefined) return isBranchName(branch) ? { kind: 'ok', value: branch } : badName(branch)
    const kept = heads.get(key(repo, remote))
    if (kept !== undefined) return { kind: 'ok', value: kept }
    const shape = await shapes.withRemote(repo, remote)
    if (shape.kind !== 'ok') return shape
    const asked = await call(
      repo,
      ['ls-remote', '--symref', '--end-of-options', remote, 'HEAD', 'refs/heads/main', 'refs/heads/master'],
      { place: { repo, remote }, ownSshCommand: shape.value.ownSshCommand },
    )
    if (asked.kind !== 'ok') return (await remembered(repo, remote)) ?? asked
    const found = headOf(asked.value.toString('utf8'))
    if (found === undefined || !isBranchName(found)) return (await remembered(repo, remote)) ?? empty(remote)
    heads.set(key(repo, remote), found)
    return { kind: 'ok', value: found }
  }

  /** What an earlier clone or fetch wrote down about the remote's HEAD, else main or master if it was ever fetched. */
  async function remembered(repo: string, remote: string): Promise<GitOutcome<string> | undefined> {
    const base = `refs/remotes/${remote}/`
    const head = await call(repo, ['symbolic-ref', '--quiet', `${base}HEAD`], {
      place: { repo },
      fine: [0, 1],
    })
    const text = head.kind === 'ok' ? head.value.toString('utf8').trim() : ''
    if (text.startsWith(base) && isBranchName(text.slice(base.length)))
      return { kind: 'ok', value: text.slice(base.length) }
    const listed = await call(
      repo,
      ['for-each-ref', '--format=%(refname)', '--end-of-options', `${base}main`, `${base}master`],
      { place: { repo } },
    )
    const name = listed.kind === 'ok' ? listed.value.toString('utf8').split('\n')[0]!.slice(base.length) : ''
    return name === '' ? undefined : { kind: 'ok', value: name }
  }

  return { tracked, forget: (repo: string, remote: string) => heads.delete(key(repo, remote)) }
}

/** The remote's HEAD branch; for a remote whose HEAD is detached, main or master if it exists. */
function headOf(listing: string): string | undefined {
  const lines = listing.split('\n').map((line) => line.split('\t'))
  const symref = lines.find(([what, name]) => name === 'HEAD' && what?.startsWith('ref: refs/heads/'))
  if (symref !== undefined) return symref[0]!.slice('ref: refs/heads/'.length)
  const there = (name: string) => lines.some(([, ref]) => ref === `refs/heads/${name}`)
  return ['main', 'master'].find(there)
}

const badName = (branch: string): GitOutcome<never> => ({
  kind: 'broken',
  code: 'no-branch',
  why: `"${firstWords(branch)}" is not the name of a branch`,
  fix: 'Write a branch name such as main in [loop.handoff] branch.',
})

const empty = (remote: string): GitOutcome<never> => ({
  kind: 'broken',
  code: 'no-branch',
  why: `the remote ${remote} has no branch yet, or its HEAD names none`,
  fix: 'Push the first commit, or set branch in [loop.handoff].',
})
