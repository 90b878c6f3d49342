import type { BackendSpec } from '../core/index.ts'

/**
 * One sentence when the pane's foreground command is the declared process of another backend; undefined when all is
 * well or cannot be told (a shell, a wrapper, an interpreter that no backend names).
 */
export function mismatch(
  backendName: string,
  command: string,
  backends: Readonly<Record<string, Pick<BackendSpec, 'processName'>>>,
): string | undefined {
  const expected = backends[backendName]?.processName
  if (expected === undefined || command === '' || command === expected) return undefined
  const other = Object.entries(backends).find(
    ([name, { processName }]) => name !== backendName && processName === command,
  )
  return (
    other && `the pane runs ${command} (backend ${other[0]}), expected ${expected} (backend ${backendName})`
  )
}
