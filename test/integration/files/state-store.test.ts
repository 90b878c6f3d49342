import { execFileSync } from 'node:child_process'
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeRecord } from '../../../src/adapters/files/record.ts'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'
import type { StateStore } from '../../../src/adapters/files/types.ts'

let dir: string
let state: string
let store: StateStore
const isRoot = process.getuid!() === 0

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'f-'))
  state = join(dir, 'state')
  store = createStateStore(state)
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const asNumber = (value: unknown) => (typeof value === 'number' ? value : undefined)
const load = (name = 'n') => store.load(name, asNumber)
const ok = (value: number, generation = 'current') => ({ kind: 'ok', value, generation })

describe('a record', () => {
  test('is absent, then what was saved, and the one before is kept', async () => {
    expect(await load()).toEqual({ kind: 'absent' })
    await store.save('n', 1)
    await store.save('n', 2)
    expect(await load()).toEqual(ok(2))
    expect(await readFile(join(state, 'n.1'), 'utf8')).toBe(encodeRecord(1))
    expect((await readdir(state)).sort()).toEqual(['n', 'n.1'])
  })

  test('files are 0600 and the folder 0700, whatever the umask and the mode before', async () => {
    await mkdir(state, { mode: 0o755 })
    await chmod(state, 0o777)
    const before = process.umask(0)
    await store.save('n', 1)
    await store.saveText('phase-idx', '3')
    process.umask(before)
    expect((await stat(state)).mode & 0o777).toBe(0o700)
    for (const name of ['n', 'phase-idx']) expect((await stat(join(state, name))).mode & 0o777).toBe(0o600)
  })

  test('damage falls back to the generation before, and does not push it out at the next save', async () => {
    await store.save('n', 1)
    await store.save('n', 2)
    await writeFile(join(state, 'n'), encodeRecord(2).slice(0, 40))
    expect(await load()).toEqual(ok(1, 'previous'))
    await store.save('n', 3)
    expect(await load()).toEqual(ok(3))
    expect(await readFile(join(state, 'n.1'), 'utf8')).toBe(encodeRecord(1))
  })

  test('damage that keeps size and times is no generation to keep, though the file was written here', async () => {
    await store.save('n', 1)
    await store.save('n', 2)
    const path = join(state, 'n')
    const [before, like] = [await stat(path, { bigint: true }), join(dir, 'like')]
    execFileSync('touch', ['-r', path, like])
    await writeFile(path, encodeRecord(2).replace('2}', '7}'))
    execFileSync('touch', ['-r', like, path])
    const after = await stat(path, { bigint: true })
    expect([after.size, after.mtimeNs, after.ino]).toEqual([before.size, before.mtimeNs, before.ino])
    await store.save('n', 3)
    expect(await readFile(`${path}.1`, 'utf8')).toBe(encodeRecord(1))
  })

  test('what another program wrote in between is the generation before', async () => {
    await store.save('n', 1)
    await createStateStore(state).save('n', 2)
    await store.save('n', 3)
    expect(await readFile(join(state, 'n.1'), 'utf8')).toBe(encodeRecord(2))
  })

  test('a flip of any byte is never believed', async () => {
    await store.save('n', 1)
    await store.save('n', 2)
    const good = await readFile(join(state, 'n'))
    for (let at = 0; at < good.length - 1; at += 1) {
      const bad = Buffer.from(good)
      bad[at]! ^= 0x01
      await writeFile(join(state, 'n'), bad)
      expect(await load()).toEqual(ok(1, 'previous'))
    }
  })

  test('both damaged is corrupt, and says why', async () => {
    await store.save('n', 1)
    await store.save('n', 2)
    for (const name of ['n', 'n.1']) await writeFile(join(state, name), '\0\0\0')
    expect(await load()).toMatchObject({ kind: 'corrupt', why: expect.stringContaining('not a record') })
  })

  test('another shape is corrupt', async () => {
    await store.save('n', 'text')
    expect((await load()).kind).toBe('corrupt')
  })

  test('a newer program’s record is told and not overwritten', async () => {
    const { createHash } = await import('node:crypto')
    await store.save('n', 1)
    const sum = createHash('sha256').update('2\n5').digest('hex')
    const newer = `{"v":2,"sum":"${sum}","body":5}\n`
    await writeFile(join(state, 'n'), newer)
    expect(await load()).toEqual({ kind: 'newer', version: 2 })
    await expect(store.save('n', 6)).rejects.toMatchObject({ code: 'FILES_NEWER' })
    expect(await readFile(join(state, 'n'), 'utf8')).toBe(newer)
  })

  test('a state folder that is deleted is made again', async () => {
    await store.save('n', 1)
    await rm(state, { recursive: true })
    expect(await load()).toEqual({ kind: 'absent' })
    await store.save('n', 2)
    expect(await load()).toEqual(ok(2))
  })

  test('removing takes both generations', async () => {
    await store.save('n', 1)
    await store.save('n', 2)
    expect(await store.remove('n')).toBe(true)
    expect(await store.remove('n')).toBe(false)
    expect(await load()).toEqual({ kind: 'absent' })
  })

  test('of many saves at once the newest stands, and each resolves only when it or a newer one does', async () => {
    const saved: number[] = []
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await store.save('n', n)
        const found = await load()
        expect(found.kind === 'ok' && found.value).toBeGreaterThanOrEqual(n)
        saved.push(n)
      }),
    )
    expect(saved).toHaveLength(200)
    expect(await load()).toEqual(ok(199))
    expect((await readdir(state)).sort()).toEqual(['n', 'n.1'])
  })

  test('the value counts as it was at the call', async () => {
    const value = { a: 1 }
    const first = store.save('o', value)
    value.a = 2
    await first
    expect(await readFile(join(state, 'o'), 'utf8')).toBe(encodeRecord({ a: 1 }))
  })

  test.each(['../x', 'a/b', '', '.hidden', '-x'.repeat(200), 'n.1', 'a\0b'])(
    'the name %j is refused',
    async (name) => {
      await expect(store.save(name, 1)).rejects.toMatchObject({ code: 'FILES_NAME' })
      expect(() => store.load(name, asNumber)).toThrow('cannot be the name')
    },
  )
})

describe('what is not a regular file of ours', () => {
  const plant: Record<string, (path: string) => unknown> = {
    'a symbolic link': (path) => symlink(join(dir, 'secret'), path),
    'a dangling link': (path) => symlink(join(dir, 'nothing'), path),
    'a FIFO': (path) => execFileSync('mkfifo', [path]),
    'a folder': (path) => mkdir(path),
  }

  test.each(Object.keys(plant))('%s is refused, at once, and left alone', async (what) => {
    await writeFile(join(dir, 'secret'), encodeRecord(42))
    await mkdir(state, { mode: 0o700 })
    await plant[what]!(join(state, 'n'))
    expect((await load()).kind).toBe('corrupt')
    expect((await store.loadText('n')).kind).toBe('refused')
    await expect(store.save('n', 1)).rejects.toMatchObject({ code: 'FILES_REFUSED' })
    await expect(store.saveText('n', 'x')).rejects.toMatchObject({ code: 'FILES_REFUSED' })
    expect(await readFile(join(dir, 'secret'), 'utf8')).toBe(encodeRecord(42))
    expect(await readdir(state)).toEqual(['n'])
  })

  test.runIf(isRoot)('a device is refused', async () => {
    await mkdir(state, { mode: 0o700 })
    execFileSync('mknod', [join(state, 'n'), 'c', '1', '5'])
    expect((await load()).kind).toBe('corrupt')
    await expect(store.save('n', 1)).rejects.toMatchObject({ code: 'FILES_REFUSED' })
  })

  test.runIf(isRoot)('a file or a folder of another user is refused', async () => {
    await store.save('n', 1)
    await chown(join(state, 'n'), 65_534, 65_534)
    expect((await load()).kind).toBe('corrupt')
    await expect(store.save('n', 2)).rejects.toMatchObject({ code: 'FILES_REFUSED' })
    await chown(state, 65_534, 65_534)
    await expect(store.save('m', 2)).rejects.toMatchObject({ code: 'FOLDER_FOREIGN' })
  })

  test('a file in place of the folder is a clear error', async () => {
    await writeFile(state, '')
    await expect(store.save('n', 2)).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FOLDER' })
  })

  test('a second name of a record reads the old text for ever: nothing is written in place', async () => {
    await store.save('n', 1)
    await link(join(state, 'n'), join(dir, 'other'))
    await store.save('n', 2)
    await store.save('n', 3)
    expect(await readFile(join(dir, 'other'), 'utf8')).toBe(encodeRecord(1))
  })
})

describe('text', () => {
  test('is written whole, also outside the state folder, and read back', async () => {
    await store.saveText('phase-idx', '3')
    await store.saveText(join(dir, 'SEQUENCE-COMPLETE'), 'done\n')
    expect(await store.loadText('phase-idx')).toEqual({ kind: 'ok', text: '3' })
    expect(await store.loadText(join(dir, 'SEQUENCE-COMPLETE'))).toEqual({ kind: 'ok', text: 'done\n' })
    expect(await store.loadText('none')).toEqual({ kind: 'absent' })
    expect(await store.remove(join(dir, 'SEQUENCE-COMPLETE'))).toBe(true)
    expect(await store.loadText(join(dir, 'SEQUENCE-COMPLETE'))).toEqual({ kind: 'absent' })
  })

  test('a record that somebody opened up is closed again with the next one, its older generation, too', async () => {
    await store.save('n', 1)
    await chmod(join(state, 'n'), 0o666)
    await store.save('n', 2)
    for (const name of ['n', 'n.1']) expect((await stat(join(state, name))).mode & 0o777).toBe(0o600)
  })

  test('a folder of the user outside the state folder keeps its mode', async () => {
    await chmod(dir, 0o755)
    await store.saveText(join(dir, 'x'), 'y')
    expect((await stat(dir)).mode & 0o777).toBe(0o755)
  })
})

test('a sweep removes temporary files of dead processes only', async () => {
  await store.save('n', 1)
  const temp = (pid: number) => join(state, `.agents-n.${pid}.0123456789abcdef.tmp`)
  await writeFile(temp(4_194_305), '')
  await writeFile(temp(process.pid), '')
  await writeFile(temp(process.ppid), '')
  await writeFile(join(state, '.agents-mine.tmp'), '')
  expect(await store.sweep()).toBe(1)
  expect(await readdir(state)).toHaveLength(4)
})
