import type { EpochMs, MonoMs, Now } from '../core/index.ts'
import { lazily } from '../core/lazily.ts'
import type { Wanted } from './choose.ts'
import { geminiAsksTrust } from './gemini-trust.ts'
import { homeOf } from './home.ts'
import { type Asked, heardIn } from './said.ts'
import { sightOf } from './sight.ts'
import { createStrangers } from './stranger.ts'
import type { Heard, Sight, Subject } from './types.ts'
import {
  longestPauseMs,
  newWatch,
  readPlace,
  searchPlace,
  type Watch,
  type WatchDeps,
  withPlace,
} from './watch.ts'
import { words } from './words.ts'

export type { Heard, Sight, Subject } from './types.ts'

/** What the agents' CLIs keep on disk about themselves. Only read; never a file that may be another agent's. */
export interface Conversations {
  /** Finds and reads the files of these agents, as far as they changed; forgets all other agents. */
  look(subjects: readonly Subject[]): Promise<void>
  /** What the files said at the last look; undefined: nothing is known. */
  sight(agent: string): Sight | undefined
  /** The conversation that the agent's process is in; undefined: not known. */
  id(agent: string): string | undefined
  /**
   * Whether the agent's CLI took a text since then: proof that a message was seen. Reads anew.
   * @param sinceAt epoch milliseconds, e.g. when the message was pasted
   */
  heard(agent: string, text: string, sinceAt: EpochMs): Promise<Heard>
  /** Where the agent's own files are; empty: not known. */
  paths(agent: string): readonly string[]
  /**
   * A process that is in a conversation now, as its CLI writes it down, and carries another `AGENTS_RUN` than this one;
   * undefined: none is known.
   */
  stranger(
    id: string,
    files: Subject['files'],
    env: Readonly<Record<string, string | undefined>>,
    run: string,
  ): Promise<string | undefined>
  /**
   * Whether its CLI may start itself anew in this folder, with the arguments of its first start: an id that it was given
   * for a new conversation would be taken by then.
   */
  beginsTwice(
    files: Subject['files'],
    dir: string,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<boolean>
}

export interface ConversationsDeps extends WatchDeps {
  now(): Now
  /** `undefined` when the work takes longer; it goes on by itself. */
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined>
}

interface Kickoffs {
  agent: string
  texts: readonly string[]
}

/** A file is asked about at most so often, and after so long even without output on the screen. Milliseconds. */
const soonestMs = 500
const latestMs = 20_000
/** Agents that search in one look: a fleet that was started would else search all at once, each time a pause is over. */
const searchesPerLook = 40
/** Those among them that have found nothing for so long that their next search is hardly the one: so many, from this pause on. */
const lateSearchesPerLook = 10
const latePauseMs = 8_000
/** Files that were not there at all of the first searches come with output, or are looked for so seldom. Milliseconds. */
const quietSearchMs = 300_000
/** Longest that a question for a text waits for files, as on a network disk. Milliseconds. */
const heardMs = 2_000
/** A question for a text is remembered so long, to tell two agents apart who wait for the same. Milliseconds. */
const askedMs = 600_000

export function createConversations(deps: ConversationsDeps): Conversations {
  const watches = new Map<string, Watch>()
  const turns = new Map<string, Promise<void>>()
  /** The kickoffs of each process: read once, however many others in its folder ask for them. */
  const kickoffs = new Map<string, { panePid: number; texts: Promise<readonly string[]> }>()
  /** The kickoffs of all agents of one folder and format: gathered once a look, for many may search at once. */
  const near = new Map<string, Promise<Kickoffs[]>>()
  let asked: Asked[] = []
  const strangers = createStrangers(deps, () => deps.now().mono)

  async function look(subjects: readonly Subject[]): Promise<void> {
    const names = new Set(subjects.map(({ agent }) => agent))
    for (const known of [watches, kickoffs])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    near.clear()
    for (const subject of subjects) adopt(subject)
    await Promise.all(inTurn(subjects.map(({ agent }) => agent).filter(due)).map(refresh))
  }

  /** Whoever knows where its files are; of those who search a few, who wait longest. */
  function inTurn(agents: readonly string[]): string[] {
    const searching = agents.filter((agent) => watches.get(agent)!.place === undefined)
    if (searching.length <= lateSearchesPerLook) return [...agents]
    const sooner = (a: string, b: string) => watches.get(a)!.searchAt - watches.get(b)!.searchAt || 0
    const isLate = (agent: string) => watches.get(agent)!.pauseMs >= latePauseMs
    const inOrder = searching.sort(sooner)
    const waits = new Set([
      ...inOrder.filter(isLate).slice(lateSearchesPerLook),
      ...inOrder.filter((agent) => !isLate(agent)).slice(searchesPerLook),
    ])
    return agents.filter((agent) => !waits.has(agent))
  }

  /** A new process under the pane, or another preset, begins anew. */
  function adopt(subject: Subject): void {
    const old = watches.get(subject.agent)
    if (old?.subject === subject) return
    const same =
      old !== undefined &&
      old.subject.pane.panePid === subject.pane.panePid &&
      old.subject.files.format === subject.files.format
    watches.set(subject.agent, same ? { ...old, subject } : newWatch(subject, deps.now().mono))
  }

  function due(agent: string): boolean {
    const watch = watches.get(agent)!
    const now = deps.now()
    const idle = now.mono - watch.readAt
    if (watch.place === undefined)
      return now.mono >= watch.searchAt && (mayHaveCome(watch) || idle >= quietSearchMs)
    // tmux tells the activity in whole seconds: what was read within one of them may not be all of it.
    const active = watch.subject.pane.activityAt + 2_000 > watch.seenActivity
    return idle >= latestMs || (active && idle >= soonestMs)
  }

  function mayHaveCome({ pauseMs, subject, seenActivity }: Watch): boolean {
    return pauseMs < longestPauseMs || subject.pane.activityAt + 2_000 > seenActivity
  }

  /** One at a time for each agent. */
  function refresh(agent: string): Promise<void> {
    const running = turns.get(agent)
    if (running !== undefined) return running
    const turn = read(agent).finally(() => turns.delete(agent))
    turns.set(agent, turn)
    return turn
  }

  async function read(agent: string): Promise<void> {
    const before = watches.get(agent)
    if (before === undefined) return
    const { mono, wall } = deps.now()
    const found = await placed(before, mono)
    const after = { ...(await readPlace(found, deps)), readAt: mono, seenActivity: wall }
    const now = watches.get(agent)
    // The process under the pane changed while its files were read.
    if (now?.subject.pane.panePid !== before.subject.pane.panePid) return
    watches.set(agent, { ...after, subject: now.subject })
  }

  async function placed(watch: Watch, now: MonoMs): Promise<Watch> {
    if (watch.place !== undefined && !unsettled(watch, now)) return watch
    const found = await searchPlace(watch, deps, await wanted(watch.subject), now)
    return withPlace(watch, found, now)
  }

  /** A place whose conversation is not known yet, or may go on in another file, is searched for again. */
  function unsettled({ place, subject, searchAt }: Watch, now: MonoMs): boolean {
    return now >= searchAt && (place?.id === undefined || subject.files.format === 'gemini')
  }

  function kickoffsOf(subject: Subject): Promise<readonly string[]> {
    const { agent, pane } = subject
    const known = kickoffs.get(agent)
    if (known?.panePid === pane.panePid) return known.texts
    const texts = subject.kickoffs()
    kickoffs.set(agent, { panePid: pane.panePid, texts })
    return texts
  }

  function kickoffsNear({ dir, files }: Subject): Promise<Kickoffs[]> {
    const key = `${files.format} ${dir}`
    const known = near.get(key)
    if (known !== undefined) return known
    const all = [...watches.values()].filter(
      ({ subject }) => subject.dir === dir && subject.files.format === files.format,
    )
    const gathered = Promise.all(
      all.map(async ({ subject }) => ({ agent: subject.agent, texts: await kickoffsOf(subject) })),
    )
    near.set(key, gathered)
    return gathered
  }

  async function wanted(own: Subject): Promise<Wanted> {
    const kickoffs = await kickoffsOf(own)
    const rivals = (await kickoffsNear(own)).flatMap(({ agent, texts }) =>
      agent === own.agent ? [] : [texts],
    )
    const others = () => [...watches.values()].filter(({ subject }) => subject.agent !== own.agent)
    const taken = () => new Set(others().flatMap(({ place }) => place?.id ?? []))
    // Most searches find no file for which it matters whose the others are.
    return Object.assign(lazily({ taken }), { kickoffs, rivals })
  }

  async function heard(agent: string, text: string, sinceAt: EpochMs): Promise<Heard> {
    if (!watches.has(agent)) return 'unknown'
    const asking = (turns.get(agent) ?? Promise.resolve()).then(() => refresh(agent)).then(() => true)
    if ((await deps.within(heardMs, asking)) !== true) return 'unknown'
    const watch = watches.get(agent)
    if (watch?.place === undefined || !watch.whole) return 'unknown'
    const question: Asked = { agent, words: words(text), since: sinceAt }
    const oldest = deps.now().wall - askedMs
    asked = [...asked.filter((one) => one.since > oldest && !same(one, question)), question]
    const rivals = watch.place.shared ? sharing(watch) : [question]
    return heardIn(
      watch.tracks.flatMap((track) => track.said),
      question,
      rivals,
    )
  }

  /** What the agents that write to the same file were asked for. */
  function sharing({ place }: Watch): Asked[] {
    const path = place?.paths[0]
    return asked.filter((one) => watches.get(one.agent)?.place?.paths[0] === path)
  }

  return {
    look,
    heard,
    sight: (agent) => sightOf(watches.get(agent)),
    id: (agent) => watches.get(agent)?.place?.id,
    paths: (agent) => {
      const place = watches.get(agent)?.place
      return place === undefined || place.shared ? [] : place.paths
    },
    stranger: strangers.of,
    beginsTwice: async ({ format, home }, dir, env) => {
      const folder = format === 'gemini' ? homeOf(home, env) : undefined
      return folder !== undefined && geminiAsksTrust(deps.files, folder, dir, env)
    },
  }
}

const same = (a: Asked, b: Asked): boolean => a.agent === b.agent && a.words === b.words
