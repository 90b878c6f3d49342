import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { type TownView, viewTown } from '../../support/town-view.ts'

const BACKEND = (box: Sandbox) => `
[town]
name = "shop"
[backend.t]
bin = "${box.fake('takes-turns')}"
prompt_delivery = "exec"
active_re = 'esc to interrupt'
composer_re = '> '
`
const AGENT = (name: string, more = '') => `
[[agent]]
name = "${name}"
backend = "t"
role = "builder"
watch = "heal"
env = { AGENT_WORK_MS = "300" }
${more}
`

const state = (view: TownView, name: string, wanted: string) => async () =>
  (await view.record(name))?.state === wanted ? true : undefined

test('every agent has its record, and its states follow', async ({ box }) => {
  box.config(`${BACKEND(box)}${AGENT('a')}${AGENT('b', 'enabled = false')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await box.until('idle', state(view, 'a', 'idle'))
  const record = (await view.record('a'))!
  expect(record).toMatchObject({
    name: 'a',
    agent_type: 'worker',
    cli: 't',
    role_id: 'builder',
    spawn_mode: 'fresh',
    fleet_state: 'idle',
    tasks_completed: '0',
  })
  expect((await view.record('b'))?.state).toBe('cold')
  await view.redis.close()
})

test('a Redis that lost the end of its file is started again, and that is told', async ({ box }) => {
  box.config(`${BACKEND(box)}${AGENT('a')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await box.until('idle', state(view, 'a', 'idle'))
  const town = join(box.dir, 'logs/state/town')
  const { pid } = JSON.parse(box.read('logs/state/town/server.json')) as { pid: number }
  process.kill(pid, 'SIGSTOP')
  const file = join(town, 'appendonlydir/appendonly.aof.1.incr.aof')
  truncateSync(file, statSync(file).size - 3)
  process.kill(pid, 'SIGKILL')
  await box.event(
    (event) => event.kind === 'town' && /append-only file was cut off/.test(event.because ?? ''),
  )
  await box.until('idle again', state(view, 'a', 'idle'))
  await view.redis.close()
})
