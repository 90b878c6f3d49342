import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { RunResult } from './run.ts'

/** What a reader needs to compare two runs. Times are milliseconds. */
export function machine(): Record<string, string> {
  const version = (tool: string, flag: string) => execFileSync(tool, [flag], { encoding: 'utf8' }).trim()
  return {
    node: process.version,
    tmux: version('tmux', '-V'),
    git: version('git', '--version'),
    kernel: release(),
    cores: `${cpus().length}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: loadavg()[0]!.toFixed(1),
  }
}

export interface Percentiles {
  count: number
  p50: number
  p99: number
  max: number
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}

export function asJson(result: RunResult): string {
  const times = Object.fromEntries(
    Object.entries(result.times).map(([sort, list]) => [sort, percentiles(list)]),
  )
  return JSON.stringify({ version: 1, machine: machine(), ...result, times }, null, 2)
}

export function asText(result: RunResult): string {
  const lines = [result.failedAt === undefined ? '' : failure(result)]
  lines.push(`faults by kind (${result.done}; ${result.missed} found their target gone already)`)
  for (const [name, count] of Object.entries(result.byKind).sort())
    lines.push(`  ${`${count}`.padStart(5)}  ${name}`)
  lines.push(
    '',
    'recovery, ms'.padEnd(46) + ['count', 'p50', 'p99', 'max'].map((word) => word.padStart(8)).join(''),
  )
  for (const [sort, list] of Object.entries(result.times).sort()) {
    const { count, p50, p99, max } = percentiles(list)
    lines.push(
      `  ${sort.padEnd(44)}${[count, p50, p99, max].map((value) => `${value}`.padStart(8)).join('')}`,
    )
  }
  const events = Object.entries(result.events)
    .sort()
    .map(([kind, count]) => `${kind} ${count}`)
  lines.push('', `agent starts: ${result.starts}`, `events: ${events.join(', ')}`)
  lines.push(
    `machine: ${Object.entries(machine())
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  )
  lines.push(
    `seed ${result.seed}, ${result.done} faults, ${Math.round(result.durationMs / 1000)} s, violations: ${result.violations.length}`,
  )
  return lines.join('\n')
}

function failure(result: RunResult): string {
  const found = result.violations.map(({ inv, why }) => `  ${inv}: ${why}`)
  return [
    `VIOLATION at fault ${result.failedAt?.fault} of seed ${result.seed}`,
    ...found,
    'the last of the history:',
    ...(result.failedAt?.tail ?? []).map((line) => `  ${line}`),
    `the folder is kept: ${result.box} (history.jsonl, logs/)`,
    `replay: npm run chaos -- --faults ${result.failedAt?.fault} --seed ${result.seed}`,
    '',
  ].join('\n')
}
