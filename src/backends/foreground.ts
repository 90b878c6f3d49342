import type { BackendSpec } from '../core/index.ts'
import { substitute } from '../core/quote.ts'
import { plainWords } from './plain-words.ts'

/** A longer prompt would not fit into one argument (Linux: 128 KB). Bytes. */
const MAX_ARG_BYTES = 100_000

export type ForegroundCommand =
  | { kind: 'argv'; argv: string[] }
  /** Only a shell can run what its `bin` or `flags` say. */
  | { kind: 'shell'; text: string }
  /** Its first message can only be typed. */
  | { kind: 'typed' }

/**
 * What starts a backend's program in a person's terminal with a first message, without a shell.
 * @param file where the message also stands: one too long to be an argument is read from there
 */
export function foregroundCommand(
  backend: Pick<BackendSpec, 'bin' | 'flags' | 'promptFlag' | 'promptDelivery'>,
  message: string,
  file: string,
): ForegroundCommand {
  const text = `${backend.bin} ${backend.flags}`.trim()
  const words = plainWords(text)
  if (words === undefined) return { kind: 'shell', text }
  if (backend.promptDelivery === 'exec') {
    const filled = words.map((word) =>
      substitute(word, { kickoff: file, session: 'conductor', model: '' }, { mode: 'plain' }),
    )
    return { kind: 'argv', argv: filled }
  }
  if (backend.promptDelivery === 'ping' && backend.promptFlag === '') return { kind: 'typed' }
  const long = Buffer.byteLength(message) > MAX_ARG_BYTES
  const said = long ? `Read your instructions now in the file ${file} and follow them.` : message
  return {
    kind: 'argv',
    argv: [...words, ...(backend.promptFlag === '' ? [] : (plainWords(backend.promptFlag) ?? [])), said],
  }
}
