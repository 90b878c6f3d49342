import { Exit } from '../../core/errors.ts'
import type { WhyReport } from '../../core/status.ts'
import { visible } from '../../core/text.ts'
import { clockTime } from '../durations.ts'
import { requireAgent } from '../names.ts'
import { type Style, styleFor, toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ fleet, control }) => {
    const name = call.args[0]!
    requireAgent(name, fleet)
    const report = await control.why(name)
    const text = whyText(report, deps.now(), styleFor(deps.io.color))
    await deps.io.out(call.options.json === true ? toJson({ version: 1, ...report }) : text)
    return Exit.done
  })

function whyText(report: WhyReport, now: number, style: Style): string {
  const because = report.because === undefined ? '' : `: ${report.because}`
  const lines = [
    style.bold(visible(`${report.agent} is ${report.life}${because}`)),
    ...readingLines(report, style),
    'decisions, newest last:',
    ...report.decisions.flatMap((each) => [
      `  ${style.dim(clockTime(each.at, now))} ${visible(each.action)}: ${visible(each.because)}`,
      ...each.evidence.map((line) => style.dim(`      ${visible(line)}`)),
    ]),
    ...(report.decisions.length === 0 ? ['  none'] : []),
    'next tick:',
    ...report.plan.map((each) => `  ${visible(each.action)}: ${visible(each.because)}`),
    ...(report.plan.length === 0 ? ['  nothing to do'] : []),
  ]
  return `${lines.join('\n')}\n`
}

function readingLines({ reading }: WhyReport, style: Style): string[] {
  if (reading === undefined) return []
  return [
    visible(`reads ${reading.state} (rule: ${reading.rule})`),
    ...reading.claims.map((claim) =>
      style.dim(`  ${claim.source} says ${claim.says}: ${visible(claim.evidence)}`),
    ),
  ]
}
