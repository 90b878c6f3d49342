// The CLI of a worker of the real tt: takes tasks out of the shared backlog, one after the other, and completes them.
//   node tt-worker.mjs PATH-OF-TT TOWN NAME RECORD
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'

const [tt, town, name, record] = process.argv.slice(2)
const run = (...args) => execFileSync(tt, ['--town', town, ...args], { encoding: 'utf8' })
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

// What tells it to begin is of no interest.
readFileSync(0, 'utf8')
for (;;) {
  const [id] = run('backlog', 'list').match(ID) ?? []
  if (id === undefined) break
  // Soft failure: somebody else was quicker.
  if (/not in|not found/i.test(run('backlog', 'claim', id, name))) continue
  finish(id)
}

function finish(id) {
  appendFileSync(record, `${name} ${id}\n`)
  run('task', 'complete', id, '--result', `done by ${name}`)
}
