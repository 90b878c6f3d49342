// Reads a labelled collection of screens with `agents explain` and prints, for each backend, how labels were read.
//   npm run corpus -- DIR [--wrong]
// DIR holds index.json, a list of `{file, agent, label, altLabels?, expect?: {now, resetISO, assumedTz?}}`, and the screens
// at panes/<agent>/…: plain text. --wrong lists the files that were read otherwise than labelled.
// An agent that has no preset is read with the generic one.
// Exit 0: read and counted, whatever the figures; 2: usage.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionsOf, refuse } from './options.mjs'

const READING = {
  active: 'working',
  idle: 'idle',
  'awaiting-input': 'asking',
  limited: 'limited',
  fatal: 'failing',
  shell: 'shell',
}
const LABELS = Object.keys(READING)
const COLUMNS = ['working', 'idle', 'asking', 'limited', 'failing', 'shell', 'waiting', 'unknown']
const program = fileURLToPath(new URL('../dist/agents.js', import.meta.url))

const usage = 'npm run corpus -- DIR [--wrong]     (DIR holds index.json and panes/)'
const { values, positionals } = optionsOf(usage, {
  options: { wrong: { type: 'boolean' } },
  allowPositionals: true,
})
const dir = positionals.length === 1 ? resolve(positionals[0]) : undefined
if (dir === undefined) refuse(usage, 'one folder is needed')
if (!existsSync(join(dir, 'index.json'))) refuse(usage, `${dir} holds no index.json`)

const records = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'))
// No agents.toml here: the built-in backends are what is measured.
const empty = mkdtempSync(join(tmpdir(), 'corpus-'))
try {
  main()
} finally {
  rmSync(empty, { recursive: true, force: true })
}

function main() {
  const all = []
  for (const agent of [...new Set(records.map((one) => one.agent))].sort()) {
    const own = records.filter((one) => one.agent === agent)
    const { backend, readings } = readingsOf(agent)
    const judged = own.map((one) => judge(one, backend, readings.get(one.file)))
    print(backend === agent ? agent : `${agent} (as ${backend})`, judged)
    all.push(...judged)
  }
  print('all', all)
  printPromises(all)
  printResets(all)
  if (values.wrong)
    for (const one of all.filter(({ right }) => !right))
      console.log(`${one.file}: ${one.reading}, not ${one.label}`)
}

/** With which backend the screens of an agent were read, and file of the index to reading. */
function readingsOf(agent, backend = agent) {
  const folder = join('panes', agent)
  const { status, stdout, stderr } = explain(backend, join(dir, folder))
  if (status === 2 && stdout.includes('"BACKEND_UNKNOWN"') && backend !== 'generic')
    return readingsOf(agent, 'generic')
  if (status === 2 || status === null)
    throw new Error(`agents explain failed for ${agent}: ${stdout}${stderr}`)
  const lines = stdout.split('\n').filter((line) => line !== '')
  const read = lines.map((line) => JSON.parse(line)).map((one) => [join(folder, one.file), one.reading])
  return { backend, readings: new Map(read) }
}

function explain(agent, path, { now, zone } = {}) {
  const args = ['explain', '--json', '--backend', agent, '--screen', path, ...(now ? ['--now', now] : [])]
  const env = { ...process.env, ...(zone && { TZ: zone }) }
  return spawnSync(process.execPath, [program, ...args], {
    cwd: empty,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
}

/** A screen that can be read in more than one way is right in each of them. */
function judge({ file, label, ambiguous, altLabels = [], expect }, backend, reading = 'unread') {
  const right = [label, ...altLabels].some((each) => READING[each] === reading)
  return { file, backend, label, reading, right, ambiguous: ambiguous === true, expect }
}

function print(name, judged) {
  const seen = [...COLUMNS, 'unread'].filter((column) => judged.some(({ reading }) => reading === column))
  console.log(`\n${name}: ${share(judged)}`)
  console.log(row('', [...seen, 'right']))
  for (const label of LABELS) {
    const own = judged.filter((one) => one.label === label)
    if (own.length === 0) continue
    const counts = seen.map((column) => own.filter(({ reading }) => reading === column).length || '.')
    console.log(row(label, [...counts, share(own)]))
  }
}

function row(head, cells) {
  return `  ${head.padEnd(15)}${cells.map((cell) => String(cell).padStart(9)).join('')}`
}

function share(judged) {
  const right = judged.filter((one) => one.right).length
  return `${right}/${judged.length}`
}

function printPromises(all) {
  const plain = all.filter(({ ambiguous }) => !ambiguous)
  const right = plain.filter((one) => one.right).length
  console.log(
    `\nunambiguous: ${share(plain)} right, ${((100 * right) / Math.max(1, plain.length)).toFixed(1)} %`,
  )
  const lost = all.filter(
    ({ label, reading, right }) =>
      label === 'active' && !right && (reading === 'idle' || reading === 'shell'),
  )
  console.log(`active read as idle or shell: ${lost.length}`)
  const limited = all.filter(({ reading }) => reading === 'limited')
  console.log(`limited, of those read as such: ${share(limited)} right`)
}

/** Each at the moment and in the zone that the index names. */
function printResets(all) {
  const counts = { exact: 0, later: 0, EARLIER: 0, 'not understood': 0 }
  const dated = all.filter(({ expect, reading }) => expect?.resetISO && expect.now && reading === 'limited')
  for (const { file, backend, expect } of dated) {
    const { stdout } = explain(backend, join(dir, file), { now: expect.now, zone: expect.assumedTz ?? 'UTC' })
    const until = JSON.parse(stdout).limit?.until
    const off = until === undefined ? undefined : Date.parse(until) - Date.parse(expect.resetISO)
    const word = off === undefined ? 'not understood' : off === 0 ? 'exact' : off > 0 ? 'later' : 'EARLIER'
    counts[word] += 1
    if (values.wrong && word !== 'exact')
      console.log(`${file}: reset ${until ?? word}, not ${expect.resetISO}`)
  }
  const told = Object.entries(counts).map(([word, count]) => `${count} ${word}`)
  if (dated.length > 0) console.log(`resets (${dated.length}): ${told.join(', ')}`)
}
