import { Exit, type ExitCode } from '../../core/errors.ts'
import type { StatusReport } from '../../core/status.ts'
import { visible } from '../../core/text.ts'
import { styleFor, toJson } from '../text.ts'
import type { Invocation, Io } from '../types.ts'
import { renderStatus, renderTown } from './status.ts'

type Options = Invocation['options']

/**
 * What `agents status` prints: rows for people, one document for `--json`, only what needs a person for `--check`.
 * @param townOnly there is no fleet
 */
export function statusText(
  report: StatusReport,
  options: Options,
  io: Pick<Io, 'color' | 'tty' | 'columns'>,
  townOnly = false,
): string {
  const check = options.check === true
  if (options.json === true) return toJson(check ? { version: 1, attention: report.attention } : report)
  if (check) return report.attention.map((sentence) => `${visible(sentence)}\n`).join('')
  const view = { style: styleFor(io.color), columns: io.tty ? io.columns : undefined }
  return townOnly ? renderTown(report, view) : renderStatus(report, view)
}

export function statusExit(report: StatusReport, options: Options): ExitCode {
  return options.check === true && report.attention.length > 0 ? Exit.needsPerson : Exit.done
}
