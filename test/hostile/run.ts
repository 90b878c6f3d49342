import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createStateStore } from '../../src/adapters/files/state-store.ts'
import { createTmux, type Tmux } from '../../src/adapters/tmux/index.ts'
import type { BackendSpec, Reading } from '../../src/core/index.ts'
import { sanitisePaste } from '../../src/core/text.ts'
import { deliverFirst, type Post } from '../../src/delivery/courier.ts'
import { checkOutbox, emptyOutbox, enqueue, type OutboxState, waiting } from '../../src/delivery/outbox.ts'
import { pasteOf } from '../../src/delivery/paste-text.ts'
import { makeBackend } from '../simulator/build.ts'
import { hostileTexts } from './texts.ts'

export interface HostileReport {
  count: number
  seed: number
  /** Sent and received text differ, or a message was not received exactly once. */
  wrong: { text: string; why: string }[]
  /** Texts that arrived as they were, and those of which control bytes were taken, as documented. */
  exact: number
  sanitised: number
  /** Bytes outside of a paste that were no submit key. */
  strays: number
  ms: number
}

export interface HostileOptions {
  count: number
  seed: number
  panes: number
  /** The program that keeps what it is told. */
  program: string
  say?: (line: string) => void
}

type Line = { paste?: string; enter?: boolean; stray?: number }

/** Sends hostile texts through the outbox, the courier, tmux and a real terminal, and compares what arrived. */
export async function runHostile(options: HostileOptions): Promise<HostileReport> {
  const dir = mkdtempSync(join(tmpdir(), 'h-'))
  const env = { PATH: process.env.PATH ?? '', HOME: dir, LANG: 'C.UTF-8' }
  const tmux = createTmux({
    server: { kind: 'path', path: join(dir, 't') },
    keeper: { session: 'keeper', tag: { project: dir, agent: 'keeper', run: 'k' }, dir },
    serverEnv: env,
    deadlineMs: 20_000,
  })
  try {
    return await send(options, tmux, dir)
  } finally {
    const scan = await tmux.scan()
    const sessions = scan.kind === 'ok' ? scan.panes.map((pane) => pane.sessionId) : []
    for (const id of new Set(sessions)) await tmux.killSession(id)
    await tmux.close()
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function send(options: HostileOptions, tmux: Tmux, dir: string): Promise<HostileReport> {
  const from = performance.now()
  const texts = hostileTexts(options.count, options.seed)
  const lanes = Array.from({ length: options.panes }, (_, at) =>
    texts.filter((_text, nth) => nth % options.panes === at),
  )
  await storeKeeps(texts, dir)
  const report: HostileReport = {
    count: texts.length,
    seed: options.seed,
    wrong: [],
    exact: texts.filter((text) => sanitisePaste(text) === text).length,
    sanitised: texts.filter((text) => sanitisePaste(text) !== text).length,
    strays: 0,
    ms: 0,
  }
  let done = 0
  const told = (): void => {
    done += 1
    if (done % 500 === 0) options.say?.(`${done} of ${texts.length}, ${report.wrong.length} wrong`)
  }
  await Promise.all(lanes.map((lane, at) => sendLane(lane, at, { options, tmux, dir, report, told })))
  return { ...report, ms: Math.round(performance.now() - from) }
}

/** Byte for byte in the store. */
async function storeKeeps(texts: readonly string[], dir: string): Promise<void> {
  const store = createStateStore(join(dir, 'state'))
  for (let at = 0; at < texts.length; at += 400) {
    const part = texts.slice(at, at + 400)
    const box = part.reduce<OutboxState>(
      (all, text, nth) => enqueue(all, { id: `${nth}`, agent: 'a', kind: 'send', text }, 0),
      emptyOutbox,
    )
    await store.save('outbox.json', box)
    const loaded = await store.load('outbox.json', checkOutbox)
    const kept = loaded.kind === 'ok' ? loaded.value.entries.map((entry) => entry.text) : []
    const lost = part.find((text, nth) => kept[nth] !== text)
    if (lost !== undefined) throw new Error(`the store changed ${JSON.stringify(lost)}`)
  }
}

interface Lane {
  options: HostileOptions
  tmux: Tmux
  dir: string
  report: HostileReport
  told: () => void
}

async function sendLane(texts: readonly string[], at: number, lane: Lane): Promise<void> {
  const { tmux, dir, options, report } = lane
  const record = join(dir, `record-${at}`)
  const made = await tmux.newSession({
    session: `h${at}`,
    dir,
    argv: [process.execPath, options.program],
    env: { AGENT_RECORD: record },
    tag: { project: dir, agent: `h${at}`, run: `r${at}` },
    pipe: undefined,
    size: { width: 150, height: 30 },
  })
  if (made.kind !== 'created') throw new Error(`no session: ${JSON.stringify(made)}`)
  await drawn(tmux, made.paneId)
  const lines = (): Line[] => readLines(record)
  for (const text of texts) {
    const before = lines().length
    const why = await sendOne(text, tmux, made)
    const found = await settled(lines, before)
    const problem = why ?? difference(text, found)
    if (problem !== undefined) report.wrong.push({ text, why: problem })
    report.strays += found.filter(({ stray }) => stray !== undefined).length
    lane.told()
  }
}

/** Waits for the line of the submit key. */
async function settled(lines: () => Line[], before: number): Promise<Line[]> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const found = lines().slice(before)
    if (found.some(({ enter }) => enter) || performance.now() > deadline) return found
    await sleep(5)
  }
}

function difference(text: string, found: readonly Line[]): string | undefined {
  const pastes = found.flatMap(({ paste }) => (paste === undefined ? [] : [Buffer.from(paste, 'base64')]))
  const enters = found.filter(({ enter }) => enter).length
  if (pastes.length !== 1 || enters !== 1) return `${pastes.length} pastes, ${enters} keys`
  return pastes[0]!.equals(Buffer.from(pasteOf(text)))
    ? undefined
    : `arrived as ${JSON.stringify(pastes[0]!.toString())}`
}

async function sendOne(
  text: string,
  tmux: Tmux,
  pane: { paneId: string; panePid: number },
): Promise<string | undefined> {
  let box = enqueue(emptyOutbox, { id: 'm', agent: 'a', kind: 'send', text }, Date.now())
  const clock = {
    now: () => ({ mono: performance.now(), wall: Date.now() }),
    sleep: (ms: number) => sleep(ms).then(() => undefined),
  } as Post['clock']
  const post: Post = {
    clock,
    outbox: {
      peek: () => box,
      read: async () => box,
      update: async (change) => {
        box = checkOutbox(JSON.parse(JSON.stringify(change(box))))!
        return box
      },
    },
    report: () => undefined,
    crashPoint: () => undefined,
    typist: {
      tmux,
      clock,
      look: () => ({ state: 'idle', claims: [], rule: 'none' }) as Reading,
      matches: (source, screen) => new RegExp(source).test(screen),
      ageOf: async () => Number.POSITIVE_INFINITY,
    },
  }
  const why = await deliverFirst(post, {
    agent: 'a',
    backend,
    paneId: pane.paneId,
    panePid: pane.panePid,
    working: false,
    typingGraceMs: 0,
  })
  return waiting(box, 'a').length === 0 ? undefined : (why ?? 'it was not submitted')
}

const backend: BackendSpec = makeBackend('hostile', { patterns: { composer: '>' } })

async function drawn(tmux: Tmux, paneId: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    const seen = await tmux.capture([paneId])
    if (seen.kind === 'ok' && seen.text.get(paneId)?.includes('Ready')) return
    await sleep(50)
  }
  throw new Error('its composer was never drawn')
}

function readLines(path: string): Line[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  } catch {
    // Nothing was recorded yet.
    return []
  }
}
