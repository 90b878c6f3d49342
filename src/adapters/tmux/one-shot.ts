import { randomBytes } from 'node:crypto'
import { type Answer, classifyFailure, type Reply } from './answer.ts'
import type { Launched, Launcher } from './launcher.ts'
import { type CommandList, listLine } from './quote.ts'

interface Finished {
  stdout: Buffer
  stderr: string
  timedOut: boolean
  spawnError: string | undefined
}

/**
 * Runs command lists with one tmux process. They go through its standard input (`source-file -`), so that no value is
 * ever in a process's arguments, and a list that fails does not keep the next one from running.
 * @param create start the server when there is none
 */
export async function oneShot(
  launcher: Launcher,
  lists: readonly CommandList[],
  deadlineMs: number,
  create = false,
): Promise<Answer> {
  const launched = create
    ? launcher.creator(['start-server', ';', 'source-file', '-'])
    : launcher.client(['source-file', '-'])
  const nonce = randomBytes(12).toString('hex')
  return answerOf(await finish(launched, script(lists, nonce), deadlineMs), lists.length, nonce, deadlineMs)
}

/** Runs one tmux client with arguments that hold no values of anybody, and `input` on its standard input. */
export async function oneShotRaw(
  launcher: Launcher,
  args: readonly string[],
  input: string,
  deadlineMs: number,
): Promise<Answer> {
  const done = await finish(launcher.client(args), input, deadlineMs)
  const failure = failureOf(done, deadlineMs)
  if (failure) return failure
  if (done.stderr === '') return { kind: 'replies', replies: [{ kind: 'ok', text: done.stdout }] }
  const answer = classifyFailure(done.stderr)
  if (answer.kind !== 'unknown') return answer
  return { kind: 'replies', replies: [{ kind: 'error', message: answer.why, text: done.stdout }] }
}

function script(lists: readonly CommandList[], nonce: string): string {
  const lines = lists.flatMap((list) => [
    listLine([...list, ['display-message', '-p', `${nonce} ok`]]),
    listLine([['display-message', '-p', `${nonce} end`]]),
  ])
  return `${lines.join('\n')}\n`
}

function finish(launched: Launched, input: string, deadlineMs: number): Promise<Finished> {
  if (launched.kind === 'failed') {
    return Promise.resolve({ stdout: Buffer.alloc(0), stderr: '', timedOut: false, spawnError: launched.why })
  }
  const { child } = launched
  return new Promise((resolve) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    let settled = false
    const end = (timedOut: boolean, spawnError?: string) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      if (timedOut) child.kill('SIGKILL')
      resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString(), timedOut, spawnError })
    }
    const timer = setTimeout(() => end(true), deadlineMs)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', (cause) => end(false, `tmux could not be started: ${cause.message}`))
    child.once('close', () => end(false))
    child.stdin.end(input)
  })
}

function failureOf(done: Finished, deadlineMs: number): Extract<Answer, { kind: 'unknown' }> | undefined {
  if (done.spawnError !== undefined) return { kind: 'unknown', why: done.spawnError }
  if (done.timedOut) return { kind: 'unknown', why: `tmux did not answer within ${deadlineMs} ms` }
  return undefined
}

function answerOf(done: Finished, count: number, nonce: string, deadlineMs: number): Answer {
  const failure = failureOf(done, deadlineMs)
  if (failure) return failure
  const errors = done.stderr.split('\n').filter((line) => line !== '')
  const replies: Reply[] = []
  let from = 0
  while (replies.length < count) {
    const end = done.stdout.indexOf(`${nonce} end\n`, from)
    if (end === -1) break
    replies.push(replyOf(done.stdout.subarray(from, end), `${nonce} ok\n`, errors))
    from = end + nonce.length + ' end\n'.length
  }
  if (replies.length === count) return { kind: 'replies', replies }
  if (/^-:\d+:/m.test(done.stderr)) return { kind: 'unknown', why: `tmux refused our commands: ${errors[0]}` }
  if (replies.length > 0) return { kind: 'unknown', why: errors.at(-1) ?? 'tmux went away in mid-answer' }
  return classifyFailure(done.stderr)
}

/** Errors come on stderr in the order of the lists that failed. */
function replyOf(segment: Buffer, okLine: string, errors: string[]): Reply {
  const text = segment.subarray(0, segment.length - okLine.length)
  if (segment.length >= okLine.length && segment.subarray(text.length).equals(Buffer.from(okLine))) {
    return { kind: 'ok', text }
  }
  return { kind: 'error', message: errors.shift() ?? 'tmux refused the command', text: segment }
}
