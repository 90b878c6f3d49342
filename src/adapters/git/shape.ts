import type { GitCall } from './call.ts'
import { firstWords } from './classify.ts'
import { isRemoteName } from './refs.ts'
import type { GitOutcome } from './types.ts'

/** What the repository's configuration says that our calls depend on. */
export interface Shape {
  /** Remote name -> first address. */
  urls: Map<string, string>
  /** The repository or the user chose an ssh command, which our variable would override. */
  ownSshCommand: boolean
  /** Path of the named folder inside the work tree, with a trailing `/`, or empty. */
  prefix: string
}

/** How long a configuration that was read is believed. Milliseconds. */
const BELIEVED_MS = 60_000

/** Reads configuration once a minute per repository; failures are never remembered. */
export function createShapes(call: GitCall) {
  const known = new Map<string, { at: number; shape: Shape }>()

  async function of(repo: string): Promise<GitOutcome<Shape>> {
    const kept = known.get(repo)
    if (kept !== undefined && Date.now() - kept.at < BELIEVED_MS) return { kind: 'ok', value: kept.shape }
    const [prefix, config] = await Promise.all([
      call(repo, ['rev-parse', '--show-prefix'], { place: { repo } }),
      call(repo, ['config', '-z', '--get-regexp', '^(core\\.sshcommand|remote\\..*\\.url)$'], {
        place: { repo },
        // 1: nothing matches.
        fine: [0, 1],
      }),
    ])
    if (prefix.kind !== 'ok') return prefix
    if (config.kind !== 'ok') return config
    const shape = parseConfig(config.value.toString('utf8'), prefix.value.toString('utf8').trimEnd())
    known.set(repo, { at: Date.now(), shape })
    return { kind: 'ok', value: shape }
  }

  /** The shape, once the remote is known to be configured: git itself would take an unknown name for a path. */
  async function withRemote(repo: string, remote: string): Promise<GitOutcome<Shape>> {
    if (!isRemoteName(remote))
      return {
        kind: 'broken',
        code: 'no-remote',
        why: `"${firstWords(remote)}" is not the name of a remote`,
        fix: 'Write the name of a remote, such as origin, in [loop.handoff] remote.',
      }
    const shape = await of(repo)
    if (shape.kind !== 'ok' || shape.value.urls.has(remote)) return shape
    known.delete(repo)
    return {
      kind: 'broken',
      code: 'no-remote',
      why: `${repo} has no remote ${remote}`,
      fix: `Run: git -C ${repo} remote add ${remote} ADDRESS, or set remote in [loop.handoff].`,
    }
  }

  return { of, withRemote, forget: (repo: string) => known.delete(repo) }
}

function parseConfig(text: string, prefix: string): Shape {
  const shape: Shape = { urls: new Map(), ownSshCommand: false, prefix }
  for (const entry of text.split('\0')) {
    const cut = entry.indexOf('\n')
    if (cut < 0) continue
    const key = entry.slice(0, cut)
    const value = entry.slice(cut + 1)
    if (key === 'core.sshcommand') shape.ownSshCommand = true
    else {
      const remote = key.slice('remote.'.length, -'.url'.length)
      if (!shape.urls.has(remote)) shape.urls.set(remote, value)
    }
  }
  return shape
}
