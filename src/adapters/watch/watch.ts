import { stat } from 'node:fs/promises'
import { basename, dirname, resolve, sep } from 'node:path'
import type { FSWatcher } from 'chokidar'

export interface Watch {
  /** Replaces what is watched. Resolves when the new paths are watched. */
  update(paths: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface WatchOptions {
  /** Trouble of the operating system's watcher (no watches left, rights). Polling goes on. */
  onError?: (error: Error) => void
  /** Events of one path within this time are one, milliseconds. @default 30 */
  settleMs?: number
  /** Every path is also looked at this often, because watchers can miss, and end with their folder. @default 1000 */
  pollMs?: number
}

export interface FolderWatchOptions extends WatchOptions {
  /** Levels of folders below the given ones that are watched. @default 4 */
  depth?: number
}

/** Folders of git or of packages that are huge and never mean anything to us. */
const HUGE = new Set(['objects', 'node_modules', 'hooks', 'logs', 'lfs'])

/**
 * Calls `onChange` with the path of a file that was written, made, replaced by a rename, or removed. What is watched
 * is the file's folder, so that editors which write a new file and rename it do not end the watch; nothing else in the
 * folder is looked at.
 */
export function watchFiles(
  paths: readonly string[],
  onChange: (path: string) => void,
  options: WatchOptions = {},
): Promise<Watch> {
  return createWatch(paths, onChange, options, (wanted) => ({
    roots: [...new Set([...wanted].map((path) => dirname(path)))],
    depth: 0,
    ignored: (path, roots) => !wanted.has(path) && !roots.has(path),
    nameOf: (path) => (wanted.has(path) ? path : undefined),
  }))
}

/**
 * Calls `onChange` with the watched folder in which something changed. `*.lock` files (git's) and the folders of
 * objects and packages are passed over; symbolic links are not followed.
 */
export function watchFolders(
  paths: readonly string[],
  onChange: (folder: string) => void,
  options: FolderWatchOptions = {},
): Promise<Watch> {
  return createWatch(paths, onChange, options, (wanted) => ({
    roots: [...wanted],
    depth: options.depth ?? 4,
    ignored: (path, roots) => !roots.has(path) && (HUGE.has(basename(path)) || path.endsWith('.lock')),
    nameOf: (path) => nearest(wanted, path),
  }))
}

function nearest(folders: ReadonlySet<string>, path: string): string | undefined {
  const holding = [...folders].filter((folder) => path === folder || path.startsWith(folder + sep))
  return holding.sort((a, b) => b.length - a.length)[0]
}

interface Plan {
  roots: string[]
  depth: number
  ignored(path: string, roots: ReadonlySet<string>): boolean
  /** What to tell the listener for an event at `path`; undefined: nothing. */
  nameOf(path: string): string | undefined
}

async function createWatch(
  paths: readonly string[],
  onChange: (path: string) => void,
  options: WatchOptions,
  planFor: (wanted: ReadonlySet<string>) => Plan,
): Promise<Watch> {
  const tell = createSettler(onChange, options.settleMs ?? 30)
  const pollMs = options.pollMs ?? 1000
  let watcher: FSWatcher | undefined
  let poll: ReturnType<typeof createPoll> | undefined

  async function start(wanted: ReadonlySet<string>): Promise<void> {
    const plan = planFor(wanted)
    watcher = await openWatcher(plan, tell, options.onError)
    poll = await createPoll([...new Set([...wanted, ...plan.roots])], pollMs, (path, remade) => {
      const name = plan.nameOf(path)
      if (name !== undefined) tell(name)
      // A folder that was removed and made anew has taken its watches with it.
      if (remade && plan.roots.includes(path)) {
        watcher?.unwatch(path)
        watcher?.add(path)
      }
    })
  }

  async function stop(): Promise<void> {
    ;(await poll)?.close()
    await watcher?.close()
  }

  await start(new Set(paths.map((path) => resolve(path))))
  return {
    async update(next) {
      await stop()
      await start(new Set(next.map((path) => resolve(path))))
    },
    async close() {
      tell.close()
      await stop()
    },
  }
}

/** chokidar is loaded only now, so that commands which watch nothing do not pay for it. */
async function openWatcher(plan: Plan, tell: (path: string) => void, onError: WatchOptions['onError']) {
  const { watch } = await import('chokidar')
  const roots = new Set(plan.roots)
  const watcher = watch(plan.roots, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    atomic: false,
    depth: plan.depth,
    ignored: (path) => plan.ignored(path, roots),
  })
  watcher.on('all', (_event, path) => {
    const name = plan.nameOf(path)
    if (name !== undefined) tell(name)
  })
  watcher.on('error', (error) => onError?.(error instanceof Error ? error : new Error(String(error))))
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve)
  })
  return watcher
}

function createSettler(onChange: (path: string) => void, settleMs: number) {
  const due = new Map<string, NodeJS.Timeout>()
  const tell = (path: string) => {
    if (due.has(path)) return
    const fire = () => {
      due.delete(path)
      onChange(path)
    }
    due.set(path, setTimeout(fire, settleMs))
  }
  tell.close = () => {
    for (const timer of due.values()) clearTimeout(timer)
    due.clear()
  }
  return tell
}

type OnDifference = (path: string, remade: boolean) => void

async function createPoll(paths: readonly string[], everyMs: number, onDifference: OnDifference) {
  const marks = new Map<string, Mark>()
  const look = async (first: boolean) => {
    for (const path of paths) {
      const before = marks.get(path)
      const now = await markOf(path)
      marks.set(path, now)
      if (!first && before?.text !== now.text) onDifference(path, before?.ino !== now.ino)
    }
  }
  await look(true)
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    await look(false)
    busy = false
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
}

interface Mark {
  ino: bigint | undefined
  text: string
}

/** Absent and unreadable look alike: both are "not there now". */
async function markOf(path: string): Promise<Mark> {
  const seen = await stat(path, { bigint: true }).catch(() => undefined)
  if (seen === undefined) return { ino: undefined, text: '' }
  // The time of a folder changes with every file in it, also those that nobody asked about.
  const text = seen.isDirectory() ? `${seen.ino}` : `${seen.ino}:${seen.size}:${seen.mtimeNs}:${seen.ctimeNs}`
  return { ino: seen.ino, text }
}
