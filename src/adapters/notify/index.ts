export { type CommandCall, runWithInput } from './command.ts'
export type { Delivery } from './types.ts'
export { postJson } from './webhook.ts'
