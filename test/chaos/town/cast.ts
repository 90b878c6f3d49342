/** Who lives in the town under faults, and how. */
export const TOWN = 'chaos'

const idOf = (n: number): string => `c0ffee00-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Mailboxes. Messages to `gone` are moved to `taken` by the mover; `twice` has two consumers. */
export const mailboxes = {
  taken: idOf(1),
  dropped: idOf(2),
  delivered: idOf(3),
  twice: idOf(4),
  gone: idOf(5),
} as const
export const writers = { left: idOf(11), right: idOf(12) } as const
export const hands = { one: idOf(21), two: idOf(22) } as const

export type Role = 'sender' | 'consumer' | 'courier' | 'tasker' | 'mover'

export interface Part {
  name: string
  role: Role
  /** Whose mailbox it reads, or in whose name it acts. */
  agent: string
  /** Through the proxy, which the network faults are done to. */
  proxied: boolean
  /** Share of messages that a consumer gives back, and of those it forgets. */
  drops: number
}

const part = (name: string, role: Role, agent: string, proxied: boolean, drops = 0.1): Part => ({
  name,
  role,
  agent,
  proxied,
  drops,
})

export const parts: readonly Part[] = [
  part('sender-left', 'sender', writers.left, true),
  part('sender-right', 'sender', writers.right, false),
  part('takes', 'consumer', mailboxes.taken, true),
  part('drops', 'consumer', mailboxes.dropped, false, 0.4),
  part('courier', 'courier', mailboxes.delivered, true),
  part('twin-a', 'consumer', mailboxes.twice, true),
  part('twin-b', 'consumer', mailboxes.twice, false),
  part('hand-one', 'tasker', hands.one, true),
  part('hand-two', 'tasker', hands.two, false),
  part('mover', 'mover', mailboxes.gone, true),
]

/** What an actor's process is started with. */
export interface Start {
  part: Part
  socket: string
  journal: string
  seed: number
}

/** From the runner to an actor; an actor answers `idle` when it has ended what it was at. */
export type Mode = 'run' | 'drain' | 'idle'
