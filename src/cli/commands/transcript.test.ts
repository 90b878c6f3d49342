import { appendFile, cp, mkdir, mkdtemp, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTranscriptFiles } from '../../adapters/files/jsonl.ts'
import type { Fleet } from '../../core/fleet.ts'
import { fakeFleet, play } from '../testing/fake-deps.ts'

const fixtures = new URL('../../transcript/fixtures/', import.meta.url)
let home: string
let dir: string
beforeEach(async () => {
  home = await mkdtemp(join(await realpath(tmpdir()), 'ag-'))
  dir = join(home, 'my.work_dir')
  await mkdir(dir)
})
afterEach(() => rm(home, { recursive: true, force: true }))

function fleetWith(agents: Partial<Fleet['agents'][number]>[]): Fleet {
  const [base] = fakeFleet().agents
  return fakeFleet({
    stateDir: join(home, 'state'),
    agents: agents.map((parts) => ({ ...base!, dir, ...parts })),
  })
}

const transcript = (args: string[], fleet = fleetWith([{ name: 'builder' }]), env: NodeJS.ProcessEnv = {}) =>
  play(['transcript', ...args], {
    fleet,
    deps: { home, env, cwd: home, transcripts: async () => createTranscriptFiles() },
  })

/** Puts a Claude Code log where the CLI would have. */
async function claudeLog(name: string, root = join(home, '.claude')): Promise<string> {
  const folder = join(root, 'projects', dir.replace(/[^A-Za-z0-9]/g, '-'))
  const path = join(folder, `${name}.jsonl`)
  await cp(new URL('claude/session.jsonl', fixtures), path, { recursive: true })
  return path
}

async function codexLog(name: string, cwd = dir): Promise<string> {
  const path = join(home, '.codex', 'sessions', '2026', '06', '10', `rollout-${name}.jsonl`)
  const text = await readFile(new URL('codex/rollout.jsonl', fixtures), 'utf8')
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text.replaceAll('/home/dev/project', cwd))
  return path
}

const age = (path: string, seconds: number) =>
  utimes(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds)

test('finds and shows the newest conversation of the agent’s folder', async () => {
  await age(await claudeLog('old'), 1000)
  const newest = await claudeLog('new')
  const played = await transcript(['builder', '--json'])
  const document = JSON.parse(played.out)
  expect(document).toMatchObject({ version: 1, file: newest, format: 'claude', skipped: 2 })
  expect(document.entries).toHaveLength(10)
  expect(played.err).toBe('note: 2 broken lines were skipped\n')
})

test('shows the last N, escape sequences visible', async () => {
  await claudeLog('one')
  const played = await transcript(['builder', '-n', '1'])
  expect(played.out).toMatch(/ assistant\n {2}Done\.\n$/)
  const full = await transcript(['builder', '--full'])
  expect(full.out).toContain('\\x1b]0;owned\\x07')
  expect(full.out).not.toContain('\x1b')
})

test('takes a Codex log of the same folder, not one of another', async () => {
  await codexLog('other', '/somewhere/else')
  const mine = await codexLog('mine')
  await age(mine, 500)
  expect(JSON.parse((await transcript(['builder', '--json'])).out)).toMatchObject({
    file: mine,
    format: 'codex',
  })
})

test('a backend that is Codex is not shown the log of Claude Code', async () => {
  await claudeLog('newer')
  const fleet = fleetWith([{ name: 'builder', backend: 'codex' }])
  fleet.backends = { codex: { preset: 'codex', bin: 'codex' } as Fleet['backends'][string] }
  const played = await transcript(['builder'], fleet)
  expect(played.exit).toBe(1)
  expect(played.err).toContain('Only Claude Code and Codex keep such logs')
})

test('CLAUDE_CONFIG_DIR of the agent is where its logs are', async () => {
  const path = await claudeLog('one', join(home, 'elsewhere'))
  const fleet = fleetWith([{ name: 'builder', env: { CLAUDE_CONFIG_DIR: join(home, 'elsewhere') } }])
  expect(JSON.parse((await transcript(['builder', '--json'], fleet)).out).file).toBe(path)
})

test('a recorded conversation id wins over a newer log; without one a shared folder is told', async () => {
  const fleet = fleetWith([{ name: 'builder' }, { name: 'scout' }])
  const mine = await claudeLog('id-of-builder')
  await age(mine, 500)
  await claudeLog('id-of-scout')
  expect((await transcript(['builder', '-n', '1'], fleet)).err).toContain('note: scout work')
  await mkdir(join(home, 'state'))
  await writeFile(join(home, 'state', 'builder.id'), 'id-of-builder\n')
  const played = await transcript(['builder', '--json'], fleet)
  expect(JSON.parse(played.out).file).toBe(mine)
  expect(played.err).not.toContain('same folder')
})

test('--file needs no agent and no config', async () => {
  const path = await claudeLog('one')
  expect(JSON.parse((await transcript(['--file', path, '--json'])).out).file).toBe(path)
  expect((await transcript(['--file', 'nowhere.jsonl'])).exit).toBe(1)
  expect((await transcript([])).exit).toBe(2)
})

test('--follow shows entries as they are added, a torn line only when it is whole', async () => {
  const path = await claudeLog('one')
  const stop = new AbortController()
  const line = JSON.stringify({ type: 'user', sessionId: 's', message: { content: 'and this' } })
  let out = ''
  const playing = play(['transcript', '--file', path, '-f', '-n', '0'], {
    deps: { home, transcripts: async () => createTranscriptFiles() },
    io: {
      interrupted: () => stop.signal,
      out: async (text) => {
        out += text
        if (out.includes('and this')) stop.abort()
      },
    },
  })
  await appendFile(path, line.slice(0, 20))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await appendFile(path, `${line.slice(20)}\n`)
  expect((await playing).exit).toBe(0)
  expect(out).toBe('--:--:-- user\n  and this\n')
})
