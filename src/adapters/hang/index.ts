export { type HangGuard, type HangGuardOptions, startHangGuard } from './hang-guard.ts'
