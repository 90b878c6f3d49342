import type { ConfigFiles } from '../../adapters/files/config-files.ts'
import { createConfigFiles } from '../../adapters/files/config-files.ts'
import { createRegexRunner } from '../../adapters/regex/runner.ts'
import { detect, patternJobs, readMatches } from '../../backends/detect.ts'
import { presets } from '../../backends/presets/index.ts'
import { loadConfig } from '../../config/load.ts'
import type { BackendSpec, Look, ReadingState } from '../../core/index.ts'
import { failed, type Proof, proof } from './proof.ts'

interface Case {
  backend: 'claude' | 'codex' | 'gemini' | 'opencode'
  name: string
  reads: ReadingState
  title?: string
  screen: string
}

/** Small screens in the manner of each CLI; the recorded ones are in the tests. */
const CASES: readonly Case[] = [
  {
    backend: 'claude',
    name: 'an idle footer is idle',
    reads: 'idle',
    title: '✳ Claude Code',
    screen: '⏺ Done.\n\n────────────\n❯ \n────────────\n  ⏵⏵ accept edits on (shift+tab to cycle)',
  },
  {
    backend: 'claude',
    name: 'a working footer is working',
    reads: 'working',
    title: '⠐ Claude Code',
    screen: '✻ Thinking… (12s)\n\n────────────\n❯ \n────────────\n  ⏵⏵ accept edits on · esc to interrupt',
  },
  {
    backend: 'claude',
    name: 'a limit banner above an idle footer is a limit',
    reads: 'limited',
    title: '✳ Claude Code',
    screen:
      "⎿ You've hit your session limit · resets 6:30pm\n\n────────────\n❯ \n────────────\n  ? for shortcuts",
  },
  {
    backend: 'claude',
    name: 'a permission dialog asks',
    reads: 'asking',
    screen: 'Do you want to proceed?\n❯ 1. Yes\n  2. No\n\nEsc to cancel · Tab to amend',
  },
  {
    backend: 'codex',
    name: 'a working row is working',
    reads: 'working',
    screen: '• Working (12s • esc to interrupt)\n\n› Ask anything\n\n  gpt · ~/project',
  },
  {
    backend: 'codex',
    name: 'a usage limit is a limit',
    reads: 'limited',
    screen: "■ You've hit your usage limit. Try again at 3:05 PM.\n\n› Ask anything\n\n  gpt · ~/project",
  },
]

/** Runs the real detector, with the real presets and the guarded patterns, on built-in screens. */
export async function detectorProofs(): Promise<Proof[]> {
  const backends = await presetBackends()
  const runner = createRegexRunner({ deadlineMs: 200 })
  return CASES.map((each) => {
    const backend = backends[each.backend]
    const name = `${each.backend}: ${each.name}`
    if (backend === undefined) return failed(name, 'the preset cannot be used')
    const look: Look = {
      text: each.screen,
      title: each.title ?? '',
      command: each.backend,
      changed: false,
      logAgeMs: undefined,
      at: 0,
    }
    const matches = readMatches(runner.execAll(patternJobs(backend, look)))
    const reading = detect(backend, look, matches, Date.now(), { logFallback: false })
    return proof(name, reading.state === each.reads, `it reads ${reading.state} (${reading.rule})`)
  })
}

/** The presets of the cases as a config would have them that only names them. */
async function presetBackends(): Promise<Record<string, BackendSpec>> {
  const path = '/selftest/agents.toml'
  const agents = [...new Set(CASES.map((each) => each.backend))].map(
    (name) => `[[agent]]\nname = "${name}"\nbackend = "${name}"\n`,
  )
  const text = `[defaults]\nsession_prefix = "s-"\nlog_dir = "l"\n${agents.join('')}`
  const loaded = await loadConfig({ files: memoryFiles(path, text), presets }, path)
  return loaded.kind === 'ok' ? loaded.fleet.backends : {}
}

function memoryFiles(path: string, text: string): ConfigFiles {
  const real = createConfigFiles('/selftest')
  return {
    ...real,
    readText: (wanted) => (wanted === path ? { kind: 'ok', text } : { kind: 'absent' }),
    lookAt: () => ({ kind: 'absent' }),
    kindOf: (wanted) => (wanted === path ? 'file' : 'absent'),
    realPath: (wanted) => wanted,
  }
}
