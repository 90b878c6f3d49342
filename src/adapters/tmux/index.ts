export { createTmux } from './create-tmux.ts'
export { escapeFormat, tmuxQuote } from './quote.ts'
export type { Done, NewSession, NewSessionResult, Tmux, TmuxEvent, TmuxOptions } from './types.ts'
export { type TmuxVersion, tmuxVersion } from './version.ts'
