import type { LoopSpec } from '../core/index.ts'

/** For tests: a loop without phases, of which nothing is on a disk. */
export const makeLoop = (over: Partial<LoopSpec>): LoopSpec => ({
  phases: [],
  kickoffTemplatePath: undefined,
  rolesDir: '/roles',
  stateFilePath: '/state/phase-idx',
  resumePhase: undefined,
  doneMarker: '## DONE',
  autoAdvance: true,
  handoff: {
    enabled: true,
    repo: '/r',
    stateSubdir: 'machine-docs',
    remote: 'origin',
    branch: undefined,
    routes: [],
    inboxes: [],
  },
  onComplete: undefined,
  completionPath: '/log/SEQUENCE-COMPLETE',
  ...over,
})
