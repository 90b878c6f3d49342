/** How the watchdog fares, for `agents doctor`, `npm run bench` and whoever asks the control socket for `stats`. */
export interface Gauge {
  /** Ticks since its start. */
  ticks: number
  /** Length of the newest ticks, oldest first, milliseconds: looking at tmux, deciding, and looking after the rest. */
  recentMs: number[]
  /** tmux clients started since its start; while the control client is attached this stands still. */
  tmuxProcesses: number
  rssBytes: number
  /** User and system time since its start, milliseconds. */
  cpuMs: number
  /** Milliseconds. */
  upMs: number
}

/** Ticks whose length is remembered: about ten minutes of them. */
const kept = 600

/** Measures ticks. Costs two readings of the clock each. */
export function createTickGauge(): {
  measure(tick: () => Promise<void>): Promise<void>
  read(): Pick<Gauge, 'ticks' | 'recentMs'>
} {
  let recentMs: number[] = []
  let ticks = 0
  return {
    async measure(tick) {
      const from = performance.now()
      await tick().finally(() => {
        ticks += 1
        recentMs.push(performance.now() - from)
        if (recentMs.length >= 2 * kept) recentMs = recentMs.slice(-kept)
      })
    },
    read: () => ({ ticks, recentMs: recentMs.slice(-kept).map((ms) => Math.round(ms * 100) / 100) }),
  }
}

export function readGauge(parts: { ticks: Pick<Gauge, 'ticks' | 'recentMs'>; tmuxProcesses: number }): Gauge {
  const { user, system } = process.cpuUsage()
  return {
    ...parts.ticks,
    tmuxProcesses: parts.tmuxProcesses,
    rssBytes: process.memoryUsage.rss(),
    cpuMs: Math.round((user + system) / 1000),
    upMs: Math.round(process.uptime() * 1000),
  }
}
