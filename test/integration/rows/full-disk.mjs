// Runs in a mount namespace of its own, where logs/ is a small tmpfs: what a full or read-only disk does to a fleet.
//   node full-disk.mjs PROGRAM full|readonly|inodes     (in the project folder; prints one JSON line)
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [program, fault] = process.argv.slice(2)
const agents = (...args) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
const tmux = (...args) =>
  spawnSync('tmux', ['-S', `${process.cwd()}/s`, ...args], { encoding: 'utf8' }).stdout.trim()
const pid = (name) => {
  const [dead, found] = tmux('list-panes', '-t', `=x-${name}:`, '-F', '#{pane_dead} #{pane_pid}').split(' ')
  return dead === '0' ? Number(found) : undefined
}
const until = async (look, withinMs) => {
  const began = Date.now()
  while (Date.now() - began < withinMs) {
    const found = look()
    if (found !== undefined) return found
    await sleep(50)
  }
  return undefined
}
const heard = () => {
  try {
    return readFileSync('record', 'utf8').trim().split('\n').length
  } catch {
    return 0
  }
}

/** How often messages may have been typed, by the record on disk: it is written before the first byte is pasted. */
const recorded = () => {
  const { body } = JSON.parse(readFileSync('logs/state/outbox.json', 'utf8'))
  return body.entries.reduce((sum, entry) => sum + entry.presented, 0)
}

function spoil() {
  if (fault === 'readonly') {
    // Laid over the folder: a plain remount is refused while logs are open.
    execFileSync('mount', ['--bind', 'logs', 'logs'])
    return execFileSync('mount', ['-o', 'remount,bind,ro', 'logs'])
  }
  if (fault === 'inodes') {
    mkdirSync('logs/many')
    for (let n = 0; n < 10_000; n += 1) writeFileSync(`logs/many/${n}`, '')
    return undefined
  }
  for (let size = 1 << 20; size > 0; size >>= 1) appendFileSync('logs/filler', Buffer.alloc(size))
  return undefined
}

function mend() {
  if (fault === 'readonly') execFileSync('umount', ['-l', 'logs'])
  else rmSync(fault === 'inodes' ? 'logs/many' : 'logs/filler', { recursive: true, force: true })
}

const seen = {}
seen.up = agents('up').status
await until(() => (heard() > 0 ? true : undefined), 8_000)
const before = { a: pid('a'), other: pid('other') }
try {
  spoil()
} catch (error) {
  seen.spoilt = error.code ?? error.message
}
await sleep(2_000)
seen.kept = pid('a') === before.a && pid('other') === before.other
seen.status = agents('status').status
// On a crowded machine what was written down before the fault is pasted seconds after it: not the time counts, but that
// no line was typed that is not on record. What is heard is read first, for the record may still grow where it can.
const typed = heard()
seen.unrecorded = 0
for (let looks = 0; looks < 30; looks += 1) {
  const lines = heard()
  seen.unrecorded = Math.max(seen.unrecorded, lines - recorded())
  await sleep(100)
}
seen.typedMeanwhile = heard() - typed
process.kill(before.a, 'SIGKILL')
await sleep(1_500)
const attention = () => JSON.parse(agents('status', '--json').stdout).attention.join()
seen.said = /not remembered.*(ENOSPC|EROFS)/.test(attention())
seen.others = pid('other') === before.other
const server = tmux('display-message', '-p', '#{pid}')
seen.tmuxMb = Math.round(
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server}/status`, 'utf8'))[1]) / 1024,
)
mend()
const back = await until(() => {
  const now = pid('a')
  return now !== undefined && now !== before.a ? now : undefined
}, 15_000)
seen.back = back !== undefined
const quiet = heard()
await sleep(2_500)
seen.steady = pid('a') === back && pid('other') === before.other
seen.typedAfter = await until(() => (heard() > quiet ? true : undefined), 12_000)
const doctor = JSON.parse(agents('doctor', '--json').stdout)
seen.chain = doctor.checks.find((check) => check.id === 'events.chain')?.level
seen.quietAgain =
  (await until(() => (attention().includes('not remembered') ? undefined : true), 5_000)) === true
// Who is filling the disk must be stopped all the same, and looked at afterwards.
try {
  spoil()
} catch {
  // Full again.
}
const down = agents('down', '--grace', '0')
seen.down = down.status
seen.downSaid = down.stdout.includes('not remembered')
seen.alive = ['a', 'other'].filter((name) => pid(name) !== undefined)
seen.looked = agents('status').status
mend()
seen.temps = execFileSync('find', ['logs', '-name', '*.tmp'], { encoding: 'utf8' })
console.log(JSON.stringify(seen))
