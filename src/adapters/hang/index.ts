export { type HangGuard, type HangGuardOptions, startHangGuard } from './hang-guard.ts'
export { beatWhileStarting } from './starting.ts'
