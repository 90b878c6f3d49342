import { OutsideError } from '../core/index.ts'
import { shortId } from '../town/wire/ids.ts'
import { textOf } from '../town/wire/message.ts'
import type { TaskRecord } from '../town/wire/task-record.ts'
import { attend } from './attend.ts'
import { giveUpAfter } from './backoff.ts'
import { type Item, itemOf } from './batch.ts'
import { drop, type WorkerDeps, type WorkerState } from './deps.ts'
import { promptOf } from './prompt.ts'
import { settle } from './settle.ts'
import type { Letter, OpenTask } from './types.ts'

export interface Plan {
  items: Exclude<Item, { kind: 'void' }>[]
  /** The tasks among them, with the rounds that they have had. */
  given: OpenTask[]
  reminders: OpenTask[]
  news: Letter[]
  thanks: Letter[]
}

/** The records of the tasks that the letters assign; what asks for nothing any more is acknowledged. */
export async function planRound(
  d: WorkerDeps,
  s: WorkerState,
  work: readonly Letter[],
  open: readonly OpenTask[],
): Promise<Pick<Plan, 'items' | 'given' | 'reminders'>> {
  const items: Plan['items'] = []
  const tasks = new Map<string, TaskRecord>()
  for (const { message } of work) {
    if (message.content.type !== 'task_assign') continue
    const task = await d.town.task(message.content.task_id)
    if (task !== undefined) tasks.set(message.content.task_id, task)
  }
  for (const letter of work) {
    const item = itemOf(letter, tasks)
    if (item.kind !== 'void') items.push(item)
    else {
      await d.town.acknowledge([letter.message.id])
      drop(s, [letter])
      d.say(`message ${shortId(letter.message.id)} asks for nothing: its task is over, or somebody else’s`)
    }
  }
  const had = new Map(open.map(({ task, rounds }) => [task.id, rounds]))
  const given = items.flatMap((item) =>
    item.kind === 'task' ? [{ task: item.task, rounds: had.get(item.task.id) ?? 0 }] : [],
  )
  const named = new Set(given.map(({ task }) => task.id))
  return { items, given, reminders: open.filter(({ task }) => !named.has(task.id)) }
}

/** One run of the CLI, and what is to be written down about it. */
export async function runRound(d: WorkerDeps, s: WorkerState, plan: Plan): Promise<void> {
  const letters = [...plan.items.map(({ letter }) => letter), ...plan.news, ...plan.thanks]
  const tasks = [...plan.given, ...plan.reminders]
  const round = s.memory.rounds + 1
  const prompt = await promptFor(d, plan, round)
  await d.town.present(letters)
  await d.town.begin(tasks.map(({ task }) => task))
  await d.town.tell('working')
  s.memory.rounds = round
  await d.keep(s.memory)
  if (s.spoke) await d.report({ state: 'working' })
  s.spoke = false
  d.title('working', `round ${round}`)
  d.say(`round ${round}: ${summary(plan)}`)
  const { number, round: running } = await d.rounds.start(prompt).then(undefined, unstarted)
  const result = await attend(d, s, running)
  settle(d, s, { ...result, round, number, letters, tasks })
}

/** A disk that is full, a folder that is not ours: no fault of the messages. */
function unstarted(error: unknown): Awaited<ReturnType<WorkerDeps['rounds']['start']>> {
  if (!(error instanceof OutsideError)) throw error
  const end = { status: undefined, signal: undefined, unstarted: error.message, tail: '', tookMs: 0 }
  return {
    number: 0,
    round: { ended: Promise.resolve(end), tail: async () => '', end: () => Promise.resolve() },
  }
}

async function promptFor(d: WorkerDeps, plan: Plan, round: number): Promise<string> {
  const letters = [...plan.items.map(({ letter }) => letter), ...plan.news]
  const named = letters.map((letter) => ({ letter, text: textOf(letter.message.content) }))
  return promptOf({
    me: d.me,
    town: d.place,
    standing: await d.standing(),
    items: plan.items,
    reminders: plan.reminders,
    news: named.filter(({ letter }) => plan.news.includes(letter)),
    thanks: plan.thanks.map((letter) => ({ letter, text: textOf(letter.message.content) })),
    backlog: await d.town.backlog(),
    names: await d.town.names([...new Set(letters.map(({ message }) => message.from))]),
    program: d.program,
    programPath: d.programPath,
    round,
    maxRounds: d.limits.maxRounds,
    giveUpAfter,
  })
}

function summary({ items, reminders, news, thanks }: Plan): string {
  const each = items.map((item) =>
    item.kind === 'task'
      ? `task ${shortId(item.task.id)}`
      : `${item.letter.message.content.type} ${shortId(item.letter.message.id)}`,
  )
  const rest = [
    ...reminders.map(({ task }) => `task ${shortId(task.id)} again`),
    ...(news.length === 0 ? [] : [`${news.length} to know`]),
    ...(thanks.length === 0 ? [] : [`${thanks.length} confirmed`]),
  ]
  return [...each, ...rest].join(', ')
}
