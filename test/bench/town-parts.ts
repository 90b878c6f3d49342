import { createHash } from 'node:crypto'
import { createRedis } from '../../src/adapters/redis/index.ts'
import type { Redis, Script, Word } from '../../src/adapters/redis/types.ts'
import { claim } from '../../src/town/inbox/claim.ts'
import { countMail, peek } from '../../src/town/inbox/peek.ts'
import { type Draft, sendMessage } from '../../src/town/inbox/send.ts'
import { acknowledge } from '../../src/town/inbox/settle.ts'
import { createTown, type Town } from '../../src/town/town.ts'
import { newId, SUPERVISOR } from '../../src/town/wire/ids.ts'

export interface BenchTown {
  town: Town
  agent: string
  /** Milliseconds of each send, and how long all took. */
  send(count: number, together: number): Promise<Measured>
  /** Messages straight into the list, as tt would. */
  fill(count: number): Promise<void>
  /** Milliseconds of each batch of 64; ids of what was claimed. */
  claim(batches: number): Promise<Measured & { ids: string[] }>
  ack(ids: readonly string[], together: number): Promise<Measured>
  /** Milliseconds of what `agents inbox` reads of a mailbox. */
  look(times: number): Promise<number[]>
  /** The commands of these operations, for redis-benchmark with -r: random ids where ours has one of its own. */
  commands(): Promise<Record<'send' | 'claim' | 'ack', string[]>>
  clear(): Promise<void>
  close(): Promise<void>
}

export interface Measured {
  samples: number[]
  ms: number
}

const AGENT = 'c0ffee00-0000-4000-8000-000000000001'
const leaseMs = 3_600_000

export function openBenchTown(socket: string, name = 'bench', agent = AGENT): BenchTown {
  const redis = createRedis({ socket, name: 'agents-bench', deadlineMs: 60_000 })
  const town = createTown(name, redis, Date.now)
  const draft = (): Draft => ({
    id: newId(),
    from: SUPERVISOR,
    to: agent,
    content: { type: 'task', description: 'Add rate limiting to the login route' },
  })
  const take = (of: Town) => claim(of, agent, { leaseMs, by: 'take', presented: true })

  return {
    town,
    agent,
    send: (count, together) =>
      timedAll(count, together, () => sendMessage(town, draft(), { unlimited: true })),
    async fill(count) {
      const line = `{"id":"' .. id .. '","from":"${SUPERVISOR}","to":"${agent}","type":"task","description":"number ' .. i .. '","priority":"normal","created_at":"2026-01-02T03:04:05Z","correlation_id":null}`
      const lua = `for i = 1, ARGV[1] do
        local id = string.format('%08x-0000-4000-8000-%012d', i, i)
        redis.call('RPUSH', KEYS[1], '${line}')
      end`
      await redis.call('EVAL', lua, 1, town.keys.inbox(agent), count)
    },
    async claim(batches) {
      const ids: string[] = []
      const measured = await timedAll(batches, 1, async () => {
        const { held } = await take(town)
        ids.push(...held.map(({ message }) => message.id))
      })
      return { ...measured, ids }
    },
    ack: (ids, together) => {
      let at = 0
      return timedAll(ids.length, together, () => acknowledge(town, agent, [ids[at++]!]))
    },
    look: async (times) =>
      (
        await timedAll(times, 1, async () => {
          await peek(town, agent)
          await countMail(town, [agent, SUPERVISOR])
        })
      ).samples,
    async commands() {
      const one = draft()
      const id = '00000000-0000-4000-8000-__rand_int__'
      const random = (args: string[]) => args.map((arg) => arg.replaceAll(one.id ?? '', id))
      return {
        send: random(await captured((of) => sendMessage(of, one, { unlimited: true }), town)),
        claim: await captured(take, town),
        ack: random(await captured((of) => acknowledge(of, agent, [one.id ?? '']), town)),
      }
    },
    async clear() {
      await redis.call('FLUSHALL')
      await redis.call('HSET', town.keys.agent(agent), 'id', agent, 'name', 'one', 'state', 'idle')
    },
    close: () => redis.close(),
  }
}

/** The one command that an operation sends, its script loaded. */
async function captured(work: (town: Town) => Promise<unknown>, town: Town): Promise<string[]> {
  let sent: { script: Script; keys: readonly string[]; args: readonly Word[] } | undefined
  const redis: Redis = {
    ...town.redis,
    script: (script, keys, args) => {
      sent = { script, keys, args }
      return Promise.reject(new Error('captured'))
    },
  }
  await work({ ...town, redis }).catch(() => undefined)
  if (sent === undefined) throw new Error('no script was run')
  await town.redis.call('SCRIPT', 'LOAD', sent.script.lua)
  const sha = createHash('sha1').update(sent.script.lua).digest('hex')
  return ['EVALSHA', sha, String(sent.keys.length), ...sent.keys, ...sent.args.map(String)]
}

async function timedAll(count: number, together: number, body: () => Promise<unknown>): Promise<Measured> {
  const samples: number[] = []
  let left = count
  const from = performance.now()
  const line = async () => {
    while (left-- > 0) {
      const begun = performance.now()
      await body()
      samples.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: together }, line))
  return { samples, ms: performance.now() - from }
}
