import type { EpochMs } from '../core/index.ts'
import { type Followed, lookOnce } from './look.ts'
import type { Stream } from './streams.ts'
import { type HandoffDeps, NOTHING_THERE, type StreamView, type TipLook, type Trouble } from './types.ts'

/** A burst of ref updates is one push. Milliseconds. */
const DEBOUNCE_MS = 20
/** Looks that the watcher asks for start at least this far apart, however busy the refs are. Milliseconds. */
const CLOSEST_MS = 100
/** Longest wait between two tries of a troubled remote. Milliseconds. */
const LONGEST_BACKOFF_MS = 300_000
/** When a branch is looked at again after its watcher was set up. Milliseconds. */
const SECOND_LOOK_MS = 1000
/** How often the folders to watch are looked up again: agents make clones while they work. Milliseconds. */
const FOLDERS_MS = 60_000

/** Follows one branch until closed. Nothing here waits for another branch or for the healing of agents. */
export function createRunner(deps: HandoffDeps, first: Stream, clones: () => string[], pollMs: () => number) {
  const mind: Followed = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
  let stream = first
  let poked = false
  let interrupt = new AbortController()
  let closed = false
  let failures = 0
  let lastOkAt: EpochMs | undefined
  let lastStart = Number.NEGATIVE_INFINITY
  let trouble: StreamView['trouble']
  let watcher: ReturnType<HandoffDeps['watch']> | undefined
  let watched = ''
  let foldersAt = Number.NEGATIVE_INFINITY
  /** The watcher has just been given other folders: a push may have come before it saw them. */
  let unsure = false
  const random = deps.random ?? Math.random

  async function run(): Promise<void> {
    while (!closed) {
      poked = false
      lastStart = deps.clock.now().mono
      // A bug or a full disk in one look must not end the following of this branch.
      const [looked] = await Promise.allSettled([look()])
      if (!closed) settle(looked.status === 'fulfilled' ? looked.value : failure(looked.reason))
      await rest()
    }
  }

  async function look(): Promise<Trouble | undefined> {
    await watchFolders()
    return lookOnce(deps, stream, mind)
  }

  async function watchFolders(): Promise<void> {
    const now = deps.clock.now().mono
    if (now - foldersAt < FOLDERS_MS) return
    foldersAt = now
    const folders = await deps.git.refFolders(stream.repo, stream.remote, clones())
    // Nothing to watch yet, or nothing new.
    if (closed || watched === folders.join('\0')) return
    if (watcher === undefined) watcher = deps.watch(folders, poke)
    else watcher.update(folders)
    watched = folders.join('\0')
    unsure = true
  }

  /** One event when trouble starts, changes its nature or ends; not one per try. */
  function settle(found: Trouble | undefined): void {
    const before = trouble
    if (found === undefined) {
      failures = 0
      trouble = undefined
      lastOkAt = deps.clock.now().wall
      if (before !== undefined) {
        foldersAt = Number.NEGATIVE_INFINITY
        tell(`${stream.remote} of ${stream.repo} can be read again`)
      }
      return
    }
    failures += 1
    const code = found.kind === 'broken' ? found.code : 'retry'
    const fix = found.kind === 'broken' ? found.fix : undefined
    const since = before?.code === code ? before.since : deps.clock.now().wall
    trouble = { code, why: found.why, fix, since }
    const expected = !stream.asked && found.kind === 'broken' && NOTHING_THERE.includes(found.code)
    if (before?.code !== code && !expected) tell(found.why, fix)
  }

  function tell(because: string, fix?: string): void {
    deps.report({ kind: 'git-trouble', because, evidence: fix === undefined ? [] : [fix], repo: stream.repo })
  }

  /** Until the next poll is due or the watcher pokes. */
  async function rest(): Promise<void> {
    interrupt = new AbortController()
    if (!poked && !closed) await sleep(delayMs())
    if (!poked || closed) return
    const since = deps.clock.now().mono - lastStart
    await sleep(Math.max(DEBOUNCE_MS, CLOSEST_MS - since))
  }

  function sleep(ms: number): Promise<void> {
    return deps.clock.sleep(ms, interrupt.signal).then(
      () => undefined,
      () => undefined,
    )
  }

  function delayMs(): number {
    const poll = pollMs()
    if (failures === 0) {
      const wait = unsure ? Math.min(poll, SECOND_LOOK_MS) : poll
      unsure = false
      return wait
    }
    const grown = Math.min(poll * 2 ** Math.min(failures - 1, 16), Math.max(LONGEST_BACKOFF_MS, poll))
    return grown * (0.8 + 0.4 * random())
  }

  function poke(): void {
    if (poked) return
    poked = true
    // Ends the sleep that is on; the debounce after it gets a fresh signal.
    const waiting = interrupt
    interrupt = new AbortController()
    waiting.abort()
  }

  function view(): StreamView {
    const { repo, remote } = stream
    return { repo, remote, branch: mind.branch ?? stream.branch, tip: mind.tip, lastOkAt, trouble }
  }

  function tipLook(): TipLook {
    if (trouble !== undefined && trouble.code !== 'retry' && NOTHING_THERE.includes(trouble.code))
      return { kind: 'nothing', why: trouble.why }
    if (mind.tip !== undefined) return { kind: 'tip', hash: mind.tip }
    return { kind: 'unknown', why: trouble?.why ?? `${stream.remote} has not been read yet` }
  }

  const running = run()
  return {
    poke,
    view,
    tipLook,
    /** New routes, inboxes or clones for the same branch; the cursor stays. */
    update(changed: Stream): void {
      stream = changed
      foldersAt = Number.NEGATIVE_INFINITY
      poke()
    },
    /** Forgets the back-off. */
    retry(): void {
      failures = 0
      poke()
    },
    /** Waits at most a second for a git call under way or a watcher; close the git adapter first and it takes none. */
    async close(): Promise<void> {
      closed = true
      interrupt.abort()
      const over = new AbortController()
      const late = Promise.allSettled([deps.clock.sleep(1000, over.signal)])
      await Promise.race([Promise.all([watcher?.close(), running]), late])
      over.abort()
    },
  }
}

function failure(reason: unknown): Trouble {
  return { kind: 'retry', why: reason instanceof Error ? reason.message : String(reason) }
}
