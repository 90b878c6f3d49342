import fc from 'fast-check'
import { sanitisePaste } from '../../src/core/text.ts'

/** What has broken terminals, shells, pastes and parsers, each on its own. */
const nasty = [
  '\0',
  '\x07',
  '\x1b',
  '\x1b[31m',
  '\x1b[2J',
  '\x1b[200~',
  '\x1b[201~',
  '\x1b[201~\rrm -rf /\r',
  '\x9b31m',
  '\x1b]0;title\x07',
  '\x1b]52;c;ZXZpbA==\x1b\\',
  '\x1bP1;2|dcs\x1b\\',
  '\x7f',
  '\x80',
  '\x03',
  '\x04',
  '\x15',
  '\x1a',
  '\r',
  '\r\n',
  '\n',
  '\n\n',
  '\t',
  ' ',
  '   ',
  '\u00a0',
  '\u200b',
  '\u200d',
  '\u2028',
  '\u202e',
  '\u2066x\u2069',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\ufffd',
  'e\u0301',
  '\u0301',
  'שלום',
  'مرحبا',
  '世界',
  'ｆｕｌｌ',
  '🙂',
  '👩‍👩‍👧',
  '🇩🇪',
  '\u{1f3f4}\u{e0067}\u{e007f}',
  ';',
  '\\;',
  ';;',
  '#()',
  '#(touch /tmp/x)',
  '#{pid}',
  '#[fg=red]',
  '$(x)',
  '`x`',
  '$HOME',
  '${HOME}',
  '~',
  '"',
  "'",
  '\\',
  '%H',
  '%%',
  '{',
  '}',
  '-',
  '--',
  '-t',
  '!',
  '!!',
  '@file',
  '/help',
  '&',
  '|',
  '>',
  '❯',
  '│',
  '┃',
  'Enter',
  'C-c',
] as const

const part = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nasty) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.lorem({ maxCount: 3 }) },
)
const text = fc.oneof(
  { weight: 20, arbitrary: fc.array(part, { minLength: 1, maxLength: 10 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.array(part, { minLength: 60, maxLength: 200 }).map((parts) => parts.join('')) },
)

/** So many hostile texts, the same for the same seed. What holds nothing to type is left out: it is refused when sent. */
export function hostileTexts(count: number, seed: number): string[] {
  const texts: string[] = []
  for (let round = 0; texts.length < count; round += 1) {
    const drawn = fc.sample(text, { numRuns: count, seed: seed + round })
    texts.push(...drawn.filter((one) => sanitisePaste(one).trim() !== ''))
  }
  return texts.slice(0, count)
}
