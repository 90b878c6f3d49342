import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type RedisBench, test } from '../../support/redis.ts'
import { until } from '../../support/tmux.ts'

const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0

/** Every fdatasync of the server takes this long, as on a disk that others keep busy. */
async function slowDisk(bench: RedisBench, ms: number): Promise<(() => void) | undefined> {
  const inject = ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:delay_enter=${ms * 1000}`]
  const tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', ...inject, '-p', String(bench.pid())], {
    stdio: 'ignore',
  })
  const traced = () => !readFileSync(`/proc/${bench.pid()}/status`, 'utf8').includes('TracerPid:\t0')
  await until(() => (traced() ? true : tracer.exitCode), 'strace', 5_000)
  // Where nobody may trace processes it has ended with an error.
  return tracer.exitCode === null ? () => void tracer.kill('SIGKILL') : undefined
}

const set = { name: 'set', durable: true, lua: "return redis.call('SET', KEYS[1], ARGV[1])" }

// Redis answers before it writes while an fsync is under way: what a plain SET was told to be done is the control.
test.skipIf(!hasStrace)(
  'row 92: what a script has answered outlives the server although the disk is busy',
  async ({ bench, skip }) => {
    const redis = bench.open({ deadlineMs: 10_000 })
    await redis.call('SET', 'first', '1')
    const quick = await slowDisk(bench, 1_500)
    if (quick === undefined) return skip('processes cannot be traced here')
    // One second after the last fsync the next write begins another one.
    await sleep(1_100)
    await redis.call('SET', 'second', '1')
    await until(
      async () => String(await bench.raw.call('INFO', 'persistence')).includes('aof_pending_bio_fsync:1'),
      'an fsync that takes long',
      5_000,
    )
    await redis.script(set, ['ours'], ['kept'])
    await redis.call('SET', 'third', '1')
    await until(
      async () => String(await bench.raw.call('INFO', 'persistence')).includes('aof_pending_bio_fsync:1'),
      'another one',
      5_000,
    ).catch(() => undefined)
    await redis.call('SET', 'control', 'forgotten')
    await bench.crash()
    quick()
    await bench.start()
    expect(await bench.raw.call('GET', 'ours')).toBe('kept')
    expect(await bench.raw.call('GET', 'control')).toBeNull()
  },
  40_000,
)
