import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OutsideError, UserError } from '../../core/index.ts'
import { type ControlHandler, type ControlServer, callControl, controlPath, serveControl } from './index.ts'

let dir: string
let path: string
let server: ControlServer | undefined

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 's-'))
  path = join(dir, 'control.sock')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(dir, { recursive: true, force: true })
})

const ask = (verb: string, args: unknown[] = [], timeoutMs = 5_000) =>
  callControl(path, { verb, args }, { timeoutMs })
async function serve(handler: ControlHandler, options = {}) {
  server = await serveControl(path, handler, options)
}

/** Sends raw bytes and gives back all that was answered until the other end closes. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const client = createConnection(path, () => client.write(bytes))
    client.on('data', (chunk) => {
      heard += chunk
      if (heard.endsWith('\n')) client.end()
    })
    client.on('error', () => undefined).on('close', () => resolve(heard))
  })
}

describe('a call', () => {
  test('carries the verb, the arguments and the value', async () => {
    await serve(async (verb, args) => ({ verb, args }))
    const value = { verb: 'up', args: [['a', 'ü\n\u0000'], { graceMs: 5 }] }
    expect(await ask('up', value.args)).toEqual({ kind: 'answer', value })
  })

  test('a UserError arrives as it was thrown', async () => {
    const parts = {
      code: 'NO_AGENT',
      what: 'no "x"',
      fix: 'Write y.',
      file: 'a',
      key: 'k',
      line: 7,
      exit: 2 as const,
    }
    await serve(async () => {
      throw new UserError(parts)
    })
    const error = await ask('up').catch((caught) => caught)
    expect(error).toBeInstanceOf(UserError)
    const { what, ...rest } = parts
    expect(error).toMatchObject({ ...rest, message: what })
  })

  test('another failure arrives as an OutsideError, and the server lives on', async () => {
    await serve((verb) => {
      if (verb === 'ok') return Promise.resolve(1)
      throw new TypeError('broken')
    })
    const error = await ask('x').catch((caught) => caught)
    expect(error).toBeInstanceOf(OutsideError)
    expect(error).toMatchObject({ code: 'CONTROL_FAILED', message: 'broken' })
    expect(await ask('ok')).toEqual({ kind: 'answer', value: 1 })
  })

  test('is absent without a socket, and with one that nobody serves', async () => {
    expect(await ask('up')).toEqual({ kind: 'absent' })
    await leaveSocket()
    expect(await ask('up')).toEqual({ kind: 'absent' })
  })

  test('times out when the handler takes too long', async () => {
    await serve(() => pause(60_000, undefined, { ref: false }))
    expect(await ask('up', [], 60)).toEqual({ kind: 'timeout' })
  })

  test('is lost when the server goes while it works', async () => {
    let reached: () => void = () => undefined
    const begun = new Promise<void>((resolve) => {
      reached = resolve
    })
    await serve(() => {
      reached()
      return pause(60_000, undefined, { ref: false })
    })
    const call = ask('up')
    await begun
    await server!.close()
    expect((await call).kind).toBe('lost')
  })
})

/** A socket file whose process is gone. */
async function leaveSocket(): Promise<void> {
  const old = createServer()
  await new Promise<void>((resolve) => old.listen(`${path}.old`, resolve))
  const { rename } = await import('node:fs/promises')
  await rename(`${path}.old`, path)
  await new Promise((resolve) => old.close(resolve))
}

describe('the server', () => {
  test('makes its socket 0600 in a folder 0700', async () => {
    await chmod(dir, 0o755)
    await serve(async () => 1)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
  })

  test('removes a leftover socket, but only with the lock', async () => {
    await leaveSocket()
    await expect(serveControl(path, async () => 1, { holdsLock: false })).rejects.toMatchObject({
      code: 'CONTROL_BUSY',
    })
    await serve(async () => 1)
    expect((await ask('x')).kind).toBe('answer')
  })

  test.each(['file', 'folder'])('is reached again after its %s was removed', async (what) => {
    path = join(dir, 'below', 'control.sock')
    await serve(async () => 'here')
    await server?.mend()
    await rm(what === 'file' ? path : join(dir, 'below'), { recursive: true })
    expect((await ask('hello')).kind).toBe('absent')
    await Promise.all([server?.mend(), server?.mend()])
    expect(await ask('hello')).toMatchObject({ value: 'here' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('refuses a path that is served, and leaves the other alone', async () => {
    await serve(async () => 'first')
    await expect(serveControl(path, async () => 'second')).rejects.toMatchObject({ code: 'CONTROL_BUSY' })
    expect(await ask('x')).toEqual({ kind: 'answer', value: 'first' })
  })

  test('refuses a file in its place', async () => {
    await writeFile(path, 'precious')
    await expect(serveControl(path, async () => 1)).rejects.toMatchObject({ code: 'CONTROL_PATH' })
  })

  test('answers 50 clients at once, the quick ones first', async () => {
    await serve((_verb, [ms]) => pause(ms as number, ms))
    const order: number[] = []
    const waits = Array.from({ length: 50 }, (_, i) => (i === 0 ? 300 : 10))
    await Promise.all(waits.map((ms) => ask('wait', [ms]).then(() => order.push(ms))))
    expect(order.at(-1)).toBe(300)
    expect(order).toHaveLength(50)
  })

  test('junk is answered with an error, and a later request on the same line works', async () => {
    await serve(async () => 1)
    expect(JSON.parse(await raw('\x00\xff{"id":1}\n'))).toMatchObject({ id: null, ok: false })
    expect((await ask('x')).kind).toBe('answer')
  })

  test('a request of more than the limit is refused and cut off', async () => {
    await serve(async () => 1, { maxLineBytes: 1000 })
    expect(await raw(Buffer.alloc(5_000, 'x'))).toContain('too long')
    expect((await ask('x')).kind).toBe('answer')
  })

  test('a client that reads nothing is dropped when too much has piled up, and stops nobody', async () => {
    const big = 'x'.repeat(512 * 1024)
    await serve(async (verb) => (verb === 'big' ? big : 1), { maxQueuedBytes: 1024 * 1024 })
    const slow = createConnection(path)
    const closed = new Promise((resolve) => slow.on('close', resolve).on('error', () => undefined))
    slow.pause()
    for (let id = 0; id < 20; id += 1) slow.write(`{"id":${id},"verb":"big","args":[]}\n`)
    await pause(100)
    expect((await ask('x')).kind).toBe('answer')
    slow.resume()
    await closed
  })
})

describe('the path', () => {
  test('is in the state folder when it fits', async () => {
    expect(await controlPath(dir)).toBe(path)
  })

  test('is short in a folder of ours when it does not, the same by any way to the folder', async () => {
    const long = join(dir, 'x'.repeat(120))
    await mkdir(long)
    await symlink(long, join(dir, `y${'y'.repeat(120)}`))
    const found = await controlPath(long, dir)
    expect(Buffer.byteLength(found)).toBeLessThanOrEqual(100)
    expect(await controlPath(join(dir, `y${'y'.repeat(120)}`), dir)).toBe(found)
    expect((await stat(join(found, '..'))).mode & 0o777).toBe(0o700)
    path = found
    await serve(async () => 1)
    expect((await ask('x')).kind).toBe('answer')
  })

  test('a link planted for that folder is refused', async () => {
    const long = join(dir, 'x'.repeat(120))
    await mkdir(join(dir, 'elsewhere'))
    await symlink(join(dir, 'elsewhere'), join(dir, `agents-${process.getuid!()}`))
    await expect(controlPath(long, dir)).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FOLDER' })
  })
})
