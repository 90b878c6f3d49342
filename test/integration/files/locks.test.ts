import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLocks } from '../../../src/adapters/files/locks.ts'
import { bundle } from '../procs/bundle.ts'

let dir: string
let built: { dir: string; file: string }
const helpers: ReturnType<typeof spawnHelper>[] = []

beforeAll(async () => {
  built = await bundle(`
    import { createInterface } from 'node:readline'
    import { readFile, writeFile } from 'node:fs/promises'
    import { createLocks } from '#src/adapters/files/locks.ts'
    let locks = createLocks({ version: '1.2.3' })
    let held
    const verbs = {
      async instance(dir) {
        const got = await locks.instance(dir)
        if (got.kind === 'got') held = got.lock
        return got.kind === 'got' ? 'got' : 'held ' + got.pid
      },
      async release() { await held?.release(); held = undefined; return 'released' },
      async holder(dir, times) {
        await Promise.all(Array.from({ length: Number(times) }, () => locks.holder(dir)))
        return 'looked'
      },
      async hold(path) { await new Promise((ok) => locks.exclusive(path, () => { ok(); return new Promise(() => {}) }, 60_000)); return 'holding' },
      async count(path, times) {
        for (let i = 0; i < Number(times); i += 1) {
          await locks.exclusive(path + '.lock', async () => {
            const n = Number(await readFile(path, 'utf8'))
            await writeFile(path, String(n + 1))
          }, 30_000)
        }
        return 'counted'
      },
    }
    for await (const line of createInterface({ input: process.stdin })) {
      const [verb, ...args] = line.split('|')
      console.log(await verbs[verb](...args).catch((error) => 'failed ' + error.code + ' ' + error.message))
    }
  `)
})
afterAll(() => rm(built.dir, { recursive: true, force: true }))

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'l-'))
})
afterEach(async () => {
  await Promise.all(helpers.splice(0).map((helper) => helper.kill()))
  await rm(dir, { recursive: true, force: true })
})

function spawnHelper() {
  const child: ChildProcess = spawn(process.execPath, [built.file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const exit = once(child, 'exit')
  return {
    pid: child.pid!,
    child,
    say: (...words: string[]) => child.stdin!.write(`${words.join('|')}\n`),
    heard: async () => (await lines.next()).value as string,
    async ask(...words: string[]) {
      this.say(...words)
      return this.heard()
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
const helper = () => {
  const one = spawnHelper()
  helpers.push(one)
  return one
}

describe('the exclusive section', () => {
  test('counts right in five processes with four sections each at once', async () => {
    const path = join(dir, 'n')
    await writeFile(path, '0')
    const all = Array.from({ length: 5 }, helper)
    for (const one of all) for (let i = 0; i < 4; i += 1) one.say('count', path, '10')
    for (const one of all) for (let i = 0; i < 4; i += 1) expect(await one.heard()).toBe('counted')
    expect(await readFile(path, 'utf8')).toBe('200')
    expect(await readdir(dir)).toEqual(['n'])
  })

  test('is passed on at once when the holder is killed', async () => {
    const path = join(dir, 'x.lock')
    const holder = helper()
    expect(await holder.ask('hold', path)).toBe('holding')
    await holder.kill()
    expect(await createLocks().exclusive(path, async () => 'in', 1_000)).toBe('in')
    expect(await readdir(dir)).toEqual([])
  })

  test('many that find the same dead owner are in it one after the other', async () => {
    const path = join(dir, 'n')
    await writeFile(path, '0')
    const all = Array.from({ length: 6 }, helper)
    for (let round = 0; round < 15; round += 1) {
      await symlink(`4194305 0123456789ab 00000000 1`, `${path}.lock`)
      for (const one of all) one.say('count', path, '2')
      for (const one of all) expect(await one.heard()).toBe('counted')
    }
    expect(await readFile(path, 'utf8')).toBe(String(15 * 6 * 2))
    expect(await readdir(dir)).toEqual(['n'])
  })

  test('a taker that died while it took over is passed over too', async () => {
    const path = join(dir, 'x.lock')
    await symlink('4194305 0123456789ab 00000000 1', path)
    await symlink('4194305 ba9876543210 00000000 1', `${path}.0123456789ab`)
    expect(await createLocks().exclusive(path, async () => 'in')).toBe('in')
    expect(await readdir(dir)).toEqual([])
  })

  test('a living holder is waited for until the deadline, then named', async () => {
    const path = join(dir, 'x.lock')
    const holder = helper()
    await holder.ask('hold', path)
    const from = performance.now()
    const waiting = createLocks().exclusive(path, async () => 'in', 150)
    await expect(waiting).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
    await expect(waiting).rejects.toThrow(`process ${holder.pid}`)
    expect(performance.now() - from).toBeGreaterThanOrEqual(150)
  })

  test('sections of one process come one after the other, and each has its own deadline', async () => {
    const locks = createLocks()
    const path = join(dir, 'x.lock')
    let inside = 0
    const section = async () => {
      inside += 1
      expect(inside).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside -= 1
    }
    const quick = [1, 2, 3].map(() => locks.exclusive(path, section))
    await expect(locks.exclusive(path, section, 5)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
    await Promise.all(quick)
    await locks.exclusive(path, section)
  })

  test('is left when the body throws, and the folder is made when it is missing', async () => {
    const locks = createLocks()
    const path = join(dir, 'deep', 'x.lock')
    const broken = locks.exclusive(path, () => Promise.reject(new Error('body')))
    await expect(broken).rejects.toThrow('body')
    expect(await locks.exclusive(path, async () => 'in')).toBe('in')
  })

  test('something else in its place is never removed', async () => {
    const path = join(dir, 'x.lock')
    await writeFile(path, 'mine')
    await expect(createLocks().exclusive(path, async () => 1, 50)).rejects.toMatchObject({
      code: 'LOCK_TIMEOUT',
    })
    expect(await readFile(path, 'utf8')).toBe('mine')
  })
})

describe('the instance lock', () => {
  test('of six at once exactly one gets it, 50 times, and the others can name it', async () => {
    const all = Array.from({ length: 6 }, helper)
    for (let round = 0; round < 50; round += 1) {
      for (const one of all) one.say('instance', dir)
      const said = await Promise.all(all.map((one) => one.heard()))
      const winners = all.filter((_, index) => said[index] === 'got')
      expect(winners).toHaveLength(1)
      expect(await all.find((one) => one !== winners[0])!.ask('instance', dir)).toBe(
        `held ${winners[0]!.pid}`,
      )
      expect(await winners[0]!.ask('release')).toBe('released')
    }
  }, 60_000)

  test('is free at once when the holder is killed, and leaves a record for people while held', async () => {
    for (let round = 0; round < 5; round += 1) {
      const holder = helper()
      expect(await holder.ask('instance', dir)).toBe('got')
      const record = JSON.parse(await readFile(join(dir, 'watchdog.pid'), 'utf8'))
      expect(record).toMatchObject({ pid: holder.pid, version: '1.2.3' })
      expect(Number.isNaN(Date.parse(record.since))).toBe(false)
      await holder.kill()
      const next = helper()
      expect(await next.ask('instance', dir)).toBe('got')
      await next.ask('release')
      expect((await readdir(dir)).filter((name) => name.startsWith('watchdog'))).toEqual([])
    }
  })

  test('a stopped holder still holds it', async () => {
    const holder = helper()
    await holder.ask('instance', dir)
    holder.child.kill('SIGSTOP')
    expect(await createLocks().instance(dir)).toEqual({ kind: 'held', pid: holder.pid })
  })

  test('a state folder that is deleted and made anew is still held', async () => {
    const holder = helper()
    await holder.ask('instance', dir)
    await rename(dir, `${dir}-gone`)
    await mkdir(dir)
    expect(await createLocks().instance(dir)).toEqual({ kind: 'held', pid: holder.pid })
    await rm(`${dir}-gone`, { recursive: true })
  })

  test('another way to the same folder meets the same lock', async () => {
    const holder = helper()
    await holder.ask('instance', dir)
    await symlink(dir, `${dir}-link`)
    expect(await createLocks().instance(`${dir}-link`)).toEqual({ kind: 'held', pid: holder.pid })
    await rm(`${dir}-link`)
  })

  test('where the sockets cannot be seen, the living owner on the disk holds it', async () => {
    const holder = helper()
    await holder.ask('instance', dir)
    const [link, other] = [await readlink(join(dir, 'watchdog.lock')), join(dir, 'other')]
    await mkdir(other)
    await symlink(link, join(other, 'watchdog.lock'))
    expect(await createLocks().instance(other)).toEqual({ kind: 'held', pid: holder.pid })
  })

  test('a look takes nothing: many that look keep nobody out', async () => {
    const locks = createLocks()
    const [taker, looker] = [helper(), helper()]
    for (let round = 0; round < 40; round += 1) {
      looker.say('holder', dir, '20')
      const looks = Promise.all(Array.from({ length: 10 }, () => locks.holder(dir)))
      expect(await taker.ask('instance', dir)).toBe('got')
      expect(await looker.heard()).toBe('looked')
      await looks
      expect(await locks.holder(dir)).toEqual({ pid: taker.pid })
      await taker.ask('release')
      expect(await locks.holder(dir)).toBeUndefined()
    }
  })

  test('a look sees what keeps a taker out', async () => {
    const locks = createLocks()
    const holder = helper()
    await holder.ask('instance', dir)
    const link = await readlink(join(dir, 'watchdog.lock'))
    const other = join(dir, 'other')
    await mkdir(other)
    await symlink(link, join(other, 'watchdog.lock'))
    expect(await locks.holder(other)).toEqual({ pid: holder.pid })
    holder.child.kill('SIGSTOP')
    expect(await locks.holder(dir)).toEqual({ pid: holder.pid })
    await rm(dir, { recursive: true })
    await mkdir(dir)
    expect(await locks.holder(dir)).toEqual({ pid: undefined })
    await holder.kill()
    expect(await locks.holder(dir)).toBeUndefined()
  })

  test('a look takes a dead owner for nobody, and something else in its place for somebody, and makes nothing', async () => {
    const locks = createLocks()
    expect(await locks.holder(join(dir, 'none'))).toBeUndefined()
    expect(await readdir(dir)).toEqual([])
    await symlink('4194305 0123456789ab 00000000 1', join(dir, 'watchdog.lock'))
    expect(await locks.holder(dir)).toBeUndefined()
    expect(await readdir(dir)).toEqual(['watchdog.lock'])
    await rm(join(dir, 'watchdog.lock'))
    await writeFile(join(dir, 'watchdog.lock'), 'mine')
    expect(await locks.holder(dir)).toEqual({ pid: undefined })
  })

  test('two folders have two locks', async () => {
    const holder = helper()
    await holder.ask('instance', dir)
    const got = await createLocks().instance(join(dir, 'other'))
    expect(got.kind).toBe('got')
    if (got.kind === 'got') await got.lock.release()
  })
})
