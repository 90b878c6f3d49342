import { describe, expect, test } from 'vitest'
import { AGENT, HEAD, makeProject } from '../../test/support/project.ts'
import { probeRegex } from '../adapters/regex/index.ts'
import { hostileLines } from './hostile.ts'
import { translatePyRegex } from './py-regex/py-regex.ts'

const probe = (pattern: string): string => {
  const translated = translatePyRegex(pattern)
  return translated.kind === 'bad'
    ? translated.why
    : probeRegex(translated.source, hostileLines(translated.source))
}

describe('the probe', () => {
  test.each([
    '(\\w+\\s?)*limit$',
    '(a+)+$',
    '(.*a){20}',
    '([a-zA-Z]+)*$',
    '(a|aa)+$',
    '(a|a?)+$',
    '^(\\d+)*x',
    'usage limit: (\\w+\\s?)*reset$',
    '(?:\\s*\\S+)*;$',
    '([^!]+)*!$',
    '(?P<x>(?:"[^"]*|\\w)+)+"',
    '(=+|-+|=)*>',
    '(?i)(x+x+)+y',
    '(é+)+!',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(\\w*)*\\d',
    '(.*)*~',
    '(a?a?)*z',
    '(\\w+-?)+=$',
    '((a+)b?)+c',
  ])('finds that %s stalls', (pattern) => {
    expect(probe(pattern)).toBe('slow')
  })

  test.each([
    'esc to interrupt',
    '(?:5-hour|weekly) limit|limit (?:hit|reached)',
    'resets?\\s*(?:at\\s*)?(\\d{1,2})(?::(\\d{2}))?\\s*(am|pm)?',
    '\\bAPI Error: (?:401|403)\\b',
    '[✳✻✽✶·]\\s+\\w+…',
    '^\\s*[│|]?\\s*>\\s',
    '.*usage.*limit.*',
    '(?>a+)+$',
    '(?:\\w++\\s?)*+limit$',
    '(a{1,3}b){2,5}',
  ])('lets %s pass', (pattern) => {
    expect(probe(pattern)).toBe('ok')
  })
})

test('lines are as wide as a screen and few', () => {
  const lines = hostileLines('(a|b)+c{2,300}(?<n>\\w+)\\s{20}$')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500)
  expect(lines.length).toBeLessThan(80)
})

test('a stalling pattern is a problem of its key, in backends and in routes (row 60)', async () => {
  const toml = `${HEAD}${AGENT}[backend.c]\nbin = "c"\nfatal_re = '(a+)+$'\n[loop.handoff]\nroutes = [{ pattern = '(a|aa)+$', to = "a" }]\n`
  const loaded = await makeProject().load(toml, { probeRegex })
  expect(loaded.kind).toBe('ok')
  expect(loaded.problems.filter((p) => p.code === 'CONFIG_REGEX_SLOW').map((p) => p.key)).toEqual([
    'backend.c.fatal_re',
    'loop.handoff.routes[0].pattern',
  ])
})
