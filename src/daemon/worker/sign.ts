import type { RegexRunner } from '../../adapters/regex/types.ts'
import { detect, patternJobs, readMatches } from '../../backends/detect.ts'
import type { BackendSpec, Clock, Look } from '../../core/index.ts'
import { sanitisePaste } from '../../core/text.ts'
import type { Sign } from '../../worker/verdict.ts'

/** Rows of an output that count: a failed CLI says why at the end. */
const ROWS = 40

/**
 * Reads what a CLI has written so far: does it wait out a usage limit in silence? The words of the limit are read for a
 * reset as a banner is.
 */
export function signSoFarReader(
  backend: BackendSpec,
  regex: Pick<RegexRunner, 'exec' | 'execAll'>,
  clock: Pick<Clock, 'now'>,
): (tail: string) => Sign {
  const source = backend.patterns.roundLimit
  if (source === undefined) return () => ({ kind: 'none' })
  const banner = signReader(backend, regex, clock)
  return (tail) => {
    const found = regex.exec(source, sanitisePaste(tail))
    if (found.kind !== 'match') return { kind: 'none' }
    const text = found.groups[0] || found.text.trim()
    const read = banner(text)
    return read.kind === 'limited' ? read : { kind: 'limited', text, until: undefined }
  }
}

/** Reads the end of a CLI's output as if it stood on its screen: does it say that a usage limit is reached? */
export function signReader(
  backend: BackendSpec,
  regex: Pick<RegexRunner, 'execAll'>,
  clock: Pick<Clock, 'now'>,
): (tail: string) => Sign {
  return (tail) => {
    const text = sanitisePaste(tail).split('\n').slice(-ROWS).join('\n')
    const { mono, wall } = clock.now()
    const look: Look = { text, title: '', command: '', changed: false, logAgeMs: undefined, at: mono }
    const matches = readMatches(regex.execAll(patternJobs(backend, look)))
    const reading = detect(backend, look, matches, wall, { logFallback: false })
    if (reading.state !== 'limited') return { kind: 'none' }
    return { kind: 'limited', text: reading.limit?.text ?? 'a usage limit', until: reading.until }
  }
}
