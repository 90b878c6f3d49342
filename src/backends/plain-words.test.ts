import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { plainWords } from './plain-words.ts'

test.each([
  'claude',
  '/opt/my\\ tools/claude --model opus',
  'codex -c \'sandbox="none"\' --x="a b"',
  'node stub.js a#b c~ "it\'s" \'q"\'',
  'x "\\\\" "\\"" "\\$y" \\$z \'\'',
])('%s has the words that a shell gives it', (command) => {
  const shown = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
  expect(plainWords(command)).toEqual(shown.split('\0').slice(0, -1))
})

test.each([
  'a; b',
  'a | b',
  'a && b',
  'a $B',
  'a "$B"',
  'a `b`',
  'a > b',
  'a *',
  'a {b,c}',
  'A=b c',
  "a 'b",
  'a "b',
  '# a',
  '~/a',
  '(a)',
  '! a',
])('%s needs a shell', (command) => {
  expect(plainWords(command)).toBeUndefined()
})

test('nothing has no words', () => {
  expect(plainWords('  ')).toEqual([])
})
