import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { openServer } from './support/server.ts'
import { connect, keysOf, openTinytown, RELEASE, type Tinytown } from './support/tinytown.ts'

/** One command and what Redis answered, as it is on the wire. */
export interface Sample {
  /** What was done with `tt` before. */
  after: string
  command: string[]
  reply: unknown
}

/**
 * Records what the real `tt` writes into test/fixtures/town/: `npm run test:interop -- --record`. Unit tests read it, so that
 * they hold where there is no cargo.
 */
export async function main(root: string): Promise<number> {
  const server = await openServer()
  const town = await openTinytown(server.url)
  try {
    const tape = await play(town, await listen(server.url))
    const folder = join(root, 'test/fixtures/town')
    mkdirSync(folder, { recursive: true })
    for (const [name, samples] of Object.entries(tape)) {
      const lines = samples.map((sample) => `  ${JSON.stringify(sample)}`).join(',\n')
      const head = `"writer": "tinytown ${RELEASE}"`
      writeFileSync(join(folder, `${name}.json`), `{\n  ${head},\n  "samples": [\n${lines}\n  ]\n}\n`)
      console.log(`${name}.json: ${samples.length} samples`)
    }
    return 0
  } finally {
    await town.end()
    await server.end()
  }
}

/** Every command that reaches the server, in order, but those of this recorder. */
async function listen(url: string): Promise<{ since(): string[][]; end(): void }> {
  const first = connect(url)
  const monitor = await first.monitor()
  first.disconnect()
  let heard: string[][] = []
  monitor.on('monitor', (_time: string, args: string[]) => heard.push(args.map(plain)))
  return {
    since() {
      const seen = heard
      heard = []
      return seen
    },
    end: () => monitor.disconnect(),
  }
}

/** MONITOR escapes what is no printable ASCII; the client has taken the escapes of quotes away already. */
const plain = (arg: string): string =>
  Buffer.from(
    arg.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_all, hex: string | undefined, sign: string) =>
      hex === undefined ? (SIGNS[sign] ?? sign) : String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  ).toString()
const SIGNS: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

const WRITES =
  /^(hset|hmset|hdel|hincrby|rpush|lpush|lrem|lpop|ltrim|expire|setex|set|del|sadd|srem|xadd|rename)$/i

async function play(town: Tinytown, heard: { since(): string[][]; end(): void }) {
  const { tt, redis, key } = town
  const tape = {
    agents: [] as Sample[],
    tasks: [] as Sample[],
    messages: [] as Sample[],
    lists: [] as Sample[],
    events: [] as Sample[],
    missions: [] as Sample[],
    writes: [] as Sample[],
    legacy: [] as Sample[],
  }
  const keep = async (to: Sample[], after: string, ...command: string[]) => {
    const [name = '', ...args] = command
    to.push({ after, command, reply: await redis.call(name, ...args) })
  }
  /** What one command of `tt` writes. */
  const writes = async (...args: string[]) => {
    await redis.ping()
    heard.since()
    await tt(...args)
    await redis.ping()
    // The monitor is another connection: what it hears comes a moment later.
    await sleep(100)
    const reply = heard.since().filter(([name = '']) => WRITES.test(name))
    tape.writes.push({ after: `tt ${args.join(' ')}`, command: ['MONITOR'], reply })
  }
  const agentAs = async (name: string, after: string) =>
    keep(tape.agents, after, 'HGETALL', key(`agent:${await town.agent(name)}`))
  const stateOf = async (name: string) => redis.hget(key(`agent:${await town.agent(name)}`), 'state')
  const becomes = (name: string, state: string) =>
    town.until(`${name} ${state}`, async () => (await stateOf(name)) === state)
  const taskIds = () => ids(redis, key('task:'))

  // A parent that does not exist: the record is made, no process is started.
  await town.run(['spawn', 'new', '--cli', 'true', '--nickname', 'Ada', '--parent', 'nobody'])
  await agentAs(
    'new',
    'tt spawn new --cli true --nickname Ada --parent nobody (refused: a record without a process)',
  )

  await tt('spawn', 'api-1', '--cli', 'cat >/dev/null', '--role', 'backend', '--nickname', 'Dorothy')
  await becomes('api-1', 'idle')
  await agentAs('api-1', 'tt spawn api-1 --role backend --nickname Dorothy, idle')
  await tt('spawn', 'busy', '--cli', 'sleep 8', '--parent', await town.agent('api-1'))
  await becomes('busy', 'idle')
  await writes('assign', 'busy', 'Add rate limiting\nto the login route, "quoted" \\ and ünïcödé 🙂')
  await becomes('busy', 'working')
  await agentAs('busy', 'tt assign busy, working')
  const [running = ''] = await taskIds()
  await keep(tape.tasks, 'tt assign busy, running', 'HGETALL', key(`task:${running}`))

  await writes('interrupt', 'api-1')
  await agentAs('api-1', 'tt interrupt api-1')
  const api = await town.agent('api-1')
  const send = async (...args: string[]) => {
    await tt('send', ...args)
    const list = args.includes('--urgent') ? 'urgent' : 'inbox'
    const at = list === 'urgent' ? '0' : '-1'
    await keep(tape.messages, `tt send ${args.join(' ')}`, 'LRANGE', key(`${list}:${api}`), at, at)
  }
  await send('api-1', 'Please look at the login route')
  await send('api-1', 'Which port?', '--query')
  await send('api-1', 'Deployed: "ok" \\ / <b> ünïcödé 🙂\nsecond line', '--info')
  await send('api-1', 'received', '--ack')
  await send('api-1', 'got it', '--ack')
  await send('api-1', 'Thank you!', '--ack')
  await send('api-1', 'Approved, ship it', '--ack')
  await send('api-1', 'rejected: no tests', '--ack')
  await send('api-1', 'rejected:', '--ack')
  await send('api-1', 'Stop at once', '--urgent')
  await send('api-1', 'from another', '--info', '--from', 'busy')
  await writes('send', 'api-1', 'hello')
  await writes('send', 'api-1', 'hello', '--urgent')
  await writes('send', 'supervisor', 'Done with the first part', '--info', '--from', 'api-1')
  await keep(
    tape.messages,
    'tt send supervisor --info --from api-1',
    'LRANGE',
    key('inbox:00000000-0000-0000-0000-000000000001'),
    '0',
    '-1',
  )
  await keep(tape.lists, 'urgent twice: the newest first', 'LRANGE', key(`urgent:${api}`), '0', '-1')

  await writes('assign', 'api-1', 'Write the docs')
  await keep(tape.messages, 'tt assign api-1', 'LRANGE', key(`inbox:${api}`), '-1', '-1')
  const docs = (await taskIds()).find((id) => id !== running) ?? ''
  await keep(tape.tasks, 'tt assign api-1', 'HGETALL', key(`task:${docs}`))
  await writes('task', 'complete', docs, '--result', 'Written\nand read')
  await keep(tape.tasks, 'tt task complete', 'HGETALL', key(`task:${docs}`))
  await agentAs('api-1', 'tt task complete, paused')
  await tt('task', 'complete', docs)
  await keep(tape.tasks, 'tt task complete without a result, again', 'HGETALL', key(`task:${docs}`))

  await writes('backlog', 'add', 'Fix the flaky test', '--tags', 'qa, P1,,ünï')
  await tt('backlog', 'add', 'No tags')
  await keep(tape.lists, 'tt backlog add twice', 'LRANGE', key('backlog'), '0', '-1')
  const [flaky = '', plain = ''] = await redis.lrange(key('backlog'), 0, -1)
  await keep(tape.tasks, 'tt backlog add --tags', 'HGETALL', key(`task:${flaky}`))
  await keep(tape.tasks, 'tt backlog add', 'HGETALL', key(`task:${plain}`))
  await writes('backlog', 'claim', flaky, 'api-1')
  await keep(tape.tasks, 'tt backlog claim', 'HGETALL', key(`task:${flaky}`))
  await keep(tape.messages, 'tt backlog claim', 'LRANGE', key(`inbox:${api}`), '-1', '-1')
  await writes('backlog', 'assign-all', 'api-1')
  await tt('backlog', 'add', 'To be removed')
  const [removed = ''] = await redis.lrange(key('backlog'), 0, -1)
  await writes('backlog', 'remove', removed)

  writeFileSync(
    join(town.folder, 'tasks.toml'),
    [
      '[meta]\ndescription = "a plan"',
      '[[tasks]]\nid = "one"\ndescription = "Planned"\ntags = ["x"]',
      '[[tasks]]\nid = "two"\ndescription = "Broken"\nstatus = "failed"',
      '[[tasks]]\nid = "three"\ndescription = "Ready"\nstatus = "completed"',
    ].join('\n'),
  )
  const before = new Set(await taskIds())
  await writes('sync', 'push')
  for (const id of (await taskIds()).filter((one) => !before.has(one)))
    await keep(tape.tasks, 'tt sync push', 'HGETALL', key(`task:${id}`))

  await writes('close', 'api-1')
  await agentAs('api-1', 'tt close api-1')
  await keep(tape.lists, 'tt close api-1', 'GET', key(`stop:${api}`))
  await keep(tape.lists, 'interrupt, close', 'LRANGE', key(`activity:${api}`), '0', '-1')
  await tt('spawn', 'calm', '--cli', 'true')
  await becomes('calm', 'idle')
  await tt('interrupt', 'calm')
  await writes('resume', 'calm')
  await agentAs('calm', 'tt interrupt calm, tt resume calm')
  await writes('kill', 'calm')
  await agentAs('calm', 'tt kill calm')
  await becomes('api-1', 'stopped')
  await agentAs('api-1', 'its loop saw the flag and ended')
  await keep(tape.messages, 'all that waits for api-1', 'LRANGE', key(`inbox:${api}`), '0', '-1')
  await writes('reclaim', '--from', 'api-1', '--to', 'new')
  await keep(
    tape.messages,
    'tt reclaim --from api-1 --to new',
    'LRANGE',
    key(`inbox:${await town.agent('new')}`),
    '0',
    '-1',
  )
  await becomes('busy', 'idle')
  await agentAs('busy', 'one round done')
  await keep(tape.lists, 'one round done', 'LRANGE', key(`activity:${await town.agent('busy')}`), '0', '-1')

  await tt('spawn', 'planner', '--cli', 'cat >/dev/null', '--role', 'backend')
  await becomes('planner', 'idle')
  await writes('mission', 'start', '--doc', 'docs/plan.md', '--issue', 'acme/shop#41', '--max-parallel', '1')
  const mission = (await redis.smembers(key('mission:active')))[0] ?? ''
  await keep(tape.missions, 'tt mission start', 'SMEMBERS', key('mission:active'))
  await keep(tape.missions, 'tt mission start', 'GET', key(`mission:${mission}`))
  await keep(tape.missions, 'tt mission start', 'HGETALL', key(`mission:${mission}:work`))
  await keep(tape.missions, 'tt mission start', 'LRANGE', key(`mission:${mission}:events`), '0', '-1')
  await tt('mission', 'note', mission, 'resume after the fix')
  await keep(tape.missions, 'tt mission note', 'HGETALL', key(`mission:${mission}:control`))
  const work = (await Promise.all((await taskIds()).map((id) => redis.hgetall(key(`task:${id}`))))).find(
    (task) => task.tags?.includes('mission-work-item'),
  )
  await keep(tape.tasks, 'tt mission start', 'HGETALL', key(`task:${work?.id}`))
  await writes('mission', 'stop', mission)
  await keep(tape.missions, 'tt mission stop', 'GET', key(`mission:${mission}`))

  await keep(tape.events, 'interrupt, close, resume, mission', 'XRANGE', key('events'), '-', '+')
  await keep(tape.events, 'of api-1', 'XRANGE', key(`events:agent:${api}`), '-', '+')
  await keep(tape.events, 'of the mission', 'XRANGE', key(`events:mission:${mission}`), '-', '+')
  await legacy(town, keep, tape.legacy)
  heard.end()
  return tape
}

/** What older releases left, written by hand, and what `tt migrate` makes of it. */
async function legacy(
  { tt, redis, key }: Tinytown,
  keep: (to: Sample[], after: string, ...command: string[]) => Promise<void>,
  tape: Sample[],
): Promise<void> {
  for (const command of oldForms) {
    const [name = '', at = '', ...args] = command
    tape.push({ after: 'by hand', command, reply: await redis.call(name, at, ...args) })
  }
  await tt('migrate', '--dry-run')
  await tt('migrate', '--force')
  const moved = 'tt migrate --force'
  await keep(tape, moved, 'GET', key(`agent:${OLD.agent}`))
  await keep(tape, moved, 'GET', key(`task:${OLD.task}`))
  await keep(tape, moved, 'LRANGE', key(`inbox:${OLD.agent}`), '0', '-1')
  await keep(tape, moved, 'LRANGE', key(`urgent:${OLD.agent}`), '0', '-1')
  await keep(tape, moved, 'LRANGE', key('backlog'), '0', '-1')
  await tt('migrate', '--hash', '--force')
  await keep(tape, 'tt migrate --hash --force', 'HGETALL', key(`agent:${OLD.agent}`))
  await keep(tape, 'tt migrate --hash --force', 'HGETALL', key(`task:${OLD.task}`))
}

const OLD = {
  agent: 'a1a1a1a1-0000-4000-8000-000000000001',
  task: 'b2b2b2b2-0000-4000-8000-000000000002',
  message: 'c3c3c3c3-0000-4000-8000-000000000003',
}
const people = '00000000-0000-0000-0000-000000000001'
const oldMessage = (id: string, priority: string) =>
  JSON.stringify({
    id,
    from: people,
    to: OLD.agent,
    type: 'task',
    description: 'from before',
    priority,
    created_at: '2025-12-01T00:00:00Z',
    correlation_id: null,
  })

/** Keys without a town, records as JSON. */
const oldForms: string[][] = [
  [
    'SET',
    `tt:agent:${OLD.agent}`,
    JSON.stringify({
      id: OLD.agent,
      name: 'veteran',
      nickname: 'Vera',
      role_id: 'reviewer',
      parent_agent_id: null,
      spawn_mode: 'resumed',
      agent_type: 'worker',
      state: 'stopped',
      cli: 'claude',
      current_task: OLD.task,
      created_at: '2025-12-01T00:00:00Z',
      last_heartbeat: '2025-12-01T00:10:00.5Z',
      tasks_completed: 7,
      rounds_completed: 12,
      last_active_at: '2025-12-01T00:09:00Z',
    }),
  ],
  [
    'SET',
    `tt:task:${OLD.task}`,
    JSON.stringify({
      id: OLD.task,
      description: 'Fix flaky test',
      state: 'pending',
      assigned_to: null,
      created_at: '2025-12-01T00:00:00Z',
      updated_at: '2025-12-01T00:00:00Z',
      started_at: null,
      completed_at: null,
      result: null,
      parent_id: null,
      tags: ['qa', 'plan:old'],
    }),
  ],
  ['RPUSH', `tt:inbox:${OLD.agent}`, oldMessage(OLD.message, 'normal')],
  ['LPUSH', `tt:urgent:${OLD.agent}`, oldMessage(OLD.message.replace('3', '4'), 'urgent')],
  ['RPUSH', 'tt:backlog', OLD.task],
]

const ids = async (redis: Redis, prefix: string): Promise<string[]> =>
  (await keysOf(redis, `${prefix}*`)).map((found) => found.slice(prefix.length))
