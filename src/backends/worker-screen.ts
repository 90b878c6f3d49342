import type { AgentSpec, BackendSpec, Fleet } from '../core/index.ts'

/** What a worker writes into the title of its pane, and what is read from there. */
export const workerTitles = {
  working: 'worker works',
  idle: 'worker waits',
} as const

/** The terminal sequence that sets the title. @param detail no control characters */
export const titleSequence = (state: keyof typeof workerTitles, detail: string): string =>
  `\x1b]2;${workerTitles[state]}: ${detail}\x07`

/**
 * The backend by which the screen of an agent is read and written to. In the pane of a worker runs our own program: its
 * title tells its state, its CLI's words on it mean nothing, and nothing is typed there.
 */
export function screenBackend(
  fleet: Pick<Fleet, 'backends'>,
  spec: Pick<AgentSpec, 'backend' | 'kind'>,
): BackendSpec | undefined {
  const backend = fleet.backends[spec.backend]
  return backend !== undefined && spec.kind === 'worker' ? workerScreen(backend) : backend
}

/** The same object each time: readings are kept by it. */
const screens = new WeakMap<BackendSpec, BackendSpec>()

function workerScreen(backend: BackendSpec): BackendSpec {
  const known = screens.get(backend)
  if (known !== undefined) return known
  const { conversation: _, ...rest } = backend
  const screen: BackendSpec = {
    ...rest,
    preset: undefined,
    promptDelivery: 'exec',
    processName: undefined,
    // Our own program ends the round then, and gives its messages back.
    interruptKey: 'C-c',
    patterns: { titleWorking: `^${workerTitles.working}`, titleIdle: `^${workerTitles.idle}` },
    footerUi: false,
    steers: false,
    steadyActive: false,
    supportsResume: false,
    hooks: false,
    // It has a time limit for its rounds, and waits for messages as long as it takes.
    stallIdleMs: Number.MAX_SAFE_INTEGER,
  }
  screens.set(backend, screen)
  return screen
}
