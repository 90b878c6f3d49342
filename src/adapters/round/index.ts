export { createRounds, type RoundsOptions } from './rounds.ts'
export type * from './types.ts'
