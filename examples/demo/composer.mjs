// A small terminal face for the demo programs: a transcript, below it a status row (`Ready` or `Working… (3s)`)
// and a composer row (`> `) that takes typed keys and bracketed pastes. Enter submits what stands in it.
import { stdin, stdout } from 'node:process'

const PASTE_START = '\x1b[200~'
const PASTE_END = '\x1b[201~'

/**
 * @param {(text: string) => void | Promise<void>} onSubmit called one message at a time, in order; the status row
 *   reads `Working…` until it settles. A rejection is shown in the transcript.
 */
export function createComposer(onSubmit) {
  let text = ''
  let rest = ''
  let pasting = false
  let workingSince
  let rowsDrawn = 0
  let queue = Promise.resolve()

  const width = () => Math.max(20, stdout.columns ?? 80)
  const statusRow = () =>
    workingSince === undefined ? 'Ready' : `Working… (${Math.floor((Date.now() - workingSince) / 1000)}s)`

  function wrapped(line) {
    const rows = []
    for (const part of line.split('\n')) {
      for (let at = 0; at === 0 || at < part.length; at += width() - 1)
        rows.push(part.slice(at, at + width() - 1))
    }
    return rows
  }

  function draw(above = '') {
    const up = rowsDrawn > 1 ? `\x1b[${rowsDrawn - 1}A` : ''
    const rows = [statusRow(), ...wrapped(`> ${text}`)]
    stdout.write(`\r${up}\x1b[J${above}${rows.join('\r\n')}`)
    rowsDrawn = rows.length
  }

  function say(line) {
    draw(`${wrapped(line).join('\r\n')}\r\n`)
  }

  /** Runs after everything that was asked for before it. */
  function work(body) {
    queue = queue.then(async () => {
      workingSince = Date.now()
      draw()
      try {
        await body()
      } catch (error) {
        say(`! ${error instanceof Error ? error.message : error}`)
      }
      workingSince = undefined
      draw()
    })
    return queue
  }

  function submit() {
    const message = text.trim()
    text = ''
    if (message === '') return draw()
    say(`you: ${message.split('\n')[0]}`)
    work(() => onSubmit(message))
  }

  function key(char) {
    if (char === '\r' && !pasting) return submit()
    if (char === '\x03') return leave()
    if (char === '\x15') text = ''
    else if (char === '\x7f') text = text.slice(0, -1)
    else if (char === '\r' || char === '\n') text += '\n'
    else if (char >= ' ') text += char
  }

  /** One escape sequence at the start of `input`: its length, or 0 while it is incomplete. */
  function escapeLength(input) {
    const whole = /^\x1b(?:\[[0-9;?]*[@-~]|O.|[^[O])/.exec(input)
    return whole ? whole[0].length : 0
  }

  function read(chunk) {
    rest += chunk
    while (rest !== '') {
      let length = 1
      if (rest[0] === '\x1b') {
        length = escapeLength(rest)
        if (length === 0) break
        const sequence = rest.slice(0, length)
        if (sequence === PASTE_START) pasting = true
        if (sequence === PASTE_END) pasting = false
      } else {
        key(rest[0])
      }
      rest = rest.slice(length)
    }
    draw()
  }

  function leave() {
    stdout.write('\x1b[?2004l\r\n')
    process.exit(0)
  }

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, leave)
  stdin.setEncoding('utf8')
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.on('data', read)
  stdin.on('end', leave)
  stdout.on('resize', () => {
    rowsDrawn = 0
    stdout.write('\x1b[2J\x1b[H')
    draw()
  })
  setInterval(() => workingSince !== undefined && draw(), 500).unref()
  stdout.write('\x1b[?2004h')
  draw()
  return { say, work }
}
