import { OutsideError } from '../../core/index.ts'
import { newId, SUPERVISOR } from '../../town/wire/ids.ts'
import type { Content } from '../../town/wire/message.ts'
import type { TaskRecord } from '../../town/wire/task-record.ts'
import { freshState, type WorkerDeps, type WorkerState } from '../deps.ts'
import { workerLoop } from '../loop.ts'
import type { Letter, OpenTask, Order, Round, RoundEnd, Word, WorkerTown } from '../types.ts'

export const me = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'api-1',
  label: 'api-1',
  role: undefined,
}

export const away = (): OutsideError =>
  new OutsideError({ tool: 'redis', code: 'REDIS_AWAY', what: 'no server', retryable: true })

/** How a fake CLI ends: after so long, with this status; `done` names tasks that it completes. */
export interface Script {
  tookMs?: number
  status?: number
  tail?: string
  unstarted?: string
  /** Never ends by itself. */
  hangs?: boolean
  done?: 'all'
  /** Called when it has begun. */
  begun?: () => void
}

export function letterOf(content: Content, over: Partial<Letter> = {}): Letter {
  const message = {
    id: newId(),
    from: SUPERVISOR,
    to: me.id,
    content,
    priority: 'normal' as const,
    createdAt: 1_800_000_000_000,
    correlation: undefined,
  }
  return { message, urgent: false, presented: 0, ...over }
}

export function taskOf(description: string, over: Partial<TaskRecord> = {}): TaskRecord {
  return {
    id: newId(),
    description,
    state: 'assigned',
    createdAt: 1_800_000_000_000,
    updatedAt: 1_800_000_000_000,
    tags: [],
    assignedTo: me.id,
    startedAt: undefined,
    completedAt: undefined,
    result: undefined,
    parent: undefined,
    priority: 'normal',
    dependsOn: [],
    extra: {},
    ...over,
  }
}

/** A town in memory with one worker in it, a clock that runs as fast as it is slept on, and CLIs by their scripts. */
export class FakeTown {
  mono = 0
  inbox: Letter[] = []
  claimed: Letter[] = []
  done: string[] = []
  dead: string[] = []
  shown = new Map<string, number>()
  tasks = new Map<string, TaskRecord>()
  work = new Map<string, number>()
  backlog: TaskRecord[] = []
  current: string | undefined
  interrupts = 0
  wakes = 0
  renewed = 0
  order: Order = 'none'
  answered: string[] = []
  lines: string[] = []
  said: string[] = []
  states: string[] = []
  words: Word[] = []
  prompts: string[] = []
  scripts: Script[] = []
  /** Whether the next call fails. */
  fails: () => boolean = () => false
  /** Called at each sleep. */
  onSleep: () => void = () => undefined
  stop = new AbortController()
  ended = new Set<number>()
  #timers: { at: number; fire: () => void }[] = []

  send(content: Content, over: Partial<Letter> = {}): Letter {
    const letter = letterOf(content, over)
    this.inbox.push(letter)
    return letter
  }

  assign(description: string, over: Partial<TaskRecord> = {}): TaskRecord {
    const task = taskOf(description, over)
    this.tasks.set(task.id, task)
    this.send({ type: 'task_assign', task_id: task.id })
    return task
  }

  complete(id: string): void {
    this.tasks.set(id, { ...this.tasks.get(id)!, state: 'completed' })
  }

  async run(
    limits: Partial<WorkerDeps['limits']> = {},
    state: WorkerState = freshState({ rounds: 0, failures: 0 }),
  ) {
    return workerLoop(this.deps(limits), state)
  }

  deps(limits: Partial<WorkerDeps['limits']> = {}): WorkerDeps {
    return {
      me,
      place: 'shop',
      standing: async () => '',
      limits: { maxRounds: 0, idleTimeoutMs: 10_000, roundTimeoutMs: 60_000, ...limits },
      graceMs: 1_000,
      renewMs: 5_000,
      program: 'agents',
      programPath: '/p/state/bin/agents',
      town: this.port(),
      rounds: { start: async (prompt) => this.start(prompt) },
      clock: {
        now: () => ({ mono: this.mono, wall: 1_800_000_000_000 + this.mono }),
        sleep: (ms) => this.sleep(ms),
      },
      stop: this.stop.signal,
      interrupts: () => this.interrupts,
      wakes: () => this.wakes,
      random: () => 0.5,
      say: (line) => this.said.push(line),
      title: () => undefined,
      report: async (word) => void this.words.push(word),
      sign: (tail) =>
        tail.includes('usage limit')
          ? { kind: 'limited', text: tail, until: 1_800_000_000_000 + this.mono + 60_000 }
          : { kind: 'none' },
      signSoFar: (tail) =>
        tail.includes('waits for its limit')
          ? { kind: 'limited', text: tail, until: 1_800_000_000_000 + this.mono + 60_000 }
          : { kind: 'none' },
      keep: async () => undefined,
      mend: async () => undefined,
      away: (error) => (error instanceof OutsideError ? error.message : undefined),
    }
  }

  async sleep(ms: number): Promise<void> {
    this.mono += ms
    for (const timer of this.#timers.filter(({ at }) => at <= this.mono)) timer.fire()
    this.#timers = this.#timers.filter(({ at }) => at > this.mono)
    this.onSleep()
    await new Promise((resolve) => setImmediate(resolve))
  }

  private start(prompt: string): { number: number; round: Round } {
    const number = this.prompts.push(prompt)
    const script = this.scripts.shift() ?? {}
    if (script.done === 'all') for (const id of this.tasks.keys()) if (prompt.includes(id)) this.complete(id)
    let end: (how: RoundEnd) => void = () => undefined
    const ended = new Promise<RoundEnd>((resolve) => {
      end = resolve
    })
    const tookMs = script.tookMs ?? 100
    const { status = 0, tail = '', unstarted } = script
    const natural: RoundEnd = {
      status: unstarted === undefined ? status : undefined,
      signal: undefined,
      tail,
      tookMs,
      ...(unstarted === undefined ? {} : { unstarted }),
    }
    if (script.hangs !== true) this.#timers.push({ at: this.mono + tookMs, fire: () => end(natural) })
    script.begun?.()
    return {
      number,
      round: {
        ended,
        tail: async () => tail,
        end: async () => {
          this.ended.add(number)
          end({ status: undefined, signal: 'SIGTERM', tail, tookMs })
        },
      },
    }
  }

  private port(): WorkerTown {
    const guarded =
      <A extends unknown[], T>(body: (...args: A) => T) =>
      async (...args: A): Promise<T> => {
        if (this.fails()) throw away()
        return body(...args)
      }
    const open = (): OpenTask[] =>
      [...this.work].flatMap(([id, rounds]) => {
        const task = this.tasks.get(id)
        if (task?.state === 'assigned' || task?.state === 'running') return [{ task, rounds }]
        this.work.delete(id)
        return []
      })
    const take = (ids: readonly string[]): Letter[] => {
      const taken = this.claimed.filter(({ message }) => ids.includes(message.id))
      this.claimed = this.claimed.filter(({ message }) => !ids.includes(message.id))
      return taken
    }
    return {
      look: guarded(() => ({
        order: this.order,
        waiting: this.inbox.length,
        backlog: this.backlog.length,
        open: this.work.size,
      })),
      claim: guarded((limit) => {
        const taken = this.inbox.splice(0, limit)
        this.claimed.push(...taken)
        return taken.map((letter) => ({ ...letter, presented: this.shown.get(letter.message.id) ?? 0 }))
      }),
      present: guarded((letters) => {
        for (const { message, presented } of letters) this.shown.set(message.id, presented + 1)
      }),
      renew: guarded((ids) => {
        if (ids.length > 0) this.renewed += 1
      }),
      acknowledge: guarded((ids) => void this.done.push(...take(ids).map(({ message }) => message.id))),
      giveBack: guarded((ids, _why, blameless) => {
        const back = take(ids)
        const dead = back.filter(({ message }) => !blameless && (this.shown.get(message.id) ?? 0) >= 3)
        this.dead.push(...dead.map(({ message }) => message.id))
        this.inbox.unshift(...back.filter((letter) => !dead.includes(letter)))
      }),
      recover: guarded(() => 0),
      answer: guarded((letter) => void this.answered.push(letter.message.id)),
      names: guarded(() => new Map([[SUPERVISOR, 'supervisor']])),
      task: guarded((id) => {
        const task = this.tasks.get(id)
        const open = task?.state === 'assigned' || task?.state === 'running'
        return open && task.assignedTo === me.id ? task : undefined
      }),
      openTasks: guarded(open),
      begin: guarded((tasks) => {
        for (const { id } of tasks) if (!this.work.has(id)) this.work.set(id, 0)
        if (tasks.length === 1) this.current = tasks[0]!.id
      }),
      unbegin: guarded(() => {
        this.current = undefined
      }),
      count: guarded((tasks, most) =>
        tasks.flatMap(({ task: { id }, rounds }) => {
          const task = this.tasks.get(id)!
          if (task.state === 'completed') return []
          this.work.set(id, rounds + 1)
          return rounds + 1 >= most ? [{ task, rounds: rounds + 1 }] : []
        }),
      ),
      fail: guarded((task) => void this.tasks.set(task.id, { ...task, state: 'failed' })),
      backlog: guarded(() => ({ length: this.backlog.length, own: this.backlog })),
      pull: guarded(() => {
        const task = this.backlog.shift()
        if (task === undefined) return undefined
        this.tasks.set(task.id, { ...task, state: 'assigned', assignedTo: me.id })
        this.send({ type: 'task_assign', task_id: task.id })
        return task
      }),
      roundOver: guarded((line) => void this.lines.push(line)),
      activity: guarded((line) => void this.lines.push(line)),
      tell: guarded((state) => void this.states.push(state)),
    }
  }
}
