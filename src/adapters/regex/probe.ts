import { createRegexRunner } from './runner.ts'

/**
 * Tries a pattern on lines that make careless ones backtrack, for the config check (row 60).
 * @param lines @default hostileLines()
 * @param deadlineMs per line, milliseconds
 */
export function probeRegex(
  source: string,
  lines: readonly string[] = hostileLines(),
  deadlineMs = 50,
): 'ok' | 'slow' {
  const runner = createRegexRunner({ deadlineMs })
  for (const text of lines) if (runner.exec(source, text).kind === 'slow') return 'slow'
  return 'ok'
}

/** Lines of 200 characters on which nested or overlapping repetition explodes, and one screenful of each sort. */
export function hostileLines(): string[] {
  const units = [
    'a',
    'a ',
    ' ',
    '1',
    '1.',
    'ab',
    'limit ',
    '- ',
    '─',
    '.',
    ',a',
    '\t',
    'x=',
    '"',
    '/a',
    'é',
    '·',
    '(',
    '\\',
  ]
  const lines = units.map((unit) => unit.repeat(Math.ceil(200 / unit.length)).slice(0, 199))
  const ended = lines.flatMap((line) => [`${line}!`, `${line}\u0000`])
  return [...ended, ...lines.map((line) => `${line}\n`.repeat(50))]
}
