export { type CallOutcome, callControl } from './call.ts'
export { controlPath } from './path.ts'
export { recallState, rememberState } from './pointer.ts'
export { type ControlHandler, type ControlServer, serveControl } from './serve.ts'
