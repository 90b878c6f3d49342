import type { Sandbox } from './sandbox.ts'

/**
 * The backend `t`: the fake CLI `takes-turns`, of which is told when it works and when it takes text.
 * @param more keys of its table
 */
export const takesTurns = (box: Sandbox, more = ''): string => `
[backend.t]
bin = "${box.fake('takes-turns')}"
prompt_delivery = "exec"
active_re = 'esc to interrupt'
composer_re = '> '
${more}
`
