import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { requireAgent } from '../names.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ fleet, control }) => {
    const [name, ...words] = call.args
    requireAgent(name!, fleet)
    const report = await control.answer(name!, words.join(' '), call.options.yes === true)
    const screen = report.screen === undefined ? '' : `${visible(report.screen, { newlines: true })}\n`
    const text = `${visible(`${report.agent}: ${report.detail}`)}\n${screen}`
    await deps.io.out(call.options.json === true ? toJson({ version: 1, ...report }) : text)
    return report.result === 'answered' ? Exit.done : Exit.failed
  })
