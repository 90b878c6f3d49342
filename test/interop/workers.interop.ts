import { resolve } from 'node:path'
import { expect } from 'vitest'
import { type Mixed, test } from './support/mixed.ts'
import { ttProgram } from './support/tinytown.ts'

const OURS = (mixed: Mixed, ...names: string[]) => `lease = "60s"
[watchdog]
stop_grace = 1
[backend.c]
bin = "${mixed.box.fake('works-in-rounds')}"
round_cmd = "{bin}"
${names.map((name) => `[[agent]]\nname = "${name}"\nkind = "worker"\nbackend = "c"\nwatch = "heal"\n`).join('')}`

const theirCli = (mixed: Mixed, name: string) =>
  [
    'node',
    resolve('test/interop/support/tt-worker.mjs'),
    ttProgram(),
    mixed.box.dir,
    name,
    `${mixed.box.dir}/theirs.txt`,
  ].join(' ')

const idle = async (mixed: Mixed, ...names: string[]) => {
  for (const name of names) await mixed.becomes(name, 'idle', 30_000)
}

test('workers of tt and of ours finish one backlog: each task once, by one of them', async ({ mixed }) => {
  mixed.box.write('do', 'complete')
  await mixed.open(OURS(mixed, 'ours-1', 'ours-2'))
  await mixed.agents('up')
  await idle(mixed, 'ours-1', 'ours-2')
  for (const name of ['theirs-1', 'theirs-2'])
    await mixed.tt('spawn', name, '--cli', theirCli(mixed, name), '--role', 'worker')
  await idle(mixed, 'theirs-1', 'theirs-2')
  const wanted = 16
  for (let n = 0; n < wanted; n += 1)
    await (n % 2 === 0
      ? mixed.tt('backlog', 'add', `task ${n}`)
      : mixed.agents('backlog', 'add', `task ${n}`))
  // A worker of tt looks at the backlog only when a message wakes it.
  for (const name of ['theirs-1', 'theirs-2']) await mixed.agents('send', name, 'finish the backlog')
  interface Tasks {
    tasks: { id: string; state: string; result?: string }[]
  }
  const done = await mixed.until(
    'all are completed',
    async () => {
      const { tasks } = await mixed.json<Tasks>('task', 'list', '--state', 'completed')
      return tasks.length === wanted && tasks
    },
    90_000,
  )
  const who = done.map(({ result }) => result?.replace('done by ', '') ?? '')
  expect(new Set(who).size, who.join()).toBeGreaterThanOrEqual(2)
  expect(await mixed.redis.llen(mixed.keys.backlog)).toBe(0)
  const theirs = (mixed.box.exists('theirs.txt') ? mixed.box.read('theirs.txt') : '')
    .split('\n')
    .filter((line) => line !== '')
  const ours = mixed.box
    .read('rounds.jsonl')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) =>
      [...(JSON.parse(line) as { prompt: string }).prompt.matchAll(/^## .*?Task ([0-9a-f-]{36})/gm)].map(
        ([, id]) => id,
      ),
    )
  const worked = [...theirs.map((line) => line.split(' ')[1]), ...ours]
  expect(new Set(worked).size).toBe(worked.length)
  expect(worked).toHaveLength(wanted)
  expect(await mixed.tt('status')).toMatch(/16 total \(0 pending, 0 in-flight, 16 done\)/)
})

test('a worker that we spawn is seen by tt, works for tt, and ends when tt kills it', async ({ mixed }) => {
  mixed.box.write('do', 'complete')
  await mixed.open(OURS(mixed))
  await mixed.agents('up')
  await mixed.agents('spawn', 'extra', '--cli', 'c', '--role', 'backend', '--nickname', 'Nora')
  await idle(mixed, 'extra')
  expect(await mixed.tt('list')).toMatch(/Nora \[backend\] \([0-9a-f]{4}\) - Idle/)
  const id =
    /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(await mixed.tt('assign', 'extra', 'from tt'))?.[0] ??
    ''
  await mixed.until(
    'it is done',
    async () => (await mixed.tt('task', 'show', id)).includes('done by extra'),
    30_000,
  )
  await mixed.tt('kill', 'extra')
  await mixed.until('its session is gone', async () => mixed.box.pid('extra') === undefined)
  await mixed.becomes('extra', 'stopped')
})

test('messages of a worker of tt and of ours reach each other', async ({ mixed }) => {
  mixed.box.write('do', 'ok')
  await mixed.open(OURS(mixed, 'ours-1'))
  await mixed.agents('up')
  await idle(mixed, 'ours-1')
  await mixed.tt('spawn', 'theirs', '--cli', `cat >>${mixed.box.dir}/heard`)
  await idle(mixed, 'theirs')
  await mixed.tt('send', 'ours-1', 'please look', '--from', 'theirs')
  await mixed.until(
    'ours has it in its prompt',
    async () => mixed.box.exists('rounds.jsonl') && mixed.box.read('rounds.jsonl').includes('please look'),
  )
  await mixed.agents('send', 'theirs', 'I did')
  await mixed.until(
    'theirs has it in its prompt',
    async () => mixed.box.exists('heard') && mixed.box.read('heard').includes('I did'),
  )
})
