// The steps of smoke.sh. Uses the program as a person would (dist/agents.js) and looks at what it does from outside:
// by git, tmux and the process table.
//   node scripts/smoke.mjs FOLDER            runs the steps in FOLDER, an empty temporary folder
//   node scripts/smoke.mjs --clean FOLDER    ends every process that lives in FOLDER
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const program = process.env.AGENTS_BIN ?? join(root, 'dist', 'agents.js')
const cleaning = process.argv[2] === '--clean'
const folder = process.argv.at(-1)
const project = join(folder, 'demo', 'project')
const origin = join(folder, 'demo', 'origin.git')
const socket = 'agents-demo'

/** Nothing of the user's: not HOME, not the tmux server, not git's configuration. */
const env = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  HOME: join(folder, 'home'),
  TMPDIR: join(folder, 'tmp'),
  TMUX_TMPDIR: join(folder, 't'),
  TERM: 'xterm-256color',
  LANG: process.env.LANG ?? 'C.UTF-8',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  NO_COLOR: '1',
}

/** Processes whose environment names the folder: all that were started by anything started here. */
function living() {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
    return lines.filter((line) => line.includes(folder)).flatMap(otherPid)
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => inFolder(pid)).flatMap(otherPid)
}

function otherPid(line) {
  const pid = Number.parseInt(line, 10)
  return Number.isNaN(pid) || pid === process.pid || pid === process.ppid ? [] : [pid]
}

function inFolder(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`=${folder}/`)
  } catch {
    return false // Gone since it was listed, or another user's.
  }
}

function nameOf(pid) {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .slice(0, 100)
  } catch {
    return 'gone by now'
  }
}

function clean() {
  for (const pid of living()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It was faster.
    }
  }
}

async function agents(...args) {
  const { stdout } = await run(process.execPath, [program, ...args], { cwd: project, env, timeout: 20_000 })
  return stdout
}

async function status() {
  return JSON.parse(await agents('status', '--json'))
}

async function events(kind, agent) {
  const { events: all } = JSON.parse(await agents('events', '--json', '-n', '1000'))
  return all.filter((event) => event.kind === kind && (agent === undefined || event.agent === agent))
}

async function subjects() {
  const { stdout } = await run('git', ['-C', origin, 'log', '--reverse', '--format=%s', 'main'], { env })
  return stdout.trim().split('\n')
}

async function panePid(name) {
  const format = ['-F', '#{session_name} #{pane_pid} #{pane_dead}']
  const { stdout } = await run('tmux', ['-L', socket, 'list-panes', '-a', ...format], { env })
  const row = stdout.split('\n').find((line) => line.startsWith(`demo-${name} `))
  const [, pid, dead] = row?.split(' ') ?? []
  return dead === '0' ? Number(pid) : undefined
}

/** Waits until `look` answers something; fails after `seconds` with what was waited for. */
async function seen(what, look, seconds = 15, everyMs = 150) {
  const until = Date.now() + seconds * 1_000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > until) throw new Error(`not seen within ${seconds} s: ${what}`)
    await sleep(everyMs)
  }
}

const committed = (subject) =>
  seen(`a commit "${subject}" in the origin`, async () =>
    (await subjects()).find((s) => s.startsWith(subject)),
  )

const pinged = (agent) =>
  seen(
    `the event ping-submitted for ${agent}`,
    async () => (await events('ping-submitted', agent)).length > 0,
  )

let serverPid

const steps = [
  ['a sandbox with a project and a bare origin; its config is checked', prepare],
  ['agents up: the whole fleet runs', bringUp],
  ['the builder works and claims', () => committed('claim: squares round 1')],
  ['the adversary is pinged, verifies and reviews', pingToAdversary],
  ['the builder is pinged, mends and claims again', pingToBuilder],
  ['an agent is killed with -9 and healed', killAndHeal],
  ['the phase advances by its DONE marker', advance],
  ['the sequence completes and its on-complete task runs', complete],
  ['status shows it; agents down leaves nothing behind', bringDown],
]

async function prepare() {
  for (const name of ['home', 'tmp', 't']) mkdirSync(join(folder, name), { mode: 0o700 })
  await run(process.execPath, [join(root, 'examples/demo/prepare.mjs'), join(folder, 'demo')], { env })
  await agents('config', 'check')
  return project
}

async function bringUp() {
  await agents('up')
  const report = await seen('every enabled agent, the service and the watchdog up', async () => {
    const now = await status()
    const wanted = now.agents.filter((agent) => agent.enabled)
    const all = [...wanted, ...now.services, now.watchdog]
    return all.every((one) => one.life === 'up') && now
  })
  const { stdout } = await run('tmux', ['-L', socket, 'display-message', '-p', '#{pid}'], { env })
  serverPid = Number(stdout)
  return report.agents.map((agent) => `${agent.name} ${agent.life}`).join(', ')
}

async function pingToAdversary() {
  const subject = await committed('review: squares round 1')
  await pinged('adversary')
  return subject
}

async function pingToBuilder() {
  const subject = await committed('claim: squares round 2')
  await pinged('builder')
  return subject
}

async function killAndHeal() {
  const before = await panePid('scout')
  if (before === undefined) throw new Error('the pane of scout is not there')
  const start = Date.now()
  process.kill(before, 'SIGKILL')
  const look = async () => {
    const now = await panePid('scout').catch(() => undefined)
    return now !== before && now
  }
  const after = await seen('a new process of scout', look, 10, 10)
  const took = Date.now() - start
  await seen('the event heal or started for scout', async () => {
    return (await events('heal', 'scout')).length > 0 || (await events('started', 'scout')).length > 1
  })
  return `pid ${before} -> ${after} in ${took} ms`
}

async function advance() {
  await committed('done: squares')
  const { stdout } = await run('git', ['-C', origin, 'show', 'main:machine-docs/STATUS-squares.md'], { env })
  if (!/^## DONE\n\n\S/m.test(stdout)) throw new Error('the status file has no DONE marker')
  await seen('the event phase', async () => (await events('phase')).length > 0)
  return committed('claim: cubes round 1')
}

async function complete() {
  await committed('done: cubes')
  await seen('the event sequence-complete', async () => (await events('sequence-complete')).length > 0)
  await seen('the file SEQUENCE-COMPLETE', () => existsSync(join(project, '.agents', 'SEQUENCE-COMPLETE')))
  const report = join(project, 'REPORT.md')
  await seen(
    'REPORT.md of the on-complete task',
    () => existsSync(report) && readFileSync(report, 'utf8') !== '',
  )
  return `REPORT.md: ${readFileSync(report, 'utf8').trim().split('\n').length} lines`
}

/** A dead process that its parent has not collected yet is gone, too. */
async function gone(pid) {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim() === '' || stdout.trim().startsWith('Z')
}

async function bringDown() {
  const shown = await agents('status')
  console.log(`\n${shown.trimEnd().replace(/^/gm, '      ')}`)
  const running = living().length
  await agents('down')
  const left = () => living().map((pid) => `${pid} ${nameOf(pid)}`)
  await seen('an end of all processes', () => left().length === 0, 5).catch(() => {
    throw new Error(`still running after down:\n  ${left().join('\n  ')}`)
  })
  await seen(`an end of the tmux server (pid ${serverPid})`, () => gone(serverPid), 5)
  return `${running} processes before, none after`
}

function tail(path, lines) {
  if (!existsSync(path)) return
  console.log(`--- the end of ${path.replace(`${folder}/`, '')}`)
  console.log(readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'))
}

async function evidence() {
  console.log(`--- agents status\n${await agents('status').catch((error) => error.stderr || error.message)}`)
  console.log(`--- commits in the origin\n${(await subjects().catch(() => [])).join('\n')}`)
  tail(join(project, '.agents', 'events.jsonl'), 40)
  tail(join(project, '.agents', 'demo-watchdog.log'), 20)
  for (const name of ['builder', 'adversary', 'scout']) tail(join(project, '.agents', `demo-${name}.log`), 5)
}

async function main() {
  const begin = Date.now()
  for (const [index, [title, body]] of steps.entries()) {
    const start = Date.now()
    process.stdout.write(`[${index + 1}/${steps.length}] ${title} … `)
    try {
      const detail = await body()
      console.log(`ok (${((Date.now() - start) / 1_000).toFixed(1)}s)\n      ${detail}`)
    } catch (error) {
      console.log(`FAILED\n      ${error.stderr ? `${error.message}\n${error.stderr}` : error.message}`)
      await evidence()
      return 1
    }
  }
  console.log(`smoke: all ${steps.length} steps seen in ${((Date.now() - begin) / 1_000).toFixed(1)} s`)
  return 0
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    clean()
    process.exit(code)
  })
}
if (cleaning) {
  clean()
} else {
  const result = await main()
  if (result !== 0) clean()
  process.exit(result)
}
