import type { Matches } from '../../backends/detect.ts'
import type { Read } from '../../backends/standing.ts'
import type {
  AgentSpec,
  BackendSpec,
  Claim,
  EpochMs,
  MonoMs,
  PaneSight,
  ReadingState,
} from '../../core/index.ts'

/** What was last seen of one pane's screen. */
export interface Eye extends Read {
  /** As of the last reading: as long as tmux tells the same of it, it is the same object. */
  pane: PaneSight
  panePid: number
  backend: BackendSpec
  text: string
  title: string
  /** `activityAt` of the scan before the capture: no output since means nothing to capture. */
  activityAt: EpochMs
  capturedAt: MonoMs
  capturedWall: EpochMs
  /** `writtenAt` tells of everything that was printed before the capture; else of a write that was young enough then. */
  logWhole: boolean
  matches: Matches
  /** When it was last looked at: what was read before was found to stand. */
  lookAt: MonoMs
  programRuns: boolean
  /** What was claimed beside the processes, and by them. */
  ownClaims: readonly Claim[]
  processClaims: readonly Claim[]
  /** The patterns that `matches` came from. */
  patternKey: string
  /** What the screen alone says, and since when. */
  screen: { state: ReadingState; since: EpochMs; before: ReadingState | undefined }
}

/** One agent whose screen is to be looked at. */
export interface Subject {
  spec: AgentSpec
  pane: PaneSight
  backend: BackendSpec
}

/**
 * A change counts for this long: looks may come faster than a program redraws, as when somebody asks for the status, and
 * a look that finds the same frame once more says nothing. Two looks of the slowest pace. Milliseconds.
 */
export const movesMs = 2_000

/** One for all, so that nothing is the same as nothing. */
export const NO_CLAIMS: readonly Claim[] = []

const keys = new WeakMap<BackendSpec, string>()

/** Two backends of one key read a text alike. */
export function patternKeyOf(backend: BackendSpec): string {
  let key = keys.get(backend)
  if (key === undefined) {
    key = JSON.stringify([backend.patterns, backend.footerUi])
    keys.set(backend, key)
  }
  return key
}
