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
  // With a config or a folder it knows one more name and no other.
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

/** What is typed, and what stands there, or is offered, after TAB. Without the shell: skipped. */
const COMPLETED: [typed: string, completed: string][] = [
  ['agents statu', 'status'],
  ['agents up b', 'builder'],
  ['agents why 0', '007'],
  ['tt assign b', 'builder'],
  ['agents --config x.toml why o', 'other'],
  ['agents --town x why o', 'other'],
  ['agents --config=x.toml why o', 'other'],
  ['agents why --config x.toml o', 'other'],
  ['tt -t x kill o', 'other'],
  ['agents status --ch', '--check'],
  ['agents task ca', 'cancel'],
  ['agents inbox ta', 'take'],
  ['agents inbox b', 'builder'],
  ['agents events --agent b', 'builder'],
  ['agents task list --state r', 'running'],
  ['agents config ch', 'check'],
  ['agents help backl', 'backlog'],
  ['agents send builder --file zs', 'zsh.sh'],
  ['agents restore zs', 'zsh.sh'],
]

describe.runIf(has('fish'))('in fish', () => {
  test('each line is completed', () => {
    const lines = COMPLETED.map(([typed]) => `echo (complete -C '${typed}' | string join ' | ')`)
    const script = `source fish.sh\n${lines.join('\n')}\n`
    const env = { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` }
    const said = execFileSync('fish', ['--no-config', '-c', script], { env, cwd: folder, encoding: 'utf8' })
    const offers = said
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' | ').map((one) => one.split('\t')[0]))
    expect(COMPLETED.map(([typed], at) => [typed, offers[at]])).toEqual(
      COMPLETED.map(([typed, word]) => [typed, [word]]),
    )
  })

  test('all names and all words are offered where nothing is typed', () => {
    const env = { ...process.env, HOME: folder, PATH: `${folder}:${process.env.PATH}` }
    const offered = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `source fish.sh; complete -C '${line}'`], {
        env,
        cwd: folder,
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
        .map((one) => one.split('\t')[0])
    expect(offered('agents ')).toEqual([...VERBS.map(({ name }) => name), 'help'].sort())
    expect(offered('agents inbox ').sort()).toEqual([
      '007',
      'ack',
      'builder',
      'dead',
      'nack',
      'supervisor',
      'take',
    ])
  })
})

describe.runIf(has('zsh'))('in zsh', () => {
  test('each line is completed', () => {
    const rc = [
      "PS1='%% '; setopt no_beep",
      'autoload -Uz compinit && compinit -u -D',
      'eval "$(cat zsh.sh)"',
      'say() { print -r -- "$BUFFER" >> said; }; zle -N say; bindkey "^T" say',
      'zle-line-init() { : > listens; }; zle -N zle-line-init',
    ]
    writeFileSync(join(folder, 'rc.zsh'), rc.join('\n'))
    writeFileSync(join(folder, 'typed'), COMPLETED.map(([typed]) => `${typed}\n`).join(''))
    // A terminal of its own, into which each line is typed, then TAB, what tells of the line, and what clears it.
    const script = `
      zmodload zsh/zpty zsh/zselect; zpty z zsh -f -i
      zpty -w z 'source rc.zsh'
      until [[ -e listens ]]; do zselect -t 5; done
      for line in "\${(@f)$(<typed)}"; do zpty -n -w z "$line"$'\\t\\x14\\x15'; done
      zpty -n -w z $'exit\\n'
      while zpty -r z heard; do :; done
      cat said`
    const env = {
      ...process.env,
      HOME: folder,
      ZDOTDIR: folder,
      TERM: 'dumb',
      PATH: `${folder}:${process.env.PATH}`,
    }
    const said = execFileSync('zsh', ['-f', '-c', script], {
      env,
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(
      said
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(COMPLETED.map(([typed, word]) => `${typed.slice(0, typed.lastIndexOf(' '))} ${word}`))
  }, 40_000)
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
