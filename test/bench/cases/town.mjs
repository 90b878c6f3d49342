import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { importTypeScript } from '../../../scripts/run-typescript.mjs'
import { bringUp, configOf, names, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { timed, usage } from '../measure.mjs'

const parts = () => importTypeScript('test/bench/town-parts.ts')
const RELEASE = '0.10.0'
const tt = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'agents-fleet',
  `tinytown-${RELEASE}`,
  'bin',
  'tt',
)

/** Messages on a Redis with the settings of a fleet's own, beside redis-benchmark with the same scripts. */
export const town = {
  name: 'town',
  title: 'messages of a town over a unix socket (append-only file, fsync each second)',
  async run({ quick }) {
    const lab = openLab()
    const stop = await serve(lab)
    const bench = (await parts()).openBenchTown(lab.path('redis.sock'))
    try {
      const rows = []
      for (const together of [1, 32])
        rows.push(...(await operations(lab, bench, quick ? 4_000 : 20_000, together)))
      rows.push(...(await deep(bench, quick)))
      return rows
    } finally {
      await bench.close()
      await stop()
      await lab.end()
    }
  },
}

async function operations(lab, bench, count, together) {
  const how = together === 1 ? 'one after the other' : `${together} at a time`
  const rows = []
  const row = (what, measured, benchmark, unit = 'messages') => {
    const baseline = { what: 'redis-benchmark with the same script', samples: [benchmark.rps] }
    rows.push(
      {
        what: `${what} per second, ${how}`,
        unit: `${unit}/s`,
        samples: [(measured.samples.length * 1000) / measured.ms],
        baseline,
      },
      {
        what: `${what}, ${how}`,
        unit: 'ms',
        samples: measured.samples,
        baseline: { what: 'redis-benchmark', samples: [benchmark.p50, benchmark.p99] },
      },
    )
  }
  await bench.clear()
  const commands = await bench.commands()
  const sendBaseline = benchmark(lab, commands.send, count, together)
  await bench.clear()
  row('sends', await bench.send(count, together), sendBaseline)

  // A claim is one script for 64 messages; it is compared batch by batch.
  const batches = Math.floor(count / 64)
  const claimed = await bench.claim(batches)
  if (together === 1) {
    await bench.clear()
    await bench.fill(count)
    row('claims of 64', claimed, benchmark(lab, commands.claim, batches, 1), 'batches')
    await bench.clear()
    await bench.fill(count)
    claimed.ids = (await bench.claim(batches)).ids
  }
  const acked = await bench.ack(claimed.ids, together)
  await bench.clear()
  await bench.fill(count)
  await bench.claim(batches)
  // Its random ids are those that were filled in, so most are claimed; one that is hit twice is answered as done before.
  row('acknowledgements', acked, benchmark(lab, commands.ack, count, together, count))
  return rows
}

/** INV-…: reliability row 115. */
async function deep(bench, quick) {
  await bench.clear()
  await bench.fill(100_000)
  const claims = await bench.claim(quick ? 100 : 500)
  const looks = await bench.look(quick ? 20 : 100)
  const acked = await bench.ack(claims.ids.slice(-2000), 1)
  const of100k = 'with 100,000 messages in one inbox'
  return [
    {
      what: `a batch of 64 claimed, ${of100k}`,
      unit: 'ms',
      samples: claims.samples,
      target: { of: 'p99', below: 10 },
    },
    {
      what: `one acknowledged, ${of100k}`,
      unit: 'ms',
      samples: acked.samples,
      target: { of: 'p99', below: 10 },
    },
    { what: `the inbox looked at, ${of100k}`, unit: 'ms', samples: looks, target: { of: 'p99', below: 200 } },
  ]
}

/** p50 and p99 in ms, and calls per second. */
function benchmark(lab, command, count, together, most = 1_000_000_000) {
  const args = [
    '-s',
    lab.path('redis.sock'),
    '-c',
    String(together),
    '-n',
    String(count),
    '-r',
    String(most),
    '--csv',
  ]
  const out = execFileSync('redis-benchmark', [...args, ...command], { encoding: 'utf8', maxBuffer: 1e8 })
  // The first cell is the command, which may hold anything.
  const [rps, , , p50, , p99] = out
    .trim()
    .split('\n')
    .at(-1)
    .split('","')
    .slice(-7)
    .map((cell) => Number(cell.replaceAll('"', '')))
  if (!(rps > 0)) throw new Error(`redis-benchmark said: ${out}`)
  return { rps, p50, p99 }
}

/** A command as a person types it: a process each time, beside the real tt where it is built (npm run test:interop). */
export const townCommands = {
  name: 'town-commands',
  title: 'commands of a town, a process each',
  async run({ quick }) {
    const lab = openLab()
    const stop = await serve(lab)
    const bench = (await parts()).openBenchTown(lab.path('redis.sock'), 'bench')
    try {
      writePrograms(lab)
      const url = `unix://${lab.path('redis.sock')}`
      const more = `[town]\nname = "bench"\nredis_url = "${url}"\n`
      lab.write('agents.toml', configOf(lab, { agents: names(1), more }))
      const times = quick ? 10 : 40
      const node = []
      const ours = []
      const theirs = []
      const there = existsSync(tt)
      const env = { ...lab.env, REDIS_URL: url }
      if (there) await lab.exec(tt, ['init', '--name', 'bench'], { env })
      await bench.clear()
      for (let at = 0; at < times; at += 1) {
        node.push(await timed(() => lab.exec(process.execPath, ['-e', '0'])))
        ours.push(await timed(() => lab.agents('send', 'supervisor', `number ${at}`, '--info')))
        if (there)
          theirs.push(
            await timed(() => lab.exec(tt, ['send', 'supervisor', `number ${at}`, '--info'], { env })),
          )
      }
      const rows = [
        {
          what: '`agents send` of a town',
          unit: 'ms',
          samples: ours,
          baseline: { what: '`node -e 0`', samples: node },
        },
      ]
      if (there) rows.push({ what: '`tt send` of tinytown', unit: 'ms', samples: theirs })
      return rows
    } finally {
      await bench.close()
      await stop()
      await lab.end()
    }
  },
}

/** What the mirror of 200 agents costs when nothing happens, and `agents status` while 100,000 messages wait for one. */
export const townSteady = {
  name: 'town-steady',
  title: 'a steady fleet of 200 agents in a town',
  async run({ quick }) {
    const seconds = quick ? 15 : 60
    const alone = await steadyFleet('enabled = false', seconds)
    let rows = []
    const mirrored = await steadyFleet('name = "bench"', seconds, async (lab) => {
      rows = await deepStatus(lab, quick)
    })
    return [
      {
        what: 'watchdog CPU, the town on',
        unit: '% of a core',
        samples: [mirrored.dog],
        baseline: { what: 'the town off', samples: [alone.dog] },
      },
      {
        what: 'watchdog CPU for the town (on less off) and its Redis',
        unit: '% of a core',
        samples: [Math.max(0, mirrored.dog - alone.dog) + mirrored.redis],
        target: { of: 'max', below: 1 },
      },
      {
        what: 'CPU of its Redis',
        unit: '% of a core',
        samples: [mirrored.redis],
        target: { of: 'max', below: 1 },
      },
      {
        what: 'requests a second at its Redis (a script is one)',
        unit: '/s',
        samples: [mirrored.requests],
        target: { of: 'max', below: 50 },
      },
      ...rows,
    ]
  },
}

async function steadyFleet(town, seconds, also = async () => undefined) {
  const lab = openLab()
  try {
    writePrograms(lab)
    const agents = names(200)
    const more = `[town]\n${town}\n`
    lab.write('agents.toml', configOf(lab, { agents, watchdog: '', more, agentMore: 'inbox = "off"' }))
    await bringUp(lab, agents)
    await sleep(10_000)
    const { watchdog } = JSON.parse((await lab.agents('status', '--json')).stdout)
    const before = { dog: usage(watchdog.pid), redis: await redisStats(lab) }
    const wall = await timed(() => sleep(seconds * 1000))
    const after = { dog: usage(watchdog.pid), redis: await redisStats(lab) }
    await also(lab)
    return {
      dog: (100 * (after.dog.cpuMs - before.dog.cpuMs)) / wall,
      redis: (100 * (after.redis.cpuMs - before.redis.cpuMs)) / wall,
      requests: ((after.redis.requests - before.redis.requests) * 1000) / wall,
    }
  } finally {
    await lab.end()
  }
}

const ownSocket = (lab) => lab.path('logs', 'state', 'redis.sock')

/** Requests that it has read and its time; nothing where there is none. */
async function redisStats(lab) {
  if (!existsSync(ownSocket(lab))) return { requests: 0, cpuMs: 0 }
  const info = await lab.exec('redis-cli', ['-s', ownSocket(lab), 'info'])
  const value = (name) => Number(new RegExp(`${name}:([0-9.]+)`).exec(info)?.[1])
  return { requests: value('total_reads_processed'), cpuMs: usage(value('process_id')).cpuMs }
}

async function deepStatus(lab, quick) {
  const [, id] =
    /id\n([0-9a-f-]{36})/.exec(await lab.exec('redis-cli', ['-s', ownSocket(lab), 'eval', ONE_AGENT, '0'])) ??
    []
  const bench = (await parts()).openBenchTown(ownSocket(lab), 'bench', id)
  try {
    await bench.fill(100_000)
    await sleep(2_000)
    const status = []
    const list = []
    for (let at = 0; at < (quick ? 10 : 40); at += 1) {
      status.push(await timed(() => lab.agents('status')))
      list.push(await timed(() => lab.agents('list')))
    }
    const deepBox = 'of 200 agents, 100,000 messages in one inbox'
    return [
      {
        what: `\`agents status\` ${deepBox}`,
        unit: 'ms',
        samples: status,
        target: { of: 'p50', below: 200 },
      },
      { what: `\`agents list\` ${deepBox}`, unit: 'ms', samples: list },
    ]
  } finally {
    await bench.close()
  }
}

const ONE_AGENT = "local keys = redis.call('KEYS', 'tt:bench:agent:*') return redis.call('HGETALL', keys[1])"

/** As the private server of a fleet. */
async function serve(lab) {
  const config = [
    'port 0',
    `unixsocket ${lab.path('redis.sock')}`,
    `dir ${lab.dir}`,
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
  ]
  const child = spawn('redis-server', ['-'], { cwd: lab.dir, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdin.end(config.join('\n'))
  for (let at = 0; at < 500 && !existsSync(lab.path('redis.sock')); at += 1) await sleep(10)
  return async () => {
    child.kill('SIGKILL')
    await ended
  }
}
