// The agent of the chaos fleet. `node fake-agent.mjs NAME MODE`; writes what happens to it as JSON lines into
// $CHAOS_BOX/said/NAME.jsonl: its start, every byte that reaches it, every signal that can be caught.
// Modes: composer (takes messages), working (draws all the time), limited (a usage-limit banner), asking (a dialog),
// stubborn (ignores TERM, HUP and INT), family (a child and one that left the session), task (ends well soon).
// SIGUSR2 makes it do what $CHAOS_BOX/orders/NAME says: `exit N`, `setsid`, `hang`, `flood`.
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'

const [name, mode] = process.argv.slice(2)
const box = process.env.CHAOS_BOX
const say = (what, text) => {
  const line = JSON.stringify({ at: Date.now(), what, pid: process.pid, mode, text })
  appendFileSync(`${box}/said/${name}.jsonl`, `${line}\n`)
}
say('start', process.env.AGENTS_RUN ?? '')
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
  process.on(signal, () => {
    say('signal', signal)
    if (mode !== 'stubborn') process.exit(0)
  })
}
process.on('SIGUSR2', () => {
  const [order, value] = readFileSync(`${box}/orders/${name}`, 'utf8').trim().split(' ')
  if (order === 'exit') {
    say('exit', value)
    process.exit(Number(value))
  }
  if (order === 'hang') clearInterval(drawing)
  if (order === 'setsid') orphan()
  if (order === 'flood') process.stdout.write(`${'All work and no play. '.repeat(2_000)}\n`)
})

const lives = 'while :; do sleep 0.5; done'
/** Leaves the session and ignores what would end it; knows its parent's life by CHAOS_LIFE. */
function orphan() {
  const env = { ...process.env, CHAOS_LIFE: `${process.pid}` }
  spawn('sh', ['-c', `trap '' HUP TERM INT; ${lives}`], { detached: true, stdio: 'ignore', env }).unref()
}
function child() {
  spawn('sh', ['-c', lives], { stdio: 'ignore', env: { ...process.env, CHAOS_LIFE: `${process.pid}` } })
}

let drawing
let text = ''
let rest = ''
let pasting = false
const show = {
  composer: () => process.stdout.write(`\r\x1b[J> ${text.slice(-60)}`),
  working: () => undefined,
  limited: () => process.stdout.write("You've hit your usage limit. Ask your administrator.\r\n> "),
  asking: () => process.stdout.write('Do you want to proceed?\r\n❯ 1. Yes\r\n  2. No\r\n'),
  stubborn: () => process.stdout.write('Ready\r\n'),
  family: () => process.stdout.write('Ready\r\n'),
  task: () => process.stdout.write('Busy\r\n'),
}
show[mode]()
if (mode === 'family') {
  child()
  orphan()
}
if (mode === 'task') setTimeout(() => process.exit(0), 700)
if (mode === 'working') {
  let n = 0
  drawing = setInterval(() => process.stdout.write(`\r\x1b[JWorking… (${n++}s, esc to interrupt)`), 250)
}
process.stdin.setEncoding('utf8')
if (process.stdin.isTTY) process.stdin.setRawMode(true)
if (mode === 'composer') process.stdout.write('\x1b[?2004h')
process.stdin.on('data', (chunk) => {
  if (mode !== 'composer') return say('bytes', chunk)
  rest += chunk
  take()
})
process.stdin.on('end', () => process.exit(0))

/** Enter submits, a bracketed paste is text, ^U clears. Each submitted message is one record. */
function take() {
  while (rest !== '') {
    const paste = /^\x1b\[20([01])~/.exec(rest)
    if (paste === null && /^\x1b(?:\[[0-9;]*)?$/.test(rest)) break
    const size = paste === null ? 1 : paste[0].length
    const key = rest[0]
    if (paste !== null) pasting = paste[1] === '0'
    else if (key === '\r' && !pasting) submit()
    else if (key === '\x15') text = ''
    else if (key === '\x03') process.exit(0)
    else text += key
    rest = rest.slice(size)
  }
  show.composer()
}

function submit() {
  if (text.trim() !== '') say('bytes', text.trim())
  process.stdout.write(`\r\x1b[Jyou: ${text.slice(0, 200)}\r\nheard\r\n`)
  text = ''
}
setInterval(() => undefined, 60_000)
