import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { bringUp, configOf, names, writePrograms } from '../fleet.mjs'
import { openLab, sleep } from '../lab.mjs'
import { timed, usage } from '../measure.mjs'

const fleets = [
  { label: '200 quiet agents', kindOf: () => 'quiet' },
  // Every fifth redraws a spinner row each second, as an agent CLI at work does.
  {
    label: '160 quiet, 40 with a spinner',
    kindOf: (name) => (Number(name.slice(1)) % 5 === 0 ? 'spinner' : 'quiet'),
  },
  { label: '200 quiet agents in a town', kindOf: () => 'quiet', more: '[town]\nname = "bench"\n' },
]

/** Nothing happens: what a watchdog of 200 agents costs. */
export const steady = {
  name: 'steady',
  title: 'a steady fleet of 200 agents',
  async run({ quick }) {
    const rows = []
    for (const { label, kindOf, more = '' } of fleets) {
      const lab = openLab()
      try {
        writePrograms(lab)
        const agents = names(200)
        // The default governor and intervals: what a user gets.
        lab.write('agents.toml', configOf(lab, { agents, kindOf, watchdog: '', more }))
        await bringUp(lab, agents)
        await sleep(quick ? 5_000 : 15_000)
        rows.push(...(await watchdogCost(lab, label, quick ? 10 : 40)))
        rows.push(...(await processes(lab, label, quick ? 5 : 20)))
        const baseline = await driverLook(lab, agents, quick ? 1 : 3)
        rows[rows.findIndex((row) => row.what === `tick, ${label}`)].baseline = {
          what: 'a look of one process per pane, like the Python driver',
          samples: baseline,
        }
      } finally {
        await lab.end()
      }
    }
    return rows
  },
}

async function watchdogCost(lab, label, seconds) {
  const { watchdog, town } = JSON.parse((await lab.agents('status', '--json')).stdout)
  const tmux = Number(await lab.tmux('display-message', '-p', '#{pid}'))
  const redis = town?.server?.pid
  const look = async () => ({
    dog: usage(watchdog.pid),
    tmux: usage(tmux),
    ...(redis === undefined ? {} : { redis: usage(redis) }),
    stats: await lab.ask('stats'),
  })
  const before = await look()
  const wall = await timed(() => sleep(seconds * 1000))
  const after = await look()
  const share = (who) => (100 * (after[who].cpuMs - before[who].cpuMs)) / wall
  const ticks = after.stats.ticks - before.stats.ticks
  return [
    {
      what: `tick, ${label}`,
      unit: 'ms',
      samples: after.stats.recentMs.slice(-ticks),
      target: { of: 'p99', below: 50 },
    },
    {
      what: `watchdog CPU, ${label}`,
      unit: '% of a core',
      samples: [share('dog')],
      target: { of: 'max', below: 3 },
    },
    {
      what: `watchdog RSS, ${label}`,
      unit: 'MiB',
      samples: [after.dog.rssMiB],
      target: { of: 'max', below: 120 },
    },
    { what: `tmux server CPU meanwhile, ${label}`, unit: '% of a core', samples: [share('tmux')] },
    ...(redis === undefined
      ? []
      : [
          {
            what: `Redis CPU meanwhile, ${label}`,
            unit: '% of a core',
            samples: [share('redis')],
            target: { of: 'max', below: 1 },
          },
        ]),
  ]
}

/** Every process that the watchdog or its tmux server starts, as the kernel sees it (strace); else the watchdog's count. */
async function processes(lab, label, seconds) {
  const { watchdog } = JSON.parse((await lab.agents('status', '--json')).stdout)
  const tmux = Number(await lab.tmux('display-message', '-p', '#{pid}'))
  const before = (await lab.ask('stats')).tmuxProcesses
  const trace = await straced([watchdog.pid, tmux], lab.path('trace'), seconds)
  const own = (await lab.ask('stats')).tmuxProcesses - before
  const rows = [
    {
      what: `tmux clients started, ${label}`,
      unit: 'in all',
      samples: [own],
      target: { of: 'max', below: 1 },
    },
  ]
  if (trace !== undefined)
    rows.push({
      what: `processes started in ${seconds} s (strace), ${label}`,
      unit: 'in all',
      samples: [trace],
      target: { of: 'max', below: 1 },
    })
  return rows
}

async function straced(pids, path, seconds) {
  const args = [
    '-f',
    '-qq',
    '-o',
    path,
    '-e',
    'trace=execve,fork,vfork,clone,clone3',
    ...pids.flatMap((pid) => ['-p', String(pid)]),
  ]
  const child = spawn('strace', args, { stdio: 'ignore' })
  const failed = new Promise((resolve) => child.once('error', () => resolve(true)))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (await Promise.race([failed, ended.then(() => true), sleep(seconds * 1000, false)])) return undefined
  child.kill('SIGINT')
  await ended
  const lines = readFileSync(path, 'utf8').split('\n')
  // Threads are no processes.
  return lines.filter(
    (line) => /\b(execve|fork|vfork|clone3?)\(/.test(line) && !line.includes('CLONE_THREAD'),
  ).length
}

/** What the Python driver does for one look at the fleet: `has-session`, the command and the screen of each, one process each. */
async function driverLook(lab, agents, rounds) {
  const samples = []
  for (let round = 0; round < rounds; round += 1)
    samples.push(
      await timed(async () => {
        for (const name of agents) {
          await lab.tmux('has-session', '-t', `=b-${name}`)
          await lab.tmux('display-message', '-p', '-t', `=b-${name}:`, '#{pane_current_command}')
          await lab.tmux('capture-pane', '-p', '-t', `=b-${name}:`)
        }
      }),
    )
  return samples
}
