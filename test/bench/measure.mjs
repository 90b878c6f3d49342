import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** Nearest-rank quantiles: a p99 of fewer than 100 samples is their maximum. */
export function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (q) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN }
}

export async function timed(body) {
  const from = performance.now()
  await body()
  return performance.now() - from
}

/** What the figures were measured on; they mean nothing without it. */
export function machine() {
  const ask = (command, args) => (spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '').trim()
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    node: process.version,
    tmux: ask('tmux', ['-V']),
    git: ask('git', ['--version']),
    load: loadavg().map((one) => Number(one.toFixed(2))),
  }
}

/** User and system time of one process, milliseconds; and its resident memory, MiB (Linux). */
export function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, rssMiB: Number(rss) / 1024 }
}
