import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createConversationFiles } from '../../src/adapters/conversations/index.ts'
import { type Conversations, createConversations, type Subject } from '../../src/conversation/index.ts'
import type { ConversationFormat } from '../../src/core/index.ts'

/** A home folder as a CLI would fill it, and a `/proc` that shows who runs. */
export interface Home {
  dir: string
  work: string
  /** By a clock that the test moves. */
  now: number
  conversations: Conversations
  /** A subject of the format whose pane process is `pid`, begun at `now`. */
  agent(name: string, format: ConversationFormat, pid: number, other?: Partial<Subject>): Subject
  write(path: string, value: unknown): void
  /** Adds lines of JSON. */
  append(path: string, ...values: unknown[]): void
  text(path: string, text: string): void
  /** Says what a process was started with, what hangs under it, and what it holds open. */
  process(pid: number, about: { env?: Record<string, string>; children?: number[]; open?: string[] }): void
  iso(): string
  end(): void
}

const homes: Record<ConversationFormat, string[]> = {
  claude: ['$CLAUDE_CONFIG_DIR', '~/.claude'],
  codex: ['$CODEX_HOME', '~/.codex'],
  gemini: ['~/.gemini'],
  opencode: ['$XDG_DATA_HOME/opencode', '~/.local/share/opencode'],
}

export function makeHome(): Home {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'c-')))
  const proc = join(dir, 'proc')
  const children = new Map<number, number[]>()
  const home: Home = {
    dir,
    work: join(dir, 'work'),
    now: Date.now(),
    conversations: createConversations({
      files: createConversationFiles(proc),
      now: () => ({ wall: home.now, mono: home.now }),
      within: (_ms, work) => work,
      members: async (pid) =>
        [pid, ...(children.get(pid) ?? [])].map((one) => ({ pid: one, start: `${one}00` })),
      living: async (pid) => (children.has(pid) ? { pid, start: `${pid}00` } : undefined),
    }),
    agent: (agent, format, panePid, other = {}) => ({
      agent,
      dir: home.work,
      files: { format, home: homes[format] },
      pane: { panePid, createdAt: Math.floor(home.now / 1000) * 1000, activityAt: home.now },
      env: { HOME: dir },
      kickoffs: async () => [],
      givenId: async () => undefined,
      ...other,
    }),
    write: (path, value) => home.text(path, JSON.stringify(value)),
    append: (path, ...values) => {
      const full = join(dir, path)
      mkdirSync(dirname(full), { recursive: true })
      appendFileSync(full, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
    },
    text: (path, text) => {
      const full = join(dir, path)
      mkdirSync(dirname(full), { recursive: true })
      writeFileSync(full, text)
    },
    process: (pid, about) => {
      const entries = Object.entries(about.env ?? {}).map(([name, value]) => `${name}=${value}\0`)
      home.text(`proc/${pid}/environ`, entries.join(''))
      mkdirSync(join(proc, `${pid}/fd`), { recursive: true })
      for (const [at, path] of (about.open ?? []).entries())
        symlinkSync(path, join(proc, `${pid}/fd/${at + 3}`))
      children.set(pid, about.children ?? [])
    },
    iso: () => new Date(home.now).toISOString(),
    end: () => rmSync(dir, { recursive: true, force: true }),
  }
  mkdirSync(home.work)
  return home
}
