import type { PaneSight, Reading } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import type { CauseClass } from '../../watchdog/types.ts'

/** Last lines of a dead pane that are kept as its last words. */
const lastWords = 5

/**
 * What ended the process of a dead pane. A shell answers 126 and 127 for what it could not run, and 128 + n for a
 * child killed by signal n (POSIX).
 */
export function endOf(
  pane: PaneSight,
  text: string | undefined,
  reading: Reading | undefined,
): { cause: CauseClass; evidence: string[] } {
  const words = lastLines(text)
  const evidence = [endText(pane), ...words.map((line) => `screen: ${line}`)]
  if (reading?.state === 'limited') return { cause: 'limit', evidence }
  if (pane.deadSignal !== undefined) return { cause: 'signal', evidence }
  if (pane.deadStatus === undefined) return { cause: 'gone', evidence }
  if (pane.deadStatus === 0) return { cause: 'exit', evidence }
  if (pane.deadStatus === 126 || pane.deadStatus === 127) return { cause: 'missing-binary', evidence }
  if (pane.deadStatus > 128) return { cause: 'signal', evidence }
  return { cause: failureOf(reading), evidence }
}

/** Classes that are causes of their own: another start is not the answer, or not at once. */
const told: ReadonlySet<string> = new Set(['auth', 'billing', 'context', 'overload'])

/** What its last screen says about the failure; the wrong start after it would fail the same way. */
function failureOf(reading: Reading | undefined): CauseClass {
  const failClass = reading?.state === 'failing' ? reading.failClass : undefined
  return failClass !== undefined && told.has(failClass) ? (failClass as CauseClass) : 'failure'
}

function endText(pane: PaneSight): string {
  if (pane.deadSignal !== undefined) return `the process was ended by signal ${pane.deadSignal}`
  if (pane.deadStatus === undefined) return 'the process ended'
  return `the process ended with status ${pane.deadStatus}`
}

function lastLines(text: string | undefined): string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => visible(line.trim()))
    .filter((line) => line !== '' && !line.startsWith('Pane is dead'))
    .slice(-lastWords)
}
