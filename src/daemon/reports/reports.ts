import { join } from 'node:path'
import * as v from 'valibot'
import type { ReportSpool } from '../../adapters/files/report-spool.ts'
import {
  Exit,
  type PaneSight,
  REPORT_STATES,
  REPORTED_CLASSES,
  type ReportCall,
  type Reported,
  type ReportVoice,
  reportOf,
  type SelfReport,
  strangerError,
  UserError,
} from '../../core/index.ts'
import type { World } from '../world.ts'
import { parseStated } from './stated.ts'
import { type Bearer, bearerOf, spoolFolder, tokenKey } from './token.ts'

const reportCall = v.object({
  token: v.string(),
  state: v.string(),
  reason: v.optional(v.string()),
  forMs: v.optional(v.number()),
  at: v.number(),
  hook: v.optional(v.string()),
  failClass: v.optional(v.picklist(REPORTED_CLASSES)),
})

/** What agents say of themselves, by session. */
export interface Reports {
  /**
   * Takes one report. Older words of the same voice are replaced; an older one that comes late is dropped.
   * @throws {UserError} REPORT_CALL, REPORT_STATE, REPORT_FOR (exit 2), REPORT_TOKEN (exit 1)
   */
  take(call: unknown): Promise<Reported & { news: boolean }>
  /** The agent whose token this is; undefined: it is none of this fleet. */
  bearer(token: string): Promise<Bearer | undefined>
  /** Everything said by the session that this pane belongs to. Notices the pane's option, too. */
  of(pane: PaneSight): SelfReport[]
  /** Reads what was kept, and what was left for us while nobody listened. @returns whether there was something new */
  load(): Promise<void>
  collect(): Promise<boolean>
  /** Writes what is not on disk yet. */
  flush(): Promise<void>
}

type Voices = Partial<Record<ReportVoice, SelfReport>>

const recordName = 'reports.json'
/** So long after its end a report is forgotten. Milliseconds. */
const keptMs = 24 * 60 * 60_000
/** Words of hooks are written down at most so often: they come with every step of an agent. Milliseconds. */
const saveEveryMs = 2_000

const kept = v.record(
  v.string(),
  v.record(
    v.string(),
    v.object({
      voice: v.picklist(['agent', 'hook', 'option']),
      state: v.picklist(REPORT_STATES),
      reason: v.optional(v.string()),
      at: v.number(),
      until: v.number(),
      promised: v.boolean(),
      hook: v.optional(v.string()),
      failClass: v.optional(v.picklist(REPORTED_CLASSES)),
      text: v.optional(v.string()),
    }),
  ),
)

export function createReports(world: Omit<World, 'reports'>, spool: ReportSpool): Reports {
  const said = new Map<string, Voices>()
  /** What each pane's option said when it was last looked at. */
  const optionTexts = new Map<string, string>()
  let dirty = false
  let savedAt = Number.NEGATIVE_INFINITY
  let saving: Promise<void> = Promise.resolve()

  async function bearer(token: string): Promise<Bearer | undefined> {
    const found = bearerOf(await tokenKey(world), token)
    return found !== undefined && world.fleet().agents.some(({ name }) => name === found.agent)
      ? found
      : undefined
  }

  async function take(given: unknown): Promise<Reported & { news: boolean }> {
    const call = checkedCall(given)
    const who = await bearer(call.token)
    if (who === undefined) throw strangerError()
    const report = reportOf(call, world.clock.now().wall)
    const news = keep(keyOf(who), report, call.hook)
    if (news && report.voice === 'agent') tell(who.agent, report)
    if (report.voice === 'agent') await save()
    else saveSoon()
    const { state, at, until } = report
    return { agent: who.agent, state, at, until, news }
  }

  /** @returns false when it says what is known already, or comes late */
  function keep(key: string, report: SelfReport, hook?: string): boolean {
    const voices = said.get(key) ?? {}
    const old = voices[report.voice]
    if (old !== undefined && old.at > report.at) return false
    const begun = hook === NEW_TURN && voices.agent !== undefined && voices.agent.state !== 'waiting'
    said.set(key, { ...voices, [report.voice]: report, ...(begun ? { agent: undefined } : {}) })
    dirty = true
    return begun || old?.state !== report.state || old.reason !== report.reason || old.until <= report.at
  }

  function tell(agent: string, { state, reason, until }: SelfReport): void {
    world.report({ kind: 'report', agent, state, because: reason ?? `says that it is ${state}`, until })
  }

  function of(pane: PaneSight): SelfReport[] {
    const key = paneKey(pane)
    if (key === undefined) return []
    noticeOption(key, pane.stated)
    return Object.values(said.get(key) ?? {}).filter((report) => report !== undefined)
  }

  /** An option has no time of its own: it counts from when we first saw it say so. */
  function noticeOption(key: string, stated: string | undefined): void {
    const text = stated ?? ''
    if ((optionTexts.get(key) ?? '') === text) return
    optionTexts.set(key, text)
    said.set(key, { ...said.get(key), option: parseStated(text, world.clock.now().wall) })
    dirty = true
    saveSoon()
  }

  async function load(): Promise<void> {
    const loaded = await world.store.load(recordName, (value) => {
      const read = v.safeParse(kept, value)
      return read.success ? read.output : undefined
    })
    if (loaded.kind === 'ok') {
      for (const [key, voices] of Object.entries(loaded.value)) {
        const own: Voices = {}
        for (const { text, ...report } of Object.values(voices)) {
          own[report.voice] = { ...report, reason: report.reason }
          if (text !== undefined) optionTexts.set(key, text)
        }
        said.set(key, own)
      }
    }
    await collect()
  }

  /** Each file is taken as if it came now; what cannot be taken is thrown away. */
  async function collect(): Promise<boolean> {
    let news = false
    for (const text of await spool.take(join(world.fleet().stateDir, spoolFolder))) {
      const taken = await take(text).then(
        (one) => one.news,
        () => false,
      )
      news ||= taken
    }
    return news
  }

  function saveSoon(): void {
    if (world.clock.now().mono - savedAt >= saveEveryMs) void save()
  }

  function save(): Promise<void> {
    savedAt = world.clock.now().mono
    saving = saving.then(write)
    return saving
  }

  async function write(): Promise<void> {
    if (!dirty) return
    dirty = false
    const oldest = world.clock.now().wall - keptMs
    for (const [key, voices] of said)
      if (Object.values(voices).every((one) => one === undefined || one.until < oldest)) said.delete(key)
    const value = [...said].map(([key, voices]) => [key, withText(voices, optionTexts.get(key))])
    await world.store.save(recordName, Object.fromEntries(value))
  }

  return { take, bearer, of, load, collect, flush: save }
}

/** A new turn of the agent: what it asked or complained of before is answered. Claude Code's word for it. */
const NEW_TURN = 'UserPromptSubmit'

const keyOf = ({ agent, nonce }: Bearer): string => `${agent}.${nonce}`

function paneKey({ tag }: PaneSight): string | undefined {
  const nonce = tag?.run?.split('.')[0]
  return tag === undefined || nonce === undefined || nonce === '' ? undefined : `${tag.agent}.${nonce}`
}

function withText(voices: Voices, text: string | undefined): object {
  const option = voices.option === undefined ? {} : { option: { ...voices.option, text } }
  return { ...voices, ...option }
}

function checkedCall(given: unknown): ReportCall {
  const read = v.safeParse(reportCall, given)
  if (read.success) return read.output
  throw new UserError({ code: 'REPORT_CALL', what: 'That is no report.', exit: Exit.usage })
}
