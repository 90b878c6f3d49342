import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../procs/bundle.ts'

// Rows 61 and 62 of reliability.md, on a file system of 256 KiB that only the test's own mount namespace sees.

const run = promisify(execFile)
const tried = spawnSync('unshare', ['-Urm', 'true'])
const reason = tried.status === 0 ? undefined : 'no user and mount namespaces here'
let built: { dir: string; file: string }
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'd-'))
  built = await bundle(`
    import { readdir, rm, writeFile } from 'node:fs/promises'
    import { createEventLog } from '#src/adapters/files/event-log.ts'
    import { createStateStore } from '#src/adapters/files/state-store.ts'
    const dir = process.argv[2]
    const store = createStateStore(dir + '/state')
    const log = createEventLog(dir, { retryMs: 1e9 })
    const load = async () => (await store.load('n', (value) => String(value).slice(0, 3))).value
    const outcome = (promise) => promise.then(() => 'done', (error) => error.code + (error.retryable ? ' retryable' : ''))
    const seen = {}
    await store.save('n', 'OLD')
    await log.append({ kind: 'start', agent: 'a' })
    await writeFile(dir + '/filler', Buffer.alloc(1 << 20)).catch(() => undefined)
    seen.save = await outcome(store.save('n', 'NEW'.padEnd(20_000)))
    seen.event = await outcome(log.append({ kind: 'start', because: 'x'.repeat(20_000) }))
    seen.loaded = await load()
    seen.temps = (await readdir(dir + '/state')).filter((name) => name.endsWith('.tmp'))
    seen.chain = (await log.verify()).kind
    seen.lost = log.lost()
    await rm(dir + '/filler')
    seen.later = await outcome(store.save('n', 'NEW'))
    await log.flush()
    seen.freed = [await load(), log.lost(), (await log.verify()).events]
    console.log(JSON.stringify(seen))
  `)
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
  await rm(built.dir, { recursive: true, force: true })
})

test.skipIf(reason !== undefined)(
  `a full disk loses nothing that stood, and is got over${reason ? ` (${reason})` : ''}`,
  async () => {
    const script = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"'
    const { stdout } = await run('unshare', [
      '-Urm',
      'sh',
      '-c',
      script,
      'sh',
      dir,
      process.execPath,
      built.file,
    ])
    expect(JSON.parse(stdout)).toEqual({
      save: 'FILES_WRITE retryable',
      event: 'EVENTS_WRITE retryable',
      loaded: 'OLD',
      temps: [],
      chain: 'ok',
      lost: 1,
      later: 'done',
      freed: ['NEW', 0, 2],
    })
  },
)
