import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Watch, watchFiles, watchFolders } from './watch.ts'

const run = promisify(execFile)
let dir: string
let watch: Watch | undefined
let seen: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'w-'))
  seen = []
})
afterEach(async () => {
  await watch?.close()
  watch = undefined
  await rm(dir, { recursive: true, force: true })
})

const note = (path: string) => void seen.push(path)
/** Milliseconds from the change until the listener heard of it. */
async function heardAfter(change: () => Promise<unknown>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 60))
  seen.length = 0
  const from = performance.now()
  await change()
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), { timeout: 4_000, interval: 5 })
  return performance.now() - from
}

/** Of this process, as Linux shows its inotify watches. */
async function watchedInodes(): Promise<number[]> {
  const texts = await Promise.all(
    (await readdir('/proc/self/fdinfo')).map((fd) =>
      readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => ''),
    ),
  )
  return [...texts.join('\n').matchAll(/^inotify wd:\S+ ino:([0-9a-f]+)/gm)].map(([, ino]) =>
    Number.parseInt(ino!, 16),
  )
}

describe('watched files', () => {
  test('a write, a rename over it, a removal and a new file are each heard within 500 ms', async () => {
    const path = join(dir, 'agents.toml')
    await writeFile(path, 'a')
    // Without the poll, so that it is the watcher that hears.
    watch = await watchFiles([path], note, { pollMs: 60_000 })
    expect(await heardAfter(() => writeFile(path, 'bb'))).toBeLessThan(500)
    for (const text of ['c', 'd', 'e']) {
      await writeFile(join(dir, 'new'), text)
      expect(await heardAfter(() => rename(join(dir, 'new'), path))).toBeLessThan(500)
    }
    expect(await heardAfter(() => rm(path))).toBeLessThan(500)
    expect(await heardAfter(() => writeFile(path, 'f'))).toBeLessThan(500)
    expect(await heardAfter(() => writeFile(path, 'gg'))).toBeLessThan(500)
    expect(new Set(seen)).toEqual(new Set([path]))
  })

  test('other files of the folder are not looked at', async () => {
    const path = join(dir, 'agents.toml')
    await writeFile(path, 'a')
    watch = await watchFiles([path], note)
    await writeFile(join(dir, 'other'), 'x')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(seen).toEqual([])
  })

  test.runIf(process.platform === 'linux')(
    'the folder is not watched: what else happens in it costs nothing',
    async () => {
      const path = join(dir, 'agents.toml')
      await writeFile(path, 'a')
      watch = await watchFiles([path, join(dir, 'absent')], note)
      const watched = await watchedInodes()
      expect(watched).toContain((await stat(path)).ino)
      expect(watched).not.toContain((await stat(dir)).ino)
    },
  )

  test('a link: an edit of its target and another target are both heard', async () => {
    const [one, two, path] = [join(dir, 'one'), join(dir, 'two'), join(dir, 'agents.toml')]
    await writeFile(one, 'a')
    await writeFile(two, 'b')
    await symlink(one, path)
    watch = await watchFiles([path], note, { pollMs: 100 })
    await heardAfter(() => writeFile(one, 'aa'))
    await symlink(two, join(dir, 'next'))
    await heardAfter(() => rename(join(dir, 'next'), path))
    await heardAfter(() => writeFile(two, 'bb'))
  })

  test('a file that comes, goes and comes again is heard each time, and so are its edits', async () => {
    const path = join(dir, 'spawned.toml')
    watch = await watchFiles([path], note, { pollMs: 60_000 })
    for (const text of ['a', 'b', 'c']) {
      await heardAfter(() => writeFile(path, text))
      await heardAfter(() => writeFile(path, `${text}${text}`))
      await heardAfter(() => rm(path))
    }
    expect(new Set(seen)).toEqual(new Set([path]))
  })

  test('a folder that is removed and made anew is still watched', async () => {
    const path = join(dir, 'deep', 'prompt.md')
    await mkdir(join(dir, 'deep'))
    await writeFile(path, 'a')
    watch = await watchFiles([path], note, { pollMs: 100 })
    await heardAfter(() => rm(join(dir, 'deep'), { recursive: true }))
    await heardAfter(() => mkdir(join(dir, 'deep')).then(() => writeFile(path, 'b')))
    await heardAfter(() => writeFile(path, 'cc'))
  })

  test('a path whose folder is not there yet is found when it comes', async () => {
    const path = join(dir, 'later', 'x')
    watch = await watchFiles([path], note, { pollMs: 100 })
    await heardAfter(() => mkdir(join(dir, 'later')).then(() => writeFile(path, 'b')))
  })

  test('update changes what is watched', async () => {
    const [one, two] = [join(dir, 'one'), join(dir, 'two')]
    watch = await watchFiles([one], note)
    await watch.update([two])
    await writeFile(one, 'x')
    await heardAfter(() => writeFile(two, 'x'))
    expect(new Set(seen)).toEqual(new Set([two]))
  })
})

describe('watched folders', () => {
  test('pushes to a local bare repository are heard within 500 ms', async () => {
    const bare = join(dir, 'origin.git')
    const clone = join(dir, 'clone')
    const git = (...args: string[]) =>
      run('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args])
    await run('git', ['init', '-q', '--bare', '-b', 'main', bare])
    await run('git', ['clone', '-q', bare, clone])
    await git('checkout', '-q', '-b', 'main')
    await git('commit', '-q', '--allow-empty', '-m', 'one')
    await git('push', '-q', 'origin', 'main')
    watch = await watchFolders([bare, join(bare, 'refs', 'heads')], note, { pollMs: 60_000 })
    const push = async (...refs: string[]) => {
      await git('commit', '-q', '--allow-empty', '-m', 'next')
      let pushedAt = 0
      const waited = await heardAfter(async () => {
        await git('push', '-q', 'origin', ...refs)
        pushedAt = performance.now()
      })
      return Math.min(waited, performance.now() - pushedAt)
    }
    expect(await push('main')).toBeLessThan(500)
    expect(await push('main')).toBeLessThan(500)
    expect(await push('main:refs/heads/feature/deep/x')).toBeLessThan(500)
    await heardAfter(() => run('git', ['-C', bare, 'pack-refs', '--all', '--prune']))
    expect(await push('main')).toBeLessThan(500)
    expect(await push('main:feature/deep/x')).toBeLessThan(500)
  })

  test('huge folders are passed over', async () => {
    await mkdir(join(dir, 'objects'))
    watch = await watchFolders([dir], note)
    await writeFile(join(dir, 'objects', 'x'), 'x')
    await writeFile(join(dir, 'main.lock'), 'x')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(seen).toEqual([])
  })
})
