import { setTimeout as sleep } from 'node:timers/promises'
import { createRedis } from '../../../src/adapters/redis/index.ts'
import type { Random } from '../random.ts'
import { mailboxes, parts, TOWN } from './cast.ts'
import type { Stage } from './stage.ts'

/** Numbers that the seed drew for one fault. */
export interface Draw {
  ms: number
  count: number
  names: readonly string[]
}

export interface TownFault {
  name: string
  weight: number
  /** Two faults with one tag are not done at the same time; an actor's name is a tag, too. */
  tag: 'server' | 'network' | 'actors' | 'none'
  draw(random: Random): Draw
  run(stage: Stage, draw: Draw): Promise<void>
}

const draw =
  (from: number, to: number, most = 1) =>
  (random: Random): Draw => ({
    ms: random.int(from, to),
    count: random.int(1, most),
    names: [random.pick(parts).name],
  })

const among =
  (role: string, from = 0, to = 0) =>
  (random: Random): Draw => {
    const names = parts.filter((part) => part.role === role).map((part) => part.name)
    return { ms: random.int(from, to), count: 1, names: [random.pick(names)] }
  }

const killed = (role: string, weight: number): TownFault => ({
  name: `${role} killed`,
  weight,
  tag: 'actors',
  draw: among(role),
  run: async (stage, { names }) => {
    for (const name of names) await stage.kill(name)
  },
})

/** Of the answers of the runner's own connection: a fault that hits it, too, is done all the same. */
const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined)

/** A setting for a while. */
async function setting(stage: Stage, name: string, value: string, back: string, ms: number): Promise<void> {
  await quietly(stage.redis.call('CONFIG', 'SET', name, value))
  await sleep(ms)
  await quietly(stage.redis.call('CONFIG', 'SET', name, back))
}

const actors: TownFault[] = [
  killed('consumer', 12),
  killed('courier', 8),
  killed('sender', 8),
  killed('tasker', 8),
  killed('mover', 3),
  {
    name: 'several killed at once',
    weight: 3,
    tag: 'actors',
    draw: (random) => ({
      ms: 0,
      count: 1,
      names: parts.filter(() => random.chance(0.4)).map(({ name }) => name),
    }),
    run: async (stage, { names }) => {
      await Promise.all(names.map((name) => stage.kill(name)))
    },
  },
  {
    // Long enough for its lease to run out.
    name: 'an actor stopped',
    weight: 6,
    tag: 'actors',
    draw: draw(20, 1200),
    run: async (stage, { names, ms }) => {
      const child = stage.actor(names[0] ?? '')
      child?.kill('SIGSTOP')
      await sleep(ms)
      child?.kill('SIGCONT')
    },
  },
]

const server: TownFault[] = [
  {
    name: 'redis killed',
    weight: 6,
    tag: 'server',
    draw: draw(0, 150),
    run: (stage, { ms }) => stage.restart('SIGKILL', ms),
  },
  {
    name: 'redis told to end',
    weight: 1,
    tag: 'server',
    draw: draw(0, 100),
    run: (stage, { ms }) => stage.restart('SIGTERM', ms),
  },
  {
    name: 'redis stopped',
    weight: 3,
    tag: 'server',
    draw: draw(20, 900),
    run: async (stage, { ms }) => {
      stage.server()?.kill('SIGSTOP')
      await sleep(ms)
      stage.server()?.kill('SIGCONT')
    },
  },
  {
    name: 'clients paused',
    weight: 3,
    tag: 'server',
    draw: draw(20, 900),
    run: async (stage, { ms }) => {
      await quietly(stage.redis.call('CLIENT', 'PAUSE', ms, ms % 2 === 0 ? 'WRITE' : 'ALL'))
      await sleep(ms)
    },
  },
  {
    name: 'all connections closed by the server',
    weight: 5,
    tag: 'none',
    draw: draw(0, 0),
    run: (stage) => quietly(stage.redis.call('CLIENT', 'KILL', 'TYPE', 'normal')).then(() => undefined),
  },
  {
    name: 'scripts forgotten',
    weight: 8,
    tag: 'none',
    draw: draw(0, 10, 8),
    run: async (stage, { ms, count }) => {
      for (let at = 0; at < count; at += 1) {
        await quietly(stage.redis.call('SCRIPT', 'FLUSH'))
        await sleep(ms)
      }
    },
  },
  {
    name: 'a script that does not end, killed',
    weight: 1,
    tag: 'server',
    draw: draw(60, 300),
    run: async (stage, { ms }) => {
      // Others are told that the server is busy from here on; by default only after five seconds.
      await quietly(stage.redis.call('CONFIG', 'SET', 'busy-reply-threshold', '50'))
      // Of another connection: the one that waits for a script is not heard.
      const other = createRedis({ socket: stage.socket, name: 'agents-chaos-2', deadlineMs: 5_000 })
      let over = false
      const script = other.call('EVAL', "for i = 1, 3e8 do local a = i end return 'over'", 0)
      void quietly(script).then(() => {
        over = true
      })
      await sleep(ms)
      for (let asked = 0; asked < 400; asked++) {
        await quietly(stage.redis.call('SCRIPT', 'KILL'))
        if (over && (await quietly(stage.redis.call('PING'))) === 'PONG') break
        await sleep(50)
      }
      await other.close()
      await quietly(stage.redis.call('CONFIG', 'SET', 'busy-reply-threshold', '5000'))
    },
  },
  {
    name: 'memory full',
    weight: 4,
    tag: 'server',
    draw: draw(20, 500),
    run: (stage, { ms }) => setting(stage, 'maxmemory', '1', '0', ms),
  },
  {
    name: 'read-only',
    weight: 2,
    tag: 'server',
    draw: draw(20, 300),
    run: async (stage, { ms }) => {
      // A port where nobody listens: the data stays, writes are refused.
      await quietly(stage.redis.call('REPLICAOF', '127.0.0.1', '1'))
      await sleep(ms)
      await quietly(stage.redis.call('REPLICAOF', 'NO', 'ONE'))
    },
  },
  {
    name: 'password changed',
    weight: 2,
    tag: 'server',
    draw: draw(20, 300),
    run: async (stage, { ms }) => {
      // Connections that are there stay; new ones are refused.
      await setting(stage, 'requirepass', 'another', '', ms)
    },
  },
  {
    name: 'append-only file rewritten',
    weight: 1,
    tag: 'none',
    draw: draw(0, 0),
    run: (stage) => quietly(stage.redis.call('BGREWRITEAOF')).then(() => undefined),
  },
  {
    name: 'everything flushed',
    weight: 0.5,
    tag: 'server',
    draw: draw(0, 50),
    run: async (stage, { ms }) => {
      const since = Date.now()
      await quietly(stage.redis.call('FLUSHALL'))
      await sleep(ms)
      await quietly(stage.settle())
      stage.journal.note({ op: 'flush', since })
    },
  },
]

const network: TownFault[] = [
  {
    name: 'connections cut',
    weight: 6,
    tag: 'network',
    draw: draw(0, 0),
    run: async ({ proxy }) => proxy.cut(),
  },
  {
    name: 'cut inside an answer',
    weight: 10,
    tag: 'network',
    draw: draw(1, 4000),
    run: async ({ proxy }, { ms: bytes }) => {
      proxy.cutAfter(bytes)
      await sleep(60)
      proxy.heal()
    },
  },
  {
    name: 'slow answers',
    weight: 4,
    tag: 'network',
    draw: draw(20, 400),
    run: async ({ proxy }, { ms }) => {
      proxy.delay(ms)
      await sleep(300)
      proxy.heal()
    },
  },
  {
    // Longer than a call may take: its answer comes to nobody, or is taken for another's.
    name: 'answers later than the deadline',
    weight: 3,
    tag: 'network',
    draw: draw(700, 1500),
    run: async ({ proxy }, { ms }) => {
      proxy.delay(ms)
      await sleep(200)
      proxy.delay(0)
      await sleep(200)
    },
  },
  {
    name: 'half-open',
    weight: 4,
    tag: 'network',
    draw: draw(50, 900),
    run: async ({ proxy }, { ms }) => {
      proxy.swallow()
      await sleep(ms)
      proxy.heal()
    },
  },
  {
    name: 'frozen',
    weight: 4,
    tag: 'network',
    draw: draw(50, 900),
    run: async ({ proxy }, { ms }) => {
      proxy.freeze()
      await sleep(ms)
      proxy.heal()
    },
  },
  {
    name: 'refused',
    weight: 3,
    tag: 'network',
    draw: draw(20, 300),
    run: async ({ proxy }, { ms }) => {
      proxy.refuse()
      proxy.cut()
      await sleep(ms)
      proxy.heal()
    },
  },
  {
    name: 'answers that are none',
    weight: 2,
    tag: 'network',
    draw: draw(20, 200),
    run: async ({ proxy }, { ms }) => {
      proxy.garble('HTTP/1.1 400 Bad Request\r\n\r\n')
      await sleep(ms)
      proxy.heal()
    },
  },
]

const JUNK = [
  '',
  '{',
  '[]',
  '{"id":1}',
  '\0\x01\xff',
  '{"id":"c0ffee00-0000-4000-8000-00000000dead","type":"party"}',
]

const foreign: TownFault[] = [
  {
    name: 'junk in an inbox',
    weight: 4,
    tag: 'none',
    draw: draw(0, JUNK.length - 1, 4),
    run: async (stage, { ms, count }) => {
      const list = ms % 2 === 0 ? 'inbox' : 'urgent'
      const to = Object.values(mailboxes)[count % 5]
      const push = ms % 2 === 0 ? 'RPUSH' : 'LPUSH'
      for (let at = 0; at < count; at += 1)
        await quietly(stage.redis.call(push, `tt:${TOWN}:${list}:${to}`, JUNK[(ms + at) % JUNK.length] ?? ''))
    },
  },
  {
    name: 'a key of another type',
    weight: 1,
    tag: 'none',
    draw: draw(0, 4),
    run: async (stage, { ms }) => {
      // Only where nothing is: what a foreign hand destroys is lost.
      const keys = ['inbox', 'urgent', 'fleet:claimed', 'fleet:dead', 'fleet:turn']
      const to = Object.values(mailboxes)[ms % 5]
      await quietly(stage.redis.call('SET', `tt:${TOWN}:${keys[ms]}:${to}`, 'foreign', 'NX'))
    },
  },
]

export const townFaults: readonly TownFault[] = [...actors, ...server, ...network, ...foreign]
