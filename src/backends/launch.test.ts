import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { passEnv, serverEnv } from './env.ts'
import { assembleLaunch, bootMessage, type LaunchInput, launchFingerprint, launchShell } from './launch.ts'
import { plainBackend } from './testing.ts'

const dir = mkdtempSync(join(tmpdir(), "l '$(x)-"))
afterAll(() => rmSync(dir, { recursive: true }))
const kickoffPath = join(dir, 'kickoff.txt')

const backend = plainBackend({ name: 'fake', bin: "printf '%s\\0'" })

function input(over: Partial<LaunchInput['backend']> = {}, rest: Partial<LaunchInput> = {}): LaunchInput {
  return {
    agent: { name: 'scout', session: 'x-scout', dir, env: {}, resume: false },
    backend: { ...backend, ...over },
    model: '',
    kickoffPath,
    kickoffBytes: 1,
    resumeId: undefined,
    env: {},
    ...rest,
  }
}

const script = (launch: { argv: string[] }): string => launch.argv[2]!

/** Runs a launch whose command prints its arguments, NUL after each. */
function args(launch: { argv: string[]; env: Record<string, string> }): string[] {
  const [shell, ...rest] = launch.argv
  const env = { PATH: process.env.PATH, ...launch.env }
  return execFileSync(shell!, rest, { encoding: 'utf8', env }).split('\0').slice(0, -1)
}

function prompt(
  text: string,
  over: Partial<LaunchInput['backend']> = {},
  rest: Partial<LaunchInput> = {},
): string[] {
  writeFileSync(kickoffPath, text)
  return args(assembleLaunch(input(over, { kickoffBytes: Buffer.byteLength(text), ...rest })))
}

test('the prompt reaches the command as it is, whatever it holds', () => {
  const text = `it's "$(touch /no)" \`touch /no\` $HOME \\n\n- second line é 😀`
  expect(prompt(text)).toEqual([text])
})

test.each(['/bin/sh', '/bin/bash'])('a prompt that looks like an option is not one in %s', (SHELL) => {
  expect(prompt('--help me', {}, { env: { SHELL } })).toEqual(['\n--help me'])
})

test('an empty prompt gives no argument', () => {
  expect(script(assembleLaunch(input({ bin: 'claude', flags: '-x' }, { kickoffBytes: 0 })))).toBe(
    'exec claude -x',
  )
})

test('a prompt that fits into no argument is named instead', () => {
  expect(prompt('a'.repeat(150_000))).toEqual([bootMessage(kickoffPath)])
  expect(prompt('a'.repeat(99_999))[0]).toHaveLength(99_999)
})

test('a missing kickoff file is a failed start, not an agent without instructions', () => {
  const launch = assembleLaunch(input({}, { kickoffPath: join(dir, 'absent') }))
  expect(() => execFileSync(launch.argv[0]!, launch.argv.slice(1), { stdio: 'ignore' })).toThrow()
})

test('flags come in the driver’s order, with hostile values kept whole', () => {
  const words = prompt(
    'go',
    { supportsResume: true, remoteControl: true, flags: '--fast', promptFlag: '--prompt' },
    {
      agent: { name: 'scout', session: "x-'s", dir, env: {}, resume: true },
      model: `m'"$(id)`,
      resumeId: " i'd\n",
    },
  )
  expect(words).toEqual([
    '--resume',
    "i'd",
    '--remote-control',
    "x-'s",
    '--model',
    `m'"$(id)`,
    '--fast',
    '--prompt',
    'go',
  ])
})

test('resumes only when agent, backend and id all say so', () => {
  const agent = { name: 'scout', session: 's', dir, env: {}, resume: true }
  expect(prompt('go', { supportsResume: true }, { agent, resumeId: ' ' })).toEqual(['go'])
  expect(prompt('go', { supportsResume: false }, { agent, resumeId: '7' })).toEqual(['go'])
  expect(prompt('go', { supportsResume: true }, { resumeId: '7' })).toEqual(['go'])
})

test.each([
  ['claude', 'exec claude'],
  ['env A=1 claude --x', 'exec env A=1 claude --x'],
  ['/opt/my\\ cli/x', '/opt/my\\ cli/x'],
  ['node "$HOME/x y.js" \'a;b\'', 'exec node "$HOME/x y.js" \'a;b\''],
  ['FOO=1 claude', 'FOO=1 claude'],
  ['cd x && claude', 'cd x && claude'],
  ['cd x', 'cd x'],
  ['a; b', 'a; b'],
  ['a | b', 'a | b'],
  ['a "$(b; c)"', 'a "$(b; c)"'],
  ['a > log', 'a > log'],
  ['while true; do x; done', 'while true; do x; done'],
  ['exec claude', 'exec claude'],
  ['a\nb', 'a\nb'],
  ['"my cli" x', '"my cli" x'],
])('starts %j as %j', (bin, expected) => {
  expect(script(assembleLaunch(input({ bin }, { kickoffBytes: 0 })))).toBe(expected)
})

test('exec delivery fills its slots as words, and types nothing', () => {
  const bin = "printf '%s\\0' {kickoff} '{session}' \"{model}\" {other}"
  const launch = assembleLaunch(input({ bin, promptDelivery: 'exec' }, { model: 'a "b"' }))
  expect(args(launch)).toEqual([kickoffPath, 'x-scout', 'a "b"', '{other}'])
  expect(launch.delivery).toBe('exec')
})

test('a new conversation is given an id where the backend takes one, a resumed one is not', () => {
  const agent = { name: 'scout', session: 's', dir, env: {}, resume: true }
  const over = { supportsResume: true, sessionIdFlag: "--session-id '{id}'" }
  expect(prompt('go', over, { agent, assignId: "n'1" })).toEqual(['--session-id', "n'1", 'go'])
  expect(prompt('go', over, { agent, assignId: 'n1', resumeId: 'o1' })).toEqual(['--resume', 'o1', 'go'])
})

test('typing delivery resumes where its command has a place for it', () => {
  const agent = { name: 'scout', session: 's', dir, env: {}, resume: true }
  const over = { promptDelivery: 'ping' as const, supportsResume: true, attach: '{bin} {resume}' }
  expect(args(assembleLaunch(input(over, { agent, resumeId: "i'd" })))).toEqual(['--resume', "i'd"])
  expect(args(assembleLaunch(input(over, { agent })))).toEqual([''])
  const without = { ...over, attach: '{bin} x' }
  expect(args(assembleLaunch(input(without, { agent, resumeId: 'id' })))).toEqual(['x'])
})

test('ping delivery runs the preamble, then attaches; the model goes by the environment', () => {
  const over = {
    promptDelivery: 'ping' as const,
    bin: "printf '%s\\0'",
    attach: '{bin} "$GREETING" {server} {dir} "$OPENCODE_CONFIG_CONTENT"',
    server: 'http://a',
    preamble: 'GREETING=hi',
    modelEnv: true,
  }
  const launch = assembleLaunch(input(over, { model: `p/m'"` }))
  expect(args(launch)).toEqual(['hi', 'http://a', dir, JSON.stringify({ model: `p/m'"` })])
  expect(script(launch)).not.toContain('p/m')
})

test('the shell is the user’s when it is a POSIX one', () => {
  expect(launchShell('/usr/bin/zsh')).toBe('/usr/bin/zsh')
  for (const other of ['/usr/bin/fish', 'bash', undefined, '/bin/bash -l'])
    expect(launchShell(other)).toBe('/bin/sh')
})

test('the fingerprint changes with what a start would run, and with nothing else', () => {
  const of = (rest: Partial<LaunchInput> = {}, over: Partial<LaunchInput['backend']> = {}): string =>
    launchFingerprint(input(over, rest))
  const base = of()
  expect(of({ kickoffBytes: 9, resumeId: '3' }, { name: 'other', stallIdleMs: 1, attach: 'x' })).toBe(base)
  expect(of({ model: 'm' })).not.toBe(base)
  expect(of({}, { flags: '--x' })).not.toBe(base)
  expect(of({}, { bin: 'y' })).not.toBe(base)
  expect(of({ agent: { ...input().agent, env: { A: '1' } } })).not.toBe(base)
})

test('says what it starts', () => {
  expect(assembleLaunch(input({}, { model: 'opus' })).summary).toBe('fake by arg, model opus')
  expect(assembleLaunch(input({ promptDelivery: 'exec' })).summary).toBe('fake by exec')
})

test('hands on only the variables that are asked for', () => {
  const env = {
    ANTHROPIC_API_KEY: 'k',
    CLAUDE_X: '1',
    OTHER: 'o',
    TMUX: 't',
    AGENTS_RUN: 'r',
    EMPTY: undefined,
  }
  expect(passEnv(['ANTHROPIC_*', 'CLAUDE_X'], env)).toEqual({ ANTHROPIC_API_KEY: 'k', CLAUDE_X: '1' })
  expect(passEnv(['*'], env)).not.toHaveProperty('TMUX')
  expect(assembleLaunch(input({ passEnv: ['OTHER'] }, { env })).env).toEqual({ OTHER: 'o' })
})

test('a tmux server gets what programs need and no secret', () => {
  const env = {
    PATH: 'p',
    LC_ALL: 'C',
    XDG_RUNTIME_DIR: '/r',
    https_proxy: 'x',
    NO_PROXY: 'y',
    SSL_CERT_FILE: 'c',
    AWS_SECRET_ACCESS_KEY: 's',
    ANTHROPIC_API_KEY: 'k',
    AGENT_MODEL_a: 'm',
    TMUX: 't',
    PATHOLOGY: 'no',
    MYHTTP_PROXY: 'no',
  }
  expect(Object.keys(serverEnv(env)).sort()).toEqual(
    ['LC_ALL', 'NO_PROXY', 'PATH', 'SSL_CERT_FILE', 'XDG_RUNTIME_DIR', 'https_proxy'].sort(),
  )
})

test('a search path of the agent’s own is set by its shell: tmux would put its own in that place', () => {
  writeFileSync(kickoffPath, 'go')
  const { argv } = assembleLaunch(
    input(
      { bin: 'printf \'%s\' "$PATH"; :' },
      { agent: { ...input().agent, env: { PATH: "/o'd $d:/bin" } } },
    ),
  )
  expect(execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8' })).toBe("/o'd $d:/bin")
})
