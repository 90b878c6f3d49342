import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PaneSight, Scan } from '../../core/index.ts'
import type { Answer } from './answer.ts'
import { nudge } from './child-nudge.ts'
import { CLIENTS, parseClients } from './clients.ts'
import { isKeyName } from './keys.ts'
import { createLauncher } from './launcher.ts'
import { createLink } from './link.ts'
import {
  keeperList,
  type Made,
  madeOf,
  newSessionList,
  ownServerList,
  refusalOf,
  tagCommands,
} from './new-session.ts'
import { oneShot, oneShotRaw } from './one-shot.ts'
import { doneOf, INLINE_BYTES, keyList, newBufferName, pasteList, refused, typedOf } from './paste.ts'
import { type CommandList, escapeTimeFormat } from './quote.ts'
import { ring } from './ring.ts'
import { createPaneParser, SCAN_LISTS } from './scan.ts'
import { createServerWatch } from './server-watch.ts'
import { selectorOf, socketPathOf } from './socket.ts'
import { paneTerminal } from './terminal.ts'
import type { NewSession, NewSessionResult, Tmux, TmuxEvent, TmuxOptions } from './types.ts'

const PANE_ID = /^%\d+$/
const SESSION_ID = /^\$\d+$/
/** Added to the deadline for each session of a batch: tmux needs about 7 ms to start one. */
const PER_SESSION_MS = 50
/** Sessions made in one go. tmux answers nobody else meanwhile: a look at the fleet must not wait for two hundred starts. */
const BATCH = 8
/** What tmux gets to collect the exit status of a process that has just ended, milliseconds. */
const REAP_MS = 5

/** Opens the door to one tmux server. Starts nothing by itself: `connect` attaches, `newSession` may start a server. */
export function createTmux(options: TmuxOptions): Tmux {
  const deadlineMs = options.deadlineMs ?? 2000
  const socketPath = socketPathOf(options.server)
  const launcher = createLauncher(options.server, options.serverEnv, options.scope)
  const watch = createServerWatch({ launcher, socketPath, deadlineMs, known: options.knownServer })
  const { emit, on } = createEvents()
  const { keeper } = options
  const onServer = async (pid: number) => void (await watch.learn(pid))
  const server = watch.identity
  const link = createLink({ launcher, keeper, socketPath, deadlineMs, emit, onServer, server })
  const parsePanes = createPaneParser()
  /** Dead panes whose exit status tmux has not told even when asked twice. */
  let mute = new Set<string>()

  async function scan(): Promise<Scan> {
    const first = await look()
    const unreaped = first.kind === 'ok' ? first.panes.filter(isUnreaped).map((pane) => pane.paneId) : []
    const isKnown = unreaped.every((id) => mute.has(id))
    mute = new Set(unreaped)
    if (isKnown) return first
    nudge(watch.identity())
    await sleep(REAP_MS)
    return look()
  }

  async function look(mayAskAgain = true): Promise<Scan> {
    const answer = await link.read(SCAN_LISTS)
    if (answer.kind === 'no-server') return noServer(answer.why, mayAskAgain)
    if (answer.kind !== 'replies') return { kind: 'unknown', why: answer.why }
    const [pid, list] = answer.replies
    const panes = list?.kind === 'ok' ? parsePanes(list.text) : undefined
    if (panes === undefined) return { kind: 'unknown', why: 'the list of panes could not be read' }
    return { kind: 'ok', panes, server: await watch.learn(Number(pid!.text.toString())) }
  }

  async function noServer(why: string, mayAskAgain: boolean): Promise<Scan> {
    const living = await watch.hidden()
    if (living !== undefined) {
      if (mayAskAgain && existsSync(socketPath)) return look(false) // started since we asked
      return { kind: 'unknown', why: `${why}, but its server lives (pid ${living.pid}): the socket was lost` }
    }
    const last = watch.identity()
    return {
      kind: 'no-server',
      evidence: last ? `${why}; the server we knew (pid ${last.pid}) is dead` : why,
    }
  }

  /** Runs the lists where the server is, or starts one when it is proven that there is none. */
  async function runOrStart(lists: readonly CommandList[], ms: number): Promise<Answer> {
    const answer = await link.run(lists, ms)
    if (answer.kind !== 'no-server') return answer
    const living = await watch.hidden()
    if (living !== undefined) {
      const kind = existsSync(socketPath) ? 'exited' : 'unknown' // another started it since we asked; or socket lost
      return { kind, why: `${answer.why}, but its server lives (pid ${living.pid})` }
    }
    const before = options.server.kind === 'default' ? [] : [ownServerList(paneTerminal())]
    const started = await oneShot(launcher, [...before, ...lists, keeperList(keeper)], ms, true)
    if (started.kind !== 'replies') return started
    link.serverIsThere()
    return { kind: 'replies', replies: started.replies.slice(before.length, before.length + lists.length) }
  }

  /** A server that is just dying answers "server exited unexpectedly": a moment later there is none, or a new one. */
  async function runOrStartPatiently(lists: readonly CommandList[], ms: number): Promise<Answer> {
    const until = performance.now() + deadlineMs
    for (let pauseMs = 10; ; pauseMs *= 2) {
      const answer = await runOrStart(lists, ms)
      if (answer.kind !== 'exited' || performance.now() + pauseMs > until) return answer
      await sleep(pauseMs)
    }
  }

  async function newSessions(specs: readonly NewSession[]): Promise<NewSessionResult[]> {
    const refusals = specs.map(refusalOf)
    const sound = specs.filter((_, index) => refusals[index] === undefined)
    const made: NewSessionResult[] = []
    for (let at = 0; at < sound.length; at += BATCH) made.push(...(await make(sound.slice(at, at + BATCH))))
    return refusals.map((why) =>
      why === undefined ? made.shift()! : { kind: 'failed', why, retryable: false },
    )
  }

  async function make(specs: readonly NewSession[], isAgain = false): Promise<NewSessionResult[]> {
    const ms = deadlineMs + PER_SESSION_MS * specs.length
    const answer = await runOrStartPatiently(specs.map(newSessionList), ms)
    if (answer.kind === 'lost' && !isAgain) return claimOurs(specs, await make(specs, true))
    if (answer.kind !== 'replies') {
      return specs.map(() => ({ kind: 'failed', why: answer.why, retryable: true }))
    }
    const made = answer.replies.map(madeOf)
    await removeHalfMade(made)
    return made.map(({ result }) => result)
  }

  /** After a lost answer, a duplicate may be what we made ourselves a moment ago: its run tells. */
  async function claimOurs(
    specs: readonly NewSession[],
    results: readonly NewSessionResult[],
  ): Promise<NewSessionResult[]> {
    const seen = results.some((result) => result.kind === 'duplicate') ? await look() : undefined
    const panes = seen?.kind === 'ok' ? seen.panes : []
    return results.map((result, index) => {
      const ours = panes.find((pane) => pane.tag?.run === specs[index]!.tag.run)
      if (result.kind !== 'duplicate' || ours === undefined) return result
      return { kind: 'created', sessionId: ours.sessionId, paneId: ours.paneId, panePid: ours.panePid }
    })
  }

  async function removeHalfMade(made: readonly Made[]): Promise<void> {
    const ids = made.flatMap(({ halfMade }) => halfMade ?? [])
    if (ids.length > 0) await link.run(ids.map((id) => [['kill-session', '-t', id]]))
  }

  async function paste(paneId: string, text: string) {
    if (!PANE_ID.test(paneId)) return refused(`${paneId} is not a pane id`)
    if (text.includes('\0')) return refused('the text holds a NUL character')
    if (text === '') return doneOf(await link.run([[['copy-mode', '-q', '-t', paneId]]]))
    const buffer = newBufferName()
    if (Buffer.byteLength(text) <= INLINE_BYTES)
      return typedOf(await link.run([pasteList(paneId, buffer, text)]))
    const loaded = doneOf(await oneShotRaw(launcher, ['load-buffer', '-b', buffer, '-'], text, deadlineMs))
    // Only loaded, not yet pasted: nothing can have arrived.
    if (loaded.kind === 'failed') return { ...loaded, unsure: false }
    if (loaded.kind !== 'done') return loaded
    const pasted = typedOf(await link.run([pasteList(paneId, buffer, undefined)]))
    if (pasted.kind !== 'done') await link.run([[['delete-buffer', '-b', buffer]]])
    return pasted
  }

  return {
    connect: () => link.connect(),
    scan,
    async capture(paneIds) {
      const ids = paneIds.filter((id) => PANE_ID.test(id))
      const answer = await link.read(ids.map((id) => [['capture-pane', '-p', '-t', id]]))
      if (answer.kind !== 'replies') return { kind: 'unknown', why: answer.why }
      const text = new Map<string, string>()
      for (const [index, reply] of answer.replies.entries()) {
        if (reply.kind === 'ok') text.set(ids[index]!, trimScreen(reply.text.toString()))
      }
      return { kind: 'ok', text }
    },
    async clients() {
      const answer = await link.read([CLIENTS])
      if (answer.kind !== 'replies') return { kind: 'unknown', why: answer.why }
      return { kind: 'ok', clients: parseClients(answer.replies[0]!.text.toString()) }
    },
    async captureStyled(paneId) {
      if (!PANE_ID.test(paneId)) return { kind: 'unknown', why: `${paneId} is not a pane id` }
      const answer = await link.read([[['capture-pane', '-p', '-e', '-t', paneId]]])
      if (answer.kind !== 'replies') return { kind: 'unknown', why: answer.why }
      const [reply] = answer.replies
      return reply?.kind === 'ok' ? { kind: 'ok', text: reply.text.toString() } : { kind: 'gone' }
    },
    newSession: async (spec) => (await newSessions([spec]))[0]!,
    newSessions,
    async killSession(sessionId) {
      if (!SESSION_ID.test(sessionId)) return refused(`${sessionId} is not a session id`)
      return doneOf(await link.run([[['kill-session', '-t', sessionId]]]))
    },
    paste,
    async key(paneId, keyName) {
      if (!PANE_ID.test(paneId)) return refused(`${paneId} is not a pane id`)
      if (!isKeyName(keyName)) return refused(`"${keyName}" is not the name of a key`)
      return typedOf(await link.run([keyList(paneId, keyName)]))
    },
    async type(paneId, character) {
      if (!PANE_ID.test(paneId)) return refused(`${paneId} is not a pane id`)
      if (!/^[!-~]$/.test(character) || character === ';')
        return refused('that is not one printable character')
      return typedOf(await link.run([keyList(paneId, character, true)]))
    },
    async pipe(paneId, command) {
      if (!PANE_ID.test(paneId)) return refused(`${paneId} is not a pane id`)
      if (command?.includes('\0')) return refused('the command holds a NUL character')
      const words = command === undefined ? [] : [escapeTimeFormat(command)]
      return doneOf(await link.run([[['pipe-pane', '-t', paneId, ...words]]]))
    },
    async tag(sessionId, paneId, tag) {
      if (!SESSION_ID.test(sessionId) || !PANE_ID.test(paneId))
        return refused('not a session id and a pane id')
      return doneOf(await link.run([tagCommands(`${sessionId}:`, paneId, tag)]))
    },
    ring: (sessionIds, text) => ring(link.run, keeper.session, sessionIds, text),
    on,
    socketPath: () => socketPath,
    clientArgs: () => selectorOf(options.server),
    serverIdentity: () => watch.identity(),
    processesStarted: () => launcher.started(),
    async repair() {
      // Attached and the socket stands: all is well. Attached without it: only we can still talk to the server.
      const did = link.attached() && existsSync(socketPath) ? undefined : await watch.repair()
      if (did !== undefined) link.serverIsThere()
      return did
    },
    close: () => link.close(),
  }
}

function isUnreaped(pane: PaneSight): boolean {
  return pane.dead && pane.deadStatus === undefined && pane.deadSignal === undefined
}

/** Blanks at the ends of lines, and empty lines at the end of the screen, say nothing. */
function trimScreen(text: string): string {
  return text.replace(/[ \t]+$/gm, '').replace(/\n+$/, '')
}

/** `changed` comes at most once per turn of the event loop, however many notifications tmux sent. */
function createEvents(): { emit(event: TmuxEvent): void; on: Tmux['on'] } {
  const listeners = new Set<(event: TmuxEvent) => void>()
  let changeDue = false
  const tell = (event: TmuxEvent) => {
    for (const listener of listeners) listener(event)
  }
  return {
    emit(event) {
      if (event.kind !== 'changed') return tell(event)
      if (changeDue) return
      changeDue = true
      queueMicrotask(() => {
        changeDue = false
        tell(event)
      })
    },
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
