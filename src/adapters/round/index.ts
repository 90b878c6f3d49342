export { createRounds, type RoundEnd, type RoundsOptions, type RunningRound } from './rounds.ts'
