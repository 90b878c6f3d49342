import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellQuote, substitute } from './quote.ts'

const sh = (script: string): string =>
  execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

test('leaves a safe word bare and quotes everything else', () => {
  expect(shellQuote('claude-opus-4.1')).toBe('claude-opus-4.1')
  expect(shellQuote('')).toBe("''")
  expect(shellQuote("it's")).toBe("'it'\\''s'")
  expect(shellQuote('~/x')).toBe("'~/x'")
  expect(shellQuote('A=1')).toBe("'A=1'")
  expect(shellQuote('a\0b')).toBe('ab')
})

test('plain mode shows a value to the slots that follow it, as the Python driver did', () => {
  expect(substitute('{a}-{b}-{c}', { a: '{b}', b: '2' }, { mode: 'plain' })).toBe('2-2-{c}')
})

test('shell mode never looks into a value again', () => {
  expect(substitute('{a} {b}', { a: '{b}', b: '2' }, { mode: 'shell' })).toBe("'{b}' 2")
})

test.each([
  ["--model '{model}'", "--model 'it'\\''s'"],
  ['--model "{model}"', '--model "it\'s"'],
  ['--model {model}', "--model 'it'\\''s'"],
  ["--model \\'{model}", "--model \\''it'\\''s'"],
  ['x${model}', 'x${model}'],
  ['{unknown} {model', '{unknown} {model'],
])('inserts into %s', (template, expected) => {
  expect(substitute(template, { model: "it's" }, { mode: 'shell' })).toBe(expected)
})

const hostile = `a'b"c$(echo no)\`echo no\`\\n$HOME\n!*? ;&|`

test.each([
  ['bare', 'printf %s {x}'],
  ['single', "printf %s 'k={x}'"],
  ['double', 'printf %s "k={x}"'],
  ['a command inside double quotes', 'printf %s "k=$(printf %s {x})"'],
  ['quotes inside a command inside quotes', `printf %s "k=$(printf %s '{x}')"`],
  ['double inside a command inside double', 'printf %s "k=$(printf %s "{x}")"'],
  ['backquotes', 'printf %s k=x; y=`printf %s {x}`; printf %s "$y"'],
  ['a subshell', '(printf %s {x})'],
  ['after a comment with an apostrophe', "# it's {x}\nprintf %s {x}"],
])('a hostile value arrives as it is: %s', (_name, template) => {
  const out = sh(substitute(template, { x: hostile }, { mode: 'shell' }))
  expect(out.replace(/^k=x?/, '')).toBe(hostile)
})

test('a value cannot break out of the quoting that only bash has', () => {
  const script = substitute("printf %s $'a{x}b'", { x: "\\'; echo no #" }, { mode: 'shell' })
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe("a\\'; echo no #b")
})
