import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERBS } from '../table.ts'
import { play } from '../testing/fake-deps.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ag-'))
  writeFileSync(join(folder, 'bash.sh'), bashScript())
  writeFileSync(join(folder, 'zsh.sh'), zshScript())
  writeFileSync(join(folder, 'fish.sh'), fishScript())
  const agents =
    '#!/bin/sh\n[ "$1 $2" = "completions --names" ] || exit 1\n[ "$4" = "" ] && printf "builder\\n007\\n" || printf "other\\n"\n'
  writeFileSync(join(folder, 'agents'), agents)
  chmodSync(join(folder, 'agents'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash would offer for a command line whose last word is being typed. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const script = `. "${folder}/bash.sh"; COMP_WORDS=(agents ${quoted}); COMP_CWORD=${words.length}; _agents; printf '%s\\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  return execFileSync('bash', ['--norc', '-c', script], { env, cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n')
}

describe.runIf(has('bash'))('in bash', () => {
  test('the script has no syntax error', () => {
    execFileSync('bash', ['-n', join(folder, 'bash.sh')])
  })

  test('verbs, in first place and after --config', () => {
    expect(offered('')).toEqual(expect.arrayContaining(VERBS.map((verb) => verb.name)))
    expect(offered('rese')).toEqual(['reset'])
    expect(offered('--config', 'x.toml', 'sel')).toEqual(['selftest'])
    expect(offered('--town', 'x', 'sel')).toEqual(['selftest'])
  })

  test('names of agents, of the config that was named', () => {
    expect(offered('up', '')).toEqual(['builder', '007'])
    expect(offered('logs', 'b')).toEqual(['builder'])
    expect(offered('events', '--agent', '0')).toEqual(['007'])
    expect(offered('--config', 'x.toml', 'why', '')).toEqual(['other'])
  })

  test('options of the verb, and words', () => {
    expect(offered('status', '--')).toEqual([
      '--json',
      '--watch',
      '--check',
      '--deep',
      '--tasks',
      '--config',
      '--town',
      '--help',
    ])
    expect(offered('down', '--g')).toEqual(['--grace'])
    expect(offered('phase', '')).toEqual(['show', 'next', 'set', 'why'])
    expect(offered('config', 'ch')).toEqual(['check'])
    expect(offered('status', '')).toEqual([''])
  })

  test('files where a path is wanted', () => {
    expect(offered('--config', 'ba')).toEqual(['bash.sh'])
    expect(offered('send', 'builder', '--file', 'ba')).toEqual(['bash.sh'])
    expect(offered('restore', 'ba')).toEqual(['bash.sh'])
  })

  test('the words of the town, and what an option may have for its value', () => {
    expect(offered('task', 'c')).toEqual(['complete', 'cancel', 'current'])
    expect(offered('backlog', '')).toEqual(['add', 'list', 'claim', 'assign-all', 'remove'])
    expect(offered('inbox', '')).toEqual(['take', 'ack', 'nack', 'dead', 'supervisor', 'builder', '007'])
    expect(offered('send', 's')).toEqual(['supervisor'])
    expect(offered('send', 'builder', '--mode', 'i')).toEqual(['interrupt'])
    expect(offered('assign', 'builder', '--priority', 'u')).toEqual(['urgent'])
    expect(offered('task', 'list', '--state', 'r')).toEqual(['running'])
    expect(offered('reclaim', '--to', 'b')).toEqual(['builder'])
    expect(offered('history', '-a', '0')).toEqual(['007'])
    expect(offered('-t', 'x', 'kill', '')).toEqual(['other'])
  })
})

test.runIf(has('zsh'))('the zsh script has no syntax error', () => {
  execFileSync('zsh', ['-n', join(folder, 'zsh.sh')])
})

test.runIf(has('fish'))('the fish script has no syntax error', () => {
  execFileSync('fish', ['--no-execute', join(folder, 'fish.sh')])
})

test.each([
  ['zsh', zshScript()],
  ['fish', fishScript()],
])('the %s script knows every verb and shown option', (_shell, script) => {
  for (const verb of VERBS) {
    expect(script).toContain(verb.name)
    for (const option of verb.options) {
      const spelled = new RegExp(`(--|-l )${option.name}\\b`)
      if (option.hidden !== true) expect(script).toMatch(spelled)
    }
  }
})

describe('agents completions', () => {
  test.each(['bash', 'zsh', 'fish'])('prints the script of %s', async (shell) => {
    const played = await play(['completions', shell])
    expect(played).toMatchObject({ exit: 0 })
    expect(played.out).toContain('completions --names')
  })

  test('--names prints a name a line, and nothing at all when the config is broken', async () => {
    expect((await play(['completions', '--names'])).out).toBe('builder\nscout\n007\nweb\nwatchdog\n')
    const broken = { deps: { readConfig: () => Promise.reject(new Error('no config')) } }
    expect(await play(['completions', '--names'], broken)).toMatchObject({ exit: 0, out: '', err: '' })
  })

  test('another shell is a usage error', async () => {
    expect((await play(['completions', 'tcsh'])).exit).toBe(2)
    expect((await play(['completions'])).exit).toBe(2)
  })
})
