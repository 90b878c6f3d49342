import { setTimeout as sleep } from 'node:timers/promises'
import type { Violation } from '../checker.ts'
import { createRandom, type Random } from '../random.ts'
import { mailboxes, parts } from './cast.ts'
import { checkTown, countedIn } from './checker.ts'
import { type Draw, type TownFault, townFaults } from './faults.ts'
import { type Line, readJournals } from './journal.ts'
import { checkLooks, isDrained, readFinals } from './looks.ts'
import { townSabotages } from './sabotage.ts'
import { openStage, type Stage } from './stage.ts'

export interface TownOptions {
  /** The bundled actor.ts. */
  program: string
  seed: number
  faults: number
  minutes: number | undefined
  only: string | undefined
  sabotage: string | undefined
  /** Faults between two looks at everything. @default 200 */
  round?: number
  say(line: string): void
}

export interface TownResult {
  seed: number
  done: number
  byKind: Record<string, number>
  /**
   * Acknowledged to their senders; those of them that were followed to their end, since nothing was flushed meanwhile;
   * presentations, those without a mark among them; acknowledged by a reader; given up.
   */
  messages: {
    sent: number
    counted: number
    presented: number
    unmarked: number
    acked: number
    dead: number
  }
  tasks: { added: number; taken: number; ended: number }
  /** Milliseconds from the end of a round's faults until no mailbox held anything. */
  drains: number[]
  violations: Violation[]
  durationMs: number
  dir: string
}

export interface PlannedFault {
  n: number
  fault: TownFault
  draw: Draw
  /** After the one before it began. Milliseconds. */
  afterMs: number
}

export function planTown(random: Random, faults: number, only?: string): PlannedFault[] {
  const kinds = townFaults.filter(({ name }) => only === undefined || name.includes(only))
  return Array.from({ length: faults }, (_, at) => {
    const fault = random.weighted(kinds)
    return { n: at + 1, fault, draw: fault.draw(random), afterMs: random.chance(0.3) ? 0 : random.int(0, 90) }
  })
}

const names = (...roles: string[]) => parts.filter(({ role }) => roles.includes(role)).map(({ name }) => name)
const senders = names('sender', 'tasker')
const readers = names('consumer', 'courier', 'mover')

/** A town, its people, and faults in rounds; after each round everything that was promised is counted. */
export async function runTown(options: TownOptions): Promise<TownResult> {
  const from = Date.now()
  const stage = await openStage(options.program, options.seed)
  const result: TownResult = {
    seed: options.seed,
    done: 0,
    byKind: {},
    messages: { sent: 0, counted: 0, presented: 0, unmarked: 0, acked: 0, dead: 0 },
    tasks: { added: 0, taken: 0, ended: 0 },
    drains: [],
    violations: [],
    durationMs: 0,
    dir: stage.dir,
  }
  try {
    await stage.raise()
    const counted = new Set<string>()
    const plan = planTown(createRandom(options.seed), options.faults, options.only)
    const size = options.round ?? 200
    for (let at = 0; at < plan.length && result.violations.length === 0; at += size) {
      if (options.minutes !== undefined && Date.now() - from > options.minutes * 60_000) break
      await playRound(stage, plan.slice(at, at + size), result)
      await judge(stage, options, result, counted)
      options.say(`${result.done}/${options.faults} faults, ${Math.round((Date.now() - from) / 1000)} s`)
    }
  } catch (error) {
    result.violations.push({ inv: 'runner', why: String(error) })
  } finally {
    result.durationMs = Date.now() - from
    await stage.end(result.violations.length > 0)
  }
  return result
}

async function playRound(stage: Stage, plan: readonly PlannedFault[], result: TownResult): Promise<void> {
  stage.tell([...senders, ...readers], 'run')
  await sleep(100)
  const busy = new Map<string, Promise<void>>()
  const running = new Set<Promise<void>>()
  for (const planned of plan) {
    await sleep(planned.afterMs)
    const tags = tagsOf(planned)
    await Promise.all(tags.map((tag) => busy.get(tag)))
    const work = inject(stage, planned).finally(() => running.delete(work))
    running.add(work)
    for (const tag of tags) busy.set(tag, work)
    result.done += 1
    result.byKind[planned.fault.name] = (result.byKind[planned.fault.name] ?? 0) + 1
  }
  await Promise.all(running)
  stage.proxy.heal()
  // A round in which nobody had time to say anything would prove nothing: processes start slowly on a busy machine.
  for (
    const until = Date.now() + 30_000;
    takenIn(readJournals(stage.journals)) === undefined;
    await sleep(50)
  )
    if (Date.now() > until) throw new Error('nobody sent anything that was read')
}

/** A message to `taken` that was acknowledged to its sender and by its reader, and not flushed since. */
function takenIn(lines: readonly Line[]): string | undefined {
  const counted = new Set(countedIn(lines))
  return lines.flatMap((line) =>
    line.op === 'acked' && line.to === mailboxes.taken && counted.has(line.id) ? [line.id] : [],
  )[0]
}

const tagsOf = ({ fault, draw }: PlannedFault): readonly string[] =>
  fault.tag === 'none' ? [] : fault.tag === 'actors' ? draw.names : [fault.tag]

async function inject(stage: Stage, { n, fault, draw }: PlannedFault): Promise<void> {
  const since = Date.now()
  await fault.run(stage, draw)
  stage.journal.note({ op: 'fault', name: fault.name, n, since })
}

/** Nobody sends any more, readers read everything; then nobody moves, and what was promised is compared with what is there. */
async function judge(
  stage: Stage,
  options: TownOptions,
  result: TownResult,
  counted: Set<string>,
): Promise<void> {
  const from = Date.now()
  const fail = (inv: string, why: string) => result.violations.push({ inv, why })
  await stage.settle()
  stage.tell(senders, 'idle')
  if (!(await stage.idle(senders, 15_000))) return void fail('runner', 'senders did not come to rest')
  stage.tell(readers, 'drain')
  const until = Date.now() + 30_000
  while (!(await isDrained(stage)) && Date.now() < until) await sleep(20)
  result.drains.push(Date.now() - from)
  stage.tell(readers, 'idle')
  if (!(await stage.idle(readers, 15_000))) return void fail('runner', 'readers did not come to rest')
  const sabotage = options.sabotage === undefined ? undefined : townSabotages[options.sabotage]
  if (options.sabotage !== undefined && sabotage === undefined) return void fail('runner', 'no such sabotage')
  await sabotage?.run(stage, takenIn(readJournals(stage.journals)) ?? '')
  const lines = readJournals(stage.journals)
  result.violations.push(...checkTown(lines, await readFinals(stage)), ...(await checkLooks(stage)))
  for (const id of countedIn(lines)) counted.add(id)
  count(lines, result)
  result.messages.counted = counted.size
  result.messages.dead = [...(await readFinals(stage)).dead.values()].reduce((sum, ids) => sum + ids.size, 0)
}

function count(lines: readonly Line[], result: TownResult): void {
  const of = (op: Line['op']) => lines.filter((line) => line.op === op)
  const ids = (op: Line['op']) => new Set(of(op).map((line) => ('id' in line ? line.id : ''))).size
  const unmarked = lines.filter((line) => line.op === 'present' && line.times <= 1).length
  result.messages = {
    sent: ids('sent'),
    counted: 0,
    presented: of('present').length,
    unmarked,
    acked: ids('acked'),
    dead: result.messages.dead,
  }
  result.tasks = { added: ids('task-added'), taken: of('task-took').length, ended: ids('task-ended') }
}
