import { expect, test } from 'vitest'
import { takeGlobals } from './take-globals.ts'
import { ttWords } from './tt-words.ts'

test.each([
  [['plan'], ['plan', '--tasks']],
  [
    ['plan', '--json'],
    ['plan', '--json', '--tasks'],
  ],
  [
    ['plan', '-i'],
    ['plan', '-i'],
  ],
  [
    ['plan', '--init'],
    ['plan', '--init'],
  ],
  [
    ['task', 'show', 'x'],
    ['task', 'show', 'x'],
  ],
  [[], []],
  [['constructor'], ['constructor']],
])('tt %j is agents %j', (typed, words) => {
  expect(ttWords(typed)).toEqual(words)
})

test.each([
  ['bootstrap', 'agents doctor'],
  ['start', 'agents up'],
  ['mission', 'agents town init'],
  ['agent-loop', 'agents spawn'],
])('tt %s says what to use instead', (verb, fix) => {
  expect(() => ttWords([verb])).toThrow(
    expect.objectContaining({ code: 'TT_NO_PLACE', exit: 2, fix: expect.stringContaining(fix) }),
  )
})

test.each([
  [['-t', 'd', 'list']],
  [['-td', 'list']],
  [['-t=d', 'list']],
  [['list', '--town', 'd']],
  [['--town=d', '-v', 'list']],
  [['list', '-t', 'd', '--verbose']],
])('tt takes its global options before and after the verb: %j', (argv) => {
  expect(takeGlobals(argv, 'tt')).toMatchObject({ config: 'd/agents.toml', words: ['list'] })
})

test('agents has --town, and leaves -t and -v alone', () => {
  expect(takeGlobals(['list', '-t', '-v', '--town', '/x'], 'agents')).toEqual({
    config: '/x/agents.toml',
    verbose: false,
    words: ['list', '-t', '-v'],
  })
})

test('what follows -- is nobody’s option, and a folder must be named', () => {
  expect(takeGlobals(['send', 'a', '--', '-t', '-v'], 'tt').words).toEqual(['send', 'a', '--', '-t', '-v'])
  for (const argv of [['-t'], ['--town='], ['list', '--town']])
    expect(() => takeGlobals(argv, 'tt')).toThrow(expect.objectContaining({ code: 'CLI_OPTION_VALUE' }))
})

test('`events --town` asks for the town; with a folder it names one', () => {
  expect(takeGlobals(['events', '--town', '-f'], 'agents')).toMatchObject({
    config: undefined,
    words: ['events', '--in-town', '-f'],
  })
  expect(takeGlobals(['events', '--town'], 'agents').words).toEqual(['events', '--in-town'])
  expect(takeGlobals(['events', '--town', 'd'], 'agents')).toMatchObject({
    config: 'd/agents.toml',
    words: ['events'],
  })
  expect(ttWords(['events', '-f'])).toEqual(['events', '-f', '--in-town'])
})
