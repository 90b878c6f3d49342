/**
 * Source of the program that the crash suite kills: three writes as the watchdog makes them, and what came of each as
 * one line of JSON. One thread does all its file work, after so many idle calls of each common kind that `strace`, which counts
 * the calls of every thread on its own, never hits the start-up of Node.
 */
const BURN = 150

export const CRASH_WRITER = `
import { open, readlink, stat } from 'node:fs/promises'
import { createEventLog } from '#src/adapters/files/event-log.ts'
import { createStateStore } from '#src/adapters/files/state-store.ts'

const dir = process.argv[2]
for (let i = 0; i < ${BURN}; i += 1) {
  const handle = await open('/dev/null', 'r+')
  await handle.write('x')
  await handle.read(Buffer.alloc(1), 0, 1, null)
  await handle.read(Buffer.alloc(1), 0, 1, 0)
  await handle.stat()
  await handle.close()
  await stat('/dev/null')
  await readlink('/proc/self/exe')
}
const result = {}
const attempt = async (name, body) => {
  result[name] = await body().then(() => 'done', (error) => error.code ?? String(error))
}
const store = createStateStore(dir + '/state')
const log = createEventLog(dir, { retryMs: 1e9 })
await attempt('record', () => store.save('n', 'NEW'))
await attempt('text', () => store.saveText('phase-idx', 'NEW'))
await attempt('event', () => log.append({ kind: 'start', agent: 'new' }))
console.log(JSON.stringify(result))
`
