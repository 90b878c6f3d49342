import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { created, test, until } from '../../support/tmux.ts'

const spicy = fc.constantFrom(
  ...[
    '"',
    "'",
    '\\',
    ';',
    '#',
    '#{pid}',
    '#(touch x)',
    '#[',
    '$HOME',
    '$' + '{HOME}',
    '~',
    '{',
    '}',
    '%H',
    '%%',
  ],
  ...[
    '\n',
    '\t',
    '\r',
    '\x1b[31m',
    '\x7f',
    '\x01',
    '-t',
    '--',
    ' ',
    '漢',
    '\u{1f642}',
    'é',
    '`id`',
    '!',
    '*',
  ],
)
const word = fc
  .array(fc.oneof({ weight: 3, arbitrary: spicy }, fc.string({ unit: 'grapheme', maxLength: 8 })), {
    maxLength: 8,
  })
  .map((parts) => parts.join('').replaceAll('\0', ''))

/** Writes its arguments and one variable, each ended by NUL, which no argument can hold. */
const SCRIPT = 'printf "%s\\0" "$V" "$(pwd; echo .)" "$@" > "$OUT.new"; mv "$OUT.new" "$OUT"; exec cat'

for (const connected of [true, false]) {
  const way = connected ? 'by the control client' : 'by one process'
  test(`words, variables and folders of any characters arrive byte for byte ${way}`, async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('first'))
    if (connected) await tmux.connect()
    const out = join(bench.dir, 'out')
    let dir = join(bench.dir, 'd')
    mkdirSync(dir)
    const property = fc.asyncProperty(fc.array(word, { maxLength: 6 }), word, async (words, value) => {
      const moved = join(bench.dir, `d${[...value.replaceAll('/', '_')].slice(0, 20).join('')}`)
      renameSync(dir, moved)
      dir = moved
      const env = { ...bench.spec('p').env, V: value, OUT: out }
      const argv = ['/bin/sh', '-c', SCRIPT, 'x', ...words]
      const made = await created(tmux, bench.spec('p', argv, { dir, env }))
      await until(() => existsSync(out), out)
      const expected = [value, `${dir}\n.`, ...words].map((each) => `${each}\0`).join('')
      expect(readFileSync(out, 'utf8')).toBe(expected)
      rmSync(out)
      expect(await tmux.killSession(made.sessionId)).toEqual({ kind: 'done' })
    })
    await fc.assert(property, { numRuns: connected ? 200 : 50, endOnFailure: true })
  })
}

test('an argument and a variable of 100 KB arrive whole', async ({ bench }) => {
  for (const connected of [false, true]) {
    const tmux = bench.open()
    if (connected) await tmux.connect()
    const out = join(bench.dir, `out${connected}`)
    const big = 'x;"\'#{pid}$\\'.repeat(9000)
    const env = { ...bench.spec('p').env, V: big, OUT: out }
    await created(tmux, bench.spec(`p${connected}`, ['/bin/sh', '-c', SCRIPT, 'x', big], { env }))
    await until(() => existsSync(out), out)
    expect(readFileSync(out, 'utf8')).toBe(`${big}\0${bench.dir}\n.\0${big}\0`)
  }
})
