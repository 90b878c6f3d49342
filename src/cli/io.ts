import type { Io } from './types.ts'

/** The process's own terminal or pipes. A reader that goes away (EPIPE) is no error: what is left is not printed. */
export function createIo(env: NodeJS.ProcessEnv): Io {
  const gone = new AbortController()
  const tty = process.stdout.isTTY === true
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => gone.abort('pipe closed'))
  return {
    out: (text) => write(process.stdout, text, gone.signal),
    err: (text) => write(process.stderr, text, gone.signal),
    tty,
    // Asked anew at each drawing: windows are resized. A terminal that nobody gave a size (`ssh -tt` and `script` from a
    // job without one) says 0, and everything would be cut away.
    get columns() {
      return process.stdout.columns || undefined
    },
    get rows() {
      return process.stdout.rows || undefined
    },
    color: tty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    interrupted: () => {
      process.once('SIGINT', () => gone.abort('interrupted'))
      process.once('SIGTERM', () => gone.abort('interrupted'))
      return gone.signal
    },
  }
}

/** Resolves when the text is out, or nobody reads any more. */
function write(stream: NodeJS.WriteStream, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted && gone.reason === 'pipe closed') return Promise.resolve()
  return new Promise((resolve) => {
    stream.write(text, () => resolve())
  })
}
