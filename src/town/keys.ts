/**
 * Every key of a town, spelled here and nowhere else. `A`, `T`, `M` are ids of an agent, a task, a message.
 *
 * Of tinytown 0.10, written and read as `tt` does:
 *
 * | key | type | what |
 * |---|---|---|
 * | `tt:{town}:agent:A` | hash | record of an agent |
 * | `tt:{town}:inbox:A`, `…:urgent:A` | list | messages that nobody has taken yet |
 * | `tt:{town}:activity:A` | list | its last ten lines, one hour |
 * | `tt:{town}:stop:A` | string | it is asked to stop, one hour |
 * | `tt:{town}:task:T` | hash | record of a task |
 * | `tt:{town}:backlog` | list | ids of tasks that nobody has |
 * | `tt:{town}:mission:M` | string | record of a mission; `…:work`, `…:watch` hashes of JSON by id, `…:events` its log |
 * | `tt:{town}:events`, `…:events:agent:A`, `…:events:mission:M` | stream | what happened |
 *
 * Ours, below `tt:{town}:fleet:`; `tt` neither reads nor writes them:
 *
 * | key | type | what | ends |
 * |---|---|---|---|
 * | `epoch` | string | made once; another one means another server or an emptied one | never |
 * | `fed` | hash | fleet → number of the event of its log that the streams were told last | with the fleet |
 * | `names` | hash | name → agent id, one id a name | with the agent |
 * | `claimed:A` | sorted set | message id → end of its lease, ms of Redis' clock | acknowledged, dead |
 * | `raw:A` | hash | message id → its bytes, while it is claimed or dead | acknowledged |
 * | `mail:A` | hash | message id → JSON: state, times, presentations (`Envelope` in inbox/envelope.ts) | a day after it is settled |
 * | `sent:A`, `done:A` | sorted set | message id → when, ms of Redis' clock; tells a repeated one | a day |
 * | `dead:A` | sorted set | message id → when it was given up | the newest 1,000 |
 * | `bad:A` | list | what could not be decoded, byte for byte | 1,000 |
 * | `garbage:A` | any | what stood at the key of the record of an agent of ours and was no hash | never |
 * | `turn:A` | hash | `seq`: messages claimed so far; `urgent`: batches in a row with nothing but urgent ones | with the agent |
 * | `work:A` | hash | of a worker: id of a task that it was given → rounds that ended without its completion | the task is over |
 * | `plan` | hash | id in a tasks.toml → task id, once it was pushed | never |
 * | `rate:A:all` | string | messages of one sender within a minute | a minute |
 * | `rate:A:B` | hash | of two agents, the smaller id first: `last` sender, `turns` within a minute | a minute |
 */
export interface TownKeys {
  /** `tt:{town}:` */
  root: string
  agent(id: string): string
  inbox(id: string): string
  urgent(id: string): string
  activity(id: string): string
  stop(id: string): string
  task(id: string): string
  backlog: string
  events: string
  agentEvents(id: string): string
  missionEvents(id: string): string
  mission(id: string): string
  missionWork(id: string): string
  missionWatch(id: string): string
  missionLog(id: string): string
  epoch: string
  names: string
  fed: string
  plan: string
  claimed(agent: string): string
  raw(agent: string): string
  mail(agent: string): string
  sent(agent: string): string
  done(agent: string): string
  dead(agent: string): string
  bad(agent: string): string
  garbage(agent: string): string
  turn(agent: string): string
  work(agent: string): string
  rate(from: string, to: string): string
}

/** @param town checked: see names.ts */
export function townKeys(town: string): TownKeys {
  const root = `tt:${town}:`
  const of =
    (word: string) =>
    (id: string): string =>
      `${root}${word}:${id}`
  return {
    root,
    agent: of('agent'),
    inbox: of('inbox'),
    urgent: of('urgent'),
    activity: of('activity'),
    stop: of('stop'),
    task: of('task'),
    backlog: `${root}backlog`,
    events: `${root}events`,
    agentEvents: of('events:agent'),
    missionEvents: of('events:mission'),
    mission: of('mission'),
    missionWork: (id) => `${root}mission:${id}:work`,
    missionWatch: (id) => `${root}mission:${id}:watch`,
    missionLog: (id) => `${root}mission:${id}:events`,
    epoch: `${root}fleet:epoch`,
    names: `${root}fleet:names`,
    fed: `${root}fleet:fed`,
    plan: `${root}fleet:plan`,
    claimed: of('fleet:claimed'),
    raw: of('fleet:raw'),
    mail: of('fleet:mail'),
    sent: of('fleet:sent'),
    done: of('fleet:done'),
    dead: of('fleet:dead'),
    bad: of('fleet:bad'),
    garbage: of('fleet:garbage'),
    turn: of('fleet:turn'),
    work: of('fleet:work'),
    rate: (from, to) => `${root}fleet:rate:${from}:${to}`,
  }
}

/** A text in a MATCH pattern, every glob character taken literally (R24 of docs/tinytown-fixes.md). */
export const literally = (text: string): string => text.replace(/[*?[\]\\^-]/g, '\\$&')
