import { basename, resolve, sep } from 'node:path'
import type { FSWatcher } from 'chokidar'
import { createPoll } from './poll.ts'
import { createSettler } from './settle.ts'

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
 * Calls `onChange` with the path of a file that was written, made, replaced by a rename, or removed. Each file is
 * watched by itself: chokidar reads a folder anew, with a stat of all that is in it, whenever one file there changes,
 * and state folders and the top of a project are busy. One that is not there is looked for instead.
 */
export function watchFiles(
  paths: readonly string[],
  onChange: (path: string) => void,
  options: WatchOptions = {},
): Promise<Watch> {
  return createWatch(paths, onChange, options, (wanted) => ({
    roots: [...wanted],
    depth: 0,
    // What is a folder against expectation is not read.
    ignored: (path) => !wanted.has(path),
    followSymlinks: true,
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
    followSymlinks: false,
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
  followSymlinks: boolean
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
  let poll: Awaited<ReturnType<typeof createPoll>> | undefined

  async function start(wanted: ReadonlySet<string>): Promise<void> {
    const plan = planFor(wanted)
    const heard = (path: string) => {
      poll?.look(path)
      const name = plan.nameOf(path)
      if (name !== undefined) tell(name)
    }
    watcher = await openWatcher(plan, heard, options.onError)
    poll = await createPoll([...wanted], pollMs, (path, remade) => {
      const name = plan.nameOf(path)
      if (name !== undefined) tell(name)
      // What was removed and made anew has taken its watches with it.
      if (remade && plan.roots.includes(path)) {
        watcher?.unwatch(path)
        watcher?.add(path)
      }
    })
  }

  async function stop(): Promise<void> {
    poll?.close()
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
async function openWatcher(plan: Plan, heard: (path: string) => void, onError: WatchOptions['onError']) {
  const { watch } = await import('chokidar')
  const roots = new Set(plan.roots)
  const watcher = watch(plan.roots, {
    ignoreInitial: true,
    followSymlinks: plan.followSymlinks,
    ignorePermissionErrors: true,
    atomic: false,
    depth: plan.depth,
    ignored: (path) => plan.ignored(path, roots),
  })
  watcher.on('all', (_event, path) => heard(path))
  watcher.on('error', (error) => onError?.(error instanceof Error ? error : new Error(String(error))))
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve)
  })
  return watcher
}
