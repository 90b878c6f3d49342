import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createProcs } from '../../../src/adapters/procs/procs.ts'
import { repoRoot } from './bundle.ts'

const started: ChildProcess[] = []
const runs: string[] = []
/** In AGENTS_RUN of every fixture and of what it leaves behind, so that all of it is found afterwards. */
const mark = `test-${randomBytes(6).toString('hex')}`

/** A value for AGENTS_RUN that no other test process uses; what carries it is ended by `killAll`. */
export function runName(word: string): string {
  const run = `${mark}-${word}`
  runs.push(run, `${run}1`)
  return run
}

/** Starts a program of test/fixtures/procs (or any) in a session of its own, as tmux would. */
export function fixture(name: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const [file, first] = programOf(name)
  const child = spawn(file, [...first, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, AGENTS_RUN: mark, ...env },
  })
  started.push(child)
  return child
}

function programOf(name: string): [string, string[]] {
  const path = join(repoRoot, 'test', 'fixtures', 'procs', name)
  if (name.endsWith('.mjs')) return [process.execPath, [path]]
  return name.endsWith('.sh') ? ['sh', [path]] : [name, []]
}

/** The first line that a fixture prints. */
export async function ready(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout!, 'data')
  return String(chunk).split('\n')[0]!
}

/** Ends what the fixtures of this file left. A child that Node has reaped is not named: its pid may be another's. */
export async function killAll(): Promise<void> {
  const procs = createProcs()
  const unreaped = started.splice(0).filter((child) => child.exitCode === null && child.signalCode === null)
  const roots = await Promise.all(unreaped.map((child) => procs.identify(child.pid!)))
  const living = roots.filter((root) => root !== undefined)
  await procs.end({ roots: living, runs: [mark, ...runs], graceMs: 0, now: true })
}
